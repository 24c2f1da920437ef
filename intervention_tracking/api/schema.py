"""Which keys, types, choices and limits the HTTP API has.

Parsing (``parse.py``) and the OpenAPI document (``openapi.py``) both come from here,
and the tests are checked against it.
"""

from dataclasses import dataclass
from functools import partial

from ..constants import (
    ATTENDANCE_MEANINGS,
    BANDS,
    EFFECT_CONCLUSIONS,
    EFFECT_STATES,
    LONGEST_MARK_NOTE,
    MAX_FILE_MIB,
    MAX_MARKS,
    MEETING_BANDS,
    PLAN_KEPT,
    PLAN_KEPT_REASONS,
    ROOT_CAUSES,
    STATUSES,
    URGENCY_LEVELS,
)
from ..tools.figures import DEFINITIONS, DIMENSIONS, FIGURES, SHARES
from ..tools.file_types import ENDINGS
from ..tools.table_stream import SEPARATORS as TABLE_SEPARATORS

BASE = "/api/interventions"
MAX_BODY = 1024 * 1024
# As many marks as there may be take more.
MAX_MARKS_BODY = 2 * 1024 * 1024
MAX_ID = 2**31 - 1
PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
MAX_PAGE = 10**9
MAX_IDEMPOTENCY_KEY = 128
# No school can set a higher limit for its files.
MAX_FILE = MAX_FILE_MIB * 1024 * 1024

STATUS_VALUES = tuple(value for value, _label in STATUSES)
ROOT_CAUSE_VALUES = tuple(value for value, _label in ROOT_CAUSES)
URGENCY_VALUES = tuple(value for value, _label in URGENCY_LEVELS)
BAND_VALUES = tuple(value for value, _label in BANDS)
PLAN_KEPT_VALUES = tuple(value for value, _label in PLAN_KEPT)
PLAN_KEPT_REASON_VALUES = tuple(value for value, _label in PLAN_KEPT_REASONS)
EFFECT_REASONS = (
    *(value for value, _label in EFFECT_STATES if value != "counted"),
    "waiting",
)
MEETING_BAND_VALUES = tuple(value for value, _label in MEETING_BANDS)
PLAN_KEPT_FILTERS = (*PLAN_KEPT_VALUES, "not_asked")
MEANING_VALUES = tuple(value for value, _label in ATTENDANCE_MEANINGS)


@dataclass(frozen=True)
class Key:
    """One key of a document that is sent or received.

    ``kind`` is one of ``openapi.TYPES``: a plain type, a list of other documents
    as ``changes``, or ``object`` or ``objects`` that have ``keys`` themselves.
    ``field`` names the field of the model that a key in a request sets; a key without
    one is only ever received. What is sent of ``objects`` is told by ``body``, and how
    large a number is, or how long a text or a list, at most by the ``maximum``.
    """

    name: str
    kind: str
    description: str = ""
    choices: tuple = ()
    field: str = ""
    required: bool = False
    nullable: bool = False
    keys: tuple = ()
    body: object = None
    maximum: int | None = None


def _settable(name, kind, description, choices=(), **more):
    """Return a key that a request may set: the field of its name, for an id ``_id``."""
    field = f"{name}_id" if kind == "id" else name
    return Key(name, kind, description, choices, **{"field": field, **more})


_required = partial(_settable, required=True)
_clearable = partial(_settable, nullable=True)


@dataclass(frozen=True)
class Filter:
    """One parameter of a query.

    ``many`` takes several values between commas. An integer begins at 1 and ends at the
    ``maximum``. An id that nothing has finds nothing, save where it must be ``known``:
    then it is refused, as is one that the caller may not see.
    """

    name: str
    kind: str
    description: str
    choices: tuple = ()
    many: bool = False
    maximum: int | None = None
    known: bool = False


@dataclass(frozen=True)
class Body:
    """What a request takes: the keys that it may have, under a name for the document.

    The required ones must be there when it is ``complete``, and one of the ``either``.
    """

    name: str
    keys: tuple
    complete: bool = False
    either: tuple = ()


