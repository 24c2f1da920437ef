"""Did absence change after a meeting, next to that of similar students without one?

Meetings follow the worst weeks, and the worst weeks pass by themselves. So what a
student missed after a meeting is compared with what look-alikes missed, who had not
been met by then. Days are counted in whole numbers, ``UNIT`` to the day, until the last
step, so that a limit means what it says.

What a student had in some days is one whole number, a *tally*: the possible days, and
what was missed of them in ``UNIT``. The tallies of all students in some days are an
array, one place a student, and those of a time are the difference of two running
totals: one subtraction of two very large numbers.
"""

import math
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import timedelta
from operator import itemgetter
from statistics import NormalDist, fmean, quantiles, stdev

# A day missed, in the precision that days are stored with.
UNIT = 100_000
# How many possible days are looked at before a meeting, and after it.
WINDOW = 20
LEAST_POSSIBLE = 15
RECENT = 10
RECENT_APART = 1 * UNIT
POINTS = 5
WIDER_POINTS = 10
LEAST_ALIKE = 5
# For so long before a meeting there was no other.
QUIET = timedelta(days=60)
LEAST_STUDENTS = 10
LEAST_COMPARED = 20
# Results of dividing whole numbers can't be nearer to a limit without being on it.
EPSILON = 1e-9

# The type of an array of tallies, the bytes of each, and where in one the days begin.
TALLIES = "Q"
BYTES = 8
_DAYS = 40
_MISSED = (1 << _DAYS) - 1


def tally(possible, missed):
    """Return the tally of possible days, and of what was missed of them in ``UNIT``."""
    return (possible << _DAYS) + missed


def possible(tally):
    """Return the possible days of a tally."""
    return tally >> _DAYS


def missed(tally):
    """Return what was missed by a tally, in ``UNIT``."""
    return tally & _MISSED


def missed_of_window(tally):
    """Return what was missed, in days of as many as a window has."""
    return WINDOW * missed(tally) / (UNIT * possible(tally))


def difference(later, earlier):
    """Return the tallies between two running totals, each the bytes of an array."""
    length = max(len(later), len(earlier))
    between = int.from_bytes(later, "little") - int.from_bytes(earlier, "little")
    return array(TALLIES, between.to_bytes(length, "little"))


@dataclass(frozen=True)
class Windows:
    """The days about a meeting, as pairs of a first day and a last one.

    They go from the first of a student's possible days to the last of them; what others
    had on any day in between counts.
    """

    before: tuple
    recent: tuple
    last: tuple
    after: tuple


@dataclass
class Own:
    """What a student had before a meeting and after it."""

    before: list
    after: list

    @classmethod
    def about(cls, days, meeting_day):
        """Take the days nearest to a meeting, without its own.

        :param days: pairs of a possible day and what was missed of it, in ``UNIT``
        """
        day = meeting_day
        return cls(
            before=[each for each in days if each[0] < day][-WINDOW:],
            after=[each for each in days if each[0] > day][:WINDOW],
        )

    @property
    def is_whole(self):
        """Whether there are days enough before the meeting and after it."""
        return len(self.before) == len(self.after) == WINDOW

    @property
    def windows(self):
        """The ``Windows`` of days enough."""
        first, last = self.before[0][0], self.before[-1][0]
        return Windows(
            before=(first, last),
            recent=(self.before[-RECENT][0], last),
            last=(last, last),
            after=(self.after[0][0], self.after[-1][0]),
        )

    @property
    def missed_before(self):
        """What was missed of the days before the meeting, in ``UNIT``."""
        return sum(missed for _day, missed in self.before)

    @property
    def missed_recently(self):
        """What was missed of the last of them, in ``UNIT``."""
        return sum(missed for _day, missed in self.before[-RECENT:])

    @property
    def missed_after(self):
        """What was missed of the days after the meeting, in ``UNIT``."""
        return sum(missed for _day, missed in self.after)


@dataclass
class Alike:
    """The look-alikes of a student, and what they missed, in days of a window's."""

    points: int
    students: list = field(default_factory=list)
    missed: list = field(default_factory=list)

    @property
    def is_enough(self):
        return len(self.students) >= LEAST_ALIKE

    @property
    def mean(self):
        return fmean(self.missed)

    @property
    def quartiles(self):
        """The ends of the middle half, and what is between them."""
        return quantiles(self.missed, n=4, method="inclusive")

    def rank(self, own_missed):
        """Tell where what somebody missed is among what these did.

        :return: ``fewer`` than most, ``more`` than most, or ``like``
        """
        fifths = quantiles(self.missed, n=5, method="inclusive")
        if own_missed < fifths[0] - EPSILON:
            return "fewer"
        if own_missed > fifths[-1] + EPSILON:
            return "more"
        return "like"


