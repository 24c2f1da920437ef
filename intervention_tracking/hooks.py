from .tools.sql import fill_person_search


def pre_init_hook(env):
    """Make the contacts that are there already known to the search."""
    fill_person_search(env.cr)


def uninstall_hook(env):
    """Let go of what nothing else may remove, so that Odoo can uninstall the rest.

    The meetings hold the students and users of the demo data, and deleting a meeting
    only archives it.
    """
    env.cr.execute(
        """DO $$
           DECLARE made regprocedure;
           BEGIN
               FOR made IN SELECT oid FROM pg_proc WHERE proname ^@ 'intervention_' LOOP
                   EXECUTE format('DROP FUNCTION %s CASCADE', made);
               END LOOP;
           END $$;
           TRUNCATE intervention_meeting, intervention_progress, intervention_change,
                    intervention_contact, intervention_file,
                    intervention_retraction, intervention_attendance,
                    intervention_attendance_change, intervention_attendance_standing,
                    intervention_effect, intervention_effect_total,
                    intervention_effect_roll, intervention_pause,
                    intervention_case_count CASCADE"""
    )
    env["ir.attachment"].search(
        [("res_model", "=", "intervention.file"), ("res_field", "=", "content")]
    ).unlink()
