from . import (
    intervention_print_history,
    intervention_print_summary,
    intervention_reassign,
    intervention_track,
)
