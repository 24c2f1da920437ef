"""What the columns of a table of marks are: header, labels, examples."""

from dataclasses import dataclass

from .day_text import readings
from .text import plain_words

# What a column may be, and what such columns are called, each as ``plain_label`` has it
# and the surest first. Only what means one thing is here; the rest is asked.
LABELS = {
    "number": (
        "studentnumber studentno studentnr studentid studentidnumber studentcode"
        " admissionnumber admissionno admno registrationnumber registrationno regno"
        " pupilnumber pupilid rollno rollnumber upn matricule numeroeleve"
        " numerodeleve ine matricula numeroalumno numerodealumno schulernummer"
        " lambarkaardayga رقمالطالب student pupil eleve alumno schuler arday الطالب"
        " number numero lambar lambarka"
    ),
    "external_id": "externalid externalstudentid sourcedid idexterne idexterno",
    "name": (
        "studentname pupilname fullname nomcomplet nomdeleleve nombrecompleto"
        " nombredelalumno magacaardayga اسمالطالب name nom nombre magaca الاسم"
    ),
    "school_class": (
        "schoolclass classname class classe clase fasalka klasse grupo groupe group"
        " form section الصف الفصل"
    ),
    "date": (
        "attendancedate sessiondate absencedate datedabsence date day fecha jour dia"
        " taariikhda datum التاريخ اليوم"
    ),
    "code": (
        "attendancecode attendancemark attendancestatus absencecode code mark status"
        " attendance statut presence codigo estado marca asistencia koodh calaamad"
        " kode الرمز الحالة"
    ),
    "slot": (
        "session period slot lesson ampm periode seance sesion periodo xiisad"
        " الحصة الفترة"
    ),
    "minutes": (
        "minuteslate lateminutes minuteslost minutesderetard retardminutes"
        " minutosderetraso minutes minutos daqiiqo الدقائق"
    ),
    "note": (
        "note notes comment comments remark remarks reason commentaire remarque motif"
        " nota observacion observaciones motivo comentario faallo ملاحظة ملاحظات"
    ),
}
_FIELD_OF = {
    plain: (rank, field)
    for field, labels in LABELS.items()
    for rank, label in enumerate(labels.split())
    for plain in ("".join(plain_words(label)),)
}
# A header is looked for in so many rows.
_FIRST_ROWS = 30
_EXAMPLES = 3


def plain_label(label):
    """Return what is equal for labels that mean the same."""
    return "".join(filter(str.isalnum, "".join(plain_words(label))))


@dataclass
class Header:
    """Where the rows of a table begin, and its columns.

    ``rows`` is the number of the last row of the header, 0 where there is none.
    """

    rows: int
    labels: list
    examples: list
    fields: list

    def position(self, field):
        """Return the position of the column that is a field, or None."""
        return self.fields.index(field) if field in self.fields else None

    def meanings(self):
        """Return which label is which field; of two columns of one label, the first."""
        result = {}
        for label, name in zip(self.labels, self.fields, strict=True):
            result[label] = result.get(label) or name
        return result


def find_header(rows, meanings=None):
    """Find the header of a table: below a title, of one line or two, or none.

    :param rows: number and cells of each row
    :param dict meanings: which label is which field, besides what is known; a field of
        "" for a column that is not used
    """
    numbers, beginning = [], []
    for number, cells in rows:
        if any(each.strip() for each in cells):
            numbers.append(number)
            beginning.append([each.strip() for each in cells])
        if len(beginning) == _FIRST_ROWS:
            break
    width = max(map(len, beginning), default=0)
    for cells in beginning:
        cells.extend([""] * (width - len(cells)))
    meanings = {plain_label(name): field for name, field in (meanings or {}).items()}
    best, last = (0, None, None), 0
    for place, cells in enumerate(beginning):
        above = _reaching(beginning[place - 1]) if place else [""] * width
        lines = [(each,) for each in cells]
        two_lines = list(zip(above, cells, strict=True))
        for parts in (lines, two_lines):
            fields = _fields(parts, meanings)
            # Two fields at least: a title may be called as a column is. Of two lines
            # that say the same, the lower one is the last of the header.
            count = sum(map(bool, fields))
            is_below = parts is lines and count == best[0] and last == place
            if count > max(best[0], 1) or (is_below and count):
                best, last = (count, parts, fields), place + 1
    _count, parts, fields = best
    if not parts:
        last = _first_data(beginning)
        parts = [(each,) for each in beginning[last - 1]] if last else [()] * width
        fields = _fields(parts, meanings)
    return Header(
        rows=numbers[last - 1] if last else 0,
        labels=[_label(each, place) for place, each in enumerate(parts, 1)],
        examples=[_examples(beginning[last:], column) for column in range(width)],
        fields=fields,
    )


def _label(parts, place):
    """Return how a column is called, by the lines of its header."""
    return " ".join(dict.fromkeys(filter(None, parts))) or f"#{place}"


def _fields(columns, meanings):
    """Return what each column is, each field once; what was chosen comes first.

    :param columns: the lines of the header of each
    :param dict meanings: the fields that were chosen, by the plain label
    """
    result = [""] * len(columns)
    chosen = set()
    for column, parts in enumerate(columns):
        label = plain_label(_label(parts, column + 1))
        if label in meanings:
            chosen.add(column)
            field = meanings[label]
            if field not in result:
                result[column] = field
    found = []
    for column, parts in enumerate(columns):
        if column in chosen:
            continue
        for label in (" ".join(parts), *reversed(parts)):
            known = _FIELD_OF.get(plain_label(label))
            if known:
                found.append((*known, column))
                break
    for _rank, field, column in sorted(found):
        if field not in result:
            result[column] = field
    return result


def _reaching(cells):
    """Return the labels of a line each of which goes on where the next have none."""
    result = []
    for each in cells:
        result.append(each or (result[-1] if result else ""))
    return result


def _first_data(beginning):
    """Return how many rows stand before the first one with a day, else one."""
    for place, cells in enumerate(beginning):
        if any(map(readings, cells)):
            return place
    return min(len(beginning), 1)


def _examples(data, column):
    found = dict.fromkeys(
        cells[column] for cells in data if column < len(cells) and cells[column]
    )
    return ", ".join(list(found)[:_EXAMPLES])
