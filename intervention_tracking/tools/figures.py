"""What the figures of the analysis are, for the screens, on paper and for the API."""

# A figure over fewer cases says little, and may tell who is meant.
MINIMUM_CASES = 5
# As many months without meetings are shown between others. More of them are no pause of
# a school but a mistyped year, which would bring thousands.
LONGEST_PAUSE = 24
REOPENED_WITHIN = 60
ANSWERED_WITHIN = 7

# What meetings can be grouped by, and how the report is grouped for it.
DIMENSIONS = {
    "month": "meeting_date:month",
    "class": "class_id",
    "root_cause": "root_cause",
    "urgency": "urgency_level",
    "status": "status",
    "form_master": "form_master_id",
    "template": "plan_template_id",
    "attendance_band": "attendance_band",
}

# Each is a field of the report.
DEFINITIONS = {
    "closed_share": "Cases whose status is Closed, out of all cases.",
    "improved_share": "Cases that are Improving now, or were when they were closed, "
    "out of all cases. Imported cases do not count.",
    "escalated_share": "Cases that are or once were Escalated, out of all cases. "
    "Imported cases do not count.",
    "reopened_share": "Closed cases whose student had another meeting for the same "
    "root cause after the closing, within 60 days, out of all closed cases. Only "
    "meetings that you may see count, and those closed lately may still come back.",
    "answered_share": "Cases with an update within 7 days of their follow-up date, out "
    "of the cases with a follow-up date more than 7 days ago. Of several such dates "
    "the last one counts. A date that was moved before it came, or that came after "
    "the closing, does not.",
    "days_to_first_update": "Days from the meeting to the first progress update. Cases "
    "without an update do not count.",
    "days_to_close": "Days from the meeting to the closing, of closed cases.",
    "days_to_answer": "Days from the follow-up date to the first update on that day or "
    "later, where the follow-up date was more than 7 days ago. Cases without such an "
    "update do not count.",
}
FIGURES = tuple(DEFINITIONS)
# The share of the cases; the others are the median of their days.
SHARES = tuple(name for name in FIGURES if name.endswith("_share"))
