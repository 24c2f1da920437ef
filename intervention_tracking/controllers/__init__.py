from . import api, attachment, webmanifest
