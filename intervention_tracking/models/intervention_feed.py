from odoo import api, fields, models
from odoo.tools import SQL, sql

from ..tools.triggers import make_function, make_trigger

# The columns of a case whose change is told; what only the addon's own jobs keep for
# themselves is not among them.
WATCHED = (
    "student_id",
    "class_id",
    "form_master_id",
    "company_id",
    "meeting_date",
    "absence_reason",
    "root_cause",
    "intervention_notes",
    "action_plan",
    "follow_up_date",
    "urgency_level",
    "status",
    "resolution_notes",
    "student_gone_from",
    "active",
    "write_date",
)
# What belongs to a case.
PARTS = (
    "intervention.progress",
    "intervention.change",
    "intervention.file",
    "intervention.retraction",
)


class InterventionFeed(models.Model):
    """To which case something happened, for systems that keep a copy elsewhere.

    Triggers write it, so that nothing is left out, whichever way it was changed. Each
    entry has the number of its transaction in the column ``xid``, as PostgreSQL tells
    of a transaction for ever whether a reader could see it; a time or an id would be
    passed by who reads before a slow one ends. It says who had the case before, and in
    which class it was, so that those who lose it are told, and nothing of what the case
    says.
    """

    _name = "intervention.feed"
    _description = "Feed of Interventions"
    _inherit = ["intervention.refusals"]
    _log_access = False

    meeting_id = fields.Many2one(
        comodel_name="intervention.meeting",
        string="Intervention",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    # A number: who is deleted had nothing that must stay.
    owner = fields.Integer(string="Form Master before It", required=True, readonly=True)
    school_class = fields.Integer(string="Class before It", readonly=True)
    kind = fields.Char(
        required=True, readonly=True, help="made, changed, archived or restored"
    )
    date = fields.Datetime(required=True, readonly=True)

    def init(self):
        """Add the number of the transaction, and the triggers that write the entries.

        They come when all tables of the module are there.
        """
        if not sql.column_exists(self.env.cr, self._table, "xid"):
            self.env.cr.execute(
                """
                ALTER TABLE intervention_feed ADD COLUMN
                    xid xid8 NOT NULL DEFAULT pg_current_xact_id();
                CREATE INDEX intervention_feed_xid_idx ON intervention_feed (xid);
                """
            )
        self.pool.post_init(self._make_triggers)

    @api.model
    def _make_triggers(self):
        old, new = (
            SQL(", ").join(SQL.identifier(row, name) for name in WATCHED)
            for row in ("old", "new")
        )
        make_function(
            self.env.cr,
            "intervention_feed_meeting",
            "",
            SQL(
                """
                RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    INSERT INTO intervention_feed
                        (meeting_id, owner, school_class, kind, date)
                    VALUES (
                        NEW.id,
                        CASE WHEN TG_OP = 'INSERT' THEN NEW.form_master_id
                             ELSE OLD.form_master_id END,
                        CASE WHEN TG_OP = 'INSERT' THEN NEW.class_id
                             ELSE OLD.class_id END,
                        CASE WHEN TG_OP = 'INSERT' THEN 'made'
                             WHEN OLD.active IS NOT DISTINCT FROM NEW.active
                             THEN 'changed'
                             WHEN NEW.active THEN 'restored' ELSE 'archived' END,
                        now() AT TIME ZONE 'utc');
                    RETURN NULL;
                END $$
                """
            ),
        )
        make_function(
            self.env.cr,
            "intervention_feed_part",
            "",
            SQL(
                """
                RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    INSERT INTO intervention_feed
                        (meeting_id, owner, school_class, kind, date)
                    SELECT id, form_master_id, class_id, 'changed',
                           now() AT TIME ZONE 'utc'
                      FROM intervention_meeting
                     WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.meeting_id
                                     ELSE NEW.meeting_id END;
                    RETURN NULL;
                END $$
                """
            ),
        )
        make_function(
            self.env.cr,
            "intervention_feed_student",
            "",
            SQL(
                """
                RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    INSERT INTO intervention_feed
                        (meeting_id, owner, school_class, kind, date)
                    SELECT id, form_master_id, class_id, 'changed',
                           now() AT TIME ZONE 'utc'
                      FROM intervention_meeting WHERE student_id = NEW.id;
                    RETURN NULL;
                END $$
                """
            ),
        )
        make_trigger(
            self.env.cr,
            "intervention_feed",
            "res_partner",
            SQL("AFTER UPDATE OF name, student_number"),
            "intervention_feed_student",
            SQL(
                """NEW.is_intervention_student AND (OLD.name, OLD.student_number)
                   IS DISTINCT FROM (NEW.name, NEW.student_number)"""
            ),
        )
        make_trigger(
            self.env.cr,
            "feed_made",
            "intervention_meeting",
            SQL("AFTER INSERT"),
            "intervention_feed_meeting",
        )
        make_trigger(
            self.env.cr,
            "feed_changed",
            "intervention_meeting",
            SQL("AFTER UPDATE"),
            "intervention_feed_meeting",
            SQL("(%s) IS DISTINCT FROM (%s)", old, new),
        )
        for name in PARTS:
            make_trigger(
                self.env.cr,
                "feed",
                self.env[name]._table,
                SQL("AFTER INSERT OR UPDATE OR DELETE"),
                "intervention_feed_part",
            )
