"""Sets of attendance codes that schools know already, to begin with."""

# Code, meaning, description.
PLAIN = (
    ("P", "present", "Present"),
    ("A", "unexcused", "Absent"),
    ("E", "excused", "Absent, excused"),
    ("L", "late", "Late"),
)
# The codes of attendance registers of schools in England since August 2024. What is
# counted there as "unable to attend" is no possible day.
ENGLAND = (
    ("/", "present", "Present in the morning"),
    ("\\", "present", "Present in the afternoon"),
    ("L", "late", "Late, before the register closed"),
    ("K", "elsewhere", "Education arranged by the local authority"),
    ("V", "elsewhere", "Educational visit or trip"),
    ("P", "elsewhere", "Sporting activity"),
    ("W", "elsewhere", "Work experience"),
    ("B", "elsewhere", "Other approved educational activity"),
    ("D", "not_required", "Registered at another school, too"),
    ("C", "excused", "Leave in exceptional circumstances"),
    ("C1", "excused", "Regulated performance or employment abroad"),
    ("C2", "excused", "Part-time timetable"),
    ("E", "excused", "Suspended or excluded, nothing else arranged"),
    ("I", "excused", "Illness"),
    ("J1", "excused", "Interview for a job or another school"),
    ("M", "excused", "Medical or dental appointment"),
    ("R", "excused", "Religious observance"),
    ("S", "excused", "Study leave"),
    ("T", "excused", "Parent travels for work"),
    ("G", "unexcused", "Holiday that was not granted"),
    ("N", "unexcused", "Reason not known yet"),
    ("O", "unexcused", "Other or unknown reason"),
    ("U", "unexcused", "Came after the register closed"),
    ("Q", "not_required", "No access arranged"),
    ("X", "not_required", "Not of compulsory school age"),
    ("Y1", "not_required", "School transport not there"),
    ("Y2", "not_required", "Widespread disruption of travel"),
    ("Y3", "not_required", "Part of the school closed"),
    ("Y4", "not_required", "School closed unexpectedly"),
    ("Y5", "not_required", "In detention"),
    ("Y6", "not_required", "Public health rules"),
    ("Y7", "not_required", "Other unavoidable cause"),
    ("Z", "not_required", "Not yet on the admission register"),
    ("#", "not_required", "Planned closure of the school"),
)
# The attendance event categories of the Ed-Fi data standard.
ED_FI = (
    ("In Attendance", "present", "In attendance"),
    ("Excused Absence", "excused", "Excused absence"),
    ("Unexcused Absence", "unexcused", "Unexcused absence"),
    ("Tardy", "late", "Tardy"),
    ("Early departure", "present", "Left early"),
)
CODE_SETS = {"plain": PLAIN, "england": ENGLAND, "ed_fi": ED_FI}
