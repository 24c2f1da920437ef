"""What a meeting can be, and the name of the index that keeps cases apart."""

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

UNIQUE_INDEX = "intervention_meeting_active_student_cause_uniq"
