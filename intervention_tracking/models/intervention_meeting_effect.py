from odoo import api, models
from odoo.fields import Domain

from ..constants import RECENT_DAYS
from ..tools.day import day_text

# What a caller is told by each state and, where others are known, by the rank.
CONCLUSIONS = {
    "early": "too_early",
    "left": "too_few",
    "again": "too_few",
    "few_days": "too_few",
    "few_alike": "too_few",
    "fewer": "less_absence",
    "like": "chance",
    "more": "more_absence",
}
# What marks that were corrected later can have changed.
COMPARED = ("state", "missed_after", "alike_count", "net", "rank")
NOTHING_KNOWN = {
    "state": "few_days",
    "days_done": 0,
    **dict.fromkeys(
        (
            "early_until",
            "missed_before",
            "missed_after",
            "alike_count",
            "alike_low",
            "alike_median",
            "alike_high",
            "alike_mean",
            "net",
            "rank",
            "first",
        )
    ),
}


class InterventionMeeting(models.Model):
    """What is said of a case about the time since the meeting.

    Words of rank, never a verdict: the figure of one student is mostly chance. Who the
    similar students are is told to nobody.
    """

    _inherit = "intervention.meeting"

    @api.readonly
    def get_effect(self):
        """Tell what the student missed after the meeting, and what similar students.

        It is for who may read the case.

        :return: a dict. ``conclusion``: ``too_early``, ``too_few``, ``chance``,
            ``less_absence`` or ``more_absence``; ``left_out``: why it is counted in no
            figure (``early``, ``left``, ``again``, ``few_days`` or ``few_alike``), or
            None; ``days``: how many of the 20 possible days after the meeting are over,
            and ``early_until``, when all of them will be (``YYYY-MM-DD``, or None).

            In days missed of 20, None where it is not known: ``missed_before`` and
            ``missed_after`` of the student, ``low``, ``median``, ``high`` (the middle
            half), ``mean`` of the similar students, ``net``, what the student missed
            more than their mean; ``count``, how many these are.

            ``first``: None, or what was computed when the 20 days were over: a dict
            of ``on`` (a day), ``conclusion``, ``left_out``, ``missed_after``, ``count``
            and ``net``; ``is_corrected``: whether it is another one now.

            For screens, in the user's language: ``title``; ``lines``, sentences; and
            ``before`` and ``after``, the days of the student as in ``get_strip`` of
            ``intervention.attendance``. Of an archived case, False
        :raises AccessError: for who may not read the case
        """
        self.ensure_one()
        self.check_access("read")
        effect = self._known_effect()
        if not effect:
            return False
        told = self._effect_told(effect)
        return {
            **told,
            "title": self._effect_title(effect),
            "lines": self._effect_lines(effect, told),
            **self._effect_days(effect),
        }

    def _known_effect(self):
        """Return what ``_effect`` does; of whom no day is known, nothing is told."""
        return self._known_effects()[self.id]

    def _known_effects(self):
        """Return what ``_known_effect`` does of each of these cases."""
        found = self._new_effects() if len(self) > 1 else {}
        for meeting in self:
            effect = found.get(meeting.id) or meeting._effect()
            if effect and not (effect["day_before_first"] or effect["day_after_first"]):
                effect["state"] = "few_days"
            found[meeting.id] = effect
        return found

    def _new_effects(self):
        """Return what ``_effect`` does of those that the job has not computed yet.

        These are as a rule all of those that were recorded together.
        """
        # sudo: as in ``_effect``.
        effects = self.env["intervention.effect"].sudo()
        kept = effects.search([("meeting_id", "in", self.ids)]).meeting_id
        found = {}
        for company, meetings in (
            (self - kept.with_env(self.env)).grouped("company_id").items()
        ):
            found |= effects._computed(company.sudo(), meetings.ids)
        return {each: {**effect, "first": None} for each, effect in found.items()}

    def _effects_json(self):
        """Return of ``get_effect`` what other programs are told, by the HTTP API.

        Who calls it has checked that the user may see these cases.

        :return: a dict of the id of a case to a dict
        """
        return {
            each: self._effect_told(effect or NOTHING_KNOWN)
            for each, effect in self._known_effects().items()
        }

    @api.model
    def _effect_told(self, effect):
        """Return what other programs are told, of what ``_effect`` returned."""
        first = effect["first"]
        return {
            **self._effect_conclusion(effect),
            "days": effect["days_done"],
            "early_until": _iso(effect["early_until"]),
            "missed_before": effect["missed_before"],
            "missed_after": effect["missed_after"],
            "count": effect["alike_count"] or 0,
            "low": effect["alike_low"],
            "median": effect["alike_median"],
            "high": effect["alike_high"],
            "mean": effect["alike_mean"],
            "net": effect["net"],
            "first": first
            and {
                "on": _iso(first["on"]),
                **self._effect_conclusion(first),
                "missed_after": first["missed_after"],
                "count": first["alike_count"] or 0,
                "net": first["net"],
            },
            "is_corrected": bool(first)
            and any(effect[name] != first[name] for name in COMPARED),
        }

    @api.model
    def _effect_conclusion(self, effect):
        state = effect["state"]
        return {
            "conclusion": CONCLUSIONS[effect["rank"] if state == "counted" else state],
            "left_out": None if state == "counted" else state,
        }

    # --- in words ---

    @api.model
    def _effect_title(self, effect):
        """Return in a few words how it stands, of ``_effect`` or its ``first``."""
        state = effect["state"]
        if state == "counted":
            ranks = self.env["intervention.effect"]._fields["rank"]
            return dict(ranks._description_selection(self.env))[effect["rank"]]
        if state == "early" and effect["early_until"]:
            return self.env._(
                "Too early until %(day)s (%(count)s of %(all)s days)",
                day=day_text(self.env, effect["early_until"]),
                count=effect["days_done"],
                all=RECENT_DAYS,
            )
        if state == "early":
            return self.env._(
                "Too early (%(count)s of %(all)s days)",
                count=effect["days_done"],
                all=RECENT_DAYS,
            )
        if state == "left":
            return self.env._(
                "Left before the time was over (%(count)s of %(all)s days)",
                count=effect["days_done"],
                all=RECENT_DAYS,
            )
        return {
            "again": self.env._("Not counted by itself: a meeting shortly before"),
            "few_days": self.env._("Too few school days are known before the meeting"),
            "few_alike": self.env._("Too few similar students"),
        }[state]

    def _effect_lines(self, effect, told):
        """Return what is said of a case, as sentences."""
        lines = []
        if effect["state"] in ("counted", "few_alike"):
            lines.append(self._effect_missed(effect["missed_after"]))
        if effect["state"] == "counted":
            lines.append(self._effect_of_others(effect))
        if told["is_corrected"]:
            lines.append(self._effect_first(effect["first"]))
        if self.plan_kept == "not":
            lines.append(
                self.env._(
                    "The plan was not carried out, so this tells nothing about it."
                )
            )
        elif self.plan_kept == "partly":
            lines.append(self.env._("The plan was carried out in part."))
        return lines

    def _effect_missed(self, missed):
        amount = self._effect_amount(missed)
        if missed == 1:
            return self.env._("1 day missed in the 20 days after.")
        return self.env._("%(missed)s days missed in the 20 days after.", missed=amount)

    def _effect_of_others(self, effect):
        count = effect["alike_count"]
        # In half days, as the days of several are scaled to 20.
        low, high = (
            self._effect_amount(round(effect[name] * 2) / 2)
            for name in ("alike_low", "alike_high")
        )
        if low == high:
            return self.env._(
                "Of %(count)s similar students without a meeting, half or more missed "
                "%(missed)s.",
                count=count,
                missed=low,
            )
        return self.env._(
            "Of %(count)s similar students without a meeting, half missed %(low)s to "
            "%(high)s.",
            count=count,
            low=low,
            high=high,
        )

    def _effect_first(self, first):
        return self.env._(
            "Marks were corrected since. On %(day)s it was: %(missed)s days missed, "
            "%(count)s similar students; %(rank)s.",
            day=day_text(self.env, first["on"]),
            missed=self._effect_amount(first["missed_after"]),
            count=first["alike_count"] or 0,
            rank=self._effect_title(first),
        )

    @api.model
    def _effect_amount(self, days):
        return self.env["intervention.attendance.standing"]._amount(days)

    # --- the days ---

    def _effect_days(self, effect):
        """Return the student's days in both windows, as marks of a strip.

        The user may read them, as they may read the case.
        """
        days = self.env["intervention.attendance"]
        windows = {
            "before": (effect["day_before_first"], effect["day_before_last"]),
            "after": (effect["day_after_first"], effect["day_after_last"]),
        }
        bounds = [day for window in windows.values() for day in window if day]
        found = (
            days.search(
                Domain("student_id", "=", effect["student_id"])
                & Domain("company_id", "=", effect["company_id"])
                & Domain("possible", "=", 1)
                & Domain("date", ">=", min(bounds))
                & Domain("date", "<=", max(bounds)),
                order="date",
            )
            if bounds
            else days
        )
        return {
            name: [
                {
                    "date": day.date.isoformat(),
                    **days._strip_mark(
                        day.possible,
                        day.absent,
                        day.excused,
                        day.is_late,
                        day.codes,
                        day.note,
                    ),
                }
                for day in found
                if first and first <= day.date <= last
            ]
            for name, (first, last) in windows.items()
        }


def _iso(day):
    return day and day.isoformat()
