from . import intervention_reassign, intervention_track, intervention_track_token
