import logging
from collections import defaultdict

from odoo import Command, api, models
from odoo.exceptions import LockError, UserError
from odoo.fields import Datetime

from .intervention_school_marks import LEFT_OUT
from .intervention_school_students import MOST_LINES
from .intervention_school_system import CRON, LINE_KINDS

_logger = logging.getLogger(__name__)
# Whether as many would leave at once, or marks go, that something else must be wrong.
FEW = 20
# The counts that are those of a kind of line.
OF_KIND = {
    "new_count": "new",
    "changed_count": "changed",
    "left_count": "left",
    "no_number_count": "no_number",
    "same_number_count": "same_number",
    "same_contact_count": "same_contact",
    "archived_count": "archived",
    "elsewhere_count": "elsewhere",
    "no_class_count": "no_class",
    "ended_count": "ended",
    "refused_guardian_count": "guardian",
}
OF_MARKS = (
    *("mark_count", "open_register_count", "unknown_mark_count"),
    *("contradiction_count", "left_out_count"),
    *("day_new_count", "day_changed_count", "day_gone_count"),
)


class InterventionSchoolSystem(models.Model):
    """Looks at a school system: before it is linked, when it is, and every night."""

    _inherit = "intervention.school.system"

    # --- what administrators press ---

    def action_preview(self):
        """Find out what linking, or looking again, would do; nothing of it is done.

        What was found is in the counts and in ``line_ids``; why nothing can be done is
        in ``problem``.

        :return: True
        :raises AccessError: for anyone but an administrator of interventions
        """
        self._check_may_link()
        for system in self:
            system._look_or_say_why(dry_run=True)
        return True

    def action_link(self):
        """Link the school system: take over what is there, now and every night.

        :return: True
        :raises AccessError: for anyone but an administrator of interventions
        :raises ValidationError: when a path leads nowhere; its ``problems`` name them
        :raises UserError: when nothing can be linked, with the reason
        """
        self._check_may_link()
        for system in self:
            system._raise_setup_faults()
            if not system.source_id and system.mark_model:
                system.source_id = self.env["intervention.attendance.source"].create(
                    {
                        "name": system.name,
                        "kind": "model",
                        "company_id": system.company_id.id,
                    }
                )
            system.source_id.active = True
            system.state = "linked"
            system._look(is_asked=True)
        self._switch_job()
        return True

    def action_look(self):
        """Look again: take over what changed since the last look.

        Of what is not linked, it is ``action_preview``.

        :return: True
        :raises AccessError: for anyone but an administrator of interventions
        :raises UserError: when nothing can be taken over, with the reason
        """
        self._check_may_link()
        for system in self:
            if system.state == "linked":
                system._look(is_asked=True)
            else:
                system._look_or_say_why(dry_run=True)
        return True

    def action_unlink(self):
        """End the link. Everything that is known stays, and can be changed here again.

        :return: True
        :raises AccessError: for anyone but an administrator of interventions
        """
        self._check_may_link()
        # sudo: only looks, and this, write what is kept.
        for name in ("student", "class", "mark"):
            self.env[f"intervention.school.{name}"].sudo().with_context(
                active_test=False
            ).search([("system_id", "in", self.ids)]).unlink()
        self.source_id.active = False
        self.write({"state": "draft", "problem": False})
        self._switch_job()
        return True

    @api.ondelete(at_uninstall=False)
    def _unlink_except_linked(self):
        for system in self:
            if system.state == "linked":
                raise UserError(
                    self.env._(
                        "%(system)s is linked. Unlink it first; what is known stays.",
                        system=system.name,
                    )
                )

    # --- every night ---

    @api.model
    def _switch_job(self):
        """Let the nightly job run only while something is linked."""
        # sudo: jobs are for who keeps this Odoo.
        job = self.env.ref(CRON).sudo()
        is_linked = bool(self._linked_company_ids())
        if job.active != is_linked:
            job.active = is_linked

    @api.model
    def _cron_look(self):
        """Look at all linked school systems; each is stored by itself."""
        job = self.env["ir.cron"]
        systems = self._to_look_at()
        job._commit_progress(remaining=len(systems))
        for system in systems:
            system._look_or_say_why()
            if not job._commit_progress(1):
                break

    @api.model
    def _to_look_at(self):
        """Return the linked systems of the schools that are still there."""
        return self.search(
            [("state", "=", "linked"), ("company_id.active", "=", True)],
            order="looked_at",
        )

    def _look_or_say_why(self, dry_run=False):
        """Look, or note why that was not possible."""
        try:
            with self.env.cr.savepoint():
                self._look(dry_run=dry_run)
        except UserError as error:
            self.env.invalidate_all()
            self._show({}, defaultdict(list), dry_run, problem=str(error))
        except Exception:
            _logger.exception("looking at school system %s", self.id)
            self.env.invalidate_all()
            self._show(
                {},
                defaultdict(list),
                dry_run,
                problem=self.env._(
                    "Something went wrong that is in the log of the server. Nothing "
                    "was changed."
                ),
            )

    # --- one look ---

    def _look(self, dry_run=False, is_asked=False):
        """Hold what is there against what is here, and take it over.

        :param bool dry_run: only tell what would be done
        :param bool is_asked: somebody waits for it, and has seen what will be done
        :raises UserError: when nothing can be taken over
        """
        self.ensure_one()
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(
                self.env._(
                    "%(system)s is being looked at just now. Wait a moment.",
                    system=self.name,
                )
            ) from None
        there = self._read_there()
        plan = self._compare(there)
        found = plan["found"]
        if not plan["students"]:
            raise UserError(
                self.env._(
                    "%(user)s sees no enrolled student in %(system)s, so nothing was "
                    "changed. Look at the conditions and at their rights there.",
                    user=self.user_id.sudo().name,
                    system=self.name,
                )
            )
        if not dry_run and not is_asked:
            self._refuse_landslide(len(plan["left"]), len(plan["students"]))
        if not dry_run:
            self._take_over(plan)
        counts = {
            "student_count": len(plan["students"]),
            "class_count": len(there.classes),
            "guardian_count": len(
                set().union(
                    *(
                        guardians
                        for contact, guardians in (there.guardians or {}).items()
                        if contact in there.students
                    )
                )
            ),
        }
        counts |= self._look_at_marks(plan, there, dry_run, is_asked)
        self._show(counts, found, dry_run)

    def _look_at_marks(self, plan, there, dry_run, is_asked):
        """Take marks over, or tell what would be; return the counts."""
        counts = dict.fromkeys(OF_MARKS, 0)
        if not self.mark_model:
            return counts
        lack = self._marks_lack()
        if lack:
            plan["found"]["lack"].append((lack, None))
            return counts
        students = plan["students"]
        if dry_run and self.state == "linked":
            # Who is new has no day yet.
            students = [each for each in students if each.is_intervention_student]
        ids = [contact.id for contact in students]
        # Of who left, marks of earlier days may still be corrected.
        links = self.env["intervention.school.student"].sudo()
        linked = links.search([("system_id", "=", self.id)]).student_id.ids
        ids += sorted(set(linked).intersection(there.former).difference(ids))
        copied = self._copy_marks(ids)
        counts["mark_count"] = copied["marks"]
        counts["unknown_mark_count"] = copied["unknown"]
        counts["contradiction_count"] = copied["torn"]
        counts["left_out_count"] = copied["outside"]
        counts["open_register_count"] = self._count_open_registers()
        contradictions = []
        if self.source_id and self.state == "linked":
            before, gone = self._compare_marks(ids)
            if not dry_run and not is_asked:
                self._refuse_landslide(gone, before - gone)
            waiting = self._days_waiting(ids)
            days = self._store_marks(dry_run)
            torn = waiting.pop("torn", [])
            contradictions = days["contradictions"] + torn[-MOST_LINES:]
            counts["contradiction_count"] += days["contradiction_days"] + len(torn)
            counts["left_out_count"] += sum(days[name] for name in LEFT_OUT)
            counts["left_out_count"] += sum(map(len, waiting.values()))
            for name in ("new", "changed", "gone"):
                counts[f"day_{name}_count"] = days[name]
            if not dry_run:
                self._note_run(days)
        plan["found"]["contradiction"] = self._torn_lines(contradictions)
        return counts

    def _refuse_landslide(self, going, staying):
        """Refuse a nightly look that would take most of it away."""
        if going > FEW and going > staying:
            raise UserError(
                self.env._(
                    "Most of it would be taken away: %(going)s of %(all)s. That may be "
                    "the end of a school year, or a right that was lost in the school "
                    "system. Nothing was changed. If it is right, press Look Again.",
                    going=going,
                    all=going + staying,
                )
            )

    def _note_run(self, days):
        """Note in the attendance source what was stored."""
        source = self.source_id.sudo()
        source.write(
            {
                "run_at": Datetime.now(),
                "run_by_id": self.env.uid,
                "run_new": days["new"],
                "run_changed": days["changed"],
                "run_gone": days["gone"],
                "last_day": max(
                    filter(None, (source.last_day, days["last_day"])), default=False
                ),
            }
        )

    def _show(self, counts, found, dry_run, problem=False):
        """Keep what a look found, for people to read."""
        lines = [
            {
                "kind": kind,
                "text": text,
                "partner_id": contact.id if contact else False,
            }
            for kind, _label in LINE_KINDS
            for text, contact in found[kind][:MOST_LINES]
        ]
        # sudo: lines are written by looks alone.
        self.sudo().line_ids.unlink()
        self.sudo().write(
            {
                **counts,
                **(
                    {name: len(found[kind]) for name, kind in OF_KIND.items()}
                    if not problem
                    else {}
                ),
                "looked_at": Datetime.now(),
                "is_preview": dry_run,
                "problem": problem,
                "line_ids": [Command.create(each) for each in lines],
            }
        )


class InterventionAttendanceSource(models.Model):
    """Why the marks of a school system did not come, for the administrators."""

    _inherit = "intervention.attendance.source"

    @api.model
    def _notices(self):
        notices = super()._notices()
        systems = self.env["intervention.school.system"]
        if not systems._linked_company_ids().intersection(self.env.companies.ids):
            return notices
        troubled = systems.search(
            [
                ("state", "=", "linked"),
                ("problem", "!=", False),
                ("source_id", "!=", False),
                ("company_id", "in", self.env.companies.ids),
            ]
        )
        return notices + [
            {"text": f"{each.name}: {each.problem}", "source": each.source_id.id}
            for each in troubled
        ]
