from math import ceil

from babel.numbers import format_decimal
from odoo import api, models
from odoo.tools import SQL
from odoo.tools.misc import babel_locale_parse, get_lang

from ..constants import ADMIN_GROUP
from ..tools import effect
from ..tools.day import day_text


class InterventionEffect(models.Model):
    """The figures in words that need no statistics, for the screen and for paper."""

    _inherit = "intervention.effect"

    @api.model
    @api.readonly
    def get_figures_in_words(self, filters=None):
        """Return what the page *Did It Help* says.

        :param dict filters: as ``get_figures`` takes them
        :return: a dict of ``conclusion``; ``headline`` and ``sentences``; ``who``, how
            many are counted; ``bar``, where its range is drawn, or False, and the
            ``scale`` of all bars; ``row``, the figure as a row of a table; ``parts``,
            a list of tables of such rows; ``left_out``, a list of dicts of ``reason``,
            ``label``, ``why`` and ``count``; ``corrected`` and ``how``, lists of
            sentences; ``choices``, what the filters may be
        :raises ValidationError: for a key or a value that is not there
        :raises AccessError: for who is no form master
        """
        self._check_may_see_figures()
        filters = self._checked_filters(filters)
        return {**self._in_words(filters), "choices": self._filter_choices()}

    @api.model
    def action_open_cases(self, filters=None, reason="counted"):
        """Open the list of the cases that are counted, or left out for a reason.

        :param dict filters: as ``get_figures`` takes them
        :param str reason: of ``left_out``, or ``counted``
        :return: an action of the web client
        :raises AccessError: for who is no form master
        """
        self._check_may_see_figures()
        filters = self._checked_filters(filters)
        labels = {name: label for name, label, _why in self._reasons()}
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intervention_tracking.intervention_effect_action_cases"
        )
        name = labels.get(reason) or self.env._("Counted")
        return {
            **action,
            "name": name,
            "display_name": name,
            "domain": [*self._cases_domain(filters), ("effect_state", "=", reason)],
        }

    @api.model
    def _filter_choices(self):
        # Those that are not used any more were.
        templates = self.env["intervention.plan.template"].search(
            [("active", "in", [True, False])]
        )
        return {
            **{
                name: self._choices(name)
                for name in ("root_cause", "attendance_band", "plan_kept")
            },
            "plan_template_id": [(each.id, each.display_name) for each in templates],
        }

    @api.model
    def _in_words(self, filters):
        """Return the words of a figure, without a check of rights.

        :param dict filters: of ``_checked_filters``
        """
        figures = self._figures(filters)
        known = figures["mean"] is not None
        rows = [each for part in figures["parts"].values() for each in part]
        limit = self._limit([figures, *rows])
        return {
            "conclusion": figures["conclusion"],
            "headline": self._headline(figures),
            "sentences": self._sentences(figures),
            "who": self._who(figures),
            "row": self._row({"label": self.env._("All"), **figures}, limit),
            "scale": self._scale(limit),
            "parts": self._parts(figures["parts"], limit) if known else [],
            "left_out": self._left_out(figures),
            "corrected": self._corrected(figures),
            "how": self._how(filters, figures),
        }

    @api.model
    def _figure_in_words(self, figure):
        """Return a figure for a page of its own: its row, and the scale of its bar."""
        limit = self._limit([figure])
        row = self._row({"label": figure["name"], **figure}, limit)
        return {"row": row, "scale": self._scale(limit)}

    # --- numbers ---

    @api.model
    def _limit(self, figures):
        """Return how many days the line of bars goes to both sides of 0."""
        ends = [
            max(-figure["low"], figure["high"])
            for figure in figures
            if figure["mean"] is not None
        ]
        return ceil(max([1, *ends]))

    @api.model
    def _scale(self, limit):
        """Return what stands at both ends of the line, and in its middle."""
        days = self._days(limit)
        return [
            self.env._("%(days)s fewer", days=days),
            self._days(0),
            self.env._("%(days)s more", days=days),
        ]

    @api.model
    def _days(self, days, pattern="#,##0.#"):
        """Return an amount of days; small ones are not rounded to none."""
        size = abs(days)
        if 0.005 <= size < 0.095:
            pattern = "#,##0.##"
        locale = babel_locale_parse(get_lang(self.env).code)
        return format_decimal(round(size, 3), format=pattern, locale=locale)

    @api.model
    def _difference(self, days):
        """Return how many days more or fewer, in words."""
        if abs(days) < 0.005:
            return self.env._("no difference")
        amount = self._days(days, "#,##0.0")
        if days < 0:
            return self.env._("%(days)s days fewer", days=amount)
        return self.env._("%(days)s days more", days=amount)

    @api.model
    def _row(self, figure, limit):
        """Return a figure as a row of a table, and where its bar is drawn.

        :param float limit: how many days the line goes to both sides of 0
        """
        known = figure["mean"] is not None
        names = ("low", "mean", "high")
        return {
            "label": figure["label"],
            "students": figure["students"],
            "conclusion": figure["conclusion"],
            "difference": self._difference(figure["mean"]) if known else "–",
            "range": self._range(figure) if known else "–",
            "reading": self._readings()[figure["conclusion"]],
            # In percent of the line, from the side of fewer days.
            "bar": known
            and {name: round(50 + 50 * figure[name] / limit, 2) for name in names},
        }

    @api.model
    def _range(self, figure):
        return self.env._(
            "%(low)s to %(high)s",
            low=self._difference(figure["low"]),
            high=self._difference(figure["high"]),
        )

    # --- what is concluded ---

    @api.model
    def _readings(self):
        return {
            "too_early": self.env._("Too early to tell"),
            "too_few": self.env._("Too few students to tell"),
            "chance": self.env._("Can't be told from chance"),
            "less_absence": self.env._("Fewer days missed than similar students"),
            "more_absence": self.env._("More days missed than similar students"),
        }

    @api.model
    def _headline(self, figures):
        if not figures["count"] and not figures["left_out"]:
            return self.env._("No meetings to look at")
        return self._readings()[figures["conclusion"]]

    @api.model
    def _sentences(self, figures):
        """Return what the figure says, for who has read no statistics."""
        conclusion = figures["conclusion"]
        if conclusion == "too_early":
            return self._too_early(figures)
        if conclusion == "too_few":
            if not figures["count"] and not figures["left_out"]:
                return [self.env._("There are none that fit what is chosen above.")]
            return [
                self.env._(
                    "Students who can be compared: %(count)s. A figure is shown from "
                    "%(least)s on, as with fewer of them it would be mostly chance.",
                    count=figures["students"],
                    least=effect.LEAST_STUDENTS,
                )
            ]
        ends = {name: self._difference(figures[name]) for name in ("low", "high")}
        if conclusion == "chance":
            return [
                self._fact(figures),
                self.env._(
                    "But the true difference may be anything from %(low)s to %(high)s, "
                    "so there may be none at all.",
                    **ends,
                ),
                self.env._(
                    "This says neither that the meetings helped nor that they did not."
                ),
            ]
        return [
            self._fact(figures),
            self.env._(
                "That is more than chance explains: the true difference is likely "
                "between %(low)s and %(high)s.",
                **ends,
            ),
            self.env._("It says what happened after the meetings, not why."),
        ]

    @api.model
    def _too_early(self, figures):
        waiting = {each["reason"]: each["count"] for each in figures["left_out"]}
        sentences = []
        if "early" in waiting:
            sentences.append(
                self.env._(
                    "Meetings whose %(days)s school days afterwards are not over yet: "
                    "%(count)s.",
                    days=effect.WINDOW,
                    count=waiting["early"],
                )
            )
        if figures["early_until"]:
            sentences.append(
                self.env._(
                    "The first of them can be looked at after %(day)s.",
                    day=day_text(self.env, figures["early_until"]),
                )
            )
        if "waiting" in waiting:
            sentences.append(
                self.env._(
                    "Meetings that are computed in the coming night: %(count)s.",
                    count=waiting["waiting"],
                )
            )
        return sentences

    @api.model
    def _fact(self, figures):
        values = {
            "window": effect.WINDOW,
            "students": figures["students"],
            "days": self._days(figures["mean"], "#,##0.0"),
        }
        if abs(figures["mean"]) < 0.005:
            return self.env._(
                "In the %(window)s school days after their meeting, these %(students)s "
                "students missed on average as many days as similar students whom "
                "nobody had met.",
                **values,
            )
        if figures["mean"] < 0:
            return self.env._(
                "In the %(window)s school days after their meeting, these %(students)s "
                "students missed on average %(days)s days fewer than similar students "
                "whom nobody had met.",
                **values,
            )
        return self.env._(
            "In the %(window)s school days after their meeting, these %(students)s "
            "students missed on average %(days)s days more than similar students whom "
            "nobody had met.",
            **values,
        )

    @api.model
    def _who(self, figures):
        students, count = figures["students"], figures["count"]
        if count == students:
            counted = self.env._("Counted: %(students)s students", students=students)
        else:
            counted = self.env._(
                "Counted: %(students)s students, %(count)s meetings",
                students=students,
                count=count,
            )
        if self.env.user.has_group(ADMIN_GROUP):
            return counted
        return self.env._("%(counted)s (of your own cases)", counted=counted)

    @api.model
    def _corrected(self, figures):
        """Return what was said before marks were corrected, if that was otherwise."""
        first, count = figures["corrected"]["first"], figures["corrected"]["count"]
        if not count:
            return []
        sentences = [
            self.env._(
                "Marks were corrected later. They changed what was computed first for "
                "%(count)s meetings.",
                count=count,
            )
        ]
        if first["mean"] is not None:
            sentences.append(
                self.env._(
                    "As computed first, over %(students)s students: %(mean)s "
                    "(%(range)s).",
                    students=first["students"],
                    mean=self._difference(first["mean"]),
                    range=self._range(first),
                )
            )
        return sentences

    # --- who is left out ---

    @api.model
    def _reasons(self):
        """Return the reasons for which cases are left out: name, label, sentence."""
        return [
            (
                "early",
                self.env._("Too early"),
                self.env._(
                    "The %(days)s school days after the meeting are not over.",
                    days=effect.WINDOW,
                ),
            ),
            (
                "left",
                self.env._("Left the school"),
                self.env._(
                    "The student left before the %(days)s days were over.",
                    days=effect.WINDOW,
                ),
            ),
            (
                "again",
                self.env._("Met before"),
                self.env._(
                    "There was another meeting in the %(days)s days before, so this "
                    "one is not counted by itself.",
                    days=effect.QUIET.days,
                ),
            ),
            (
                "few_days",
                self.env._("Too few days known"),
                self.env._(
                    "Fewer than %(days)s school days before the meeting are known.",
                    days=effect.WINDOW,
                ),
            ),
            (
                "few_alike",
                self.env._("Too few similar students"),
                self.env._(
                    "Fewer than %(count)s students had missed as much without being "
                    "met.",
                    count=effect.LEAST_ALIKE,
                ),
            ),
            (
                "waiting",
                self.env._("Not computed yet"),
                self.env._("The figures are computed every night."),
            ),
        ]

    @api.model
    def _left_out(self, figures):
        counts = {each["reason"]: each["count"] for each in figures["left_out"]}
        return [
            {"reason": reason, "label": label, "why": why, "count": counts[reason]}
            for reason, label, why in self._reasons()
            if reason in counts
        ]

    # --- what it is split by, and how it is computed ---

    @api.model
    def _part_labels(self):
        return {
            "plan_kept": self.env._("Was the plan carried out?"),
            "root_cause": self.env._("By Root Cause"),
            "plan_template_id": self.env._("By Plan Template"),
        }

    @api.model
    def _parts(self, parts, limit):
        """Return the tables of the parts in which a group has a figure."""
        tables = []
        for name, label in self._part_labels().items():
            known = [each for each in parts[name] if each["mean"] is not None]
            if not known:
                continue
            notes = []
            if name == "plan_kept":
                notes.append(
                    self.env._("A plan that was not carried out can't have failed.")
                )
            if len(known) > 1:
                # As they are before they are drawn towards 0.
                lows, highs = (
                    [
                        each[end] * (1 + effect.LEAST_COMPARED / each["students"])
                        for each in known
                    ]
                    for end in ("low", "high")
                )
                is_apart = max(lows) > min(highs)
                notes.append(
                    self.env._("Some of these ranges don't overlap.")
                    if is_apart
                    else self.env._(
                        "All of these ranges overlap, so the groups may well be alike."
                    )
                )
            tables.append(
                {
                    "name": name,
                    "label": label,
                    "note": " ".join(notes),
                    "rows": [
                        self._row({"label": each["name"], **each}, limit)
                        for each in parts[name]
                    ],
                }
            )
        return tables

    @api.model
    def _how(self, filters, figures):
        """Return how the figure is computed, with the school's own numbers."""
        sentences = [
            self.env._(
                "Meetings follow the worst weeks, and the worst weeks pass by "
                "themselves. So it would prove nothing that a student missed fewer "
                "days after a meeting than before it. Each student is compared with "
                "similar students whom nobody had met by then."
            ),
            self.env._(
                "Similar is a student of the same school who had missed about as much "
                "of the %(window)s school days before (the difference is at most "
                "%(near)s day, or %(wider)s days where there are too few) and of the "
                "last %(recent)s of them (at most 1 day), and who was absent on the "
                "last day before the meeting if the other one was. Who is met later "
                "stays among them.",
                window=effect.WINDOW,
                near=self._days(effect.POINTS * effect.WINDOW / 100),
                wider=self._days(effect.WIDER_POINTS * effect.WINDOW / 100),
                recent=effect.RECENT,
            ),
        ]
        if figures["mean"] is not None:
            sentences += self._own_example(filters, figures)
            sentences.append(
                self.env._(
                    "The range is the %(share)s %% range (Student's t): of 20 such "
                    "ranges, 19 hold the true difference. Where it reaches over 0, the "
                    "difference can't be told from chance.",
                    share=95,
                )
            )
        sentences.append(
            self.env._(
                "A student counts with the first meeting, or the first after "
                "%(quiet)s days without one. A figure needs %(least)s students, and "
                "that of a group %(compared)s. The figure of a group is drawn towards "
                "0, the fewer students the more (by half with %(compared)s), so that a "
                "few students don't make a group look better or worse than it is.",
                quiet=effect.QUIET.days,
                least=effect.LEAST_STUDENTS,
                compared=effect.LEAST_COMPARED,
            )
        )
        return sentences

    @api.model
    def _own_example(self, filters, figures):
        """Return the example of a case near the figure, and of them all."""
        meetings = self.env["intervention.meeting"]
        query = meetings._search(self._cases_domain(filters))
        query.add_join(
            "JOIN",
            "effect",
            "intervention_effect",
            SQL("effect.meeting_id = %s", SQL.identifier(query.table, "id")),
        )
        query.add_where(SQL("effect.state = 'counted'"))
        query.order = SQL("ABS(effect.net - %s), effect.meeting_id", figures["mean"])
        query.limit = 1
        [(before, after, count, alike, net)] = self.env.execute_query(
            query.select(
                SQL("effect.missed_before, effect.missed_after"),
                SQL("effect.alike_count, effect.alike_mean, effect.net"),
            )
        )
        return [
            self.env._(
                "An example from your school: a student missed %(before)s of the "
                "%(window)s school days before the meeting and %(after)s of the "
                "%(window)s after it. After that day, %(count)s similar students whom "
                "nobody had met missed %(alike)s on average. So this student counts "
                "with: %(net)s.",
                window=effect.WINDOW,
                before=self._days(before),
                after=self._days(after),
                count=count,
                alike=self._days(alike),
                net=self._difference(net),
            ),
            self.env._(
                "The figure is the average of that over all %(students)s. They missed "
                "%(before)s of %(window)s days before the meeting and %(after)s after "
                "it; the similar students missed %(alike)s after it.",
                window=effect.WINDOW,
                students=figures["students"],
                before=self._days(figures["before"]),
                after=self._days(figures["after"]),
                alike=self._days(figures["alike"]),
            ),
        ]
