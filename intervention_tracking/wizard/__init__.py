from . import (
    base_partner_merge,
    intervention_import,
    intervention_leave,
    intervention_merge,
    intervention_print_history,
    intervention_print_summary,
    intervention_reassign,
    intervention_track,
    intervention_track_change,
    intervention_track_family,
    intervention_track_file,
    intervention_track_token,
)