PLAN_KEPT_KEYS = (
    _clearable(
        "plan_kept",
        "choice",
        "Whether the plan was carried out; null while nobody has told.",
        PLAN_KEPT_VALUES,
    ),
    _clearable(
        "plan_kept_reason",
        "choice",
        "Why not wholly; only of a plan that was kept `partly` or `not`. It goes with "
        "another answer.",
        PLAN_KEPT_REASON_VALUES,
    ),
    _clearable(
        "plan_kept_text",
        "text",
        "What was done of the plan; empty while `plan_kept` is null.",
    ),
)

MEETING_OF_LIST = (
    Key("id", "id", "Identifies the meeting."),
    _settable("student", "id", "The student, by id."),
    Key("student_name", "text", "The student's name."),
    _clearable(
        "student_id_number",
        "text",
        "The student number; names the student when `student` is not given.",
    ),
    _required("meeting_date", "date", "The day of the meeting; not in the future."),
    _required("absence_reason", "text", "What the student says about missing school."),
    _required(
        "root_cause", "choice", "What lies behind the absence.", ROOT_CAUSE_VALUES
    ),
    _required("intervention_notes", "text", "What was observed and talked about."),
    _required("action_plan", "text", "What was agreed."),
    _clearable(
        "follow_up_date",
        "date",
        "The day of the next look; after today when it is set.",
    ),
    _settable(
        "urgency_level",
        "choice",
        "How urgent the case is; `medium` unless told.",
        URGENCY_VALUES,
    ),
    _settable(
        "status",
        "choice",
        "Where the case stands; `closed` is final and needs `resolution_notes`.",
        STATUS_VALUES,
    ),
    _clearable(
        "resolution_notes", "text", "How the case ended; empty while it is active."
    ),
    _settable(
        "form_master",
        "id",
        "Who follows the case; only an administrator may choose somebody else.",
    ),
    Key("form_master_name", "text", "The form master's name."),
    Key("created_by", "id", "Who recorded the meeting."),
    Key("created_by_name", "text", "The name of who recorded the meeting."),
    Key("progress_updates", "progress", "The history, newest first."),
    Key("progress_count", "integer", "How many updates there are, without retracted."),
    Key(
        "days_since_meeting", "integer", "Days since the meeting, on the caller's day."
    ),
    Key(
        "is_overdue",
        "boolean",
        "Active, the student at the school, and the follow-up date has passed; none "
        "becomes overdue on a closing day of the school.",
    ),
    Key(
        "student_active",
        "boolean",
        "False when the student has left the school; the case is in no count of active "
        "cases then.",
    ),
    Key("created_at", "datetime", "When the meeting was recorded."),
    Key("updated_at", "datetime", "When the meeting changed or got an update."),
)

_CONCLUSION = Key(
    "conclusion",
    "choice",
    "`less_absence`: fewer days missed than by four in five similar students; "
    "`more_absence`: more than by four in five; `chance`: like others. `too_few` where "
    "`left_out` says why it is not compared. Of one student it is mostly chance.",
    EFFECT_CONCLUSIONS,
)
_LEFT_OUT = Key(
    "left_out",
    "choice",
    "Why it is in no figure: `early`, the 20 days are not over; `left`, the student "
    "left before they were; `again`, it is counted with a meeting in the 60 days "
    "before; `few_days`, too few days are known before the meeting; `few_alike`, fewer "
    "than 5 similar students.",
    tuple(value for value, _label in EFFECT_STATES if value != "counted"),
    nullable=True,
)
_MISSED_AFTER = Key(
    "missed_after", "amount", "The same of the 20 days after it.", nullable=True
)
_ALIKE = Key("count", "count", "How many similar students were found.")
_NET = Key("net", "number", "`missed_after` less `mean`.", nullable=True)
CASE_EFFECT = (
    _CONCLUSION,
    _LEFT_OUT,
    Key("days", "count", "How many of the 20 possible days after it are over."),
    Key("early_until", "date", "When all of them will be.", nullable=True),
    Key(
        "missed_before",
        "amount",
        "Days that the student missed of the 20 possible ones before the meeting.",
        nullable=True,
    ),
    _MISSED_AFTER,
    _ALIKE,
    Key(
        "low",
        "amount",
        "Days of 20 that similar students missed after it: the lower end of their "
        "middle half.",
        nullable=True,
    ),
    Key("median", "amount", "What is between their halves.", nullable=True),
    Key("high", "amount", "The upper end of their middle half.", nullable=True),
    Key("mean", "amount", "Their mean.", nullable=True),
    _NET,
    Key(
        "first",
        "object",
        "What was computed when the 20 days were over; marks may have been corrected "
        "since. Null before.",
        nullable=True,
        keys=(
            Key("on", "date", "The day on which it was computed."),
            _CONCLUSION,
            _LEFT_OUT,
            _MISSED_AFTER,
            _ALIKE,
            _NET,
        ),
    ),
    Key("is_corrected", "boolean", "It is another one now than `first` says."),
)

