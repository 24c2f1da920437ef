from . import education
