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

# Whether what was agreed was carried out.
PLAN_KEPT = [("kept", "Kept"), ("partly", "Partly Kept"), ("not", "Not Kept")]
# Why not, or only in part. None of them says that the plan failed.
PLAN_KEPT_REASONS = [
    ("student", "The student did not do their part"),
    ("family", "The family could not do its part"),
    ("school", "The school could not do its part"),
    ("events", "Something came between"),
    ("unsuitable", "It did not fit the situation"),
    ("other", "Another reason"),
]

# What a mark of a school day says, by the codes of a school.
ATTENDANCE_MEANINGS = [
    ("present", "Present"),
    ("late", "Late"),
    ("excused", "Absent, Excused"),
    ("unexcused", "Absent, Unexcused"),
    ("elsewhere", "Elsewhere, Counted as Attending"),
    ("not_required", "Not Required to Attend"),
]
# How much of the school year a student misses, from the least to the most.
BANDS = [
    ("none", "None"),
    ("watch", "Watch"),
    ("chronic", "Chronic"),
    ("severe", "Severe"),
]
# In which of them a student was when a meeting was recorded.
MEETING_BANDS = [("unknown", "Unknown"), *BANDS]
# From which share of the possible days a band begins, where the settings say nothing.
BAND_LIMITS = {"watch": 0.05, "chronic": 0.10, "severe": 0.20}
# From how many possible days on a band is told, and how many possible days missed in a
# row call for a talk, where the settings say nothing.
BAND_MINIMUM_DAYS = 10
DAYS_IN_A_ROW = 3
# The month in which the school year begins, where the settings say nothing.
YEAR_START_MONTH = "9"
# Over how many possible days "recently" goes.
RECENT_DAYS = 20

# What is known of whether a student missed less after a meeting than similar students.
EFFECT_STATES = [
    ("early", "Too Early"),
    ("left", "Left Before"),
    ("again", "Another Meeting Shortly Before"),
    ("few_days", "Too Few Days Known Before"),
    ("few_alike", "Too Few Similar Students"),
    ("counted", "Counted"),
]
# What is concluded of many of them.
EFFECT_CONCLUSIONS = (
    *("too_early", "too_few", "chance"),
    *("less_absence", "more_absence"),
)
# Where what a student missed is among what similar students did.
EFFECT_RANKS = [
    ("fewer", "Fewer Than Most"),
    ("like", "Like Others"),
    ("more", "More Than Most"),
]

# For how many school days a student may be out of the list of who needs a talk.
LONGEST_PAUSE = 20

# How many characters a note on a mark has at most, whatever way it comes in.
LONGEST_MARK_NOTE = 250

# How many marks the HTTP API takes at once.
MAX_MARKS = 5000

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