# What a list has no room for.
MEETING = (
    *MEETING_OF_LIST,
    *PLAN_KEPT_KEYS,
    Key(
        "effect",
        "object",
        "What the student missed after the meeting, next to similar students without "
        "one. Days alone change it, too, and are not told as a change of the meeting.",
        keys=CASE_EFFECT,
    ),
    Key("changes", "changes", "What was changed besides the status, newest first."),
)

RETRACTION = (
    Key("by", "id", "Who retracted it."),
    Key("by_name", "text", "The name of who retracted it."),
    Key("at", "datetime", "When it was retracted."),
    Key("reason", "text", "Why."),
)
_RETRACTED = Key(
    "retracted",
    "object",
    "Who retracted it, when and why; null when nobody did. What it says is hidden "
    "then.",
    nullable=True,
    keys=RETRACTION,
)

CHANGE = (
    Key("id", "id", "Identifies the change."),
    Key("field", "text", "The key that was changed; `active` when it was archived."),
    Key("old", "value", "What it was before, as the key has it; null when empty."),
    Key("new", "value", "What it was changed to."),
    _RETRACTED,
    Key("changed_by", "id", "Who changed it."),
    Key("changed_by_name", "text", "The name of who changed it."),
    Key("changed_at", "datetime", "When it was changed."),
)

PROGRESS = (
    Key("id", "id", "Identifies the update."),
    Key("meeting", "id", "The meeting that it belongs to."),
    Key("update_text", "text", "The note; empty for a status change without one."),
    Key("happened_on", "date", "The day on which it happened; the history goes by it."),
    Key("old_status", "choice", "The status before.", STATUS_VALUES),
    Key("new_status", "choice", "The status after.", STATUS_VALUES),
    _RETRACTED,
    Key("created_by", "id", "Who wrote it."),
    Key("created_by_name", "text", "The name of who wrote it."),
    Key("created_at", "datetime", "When it was entered."),
)

PROGRESS_INPUT = (
    _required("meeting", "id", "The meeting to add to."),
    _required("update_text", "text", "What happened."),
    _clearable(
        "happened_on",
        "date",
        "The day on which it happened; not before the meeting, not in the future, and "
        "today unless given.",
    ),
    _clearable(
        "status",
        "choice",
        "The new status; leave it out to keep the status.",
        STATUS_VALUES,
    ),
    _clearable(
        "resolution_notes",
        "text",
        "How the case ended; needed to close it, and only then.",
    ),
    _clearable(
        "follow_up_date",
        "date",
        "The day of the next look, after today; null takes it away. Leave it out to "
        "keep it, and when the case is closed.",
    ),
    *PLAN_KEPT_KEYS,
    _clearable(
        "attachments",
        "ids",
        "Files that the caller added to the meeting and that belong to no update yet; "
        "they become as permanent as the update.",
        field="file_ids",
    ),
)

MEETING_CREATION = Body(
    "MeetingCreation", MEETING, complete=True, either=("student", "student_id_number")
)
MEETING_CHANGE = Body("MeetingChange", MEETING)
PROGRESS_CREATION = Body("ProgressCreation", PROGRESS_INPUT, complete=True)
RETRACTION_CREATION = Body(
    "RetractionCreation",
    (
        _required(
            "reason",
            "text",
            "Why it is retracted; everybody who sees the meeting reads it.",
        ),
    ),
    complete=True,
)

