from . import intervention_append_only, intervention_idempotency
