# What the others extend comes first.
from . import (
    intervention_change,
    intervention_class,
    intervention_meeting,
    intervention_meeting_rules,
    intervention_progress,
    intervention_settings,
)

# isort: split
from . import (
    intervention_contact,
    intervention_digest,
    intervention_digest_job,
    intervention_file,
    intervention_meeting_activity,
    intervention_meeting_analytics,
    intervention_meeting_attention,
    intervention_meeting_change,
    intervention_meeting_chatter,
    intervention_meeting_dashboard,
    intervention_meeting_family,
    intervention_meeting_file,
    intervention_meeting_import,
    intervention_meeting_left,
    intervention_meeting_plan_template,
    intervention_meeting_print,
    intervention_meeting_statistics,
    intervention_meeting_together,
    intervention_meeting_told,
    intervention_meeting_version,
    intervention_plan_template,
    intervention_retraction,
    intervention_settings_calendar,
    intervention_settings_dates,
    intervention_settings_reminder,
    intervention_student_list,
    ir_attachment,
    ir_binary,
    mail_activity,
    mail_mail,
    mail_message,
    mail_template,
    res_lang,
    res_partner,
    res_partner_family,
    res_partner_merge,
    res_partner_search,
    res_users,
)

# isort: split
from . import intervention_meeting_earlier