ATTACHMENT = (
    Key("id", "id", "Identifies the file."),
    Key("meeting", "id", "The meeting that it belongs to."),
    Key(
        "progress",
        "id",
        "The update that it belongs to; null for a file of the meeting itself.",
        nullable=True,
    ),
    Key("name", "text", "What the file is called; empty when it was retracted."),
    Key("mimetype", "choice", "Its type, by its content.", tuple(ENDINGS)),
    Key("size", "integer", "How many bytes it has."),
    Key(
        "checksum",
        "text",
        "The SHA-1 of the content, as hexadecimal digits; empty when it was retracted.",
    ),
    _RETRACTED,
    Key("created_by", "id", "Who added it."),
    Key("created_by_name", "text", "The name of who added it."),
    Key("created_at", "datetime", "When it was added."),
)

RECURRING = (
    Key("student", "id", "The student."),
    Key("student_name", "text", "The student's name."),
    Key("student_id_number", "text", "The student number.", nullable=True),
    Key("intervention_count", "integer", "How many meetings the student has."),
    Key("open_count", "integer", "How many of them are active."),
    Key("last_meeting_date", "date", "The day of the latest meeting."),
    Key(
        "without_improvement",
        "boolean",
        "Something is active, and nothing is improving or closed.",
    ),
)

FEED = (
    Key("id", "id", "The meeting."),
    Key(
        "change",
        "choice",
        "Read what was `made`, `changed` or `restored`; drop what is `archived` or "
        "`gone`, which the caller may not see any more.",
        ("made", "changed", "restored", "archived", "gone"),
    ),
    Key("at", "datetime", "When it happened."),
)

NEEDS_TALK = (
    Key("student", "id", "The student."),
    Key("student_name", "text", "The student's name."),
    Key("student_id_number", "text", "The student number.", nullable=True),
    Key("class", "id", "The student's class.", nullable=True),
    Key("class_name", "text", "What the class is called.", nullable=True),
    Key(
        "attention_since",
        "date",
        "The newest day on which the student entered a band, or missed as many days in "
        "a row as call for a talk.",
    ),
    Key("band", "choice", "By the share of days missed this year.", BAND_VALUES),
    Key("band_since", "date", "Since when, in this band or worse.", nullable=True),
    Key("days_missed", "amount", "Of the school year."),
    Key("days_possible", "count", "Of how many; days without a mark are left out."),
    Key("recent_days_missed", "amount", "Of the last 20 possible days."),
    Key("recent_days_possible", "count", "Of how many: 20, or fewer."),
    Key("in_a_row", "count", "Whole days missed in a row, up to the last one known."),
    Key(
        "row_since",
        "date",
        "The day on which they became as many as call for a talk; null when they are "
        "fewer, as the two that follow.",
        nullable=True,
    ),
    Key("row_from", "date", "The first of the days in a row.", nullable=True),
    Key("row_to", "date", "The last one.", nullable=True),
    Key("last_day", "date", "The last day with a mark.", nullable=True),
    Key(
        "last_contact",
        "date",
        "The last meeting, update or talk with the family, of the meetings that the "
        "caller may see.",
        nullable=True,
    ),
    Key(
        "is_relapse",
        "boolean",
        "A meeting that the caller may see was closed before `attention_since`.",
    ),
)

DAY = (
    Key("id", "id", "Identifies the day of the student."),
    Key("student", "id", "The student."),
    Key("student_name", "text", "The student's name."),
    Key("student_id_number", "text", "The student number.", nullable=True),
    Key("date", "date", "The school day."),
    Key("class", "id", "The student's class on that day.", nullable=True),
    Key("class_name", "text", "What the class is called.", nullable=True),
    Key("possible", "count", "1 when the student had to attend, else 0."),
    Key("absent", "amount", "The part of the day that was missed, 0 to 1."),
    Key("excused", "amount", "The part of it that is excused."),
    Key("late", "boolean", "The student came late."),
    Key("minutes_lost", "count", "How many minutes were lost by that."),
    Key("codes", "text", "As they came, in the order of the day; may be empty."),
    Key("note", "text", "What was noted; may be empty."),
    Key("source", "id", "Where it came from."),
    Key("source_name", "text", "What that is called."),
    Key("updated_at", "datetime", "When it was stored or changed last."),
)

