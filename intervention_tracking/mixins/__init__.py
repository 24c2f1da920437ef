from . import (
    intervention_append_only,
    intervention_checks,
    intervention_idempotency,
)
