def uninstall_hook(env):
    """Drop what PostgreSQL keeps when the tables of the addon go."""
    env.cr.execute(
        "DROP FUNCTION IF EXISTS intervention_progress_append_only() CASCADE"
    )