STANDING = (
    Key("year_start", "date", "The first day of the school year."),
    Key("possible", "count", "Days on which the student had to attend, of the year."),
    Key("absent", "amount", "Days missed."),
    Key("excused", "amount", "Of which excused."),
    Key("rate", "amount", "Days missed of the possible ones, 0 to 1."),
    Key("recent_possible", "count", "The last 20 possible days, or fewer."),
    Key("recent_absent", "amount", "Days missed of these."),
    Key("recent_excused", "amount", "Of which excused."),
    Key("in_a_row", "count", "Whole days missed in a row, up to the last one known."),
    Key("band", "choice", "By the share of days missed this year.", BAND_VALUES),
    Key("band_since", "date", "Since when, in this band or worse.", nullable=True),
    Key("last_day", "date", "The last day with a mark.", nullable=True),
    Key(
        "unknown",
        "count",
        "School days without a mark, from the first day known to yesterday. "
        "They are in no other number.",
    ),
)

MARK = Body(
    "Mark",
    (
        _settable("student", "id", "The student, by id."),
        _settable("student_id_number", "text", "The student, by number."),
        _required("date", "date", "The day; not in the future, and a school day."),
        _settable("code", "text", "A code of the school."),
        _settable(
            "meaning",
            "choice",
            "What the mark says; needed where there is no code, and goes before it.",
            MEANING_VALUES,
        ),
        _clearable(
            "slot",
            "text",
            "The session or period, where a day has several marks. All marks of a "
            "student and day in one request are the whole day.",
        ),
        _settable("minutes_lost", "count", "How late, in minutes.", maximum=1440),
        _clearable("note", "text", "Whatever was noted.", maximum=LONGEST_MARK_NOTE),
    ),
    complete=True,
    either=("student", "student_id_number"),
)
MARKS = Body(
    "Marks",
    (
        _required(
            "marks",
            "objects",
            "The marks; all of them are stored, or none.",
            body=MARK,
            maximum=MAX_MARKS,
        ),
    ),
    complete=True,
)
_DAY_COUNTS = (
    Key("new", "count", "Days that were unknown."),
    Key("changed", "count", "Days that were stored with other values."),
    Key("unchanged", "count", "Days that were stored like this."),
)
MARKS_STORED = (
    *_DAY_COUNTS,
    Key("students", "count", "Of how many students."),
)


def _unknown(what):
    return (
        Key("count", "count", f"How many {what}."),
        Key("rows", "count", "In how many rows."),
        Key("items", "texts", "The first 100."),
    )


ATTENDANCE_REPORT = (
    Key("dry_run", "boolean", "Nothing was stored."),
    Key("source", "id", "The source that it came from."),
    Key("encoding", "text", "How the text is encoded."),
    Key("separator", "choice", "Between two cells.", tuple(TABLE_SEPARATORS)),
    Key(
        "date_order",
        "choice",
        "What comes first in a date; null when no date is written in numbers.",
        ("dmy", "mdy", "ymd"),
        nullable=True,
    ),
    Key(
        "columns",
        "objects",
        "The columns that mean something.",
        keys=(Key("label", "text"), Key("field", "text")),
    ),
    Key("rows", "count", "Rows below the header."),
    Key("marks", "count", "Rows that are marks."),
    Key("left_out", "count", "Rows that are none: totals, repeated headers."),
    Key(
        "days",
        "object",
        keys=(
            *_DAY_COUNTS,
            Key(
                "gone",
                "count",
                "Days that the source told of before, in the same time, and tells of "
                "no more.",
            ),
            Key("removed", "count", "How many of these became unknown."),
            Key("closed", "count", "Not stored: the school is closed on them."),
            Key("after_leaving", "count", "Not stored: the student had left."),
            Key("contradictory", "count", "Not stored: marks that contradict."),
            Key("other_school", "count", "Not stored: known from another company."),
        ),
    ),
    Key("students", "count", "Of how many students."),
    Key("first_day", "date", nullable=True),
    Key("last_day", "date", nullable=True),
    Key(
        "contradictions",
        "objects",
        "The first 100 contradictory days.",
        keys=(
            Key("student", "id"),
            Key("student_id_number", "text"),
            Key("date", "date"),
        ),
    ),
    Key("unknown_students", "object", keys=_unknown("students are unknown")),
    Key("unknown_codes", "object", keys=_unknown("codes are unknown")),
    Key(
        "broken",
        "object",
        keys=(
            Key("count", "count", "How many rows can't be read."),
            Key(
                "items",
                "objects",
                "The first 100.",
                keys=(
                    Key("row", "count", "In the file, counted from 1."),
                    Key("text", "text", "What is wrong with it."),
                ),
            ),
        ),
    ),
)

