import hashlib

from psycopg2.extras import Json

# The beginning of SHA-256 of what was shipped until now in Arabic, English, Spanish,
# French and Somali: the texts of the two daily mails, then of the letter to a guardian,
# and its subjects.
SHIPPED = {
    "37a678fd65130aa7",
    "1b1f7d6c8df79056",
    "fbe0c842f4dea858",
    "ccef0d6244bca896",
    "43c5aaeb90a76fdd",
    "a6dfbb4aa1008da1",
    "fd79de0d6e9126fc",
    "a4995cba8cf9bc01",
    "9187df6e251d25dd",
    "11c2479069fc5bd4",
    "7d9680434aa0a4de",
    "717dbb3bdecff9a3",
    "2925e1e666384424",
    "dde70f425939496d",
    "4121f07896bbc692",
    "3e20d7fbb07ad714",
    "dea34fc64878a18e",
    "b18eeb57bb3a57f4",
    "48c003fc20e1811f",
    "da250d2cee7f5ea6",
}
# The last paragraph of the daily mails; before it comes what the first one of a week
# tells of who needs a talk.
LAST = '    <p style="margin: 24px 0 0; font-size: 13px; color: #5c636a;">'
TALK = """    <t t-if="content.get('talk')">
        <p t-foreach="content['talk']['lines']" t-as="line" role="heading" \
aria-level="2" style="margin: 24px 0 4px; font-size: 18px; color: #212529;">\
<b><t t-out="line"/></b></p>
        <div t-foreach="content['talk']['students']" t-as="student" \
style="border-bottom: 1px solid #dee2e6;">
            <a t-att-href="student['url']" style="display: block; padding: 10px 0; \
color: #0a58ca; text-decoration: none;"><t t-out="student['name']"/></a>
        </div>
        <p style="margin: 12px 0 0;"><a t-att-href="content['talk']['url']" \
style="color: #0a58ca;"><t t-out="content['talk']['link']"/></a></p>
    </t>
"""
CHANGES = {
    LAST: TALK + LAST,
    't-out="object.user_id.name"': 't-out="object._isolated(object.user_id.name)"',
    "t-out=\"object.student_id.name or ''\"": (
        "t-out=\"object._isolated(object.student_id.name) or ''\""
    ),
    "t-out=\"object.form_master_id.name or ''\"": (
        "t-out=\"object._isolated(object.form_master_id.name) or ''\""
    ),
    "{{ object.student_id.name }}": "{{ object._isolated(object.student_id.name) }}",
    "<div>": '<div t-att-dir="object._direction()">',
}


def migrate(cr, version):
    """Let the mails isolate names, and tell who needs a talk.

    In each language whose text nobody has changed.
    """
    cr.execute(
        """SELECT t.id, t.subject, t.body_html
             FROM mail_template t JOIN ir_model_data d ON d.res_id = t.id
            WHERE d.model = 'mail.template' AND d.module = 'intervention_tracking'"""
    )
    for template, *fields in cr.fetchall():
        renewed = [
            texts and {lang: _renewed(text) for lang, text in texts.items()}
            for texts in fields
        ]
        if renewed != fields:
            cr.execute(
                "UPDATE mail_template SET subject = %s, body_html = %s WHERE id = %s",
                [*(texts and Json(texts) for texts in renewed), template],
            )


def _renewed(text):
    if hashlib.sha256((text or "").encode()).hexdigest()[:16] in SHIPPED:
        for before, after in CHANGES.items():
            text = text.replace(before, after)
    return text
