"""What changed after meetings, computed in the plainest way, in fractions.

Written from the definition alone, and from nothing of the addon; the addon's own
figures are held against it.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from math import exp, lgamma, log, pi, sqrt


@dataclass
class Result:
    state: str
    windows: tuple = ()
    alike: list = field(default_factory=list)
    points: int = 0
    missed_after: Fraction = Fraction(0)
    others: list = field(default_factory=list)

    @property
    def net(self):
        return self.missed_after - sum(self.others) / len(self.others)


class PlainSchool:
    """Students, their days and their meetings."""

    def __init__(self, days, meetings, left):
        """Take what is known.

        :param dict days: of students to dicts of a date to what they missed of it (a
            Fraction); not a day on which they had not to attend, or of which nothing
            is known
        :param list meetings: pairs of a date and a student, in order; one a day
        :param dict left: of students to the day from which on they had left
        """
        self.days = {
            student: {
                day: missed
                for day, missed in theirs.items()
                if student not in left or day < left[student]
            }
            for student, theirs in days.items()
        }
        self.meetings = meetings

    def was_met(self, student, first, last):
        return any(
            met == student and first <= day <= last for day, met in self.meetings
        )

    def within(self, student, first, last):
        return [
            missed
            for day, missed in self.days.get(student, {}).items()
            if first <= day <= last
        ]

    def effect(self, student, day):
        long_ago = day - timedelta(days=60)
        if self.was_met(student, long_ago, day - timedelta(days=1)):
            return Result("again")
        own = self.days.get(student, {})
        before = sorted(each for each in own if each < day)[-20:]
        after = sorted(each for each in own if each > day)[:20]
        if len(before) < 20:
            return Result("few_days")
        if len(after) < 20:
            return Result("early")

        def rate(who, first, last):
            missed = self.within(who, first, last)
            return Fraction(sum(missed), len(missed))

        b = rate(student, before[0], before[-1])
        result = Result("few_alike", (before[0], before[-1], after[0], after[-1]))
        result.missed_after = 20 * rate(student, after[0], after[-1])
        recently = sum(own[each] for each in before[-10:])
        for points in (5, 10):
            result.points = points
            result.alike = []
            for other in sorted(self.days):
                if self.was_met(other, long_ago, day):
                    continue
                if len(self.within(other, before[0], before[-1])) < 15:
                    continue
                if len(self.within(other, after[0], after[-1])) < 15:
                    continue
                last = self.days[other].get(before[-1])
                if last is None or (last > 0) != (own[before[-1]] > 0):
                    continue
                theirs = sum(self.within(other, before[-10], before[-1]))
                if abs(theirs - recently) > 1:
                    continue
                if abs(rate(other, before[0], before[-1]) - b) > Fraction(points, 100):
                    continue
                result.alike.append(other)
            if len(result.alike) >= 5:
                result.state = "counted"
                result.others = [
                    20 * rate(other, after[0], after[-1]) for other in result.alike
                ]
                break
        return result


def percentile(values, share):
    """Return below what a share of the values is, in proportion between two."""
    values = sorted(values)
    place = Fraction(share) * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def mean_and_range(values):
    """Return the mean and its 95 % range, by Student's t."""
    count = len(values)
    mean = sum(values) / count
    spread = sqrt(sum((value - mean) ** 2 for value in values) / (count - 1))
    half = _t(count - 1) * spread / sqrt(count)
    return mean, mean - half, mean + half


def _t(freedom):
    """Return where the density of Student's t has 2.5 % beyond it: by its integral."""
    scale = exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / sqrt(freedom * pi)

    def density(x):
        return scale * exp(-(freedom + 1) / 2 * log(1 + x * x / freedom))

    def integral(end, steps=2000):
        width = end / steps
        inner = sum((2 + 2 * (n % 2)) * density(n * width) for n in range(1, steps))
        return (density(0) + inner + density(end)) * width / 3

    low, high = 1.9, 13.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if integral(middle) < 0.475 else (low, middle)
    return low
