from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.sql import vacuum_after
from ..tools.triggers import make_function, make_trigger


class InterventionCaseCount(models.Model):
    """How many cases a student has at a school, for who sees all of the school.

    An administrator's numbers would else be counted over all meetings of all years,
    which takes five times as long when there are five times as many. A trigger keeps
    them, whichever way a meeting was changed, by counting the student's own meetings.
    A row is of one student: those who write at the same time of different ones never
    wait for each other.
    """

    _name = "intervention.case.count"
    _description = "Number of Cases of a Student"
    _inherit = ["intervention.refusals"]
    _log_access = False

    # Numbers: a student is deleted, or merged with another, without a look at these.
    student = fields.Integer(required=True, readonly=True)
    company = fields.Integer(string="School", required=True, readonly=True)
    meetings = fields.Integer(required=True, readonly=True)
    active_meetings = fields.Integer(required=True, readonly=True)
    better_meetings = fields.Integer(
        required=True, readonly=True, help="Those that are improving or closed."
    )
    last_date = fields.Date(
        string="Last Meeting", readonly=True, help="Empty when all are archived."
    )

    _student_company_uniq = models.UniqueIndex(
        "(student, company) INCLUDE (meetings, active_meetings)",
        "There is a row of this student and school already.",
    )
    # Who is recurring, page by page.
    _recurring_idx = models.Index(
        "(company, meetings DESC, last_date DESC, student) WHERE meetings > 1"
    )

    def init(self):
        """Keep the table fit, and fill it when there are meetings already.

        The trigger comes when all tables of the module are there.
        """
        vacuum_after(self.env.cr, self._table, changed=500, added=500)
        self.pool.post_init(self._make_trigger)

    @api.model
    def _make_trigger(self):
        numbers = SQL(
            """COUNT(*), COUNT(*) FILTER (WHERE status != 'closed'),
               COUNT(*) FILTER (WHERE status IN ('improving', 'closed')),
               MAX(meeting_date)"""
        )
        columns = SQL("meetings, active_meetings, better_meetings, last_date")
        make_function(
            self.env.cr,
            "intervention_case_count_of",
            "of_student integer, of_company integer",
            SQL(
                """
                RETURNS void LANGUAGE sql AS $$
                    INSERT INTO intervention_case_count AS count
                           (student, company, %(columns)s)
                    SELECT of_student, of_company, %(numbers)s
                      FROM intervention_meeting
                     WHERE student_id = of_student AND company_id = of_company
                       AND active IS TRUE
                        ON CONFLICT (student, company) DO UPDATE
                       SET (%(columns)s) = (
                               excluded.meetings, excluded.active_meetings,
                               excluded.better_meetings, excluded.last_date)
                $$
                """,
                columns=columns,
                numbers=numbers,
            ),
        )
        make_function(
            self.env.cr,
            "intervention_case_count_meeting",
            "",
            SQL(
                """
                RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF TG_OP != 'INSERT' THEN
                        PERFORM intervention_case_count_of(
                            OLD.student_id, OLD.company_id);
                    END IF;
                    IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND
                            (OLD.student_id, OLD.company_id)
                            != (NEW.student_id, NEW.company_id) THEN
                        PERFORM intervention_case_count_of(
                            NEW.student_id, NEW.company_id);
                    END IF;
                    RETURN NULL;
                END $$
                """
            ),
        )
        make_trigger(
            self.env.cr,
            "case_count",
            "intervention_meeting",
            SQL(
                """AFTER INSERT OR DELETE OR UPDATE OF
                   student_id, company_id, status, meeting_date, active"""
            ),
            "intervention_case_count_meeting",
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO intervention_case_count (student, company, %(columns)s)
                SELECT student_id, company_id, %(numbers)s FROM intervention_meeting
                 WHERE active IS TRUE
                   AND NOT EXISTS (SELECT FROM intervention_case_count)
                 GROUP BY student_id, company_id
                """,
                columns=columns,
                numbers=numbers,
            )
        )


class InterventionMeeting(models.Model):
    """Numbers of all meetings of a school, for who sees all of them."""

    _inherit = "intervention.meeting"

    @api.model
    def _companies_seen_whole(self):
        """Return the ids of the companies all of whose meetings the user sees.

        None where the record rules ask for more than the company: then what the user
        sees has to be counted.
        """
        if self.env.su:
            return None
        rules = list(self.env["ir.rule"]._compute_domain(self._name, "read"))
        if len(rules) != 1 or rules[0][:2] != ("company_id", "in"):
            return None
        return list(rules[0][2])

    @api.model
    def _counted_sql(self, companies):
        """Return the query of the numbers of each student in these companies.

        Its columns are ``student_id``, ``meetings``, ``active``, ``better`` and
        ``last_date``; who has no meetings is not in it.
        """
        if len(companies) == 1:
            return SQL(
                """SELECT student AS student_id, meetings, active_meetings AS active,
                          better_meetings AS better, last_date
                     FROM intervention_case_count
                    WHERE company = %s AND meetings > 0""",
                companies[0],
            )
        return SQL(
            """SELECT student AS student_id, SUM(meetings) AS meetings,
                      SUM(active_meetings) AS active, SUM(better_meetings) AS better,
                      MAX(last_date) AS last_date
                 FROM intervention_case_count
                WHERE company = ANY(%s) AND meetings > 0 GROUP BY student""",
            companies,
        )
