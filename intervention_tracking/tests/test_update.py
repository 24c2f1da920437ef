from odoo.tests import TransactionCase, tagged

from ..tools.sql import drop_old_search_keys

# Who writes waits for the end of a transaction that has one of these on the table.
HELD = ("ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock")


@tagged("post_install", "-at_install")
class TestUpdate(TransactionCase):
    """An update of the addon, while others work with it."""

    def update_tables(self):
        """Do with the tables what an update does."""
        self.env.flush_all()
        names = [name for name in self.env.registry if name.startswith("intervention.")]
        self.env.registry.init_models(
            self.env.cr, names, {"module": "intervention_tracking"}, install=False
        )
        # Of contacts ours alone: other apps may do with their table what they want.
        drop_old_search_keys(self.env.cr)

    def definition(self, trigger):
        self.env.cr.execute(
            """SELECT trigger.oid, pg_get_triggerdef(trigger.oid), tgenabled,
                      pg_get_functiondef(tgfoid)
                 FROM pg_trigger trigger WHERE tgname = %s
                  AND tgrelid = 'intervention_progress'::regclass""",
            [trigger],
        )
        return self.env.cr.fetchone()

    def test_tables_without_a_change_are_kept_from_nobody(self):
        self.update_tables()
        self.env.cr.execute(
            """SELECT relation::regclass::text, mode FROM pg_locks
                WHERE pid = pg_backend_pid() AND locktype = 'relation'
                  AND database = (SELECT oid FROM pg_database
                                   WHERE datname = current_database())
                  AND mode IN %s""",
            [HELD],
        )
        self.assertEqual(self.env.cr.fetchall(), [])

    def test_a_trigger_that_was_switched_off_is_made_anew(self):
        before = self.definition("append_only")
        self.env.cr.execute(
            "ALTER TABLE intervention_progress DISABLE TRIGGER append_only"
        )
        self.update_tables()
        self.assertEqual(self.definition("append_only")[1:], before[1:])

    def test_a_trigger_with_another_condition_is_made_anew(self):
        before = self.definition("append_only")
        self.env.cr.execute(
            """DROP TRIGGER append_only ON intervention_progress;
               CREATE TRIGGER append_only BEFORE DELETE ON intervention_progress
                   FOR EACH ROW EXECUTE FUNCTION intervention_progress_append_only()"""
        )
        self.update_tables()
        self.assertEqual(self.definition("append_only")[1:], before[1:])

    def test_a_function_that_was_changed_is_made_anew(self):
        before = self.definition("append_only")
        self.env.cr.execute(
            """CREATE OR REPLACE FUNCTION intervention_progress_append_only()
               RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"""
        )
        self.update_tables()
        self.assertEqual(self.definition("append_only"), before)
