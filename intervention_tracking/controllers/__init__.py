from . import export, file, webmanifest
