from collections import defaultdict


def migrate(cr, version):
    """Make entries of the history of changes of what the chatter had tracked of cases.

    Figures are computed from that history now.
    """
    cr.execute(
        """SELECT s.field_id, s.value, label.value
             FROM ir_model_fields_selection s
             JOIN ir_model_fields f ON f.id = s.field_id
            CROSS JOIN LATERAL jsonb_each_text(s.name) label
            WHERE f.model = 'intervention.meeting'"""
    )
    # The chatter has the labels of choices, in the language of who changed them.
    keys = defaultdict(dict)
    for field_id, key, label in cr.fetchall():
        keys[field_id][label] = key

    def kept(field_id, kind, number, moment, label):
        if kind == "many2one":
            return str(number) if number else None
        if kind == "boolean":
            return "true" if number else "false"
        if kind == "date":
            return str(moment.date()) if moment else None
        return keys[field_id].get(label)

    cr.execute(
        """SELECT m.id, f.id, f.name, f.ttype, n.date,
                  COALESCE((SELECT u.id FROM res_users u
                             WHERE u.partner_id = n.author_id LIMIT 1), n.create_uid),
                  t.old_value_integer, t.old_value_datetime, t.old_value_char,
                  t.new_value_integer, t.new_value_datetime, t.new_value_char
             FROM mail_tracking_value t
             JOIN mail_message n ON n.id = t.mail_message_id
             JOIN intervention_meeting m ON m.id = n.res_id
             JOIN ir_model_fields f ON f.id = t.field_id
            WHERE n.model = 'intervention.meeting'
              AND f.name IN ('student_id', 'form_master_id', 'follow_up_date',
                             'urgency_level', 'active')
            ORDER BY n.date, t.id"""
    )
    for meeting, field_id, name, kind, date, author, *values in cr.fetchall():
        cr.execute(
            """INSERT INTO intervention_change (
                   meeting_id, field_name, old_value, new_value,
                   create_uid, create_date, write_uid, write_date)
               VALUES (%(meeting)s, %(name)s, %(old)s, %(new)s,
                       %(author)s, %(date)s, %(author)s, %(date)s)""",
            {
                "meeting": meeting,
                "name": name,
                "old": kept(field_id, kind, *values[:3]),
                "new": kept(field_id, kind, *values[3:]),
                "author": author,
                "date": date,
            },
        )
