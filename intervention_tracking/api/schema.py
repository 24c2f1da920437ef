"""Which keys, types, choices and limits the HTTP API has.

Parsing (``parse.py``) and the OpenAPI document (``openapi.py``) both come from here,
and the tests are checked against it.
"""

from dataclasses import dataclass

from ..constants import MAX_FILE_MIB, ROOT_CAUSES, STATUSES, URGENCY_LEVELS
from ..tools.figures import DAYS, DEFINITIONS, DIMENSIONS, FIGURES
from ..tools.file_types import ENDINGS

BASE = "/api/interventions"
MAX_BODY = 1024 * 1024
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


@dataclass(frozen=True)
class Key:
    """One key of a document that is sent or received.

    ``kind`` is ``id``, ``ids``, ``text``, ``date``, ``datetime``, ``choice``,
    ``integer``, ``boolean``, ``progress`` (the list of updates), ``changes`` (the list
    of changes) or ``value`` (what a changed key had). ``field`` names the
    field of the model that a key in a request sets; a key without one is only ever
    received.
    """

    name: str
    kind: str
    description: str
    field: str = ""
    choices: tuple = ()
    required: bool = False
    nullable: bool = False


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


MEETING = (
    Key("id", "id", "Identifies the meeting."),
    Key("student", "id", "The student, by id.", field="student_id"),
    Key("student_name", "text", "The student's name."),
    Key(
        "student_id_number",
        "text",
        "The student number; names the student when `student` is not given.",
        field="student_id_number",
        nullable=True,
    ),
    Key(
        "meeting_date",
        "date",
        "The day of the meeting; not in the future.",
        field="meeting_date",
        required=True,
    ),
    Key(
        "absence_reason",
        "text",
        "What the student says about missing school.",
        field="absence_reason",
        required=True,
    ),
    Key(
        "root_cause",
        "choice",
        "What lies behind the absence.",
        field="root_cause",
        choices=ROOT_CAUSE_VALUES,
        required=True,
    ),
    Key(
        "intervention_notes",
        "text",
        "What was observed and talked about.",
        field="intervention_notes",
        required=True,
    ),
    Key(
        "action_plan",
        "text",
        "What was agreed.",
        field="action_plan",
        required=True,
    ),
    Key(
        "follow_up_date",
        "date",
        "The day of the next look; after today when it is set.",
        field="follow_up_date",
        nullable=True,
    ),
    Key(
        "urgency_level",
        "choice",
        "How urgent the case is; `medium` unless told.",
        field="urgency_level",
        choices=URGENCY_VALUES,
    ),
    Key(
        "status",
        "choice",
        "Where the case stands; `closed` is final and needs `resolution_notes`.",
        field="status",
        choices=STATUS_VALUES,
    ),
    Key(
        "resolution_notes",
        "text",
        "How the case ended; empty while it is active.",
        field="resolution_notes",
        nullable=True,
    ),
    Key(
        "form_master",
        "id",
        "Who follows the case; only an administrator may choose somebody else.",
        field="form_master_id",
    ),
    Key("form_master_name", "text", "The form master's name."),
    Key("created_by", "id", "Who recorded the meeting."),
    Key("created_by_name", "text", "The name of who recorded the meeting."),
    Key("progress_updates", "progress", "The history, newest first."),
    Key("progress_count", "integer", "How many updates there are."),
    Key(
        "days_since_meeting", "integer", "Days since the meeting, on the caller's day."
    ),
    Key("is_overdue", "boolean", "Active, and the follow-up date has passed."),
    Key("created_at", "datetime", "When the meeting was recorded."),
    Key("updated_at", "datetime", "When the meeting changed or got an update."),
    Key("changes", "changes", "What was changed besides the status, newest first."),
)

# A list has no room for what changed.
MEETING_OF_LIST = tuple(key for key in MEETING if key.kind != "changes")

CHANGE = (
    Key("field", "text", "The key that was changed; `active` when it was archived."),
    Key("old", "value", "What it was before, as the key has it; null when empty."),
    Key("new", "value", "What it was changed to."),
    Key("changed_by", "id", "Who changed it."),
    Key("changed_by_name", "text", "The name of who changed it."),
    Key("changed_at", "datetime", "When it was changed."),
)