class Comparison:
    """Finds look-alikes; students met at the same time share much of the work."""

    def __init__(self, students, tallies):
        """Take what is known of a school.

        :param students: the ids of the students, each of whom has a place in the
            tallies; may grow while tallies are asked for
        :param tallies: a function of a first day and a last one to the tallies of all
            students in that time, an array; who has no place in it has nothing
        """
        self.students = students
        self._tallies = tallies
        self._columns = {}
        self._by_tally = {}

    def _column(self, time):
        if time not in self._columns:
            self._columns[time] = self._tallies(*time)
        return self._columns[time]

    def _places(self, time):
        """Return who had days enough in a time, as places by tally."""
        if time not in self._by_tally:
            places = {}
            for place, each in enumerate(self._column(time)):
                places.setdefault(each, []).append(place)
            self._by_tally[time] = {
                each: found
                for each, found in places.items()
                if possible(each) >= LEAST_POSSIBLE
            }
        return self._by_tally[time]

    def alike(self, own, passed_over):
        """Return the look-alikes of a student.

        :param Own own: what the student had
        :param passed_over: the ids of students who can't be one, among them their own
        """
        windows = own.windows
        share = own.missed_before / (UNIT * WINDOW)
        before = self._places(windows.before)
        others = (windows.recent, windows.last, windows.after)
        recent, last, after = map(self._column, others)
        end = min(len(recent), len(last), len(after))
        recently, was_absent = own.missed_recently, own.before[-1][1] > 0
        for points in (POINTS, WIDER_POINTS):
            apart = points / 100 + EPSILON
            found = sorted(
                (self.students[place], after[place])
                for each, places in before.items()
                if abs(missed(each) / (UNIT * possible(each)) - share) <= apart
                for place in places
                if place < end
                and abs(missed(recent[place]) - recently) <= RECENT_APART
                and possible(last[place])
                and (missed(last[place]) > 0) == was_absent
                and possible(after[place]) >= LEAST_POSSIBLE
                and self.students[place] not in passed_over
            )
            alike = Alike(
                points,
                [student for student, _tally in found],
                [missed_of_window(each) for _student, each in found],
            )
            if alike.is_enough:
                break
        return alike


class Meetings:
    """When which students were met."""

    def __init__(self, meetings):
        """Take tuples of a day, the meeting's id and the student's, in this order."""
        self._meetings = sorted(meetings)
        self._met = {}
        self._counted = set()
        last = {}
        for day, meeting, student in self._meetings:
            if student not in last or day - last[student] > QUIET:
                self._counted.add(meeting)
            last[student] = day

    def is_counted(self, meeting):
        """Tell whether no other meeting with the student was shortly before."""
        return meeting in self._counted

    def met_about(self, day):
        """Return the students with a meeting on a day or shortly before it."""
        if day not in self._met:
            first = bisect_left(self._meetings, day - QUIET, key=itemgetter(0))
            end = bisect_right(self._meetings, day, key=itemgetter(0))
            self._met[day] = {student for _d, _m, student in self._meetings[first:end]}
        return self._met[day]


def student_t(freedom, share=0.975):
    """Return the quantile of Student's t for a whole number of degrees of freedom.

    PostgreSQL and Python's ``statistics`` have none. Its distribution function is a
    finite sum for a whole number, which bends down above 0: Newton's way from the
    normal quantile, which is below, comes nearer with every step.
    """

    def below(value):
        angle = math.atan(value / math.sqrt(freedom))
        cosine = math.cos(angle)
        odd = freedom % 2
        total, term = 0.0, cosine if odd else 1.0
        for step in range(odd, freedom - 1, 2):
            total += term
            term *= cosine * cosine * (step + 1) / (step + 2)
        inside = math.sin(angle) * total
        if odd:
            inside = 2 / math.pi * (angle + inside)
        return (1 + inside) / 2

    peak = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2))
    peak /= math.sqrt(math.pi * freedom)
    value = NormalDist().inv_cdf(share)
    for _ in range(100):
        density = peak * (1 + value * value / freedom) ** (-(freedom + 1) / 2)
        step = (share - below(value)) / density
        value += step
        if abs(step) < 1e-13 * value:
            break
    return value


def mean_range(values):
    """Return the mean of some values and the ends of its 95 % range.

    :return: the mean, the lower end and the upper one; a single value has no ends, and
        they are None
    """
    mean = fmean(values)
    if len(values) < 2:
        return mean, None, None
    half = student_t(len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return mean, mean - half, mean + half
