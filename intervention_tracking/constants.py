"""What more than one file names: groups, choices, limits, and the unique index."""

FORM_MASTER_GROUP = "intervention_tracking.group_intervention_form_master"
ADMIN_GROUP = "intervention_tracking.group_intervention_admin"
EXPORT_GROUP = "intervention_tracking.group_intervention_export"

STATUSES = [
    ("open", "Open"),
    ("monitoring", "Monitoring"),
    ("improving", "Improving"),
    ("not_improving", "Not Improving"),
    ("escalated", "Escalated"),
    ("closed", "Closed"),
]
ROOT_CAUSES = [
    ("health", "Health Issue"),
    ("family", "Family Issue"),
    ("academic", "Academic Difficulty"),
    ("financial", "Financial Issue"),
    ("behavioral", "Behavioral Issue"),
    ("other", "Other"),
]
URGENCY_LEVELS = [("low", "Low"), ("medium", "Medium"), ("high", "High")]

# How large a file may be, in MiB, where the settings say nothing, and at most.
DEFAULT_FILE_MIB = 10
MAX_FILE_MIB = 100

# How far dates may be from today, where the settings say nothing, and at most.
YEARS_BACK = 5
YEARS_AHEAD = 1
MOST_YEARS_BACK = 50
MOST_YEARS_AHEAD = 10

# With how many students one talk may be recorded at once, and how many meetings the
# HTTP API takes in one list.
MAX_TOGETHER = 100

UNIQUE_INDEX = "intervention_meeting_active_student_cause_uniq"
