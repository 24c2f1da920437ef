from . import intervention_reassign, intervention_track
