def migrate(cr, version):
    """Give what marks students its new name; another app may have a field of the old.

    The old column stays, as another app may have made it or read it.
    """
    cr.execute(
        """ALTER TABLE res_partner
               ADD COLUMN IF NOT EXISTS is_intervention_student boolean;
           UPDATE res_partner SET is_intervention_student = TRUE
            WHERE is_student IS TRUE AND is_intervention_student IS NULL;
           DROP INDEX IF EXISTS res_partner_student_name_idx,
                                res_partner_student_class_idx,
                                res_partner_student_number_uniq"""
    )
    # Else the end of the upgrade would drop the column together with the field.
    cr.execute(
        """DELETE FROM ir_model_data
            WHERE module = 'intervention_tracking' AND model = 'ir.model.fields'
              AND name IN ('field_res_partner__is_student',
                           'field_res_users__is_student')"""
    )
    cr.execute(
        """DELETE FROM ir_model_fields f
            WHERE f.name = 'is_student' AND f.model IN ('res.partner', 'res.users')
              AND NOT EXISTS (SELECT FROM ir_model_data d
                               WHERE d.model = 'ir.model.fields' AND d.res_id = f.id)"""
    )
    # Form masters export interventions; Odoo's right opened every model to them.
    cr.execute(
        """DELETE FROM res_groups_implied_rel r
            USING ir_model_data g, ir_model_data h
            WHERE g.module = 'intervention_tracking' AND g.res_id = r.gid
              AND g.name = 'group_intervention_form_master'
              AND h.module = 'base' AND h.res_id = r.hid
              AND h.name = 'group_allow_export'"""
    )
    # Views are loaded one after the other, and checked together with those that wait.
    cr.execute(
        r"""UPDATE ir_ui_view v
               SET arch_db = regexp_replace(
                       arch_db::text, '\mis_student\M', 'is_intervention_student', 'g'
                   )::jsonb
              FROM ir_model_data d
             WHERE d.module = 'intervention_tracking' AND d.model = 'ir.ui.view'
               AND d.res_id = v.id AND arch_db::text ~ '\mis_student\M'"""
    )
