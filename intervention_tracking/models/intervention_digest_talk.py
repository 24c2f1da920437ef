from datetime import timedelta

from odoo import models
from odoo.fields import Domain

from ..tools.text import isolate
from .intervention_digest import GROUPS, MOST_NAMES
from .intervention_settings_reminder import WEEKDAYS


class InterventionDigest(models.Model):
    """The first mail of a week tells who needs a talk: names, and nothing of the days.

    Form masters are told the names, administrators how many there are.
    """

    _inherit = "intervention.digest"

    def _content(self):
        """Add ``talk``: who needs a talk, in the mails that tell it; else None.

        It is a dict of ``lines``, sentences, ``students`` (each of ``name`` and
        ``url``), and ``url`` and ``link`` of the list.
        """
        return {**super()._content(), "talk": self._talk()}

    def _talk(self):
        recipient = self._as_recipient().env
        if not recipient.user.has_group(GROUPS[self.kind]) or not self._tells_week():
            return None
        standing = recipient["intervention.attendance.standing"]
        needy = Domain("needs_talk", "=", True)
        if self.kind == "form_master":
            # An administrator sees those of everybody.
            needy &= Domain("is_of_own_student", "=", True)
        found = standing.search(needy)
        lines = []
        if found:
            lines.append(
                recipient._("Students who need a talk: %(count)s", count=len(found))
            )
        shown = found[:MOST_NAMES]
        if self.kind == "administrator":
            shown = standing
            missing = recipient["intervention.meeting"]._registers_missing()
            if missing:
                lines.append(
                    recipient._(
                        "Class registers missing of the last seven days: %(count)s",
                        count=sum(map(len, missing.values())),
                    )
                )
        if not lines:
            return None
        names = shown.student_id._distinct_names()
        base_url = f"{self.get_base_url()}/odoo"
        return {
            "lines": lines,
            "students": [
                {
                    "name": isolate(recipient, names[each.student_id]),
                    "url": f"{base_url}/intervention-students/{each.student_id.id}",
                }
                for each in shown
            ],
            "url": f"{base_url}/intervention-needs-a-talk",
            "link": recipient._("See who needs a talk"),
        }

    def _tells_week(self):
        """Tell whether it is the first mail of its week, or somebody asked for it."""
        if self.on_demand:
            return True
        settings = self.env["intervention.settings"].search(
            [("company_id", "=", self.company_id.id)], limit=1
        )
        monday = self.date - timedelta(days=self.date.weekday())
        return not any(
            settings[f"reminder_{WEEKDAYS[number]}"]
            and not settings._is_closed(
                self.company_id, monday + timedelta(days=number)
            )
            for number in range(self.date.weekday())
        )

    def _with_cases(self):
        """Keep all form masters once a week, where anybody needs a talk."""
        found = super()._with_cases()
        standing = self.env["intervention.attendance.standing"]
        needy = Domain("needs_talk", "=", True)
        for company, group in (self - found).grouped("company_id").items():
            telling = group.filtered(lambda digest: digest._tells_week())
            if telling and standing.search_count(
                needy & Domain("company_id", "=", company.id), limit=1
            ):
                found |= telling
        return found

    def _has_to_tell(self, content):
        return super()._has_to_tell(content) or bool(content["talk"])
