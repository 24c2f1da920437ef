from . import (
    attendance,
    controller,
    dispatcher,
    effect,
    intervention_attendance_query,
    intervention_meeting_export,
    intervention_meeting_feed,
    intervention_meeting_query,
    intervention_meeting_written,
    ir_http,
    res_users_apikeys,
)
