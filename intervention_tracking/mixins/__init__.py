# What the others extend comes first.
from . import intervention_refusals

# isort: split
from . import (
    intervention_append_only,
    intervention_checks,
    intervention_day_limits,
    intervention_dialog,
    intervention_idempotency,
    intervention_mail_text,
    intervention_named_students,
    intervention_own_students,
    intervention_retractable,
)
