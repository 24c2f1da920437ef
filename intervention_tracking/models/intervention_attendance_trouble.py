from datetime import timedelta

from odoo import api, models
from odoo.tools import ormcache

from ..tools.day import days_text, today
from ..tools.text import isolate


class InterventionAttendanceSource(models.Model):
    """What is wrong with where marks come from, as the administrators are told."""

    _inherit = "intervention.attendance.source"

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if vals.keys() & {"active", "company_id"}:
            self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    @ormcache()
    def _company_ids(self):
        """Return the ids of the companies in which marks come in from anywhere."""
        # sudo: the answer tells of no student.
        sources = self.sudo().search([("company_id", "!=", False)])
        return frozenset(sources.company_id.ids)

    @api.model
    def _silent(self):
        """Return the sources that have told nothing of school days before today."""
        return self.search(
            [
                ("is_daily", "=", True),
                ("last_day", "<", today(self) - timedelta(days=1)),
                ("company_id", "in", self.env.companies.ids),
            ]
        ).filtered("silence")

    @api.model
    def _notices(self):
        """Return what is wrong with sources, as sentences.

        :return: a list of dicts of ``text`` and ``source`` (an id)
        """
        notices = [
            {
                "text": self.env._(
                    "No marks from %(name)s since %(day)s.",
                    name=isolate(self.env, source.name),
                    day=days_text(self.env, source.last_day, skeleton="MMMEd"),
                ),
                "source": source.id,
            }
            for source in self._silent()
        ]
        unknown = self.search(
            [
                ("run_unknown_students", ">", 0),
                ("company_id", "in", self.env.companies.ids),
            ]
        )
        return notices + [
            {
                "text": self.env._(
                    "Students of %(name)s who are unknown here: %(count)s.",
                    name=isolate(self.env, source.name),
                    count=source.run_unknown_students,
                ),
                "source": source.id,
            }
            for source in unknown
        ]


class InterventionMeeting(models.Model):
    """What is missing of the marks, for the administrators' dashboard."""

    _inherit = "intervention.meeting"

    @api.model
    def _registers_missing(self):
        """Return how many registers are missing of the classes of the user, by class.

        :return: a dict of the id of a class to its days
        """
        sources = self.env["intervention.attendance.source"]
        if not sources._company_ids().intersection(self.env.companies.ids):
            return {}
        return self.env["intervention.class"]._missing_this_week()

    @api.model
    def _attendance_trouble(self):
        """Return what is wrong with the marks.

        :return: a dict of ``registers``: how many are missing, ``classes``: the names
            of their classes, and ``notices`` of the sources
        """
        sources = self.env["intervention.attendance.source"]
        if not sources._company_ids().intersection(self.env.companies.ids):
            return {"registers": 0, "classes": [], "notices": []}
        missing = self._registers_missing()
        classes = self.env["intervention.class"].browse(missing)
        return {
            "registers": sum(map(len, missing.values())),
            "classes": classes.sorted("name").mapped("name"),
            "notices": sources._notices(),
        }
