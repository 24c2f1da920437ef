"""Schools of which it is known whether meetings change attendance.

A few students miss much more than the others, absences come in spells, and absence
drifts up over the year. A form master meets a student once they have missed 4 or more
of the last 10 school days, 12 % of them a day, and once only. From the day of the
meeting on, a share of the student's absences does not happen.
"""

import random

CLASSES = 24
CLASS_SIZE = 25
DAYS = 100
WINDOW = 20
STAY = 0.55  # an absent student is absent the next day, too


def school(seed, effect=0.0, classes=CLASSES):
    """Return a school, always the same one for a seed.

    :param float effect: which share of absences a meeting takes away
    :return: for each student a list of ``DAYS`` numbers, 1 for a day missed; and a dict
        of those who were met to the place of the day on which they were
    """
    rnd = random.Random(seed)
    absences = []
    for _student in range(classes * CLASS_SIZE):
        propensity = min(0.9, rnd.betavariate(0.9, 11))
        absent, days = 0, []
        for day in range(DAYS):
            share = min(0.85, propensity * (1 + 0.25 * day / DAYS))
            begins = share * (1 - STAY) / (1 - share)
            absent = int(rnd.random() < (STAY if absent else begins))
            days.append(absent)
        absences.append(days)
    meetings = {}
    for student, days in enumerate(absences):
        for day in range(WINDOW, DAYS - WINDOW):
            if sum(days[day - 10 : day]) >= 4 and rnd.random() < 0.12:
                meetings[student] = day
                break
    for student, met in meetings.items():
        absences[student] = [
            0 if absent and day >= met and rnd.random() < effect else absent
            for day, absent in enumerate(absences[student])
        ]
    return absences, meetings