STATISTICS = (
    Key("total_meetings", "count"),
    Key("active_cases", "count"),
    Key("high_urgency", "count"),
    Key("overdue_followups", "count"),
    Key("recurring_students", "count"),
    Key(
        "at_risk_without_case",
        "count",
        "How many students need a talk: the length of that list.",
    ),
    Key(
        "registers_missing",
        "count",
        "How many class registers that the caller may take are missing of the seven "
        "days before today.",
    ),
    Key(
        "by_status", "object", keys=tuple(Key(each, "count") for each in STATUS_VALUES)
    ),
)

# The figures of the analysis, of all meetings or of a group of them.
_FIGURE = (
    Key("value", "amount", nullable=True),
    Key("cases", "count", "How many it is over."),
    Key("too_early", "count", "Of how many it can't be told yet; not in the value."),
)
_FIGURES = (
    Key("meetings", "count"),
    *(
        Key(
            name,
            "object",
            f"{'A share' if name in SHARES else 'A median of days'}. "
            f"{DEFINITIONS[name]}",
            keys=_FIGURE,
        )
        for name in FIGURES
    ),
)
_GROUP = (
    Key("value", "group", "A choice, an id, or a month as 2026-01."),
    Key("name", "text", "The group as people call it.", nullable=True),
    *_FIGURES,
)
ANALYTICS = (
    Key("from", "date", nullable=True),
    Key("to", "date", nullable=True),
    Key("group_by", "choice", choices=tuple(DIMENSIONS), nullable=True),
    Key("minimum_cases", "minimum_cases", "A figure over fewer cases has no value."),
    Key("definitions", "object", keys=tuple(Key(name, "text") for name in FIGURES)),
    Key("total", "object", keys=_FIGURES),
    Key("groups", "objects", "Empty without `group_by`.", keys=_GROUP),
)

# Whether less was missed after meetings, in all or in a part of them.
_EFFECT = (
    Key("count", "count", "How many meetings are counted."),
    Key("students", "count", "Of how many students."),
    Key(
        "mean",
        "number",
        "How many days of 20 they missed more than similar students, on average; "
        "negative when fewer. Null where there are too few students, as the ends.",
        nullable=True,
    ),
    Key("low", "number", "The lower end of its 95 % range.", nullable=True),
    Key("high", "number", "The upper end.", nullable=True),
    Key(
        "conclusion",
        "choice",
        "`chance` when the range holds 0: it can't be told from chance.",
        EFFECT_CONCLUSIONS,
    ),
)
_EFFECT_PART = (
    Key("value", "group", "A choice, or an id; null without a template."),
    Key("name", "text", "The value as people call it."),
    *_EFFECT,
)
EFFECT = (
    Key("from", "date", nullable=True),
    Key("to", "date", nullable=True),
    Key("root_cause", "choice", choices=ROOT_CAUSE_VALUES, nullable=True),
    Key("template", "count", nullable=True),
    Key("attendance_band", "choice", choices=MEETING_BAND_VALUES, nullable=True),
    Key("plan_kept", "choice", choices=PLAN_KEPT_FILTERS, nullable=True),
    *_EFFECT,
    Key(
        "before",
        "amount",
        "Days of 20 missed before the meeting, on average.",
        nullable=True,
    ),
    Key("after", "amount", "And after it.", nullable=True),
    Key("alike", "amount", "And by similar students after it.", nullable=True),
    Key(
        "early_until",
        "date",
        "When the first of the meetings that are too early can be looked at.",
        nullable=True,
    ),
    Key(
        "left_out",
        "objects",
        "How many meetings are left out, and why. `early`: the 20 school days after "
        "are not over; `left`: the student left before; `again`: another meeting in "
        "the 60 days before counts; `few_days`: too few days before are known; "
        "`few_alike`: too few similar students; `waiting`: computed in the coming "
        "night.",
        keys=(Key("reason", "choice", choices=EFFECT_REASONS), Key("count", "count")),
    ),
    Key(
        "corrected",
        "object",
        "What corrections of marks have changed since it was computed first.",
        keys=(
            Key("count", "count", "How many meetings have another value now."),
            Key("first", "object", "The figure as computed first.", keys=_EFFECT),
        ),
    ),
    Key(
        "parts",
        "object",
        "The figure by a value of the meeting, from 20 students on and times "
        "`students / (students + 20)`.",
        keys=tuple(
            Key(name, "objects", keys=_EFFECT_PART)
            for name in ("plan_kept", "root_cause", "template")
        ),
    ),
)


