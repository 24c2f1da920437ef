from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..constants import ADMIN_GROUP
from ..tools.day import day_text, today
from ..tools.search import boolean_search

# "This week" is the seven days before today, so that Monday still tells of Friday.
WEEK = timedelta(days=7)


class InterventionClass(models.Model):
    """On which school days nobody has taken the register of a class.

    A register is missing when the school was open, the class has students who were
    there on that day and have no mark, and there is not one mark of the class, whatever
    way marks come in. Today's is not taken yet, and is missing from tomorrow on.
    Nothing is missing in a school in which no marks come in from anywhere.
    """

    _inherit = "intervention.class"

    is_register_missing = fields.Boolean(
        string="Register Missing",
        compute="_compute_missing_registers",
        search="_search_is_register_missing",
        help="Of one of the seven days before today.",
    )
    missing_registers = fields.Char(
        string="Registers Missing",
        compute="_compute_missing_registers",
        help="The school days among the seven before today.",
    )

    @api.depends_context("uid", "lang", "tz")
    def _compute_missing_registers(self):
        missing = self._missing_this_week()
        for school_class in self:
            days = missing.get(school_class._origin.id, ())
            school_class.is_register_missing = bool(days)
            school_class.missing_registers = ", ".join(
                day_text(self.env, day) for day in days
            )

    @boolean_search
    def _search_is_register_missing(self):
        return Domain("id", "in", list(self._missing_this_week()))

    @api.model
    def _missing_this_week(self):
        """Return by the id of a class the days of ``_missing_registers`` of this week.

        Of the companies that are switched on.
        """
        day = today(self)
        missing = {}
        for company in self.env.companies:
            for class_id, date in self._missing_registers(
                company, day - WEEK, day - timedelta(days=1)
            ):
                missing.setdefault(class_id, []).append(date)
        return missing

    @api.model
    def _missing_registers(self, company, first, last):
        """Return which registers are missing that the user may take.

        :param company: the ``res.company``
        :param date first: the first day that is looked at
        :param date last: the last one; today and later days are left out
        :return: a list of pairs of the id of a class and a day, the oldest day first;
            administrators have those of all classes, others those of their own
        """
        last = min(last, today(self) - timedelta(days=1))
        if first > last or not self._has_marks(company):
            return []
        days = self.env["intervention.settings"]._open_days(company, first, last)
        rows = self._without_register(
            days, SQL("c.company_id = %s AND %s", company.id, self._registrable_sql())
        )
        return [(class_id, day) for class_id, day, *_others in rows]

    @api.model
    def _registrable_sql(self):
        """Return the SQL of whether the user may take the registers of a class ``c``.

        Not those of one day, as administrators may take all.
        """
        if self.env.user.has_group(ADMIN_GROUP):
            return SQL("TRUE")
        return SQL("c.id IN (%s)", self._own_ids_sql())

    @api.model
    def _missing_count_sql(self):
        """Return the SQL of what ``_missing_count`` takes, for other statements.

        It is of all seven days: which of them are school days depends on what is read
        in the same statement.
        """
        sources = self.env["intervention.attendance.source"]
        known = sources._company_ids().intersection(self.env.companies.ids)
        if not known:
            return SQL("NULL")
        this_day = today(self)
        days = [this_day - timedelta(days=number) for number in range(1, WEEK.days + 1)]
        condition = SQL(
            "c.company_id = ANY(%s) AND %s", list(known), self._registrable_sql()
        )
        return SQL(
            """(SELECT json_agg(json_build_array(company_id, days, %s))
                  FROM (SELECT company_id, json_object_agg(day, number) AS days
                          FROM (SELECT company_id, day, COUNT(*) AS number
                                  FROM (%s) missing
                                 GROUP BY company_id, day) by_day
                         GROUP BY company_id) of_school)""",
            self.env["intervention.settings"]._hours_changed_sql(
                SQL("of_school.company_id")
            ),
            self._without_register_sql(days, condition),
        )

    @api.model
    def _missing_count(self, schools):
        """Return how many are missing this week, by ``_missing_count_sql``."""
        settings = self.env["intervention.settings"]
        count = 0
        for company_id, numbers, hours in schools or ():
            numbers = {fields.Date.to_date(day): n for day, n in numbers.items()}
            open_days = settings._open_days(
                self.env["res.company"].browse(company_id),
                min(numbers),
                max(numbers),
                changed=settings._hours_changed_of(hours),
            )
            count += sum(n for day, n in numbers.items() if day in open_days)
        return count

    @api.model
    def _registers_to_take(self):
        """Return the names of the user's own classes without a register of today.

        Only in schools that take registers here, and on a day on which they are open.
        Marks of a class that comes from a school system come from there, too.
        """
        own = self._own_ids()
        if not own:
            return []
        day = today(self)
        self.env["intervention.school.system"].flush_model(["mark_model", "state"])
        self.env["intervention.school.class"].flush_model(["class_id", "system_id"])
        condition = SQL(
            """c.id = ANY(%s) AND c.company_id = ANY(%s) AND EXISTS (
                SELECT FROM intervention_attendance_source source
                 WHERE source.company_id = c.company_id AND source.active IS TRUE
                   AND source.kind = 'register')
               AND NOT EXISTS (
                SELECT FROM intervention_school_class there
                  JOIN intervention_school_system school ON school.id = there.system_id
                 WHERE there.class_id = c.id AND school.state = 'linked'
                   AND COALESCE(school.mark_model, '') != '')""",
            list(own),
            self.env.companies.ids,
        )
        rows = self._without_register([day], condition)
        open_days = self.env["intervention.settings"]._open_days
        companies = self.env["res.company"]
        is_open = {
            company_id: day in open_days(companies.browse(company_id), day, day)
            for company_id in {row[3] for row in rows}
        }
        return [name for _id, _day, name, company_id in rows if is_open[company_id]]

    @api.model
    def _has_marks(self, company):
        """Tell whether marks come in from anywhere, in a company."""
        sources = self.env["intervention.attendance.source"]
        return company.id in sources._company_ids()

    @api.model
    def _without_register(self, days, condition):
        """Return the classes and days of which there is no mark at all.

        :param days: school days
        :param SQL condition: on the class ``c``
        :return: tuples of the class's id, the day, the class's name and company
        """
        return self.env.execute_query(
            SQL(
                "%s ORDER BY open.day, c.name, c.id",
                self._without_register_sql(days, condition),
            )
        )

    @api.model
    def _without_register_sql(self, days, condition):
        """Return the SQL of what ``_without_register`` does, in no order."""
        self.flush_model(["active", "company_id", "name"])
        self.env["res.partner"].flush_model(
            [
                *("active", "is_intervention_student", "school_class_id"),
                *("student_came_on", "student_left_on"),
            ]
        )
        return SQL(
            """SELECT c.id, open.day, c.name, c.company_id
                 FROM intervention_class c
                 CROSS JOIN unnest(%(days)s::date[]) open(day)
                WHERE c.active IS TRUE AND %(condition)s
                  AND EXISTS (
                    SELECT FROM res_partner s
                     WHERE s.school_class_id = c.id AND s.active IS TRUE
                       AND s.is_intervention_student IS TRUE
                       AND (s.student_came_on <= open.day) IS NOT FALSE
                       AND (s.student_left_on > open.day) IS NOT FALSE
                       -- Who changed the class is known from the former one.
                       AND NOT EXISTS (
                        SELECT FROM intervention_attendance a
                         WHERE a.student_id = s.id AND a.date = open.day))
                  AND NOT EXISTS (
                    SELECT FROM intervention_attendance a
                     WHERE a.class_id = c.id AND a.date = open.day)""",
            days=sorted(days),
            condition=condition,
        )


class InterventionMeeting(models.Model):
    """The dashboard says whose register is to be taken today."""

    _inherit = "intervention.meeting"

    @api.model
    @api.readonly
    def get_dashboard(self):
        """Add to the dashboard which registers are to be taken.

        :return: as before, and ``registers_to_take``: names of the user's own classes
        """
        return {
            **super().get_dashboard(),
            "registers_to_take": self.env["intervention.class"]._registers_to_take(),
        }
