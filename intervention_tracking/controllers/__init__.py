from . import api, attachment
