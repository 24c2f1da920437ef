"""What the figures of the analysis are, for the screens, on paper and for the API."""

# A figure over fewer cases says little, and may tell who is meant.
MINIMUM_CASES = 5
# As many months without meetings are shown between others. More of them are no pause of
# a school but a mistyped year, which would bring thousands.
LONGEST_PAUSE = 24
# How a case went is told by how it stood so many days after the meeting, of every case
# alike. A younger one is "too early": counted as not closed, it would make the last
# months look worse than those before them.
SETTLED_AFTER = 60
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
    "closed_share": "Cases that were closed within 60 days of the meeting, out of all "
    "cases whose meeting was at least 60 days ago. For a younger case it is too early "
    "to tell. A student who left school within the 60 days does not count.",
    "improved_share": "Cases that were Improving 60 days after the meeting, or when "
    "they were closed before that, out of all cases whose meeting was at least 60 days "
    "ago. For a younger case it is too early to tell. A student who left school within "
    "the 60 days does not count, nor do imported cases.",
    "escalated_share": "Cases that were Escalated at some time within 60 days of the "
    "meeting, out of all cases whose meeting was at least 60 days ago. For a younger "
    "case it is too early to tell. A student who left school within the 60 days does "
    "not count, nor do imported cases.",
    "reopened_share": "Closed cases whose student had another meeting for the same "
    "root cause within 60 days of the closing, out of all cases that were closed at "
    "least 60 days ago. For a case that was closed later it is too early to tell. A "
    "student who left school within the 60 days does not count. Only meetings that you "
    "may see count.",
    "answered_share": "Cases with an update within 7 days of their follow-up date, out "
    "of the cases with a follow-up date more than 7 days ago. For a later date it is "
    "too early to tell. Of several such dates the last one counts. A date that was "
    "moved before it came, or that came after the closing, does not, nor does one "
    "whose student left school before its 7 days were over.",
    "days_to_first_update": "Days from the meeting to the first progress update: half "
    "of the cases had one by then. It is over all cases whose meeting was at least 60 "
    "days ago, and a case without an update by then counts as 60 days, so that 60 "
    "means 60 or more. For a younger case it is too early to tell. A student who left "
    "school within the 60 days does not count, nor do imported cases.",
    "days_to_close": "Days from the meeting to the closing: half of the cases were "
    "closed by then. It is over all cases whose meeting was at least 60 days ago, and "
    "a case that was not closed by then counts as 60 days, so that 60 means 60 or "
    "more. For a younger case it is too early to tell. A student who left school "
    "within the 60 days does not count.",
    "days_to_answer": "Days from the follow-up date to the first update on that day or "
    "later: half of the dates were answered by then. It is over the follow-up dates "
    "more than 7 days ago, and one that was not answered within 7 days counts as 8 "
    "days, so that 8 means 8 or more. For a later date it is too early to tell.",
}
FIGURES = tuple(DEFINITIONS)
# The share of the cases; the others are the median of their days.
SHARES = tuple(name for name in FIGURES if name.endswith("_share"))
# The most days that a case counts with, which stand for more of them.
MOST_DAYS = {
    "days_to_first_update": SETTLED_AFTER,
    "days_to_close": SETTLED_AFTER,
    "days_to_answer": ANSWERED_WITHIN + 1,
}
# Which field of the report tells of a case that it is too early for a figure.
TOO_EARLY = {
    **dict.fromkeys(FIGURES, "too_early"),
    "reopened_share": "too_early_reopened",
    "answered_share": "too_early_answered",
    "days_to_answer": "too_early_answered",
}
# Imported cases have no history of updates.
OF_HISTORY = ("improved_share", "escalated_share", "days_to_first_update")
