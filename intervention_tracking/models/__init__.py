from . import (
    intervention_class,
    intervention_demo,
    intervention_meeting,
    intervention_meeting_activity,
    intervention_meeting_rules,
    intervention_progress,
    intervention_settings,
    res_partner,
    res_users,
)
