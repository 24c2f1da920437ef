from . import attachment, export, webmanifest
