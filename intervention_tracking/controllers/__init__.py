from . import api, webmanifest