PROGRESS = (
    Key("id", "id", "Identifies the update."),
    Key("meeting", "id", "The meeting that it belongs to."),
    Key("update_text", "text", "The note; empty for a status change without one."),
    Key("old_status", "choice", "The status before.", choices=STATUS_VALUES),
    Key("new_status", "choice", "The status after.", choices=STATUS_VALUES),
    Key("created_by", "id", "Who wrote it."),
    Key("created_by_name", "text", "The name of who wrote it."),
    Key("created_at", "datetime", "When it was written."),
)

PROGRESS_INPUT = (
    Key("meeting", "id", "The meeting to add to.", field="meeting_id", required=True),
    Key(
        "update_text",
        "text",
        "What happened.",
        field="update_text",
        required=True,
    ),
    Key(
        "status",
        "choice",
        "The new status; leave it out to keep the status.",
        field="status",
        choices=STATUS_VALUES,
        nullable=True,
    ),
    Key(
        "resolution_notes",
        "text",
        "How the case ended; needed to close it, and only then.",
        field="resolution_notes",
        nullable=True,
    ),
    Key(
        "follow_up_date",
        "date",
        "The day of the next look, after today; null takes it away. Leave it out to "
        "keep it, and when the case is closed.",
        field="follow_up_date",
        nullable=True,
    ),
    Key(
        "attachments",
        "ids",
        "Files that the caller added to the meeting and that belong to no update yet; "
        "they become as permanent as the update.",
        field="file_ids",
        nullable=True,
    ),
)

MEETING_CREATION = Body(
    "MeetingCreation", MEETING, complete=True, either=("student", "student_id_number")
)
MEETING_CHANGE = Body("MeetingChange", MEETING)
PROGRESS_CREATION = Body("ProgressCreation", PROGRESS_INPUT, complete=True)

ATTACHMENT = (
    Key("id", "id", "Identifies the file."),
    Key("meeting", "id", "The meeting that it belongs to."),
    Key(
        "progress",
        "id",
        "The update that it belongs to; null for a file of the meeting itself.",
        nullable=True,
    ),
    Key("name", "text", "What the file is called."),
    Key("mimetype", "choice", "Its type, by its content.", choices=tuple(ENDINGS)),
    Key("size", "integer", "How many bytes it has."),
    Key("checksum", "text", "The SHA-1 of the content, as hexadecimal digits."),
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

STATISTICS = (
    "total_meetings",
    "active_cases",
    "high_urgency",
    "overdue_followups",
    "recurring_students",
)

# The figures of the analysis: a median of days, or else a share from 0 to 1.
ANALYTICS = tuple(
    Key(name, "days" if name in DAYS else "share", DEFINITIONS[name])
    for name in FIGURES
)

PAGE_FILTERS = (
    Filter("page", "integer", "Which page, from 1."),
    Filter(
        "page_size",
        "integer",
        f"Rows on a page, 1 to {MAX_PAGE_SIZE}.",
        maximum=MAX_PAGE_SIZE,
    ),
)
MEETING_FILTERS = (
    Filter("status", "choice", "One or more statuses.", STATUS_VALUES, many=True),
    Filter("urgency", "choice", "One or more urgencies.", URGENCY_VALUES, many=True),
    Filter(
        "root_cause", "choice", "One or more root causes.", ROOT_CAUSE_VALUES, many=True
    ),
    Filter("student", "id", "The student, by id."),
    Filter("student_id_number", "text", "The student, by number."),
    Filter("form_master", "id", "The form master, by id."),
    Filter("class", "id", "The student's class when it was recorded.", known=True),
    Filter(
        "company", "id", "One or more of the caller's companies.", many=True, known=True
    ),
    Filter("overdue", "boolean", "Only overdue meetings, or only others."),
    Filter("meeting_date_from", "date", "Meetings on this day or later."),
    Filter("meeting_date_to", "date", "Meetings on this day or earlier."),
    Filter(
        "updated_since",
        "datetime",
        "Meetings changed, or with an update, in this second or later.",
    ),
)
ANALYTICS_FILTERS = (
    Filter("from", "date", "Meetings on this day or later."),
    Filter("to", "date", "Meetings on this day or earlier."),
    Filter("group_by", "choice", "What to group the meetings by.", tuple(DIMENSIONS)),
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
