"""What a meeting can be, limits of files, and the index that keeps cases apart."""

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

UNIQUE_INDEX = "intervention_meeting_active_student_cause_uniq"