def _page(kind):
    return (
        Key("count", "count"),
        Key("next", "uri", nullable=True),
        Key("previous", "uri", nullable=True),
        Key("results", kind),
    )


def _page_of(keys):
    """Return a page of objects that are in no other answer."""
    *frame, _results = _page("objects")
    return (*frame, Key("results", "objects", keys=keys))


# What the answers are, under their names in the OpenAPI document.
ANSWERS = {
    "Meeting": MEETING_OF_LIST,
    "Feed": (
        Key("cursor", "text", "What to send as `since` next time."),
        Key(
            "results",
            "objects",
            "Each meeting once. Ask on with the cursor until there are none.",
            keys=FEED,
        ),
    ),
    "MeetingDetail": MEETING,
    "Change": CHANGE,
    "Progress": PROGRESS,
    "MeetingPage": _page("meetings"),
    "Attachment": ATTACHMENT,
    "AttachmentPage": _page("attachments"),
    "RecurringStudents": (
        Key("count", "count"),
        Key("recurring_students", "objects", keys=RECURRING),
    ),
    "Statistics": STATISTICS,
    "NeedsTalkPage": _page_of(NEEDS_TALK),
    "Analytics": ANALYTICS,
    "Effect": EFFECT,
    "DayPage": _page_of(DAY),
    "StudentAttendance": (
        Key("student", "id", "The student."),
        Key("student_name", "text", "The student's name."),
        Key("student_id_number", "text", "The student number.", nullable=True),
        Key(
            "standing",
            "object",
            "Where the student stands; null while nothing is known.",
            nullable=True,
            keys=STANDING,
        ),
        *_page_of(DAY),
    ),
    "MarksStored": MARKS_STORED,
    "AttendanceReport": ATTENDANCE_REPORT,
}

