from . import (
    intervention_print_history,
    intervention_print_summary,
    intervention_reassign,
    intervention_track,
    intervention_track_token,
)
