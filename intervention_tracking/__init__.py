from . import controllers, log_privacy, models, report, wizard
from .hooks import uninstall_hook

log_privacy.install()
