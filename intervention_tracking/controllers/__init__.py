from . import api, export
