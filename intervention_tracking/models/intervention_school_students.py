from collections import Counter, defaultdict

from odoo import Command, models
from odoo.fields import Date

from ..constants import FORM_MASTER_GROUP
from ..tools.day import today
from ..tools.register import class_key, number_key

# What is in the list for each kind of finding, at most.
MOST_LINES = 200


class InterventionSchoolSystem(models.Model):
    """Holds students, classes and guardians there against those here."""

    _inherit = "intervention.school.system"

    # --- what is to be done ---

    def _compare(self, there):
        """Return what taking over would do, as a dict.

        * ``classes``: id there to ``link`` (may be empty), ``class`` (the same) and
          ``vals``, which is empty when nothing is to be done
        * ``students``: contact to ``link``, ``vals`` of the contact, in which the class
          is its id there, ``new``, and ``guardians`` or None
        * ``left``: contacts of students who are no longer enrolled
        * ``found``: kind of a line to a list of text and contact
        """
        found = defaultdict(list)
        for lack in there.lacks:
            found["lack"].append((lack, None))
        plan = {
            "found": found,
            "classes": self._compare_classes(there, found),
            "students": {},
        }
        # sudo: what is here is compared, whoever may see it.
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        contacts = [*there.students, *there.former]
        links = self.env["intervention.school.student"].sudo()
        links = links.search(
            ["|", ("student_id", "in", contacts), ("system_id", "=", self.id)]
        )
        by_student = {link.student_id.id: link for link in links}
        known = partners.browse(contacts).exists()
        known |= links.filtered(lambda each: each.system_id == self).student_id
        numbers = self._usable_numbers(there, known, found)
        for contact in partners.browse(list(there.students)):
            link = by_student.get(contact.id, links.browse())
            if self._is_elsewhere(contact, link):
                found["elsewhere"].append((contact.name, contact))
                continue
            plan["students"][contact] = self._compare_student(
                contact, link, there, plan["classes"], numbers, found
            )
        plan["left"] = known.filtered(
            lambda each: (
                each.id not in there.students
                and self._is_leaving(each, by_student.get(each.id))
            )
        )
        found["left"] = [(each.name, each) for each in plan["left"]]
        for contact in partners.browse(dict.fromkeys(there.same_contact)):
            found["same_contact"].append((contact.name, contact))
        return plan

    def _is_elsewhere(self, contact, link):
        company = self.company_id
        other = contact.school_class_id.company_id
        return (
            (contact.company_id and contact.company_id != company)
            or (link and link.system_id != self)
            or (contact.is_intervention_student and other and other != company)
        )

    def _is_leaving(self, contact, link):
        """Tell whether somebody who is not enrolled there is still a student here."""
        if link and link.system_id != self:
            return False
        if link:
            return not (link.student_left_on and link.is_settled)
        return (
            contact.is_intervention_student
            and not contact.has_left_school
            and not self._is_elsewhere(contact, link or self.browse())
        )

    def _usable_numbers(self, there, known, found):
        """Return the numbers that can be taken over, by contact."""
        keys = {
            contact: number_key(each["number"])
            for contact, each in there.students.items()
        }
        often = Counter(filter(None, keys.values()))
        partners = known.browse()
        holders = partners.search(
            [
                ("is_intervention_student", "=", True),
                ("student_number", "in", list(often)),
                ("id", "not in", list(there.students)),
                ("company_id", "in", [False, self.company_id.id]),
            ]
        )
        # Whom the system gives no number keeps the one of here.
        holders |= known.filtered(
            lambda each: each.id in keys and each.student_number and not keys[each.id]
        )
        taken = {number_key(each.student_number): each for each in holders}
        usable = {}
        for contact in known.filtered(lambda each: each.id in there.students):
            number, key = there.students[contact.id]["number"], keys[contact.id]
            if not key:
                if any(self._numbers()):
                    found["no_number"].append((contact.name, contact))
            elif often[key] > 1 or key in taken:
                other = taken.get(key)
                text = f"{number}: {contact.name}"
                text += f" / {other.name}" if other else ""
                found["same_number"].append((text, contact))
                # Who has it here already keeps it.
                if key == number_key(contact.student_number):
                    usable[contact.id] = number
            else:
                usable[contact.id] = number
        return usable

    def _compare_student(self, contact, link, there, classes, numbers, found):
        says = there.students[contact.id]
        vals = {}
        if not contact.is_intervention_student:
            vals["is_intervention_student"] = True
        number = numbers.get(contact.id, False)
        if number and number_key(number) != number_key(contact.student_number):
            vals["student_number"] = number
        if self.enrolment_class:
            own = classes[says["class"]]["class"] if says["class"] else None
            if not says["class"]:
                found["no_class"].append((contact.name, contact))
                if contact.school_class_id:
                    vals["school_class_id"] = False
            elif not own or own != contact.school_class_id:
                vals["school_class_id"] = says["class"]
        if contact.student_left_on:
            vals["student_left_on"] = False
        guardians = self._compare_guardians(contact, link, there, found)
        if not contact.active:
            found["archived"].append((contact.name, contact))
        end = there.classes[says["class"]]["end"] if says["class"] else None
        if end and Date.to_date(end) < today(self, company=self.company_id):
            found["ended"].append((contact.name, contact))
        is_new = not link and (not contact.is_intervention_student)
        if is_new:
            found["new"].append((contact.name, contact))
        elif vals or guardians:
            found["changed"].append((contact.name, contact))
        return {
            "link": link,
            "vals": vals,
            "guardians": guardians,
            "number": number,
            "class": says["class"],
        }

    def _compare_guardians(self, contact, link, there, found):
        """Return the guardians who come, go and are there, or None when none do."""
        if there.guardians is None:
            return None
        partners = contact.browse()
        theirs = partners.browse(sorted(there.guardians.get(contact.id, ())))
        students = theirs.filtered(
            lambda each: each.is_intervention_student or each.id in there.students
        )
        for each in students:
            found["guardian"].append((f"{each.name} / {contact.name}", contact))
        theirs -= students
        # Who was entered here stays.
        before = link.guardian_ids.with_env(partners.env)
        come, go = theirs - contact.guardian_ids, before - theirs
        if not come and not go and before == theirs:
            return None
        return {"come": come, "go": go, "theirs": theirs}

    def _compare_classes(self, there, found):
        """Return by the id of a class there what it is here, and what is to change."""
        # sudo: as for students.
        links = self.env["intervention.school.class"].sudo()
        links = links.with_context(active_test=False).search(
            [("system_id.company_id", "=", self.company_id.id)]
        )
        own = {each.record_id: each for each in links if each.system_id == self}
        linked = links.class_id
        classes = linked.browse().search(
            [("company_id", "=", self.company_id.id), ("active", "=", True)]
        )
        free = {class_key(each.name): each for each in classes if each not in linked}
        # Of other systems of this school, and of none.
        others = {
            class_key(each.class_id.name)
            for each in links
            if each.system_id != self and each.class_id.active
        }
        often = Counter(class_key(each["name"]) for each in there.classes.values())
        plan, used = {}, set(others)
        for number in sorted(there.classes):
            says = there.classes[number]
            link = own.get(number, links.browse())
            name = says["name"]
            if often[class_key(name)] > 1 or class_key(name) in used:
                name = f"{name} ({says['code'] or number})"
            adopted = free.pop(class_key(name), classes.browse())
            if link and adopted:
                # One made here has this name.
                name = f"{name} ({number})"
                adopted = adopted.browse()
            if class_key(name) in used:
                name = f"{name} ({number})"
            used.add(class_key(name))
            here = link.class_id or adopted
            teacher = self._usable_teacher(says, found)
            vals = {}
            if not here or here.name != name:
                vals["name"] = name
            if here and not here.active:
                vals["active"] = True
            if teacher and here.form_master_id != teacher:
                vals["form_master_id"] = teacher.id
            plan[number] = {
                "link": link,
                "class": here,
                "vals": vals,
                "name": name,
                "teacher": teacher,
            }
        for number, link in own.items():
            if number not in there.classes and link.active:
                plan[number] = {
                    "link": link,
                    "class": link.class_id,
                    "vals": {"active": False},
                    "name": link.name,
                    "teacher": link.form_master_id,
                }
        return plan

    def _usable_teacher(self, says, found):
        """Return the form master of a class, who has the right to be one, or none."""
        teacher = says["teacher"] or self.env["res.users"]
        # sudo: groups of users are not for everybody to read.
        teacher = self.env["res.users"].sudo().browse(teacher.id)
        if not teacher:
            return teacher
        if (
            not teacher.active
            or not teacher.has_group(FORM_MASTER_GROUP)
            or self.company_id not in teacher.company_ids
        ):
            found["teacher"].append((f"{teacher.name} / {says['name']}", None))
            return teacher.browse()
        return teacher

    # --- doing it ---

    def _take_over(self, plan):
        """Store what ``_compare`` returned."""
        self._take_over_classes(plan)
        self._take_over_students(plan)

    def _take_over_classes(self, plan):
        # sudo: who links a system may change classes, and the nightly look does too.
        classes = self.env["intervention.class"].sudo()
        links = self.env["intervention.school.class"].sudo()
        for number, each in plan["classes"].items():
            kept = {
                "name": each["name"],
                "form_master_id": each["teacher"].id,
                "active": each["vals"].get("active", True),
            }
            here, vals, link = each["class"], each["vals"], each["link"]
            if not here:
                here = classes.create({**vals, "company_id": self.company_id.id})
                each["class"] = here
            # What is kept comes first: the class is held against it.
            if link:
                changed = {n: v for n, v in kept.items() if _plain(link[n]) != v}
                if changed:
                    link.write(changed)
            else:
                links.create(
                    {
                        **kept,
                        "system_id": self.id,
                        "record_id": number,
                        "class_id": here.id,
                    }
                )
            changed = {n: v for n, v in vals.items() if _plain(here[n]) != v}
            if changed:
                here.write(changed)

    def _take_over_students(self, plan):
        # sudo: only our own fields of contacts are written, which are read-only here.
        partners = self.env["res.partner"].sudo()
        partners = partners.with_context(tracking_disable=True, active_test=False)
        links = self.env["intervention.school.student"].sudo()
        ids = {number: each["class"].id for number, each in plan["classes"].items()}
        missing, alike = [], defaultdict(partners.browse)
        renumbered = partners.browse()
        for contact, each in plan["students"].items():
            contact = contact.with_env(partners.env)
            vals = dict(each["vals"])
            if vals.get("school_class_id"):
                vals["school_class_id"] = ids[vals["school_class_id"]]
            guardians = each["guardians"]
            kept = {
                "student_number": each["number"],
                "has_class": bool(self.enrolment_class),
                "school_class_id": ids.get(each["class"], False),
                "student_left_on": False,
                "is_settled": True,
            }
            if guardians:
                kept["guardian_ids"] = [Command.set(guardians["theirs"].ids)]
                vals["guardian_ids"] = [
                    *map(Command.link, guardians["come"].ids),
                    *map(Command.unlink, guardians["go"].ids),
                ]
            link = each["link"]
            if not link:
                missing.append({**kept, "system_id": self.id, "student_id": contact.id})
            else:
                changed = {
                    name: value
                    for name, value in kept.items()
                    if name == "guardian_ids" or _plain(link[name]) != value
                }
                if changed:
                    link.write(changed)
            if "student_number" in vals and contact.student_number:
                renumbered |= contact
            if vals:
                alike[repr(sorted(vals.items()))] |= contact
                each["vals"] = vals
        links.create(missing)
        if renumbered:
            # Two may have changed places: both numbers have to be free first.
            waiting = links.search([("student_id", "in", renumbered.ids)])
            waiting.is_settled = False
            renumbered.student_number = False
            self.env.flush_all()
            waiting.is_settled = True
        by_contact = {each.id: one["vals"] for each, one in plan["students"].items()}
        for contacts in alike.values():
            contacts.write(by_contact[contacts[0].id])
        self._take_over_left(plan["left"], partners, links)

    def _take_over_left(self, left, partners, links):
        this_day = today(self, company=self.company_id)
        left = left.with_env(partners.env)
        known = links.search([("student_id", "in", left.ids)])
        links.create(
            [
                {
                    "system_id": self.id,
                    "student_id": contact.id,
                    "student_left_on": contact.student_left_on or this_day,
                }
                for contact in left - known.student_id
            ]
        )
        # Who has no class any more keeps the last one.
        for link in known:
            day = link.student_id.student_left_on or this_day
            link.write({"student_left_on": day, "is_settled": True})
        for contact in left.filtered(lambda each: not each.student_left_on):
            contact.student_left_on = this_day


def _plain(value):
    """Return a value of a field as ``write`` takes it."""
    return value.id if isinstance(value, models.BaseModel) else value
