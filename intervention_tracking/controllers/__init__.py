from . import api, attachment, export, webmanifest