_PAGE_SIZE_FILTER = Filter(
    "page_size",
    "integer",
    f"Rows on a page, 1 to {MAX_PAGE_SIZE}.",
    maximum=MAX_PAGE_SIZE,
)
PAGE_FILTERS = (Filter("page", "integer", "Which page, from 1."), _PAGE_SIZE_FILTER)
CURSOR_FILTER = Filter(
    "cursor",
    "cursor",
    "Instead of `page`: `*` to begin, then the one in `next`. Meetings come in the "
    "order in which they were recorded, newest first; none is left out and none comes "
    "twice, whatever is written meanwhile.",
)
FEED_FILTERS = (
    Filter(
        "since",
        "text",
        "The `cursor` of the answer before. Without it, all that the caller sees is "
        "told as `made`.",
    ),
    _PAGE_SIZE_FILTER,
)
MEETING_FILTERS = (
    Filter("status", "choice", "One or more statuses.", STATUS_VALUES, many=True),
    Filter("urgency", "choice", "One or more urgencies.", URGENCY_VALUES, many=True),
    Filter(
        "root_cause", "choice", "One or more root causes.", ROOT_CAUSE_VALUES, many=True
    ),
    Filter("student", "id", "The student, by id."),
    Filter("student_id_number", "text", "The student, by number."),
    Filter(
        "search",
        "text",
        "Students by any words of their name and by number: without case, accents and "
        "apostrophes, in any order.",
    ),
    Filter("form_master", "id", "The form master, by id."),
    Filter("class", "id", "The student's class when it was recorded.", known=True),
    Filter(
        "company", "id", "One or more of the caller's companies.", many=True, known=True
    ),
    Filter("overdue", "boolean", "Only overdue meetings, or only others."),
    Filter(
        "student_active",
        "boolean",
        "Only meetings with students at the school, or only with those who have left.",
    ),
    Filter("meeting_date_from", "date", "Meetings on this day or later."),
    Filter("meeting_date_to", "date", "Meetings on this day or earlier."),
    Filter(
        "updated_since",
        "datetime",
        "Meetings changed, or with an update, in this second or later.",
    ),
)
NEEDS_TALK_FILTERS = (
    *PAGE_FILTERS,
    Filter("class", "id", "The student's class.", known=True),
    Filter("band", "choice", "One or more bands.", BAND_VALUES, many=True),
    Filter(
        "in_a_row",
        "boolean",
        "Only students who miss as many days in a row as call for a talk, or others.",
    ),
)
_DAYS_FROM_TO = (
    Filter("from", "date", "This day or later."),
    Filter("to", "date", "This day or earlier."),
)
DAY_FILTERS = (
    Filter("student", "id", "The student, by id."),
    Filter("student_id_number", "text", "The student, by number."),
    Filter("class", "id", "The student's class on that day.", known=True),
    *_DAYS_FROM_TO,
    Filter("updated_since", "datetime", "Stored or changed in this second or later."),
)
STUDENT_DAY_FILTERS = (*PAGE_FILTERS, *_DAYS_FROM_TO)
# The columns of a file of attendance, and what is not to be found out of it.
MARKS_COLUMNS = {
    "number": "the student number",
    "external_id": "the external id of the student in Odoo",
    "name": "the student's name, which is compared with the number's",
    "school_class": "the class, which tells students of one name apart",
    "date": "the date",
    "code": "the code",
    "slot": "the session or period",
    "minutes": "how many minutes late",
    "note": "a note",
}
MARKS_FILE_FILTERS = (
    Filter("dry_run", "boolean", "Only tell what it would do."),
    Filter(
        "source",
        "id",
        "The source that remembers columns and codes; without it, the one of the API.",
        known=True,
    ),
    Filter("separator", "choice", "Between two cells.", tuple(TABLE_SEPARATORS)),
    Filter(
        "date_order",
        "choice",
        "What comes first in a date, where the file does not tell.",
        ("dmy", "mdy", "ymd"),
    ),
    *(
        Filter(f"{name}_column", "text", f"The label of the column that has {what}.")
        for name, what in MARKS_COLUMNS.items()
    ),
    Filter(
        "holds",
        "choice",
        "`absences`: who is not named was there.",
        ("all", "absences"),
    ),
    Filter(
        "complete_from", "date", "Of absences: the first day that the file is about."
    ),
    Filter(
        "complete_until",
        "date",
        "Of absences: the last day that the file is complete to.",
    ),
    Filter(
        "remove_gone",
        "boolean",
        "Days that the source told of before, in the same time, and tells of no more "
        "become unknown.",
    ),
)
ANALYTICS_FILTERS = (
    Filter("from", "date", "Meetings on this day or later."),
    Filter("to", "date", "Meetings on this day or earlier."),
    Filter("group_by", "choice", "What to group the meetings by.", tuple(DIMENSIONS)),
)
EFFECT_FILTERS = (
    Filter("from", "date", "Meetings on this day or later."),
    Filter("to", "date", "Meetings on this day or earlier."),
    Filter("root_cause", "choice", "The root cause.", ROOT_CAUSE_VALUES),
    Filter("template", "id", "The plan template, by id."),
    Filter(
        "attendance_band",
        "choice",
        "The student's band when the meeting was recorded.",
        MEETING_BAND_VALUES,
    ),
    Filter(
        "plan_kept", "choice", "Whether the plan was carried out.", PLAN_KEPT_FILTERS
    ),
)
SEPARATORS = {"comma": ",", "semicolon": ";"}
CSV_FILTERS = (
    *MEETING_FILTERS,
    Filter(
        "separator",
        "choice",
        "What stands between two cells: a comma, unless it is given. Spreadsheet "
        "programs take a semicolon where the decimal sign is a comma.",
        tuple(SEPARATORS),
    ),
)
# The columns of a spreadsheet: the keys of a meeting whose values are no lists.
EXPORT = tuple(key for key in MEETING_OF_LIST if key.kind != "progress")
