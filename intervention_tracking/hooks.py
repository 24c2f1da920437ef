def uninstall_hook(env):
    """Let go of what nothing else may remove, so that Odoo can uninstall the rest.

    The meetings hold the students and users of the demo data, and deleting a meeting
    only archives it.
    """
    env.cr.execute(
        "DROP FUNCTION IF EXISTS intervention_progress_append_only() CASCADE"
    )
    env.cr.execute("DROP FUNCTION IF EXISTS intervention_files_are_kept() CASCADE")
    env.cr.execute("TRUNCATE intervention_meeting, intervention_progress CASCADE")
