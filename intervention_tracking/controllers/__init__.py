from . import dataset, export, file, webmanifest
