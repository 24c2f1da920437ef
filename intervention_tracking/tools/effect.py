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
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate, zip_longest
from math import fsum
from operator import itemgetter
from statistics import NormalDist, fmean, stdev

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
_DAY = 1 << _DAYS
_MISSED = _DAY - 1
_ENOUGH = LEAST_POSSIBLE * _DAY


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


class Own:
    """What a student had before a meeting and after it; what was missed in ``UNIT``."""

    def __init__(self, days, meeting_day):
        """Take the days nearest to a meeting, without its own.

        :param days: pairs of a possible day and what was missed of it
        """
        self.before = [each for each in days if each[0] < meeting_day][-WINDOW:]
        self.after = [each for each in days if each[0] > meeting_day][:WINDOW]
        self.is_whole = len(self.before) == len(self.after) == WINDOW
        self.missed_before = sum(missed for _day, missed in self.before)
        self.missed_recently = sum(missed for _day, missed in self.before[-RECENT:])
        self.missed_after = sum(missed for _day, missed in self.after)
        self.share_before = self.missed_before / (UNIT * WINDOW)
        self.was_absent = bool(self.before) and self.before[-1][1] > 0

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


class Alike:
    """What the look-alikes of a student missed after the day of the meeting."""

    def __init__(self, points, counts):
        """Take the points that they are apart before at most, and what they missed.

        :param dict counts: of what was missed, in days of a window's, how many did so
        """
        self.points = points
        self.count = sum(counts.values())
        self._counts = sorted(counts.items())
        self._ends = list(accumulate(count for _missed, count in self._counts))

    @property
    def is_enough(self):
        return self.count >= LEAST_ALIKE

    @property
    def mean(self):
        return fsum(missed * count for missed, count in self._counts) / self.count

    def quantile(self, share):
        """Return below what a share of them is; between two, in proportion.

        It is ``percentile_cont`` of PostgreSQL's, and the inclusive method of Python's.
        """
        place, rest = divmod(share * (self.count - 1), 1)
        low, high = (
            self._counts[bisect_right(self._ends, each)][0]
            for each in (place, min(place + 1, self.count - 1))
        )
        return low + (high - low) * rest

    def rank(self, own_missed):
        """Tell where what somebody missed is among what these did.

        :return: ``fewer`` than most, ``more`` than most, or ``like``
        """
        if own_missed < self.quantile(0.2) - EPSILON:
            return "fewer"
        if own_missed > self.quantile(0.8) + EPSILON:
            return "more"
        return "like"


class Comparison:
    """Finds look-alikes; students met on the same day share most of the work.

    Students are counted by what they had, as thousands of them may have had the same.
    """

    def __init__(self, places, tallies, nobody=frozenset()):
        """Take what is known of a school.

        :param dict places: of the ids of students to their places in the tallies, in
            order; may grow while tallies are asked for
        :param tallies: a function of a first day and a last one to the tallies of all
            students in that time, an array; who has no place in it has nothing
        :param nobody: the ids of who is no look-alike
        """
        self._places = places
        self._nobody = nobody
        self._tallies = tallies
        self._known = {}
        self._tables = {}

    def _columns(self, windows):
        """Return the tallies of all students in the windows, an array for each."""
        times = (windows.before, windows.recent, windows.last, windows.after)
        for time in times:
            if time not in self._known:
                self._known[time] = self._tallies(*time)
        return [self._known[time] for time in times]

    def _table(self, windows, day, met):
        """Return how many may be look-alikes on a day, by what they had.

        :return: a list of what they missed before (their share), recently (in
            ``UNIT``), whether they missed any of the last day, and a list of what they
            missed after, with how many did
        """
        key = (windows, day)
        if key not in self._tables:
            columns = self._columns(windows)
            counts = Counter(zip_longest(*columns, fillvalue=0))
            for place in map(self._places.get, met | self._nobody):
                if place is not None:
                    row = (each[place] if place < len(each) else 0 for each in columns)
                    counts[tuple(row)] -= 1
            table = {}
            for (before, recent, last, after), count in counts.items():
                if before >= _ENOUGH and after >= _ENOUGH and last >= _DAY and count:
                    group = (before, missed(recent), last > _DAY)
                    table.setdefault(group, []).append((missed_of_window(after), count))
            self._tables[key] = [
                (missed(before) / (UNIT * possible(before)), recent, was_absent, after)
                for (before, recent, was_absent), after in table.items()
            ]
        return self._tables[key]

    def alike(self, own, day, met):
        """Return what the look-alikes of a student missed.

        :param Own own: what the student had
        :param date day: of the meeting
        :param met: the ids of the students who were met about then, among them theirs
        :return: ``Alike``, of those who are apart further when there are too few
        """
        for points in (POINTS, WIDER_POINTS):
            counts = defaultdict(int)
            for share, recent, was_absent, after in self._table(own.windows, day, met):
                if self._is_alike(own, points, share, recent, was_absent):
                    for each, count in after:
                        counts[each] += count
            alike = Alike(points, counts)
            if alike.is_enough:
                break
        return alike

    def students_alike(self, own, points, met):
        """Return the ids of the look-alikes, in order; takes what ``alike`` does.

        :param int points: how far they are apart at most
        """
        return sorted(
            student
            for (before, recent, last, after), student in zip(
                zip_longest(*self._columns(own.windows), fillvalue=0),
                self._places,
                strict=False,
            )
            if before >= _ENOUGH
            and after >= _ENOUGH
            and last >= _DAY
            and student not in met
            and student not in self._nobody
            and self._is_alike(
                own,
                points,
                missed(before) / (UNIT * possible(before)),
                missed(recent),
                last > _DAY,
            )
        )

    @staticmethod
    def _is_alike(own, points, share, recent, was_absent):
        return (
            was_absent == own.was_absent
            and abs(recent - own.missed_recently) <= RECENT_APART
            and abs(share - own.share_before) <= points / 100 + EPSILON
        )


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
