from . import mixins, models

# isort: split
# What extends the models comes after them.
from . import api, controllers, demo, report, wizard
from .hooks import pre_init_hook, uninstall_hook
from .tools import log_privacy

log_privacy.install()
