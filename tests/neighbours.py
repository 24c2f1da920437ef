"""Fills a database with what other apps have, or uses their doors, in ``odoo shell``.

It knows nothing of the addon, which the database may have or not.
``test_neighbours.py`` adds the call.
"""

import base64

PICTURE = base64.b64encode(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
        "AABJRU5ErkJggg=="
    )
)
GROUPS = (
    "base.group_user",
    "base.group_partner_manager",
    "base.group_allow_export",
    "mail.group_mail_template_editor",
    "sales_team.group_sale_manager",
    "project.group_project_manager",
    "hr.group_hr_user",
    "mass_mailing.group_mass_mailing_user",
)


def fill(env):
    """Make what the doors are tried with; return its ids."""
    user = env["res.users"].create(
        {
            "name": "Sara Secretary",
            "login": "sara",
            "password": "sara",
            "email": "sara@example.org",
            "group_ids": [(6, 0, [env.ref(group).id for group in GROUPS])],
        }
    )
    partners = env["res.partner"].create(
        [
            {"name": "=SUM(A1)", "comment": "<p>+1</p>", "email": "a@example.org"},
            {"name": "Zoë Ünal", "image_1920": PICTURE, "ref": "00117"},
            {"name": "-Company", "is_company": True, "website": "example.org"},
        ]
    )
    partners.create({"name": "@Child", "parent_id": partners[2].id})
    leads = env["crm.lead"].create(
        [
            {"name": "=1+1", "partner_id": partners[0].id, "user_id": user.id},
            {"name": "A chance", "partner_id": partners[1].id, "user_id": user.id},
        ]
    )
    product = env["product.product"].create({"name": "+Desk", "image_1920": PICTURE})
    env["sale.order"].create(
        {
            "partner_id": partners[2].id,
            "user_id": user.id,
            "order_line": [(0, 0, {"product_id": product.id})],
        }
    )
    project = env["project.project"].create({"name": "@Move"})
    env["project.task"].create({"name": "=Pack", "project_id": project.id})
    employee = env["hr.employee"].create({"name": "Eve", "image_1920": PICTURE})
    env["calendar.event"].create(
        {"name": "Talk", "start": "2026-03-02 08:00", "stop": "2026-03-02 09:00"}
    )
    attachment = env["ir.attachment"].create(
        {
            "name": "plan.txt",
            "raw": b"A plan",
            "res_model": "crm.lead",
            "res_id": leads[0].id,
        }
    )
    attachment.generate_access_token()
    template = env["mail.template"].create(
        {
            "name": "Greeting",
            "model_id": env["ir.model"]._get_id("crm.lead"),
            "subject": "About {{ object.name }}",
            "body_html": "<p>Dear <t t-out='object.partner_id.name'/></p>",
            "partner_to": "{{ object.partner_id.id }}",
            "attachment_ids": [(4, attachment.id)],
        }
    )
    return {
        "user": user.id,
        "partners": partners.ids,
        "leads": leads.ids,
        "product": product.id,
        "employee": employee.id,
        "attachment": attachment.id,
        "token": attachment.access_token,
        "template": template.id,
    }


def a_contact(env, ids):
    """Make, find, rename, read and delete a contact."""
    partners = env["res.partner"]
    made = partners.create({"name": "Nora New", "parent_id": ids["partners"][2]})
    env.flush_all()
    env.invalidate_all()
    found = [name for _id, name in partners.name_search("Nora")]
    made.write({"name": "Nora Newer", "street": "Main Street", "active": True})
    env.flush_all()
    env.invalidate_all()
    listed = partners.search_read(
        [("id", "in", ids["partners"])], ["display_name", "name", "ref"], order="name"
    )
    names = made.with_context(show_address=True).display_name
    made.unlink()
    return found, names, listed, partners.search_count([("name", "=", "Nora Newer")])


def a_user(env, ids):
    """Rename a user."""
    user = env["res.users"].sudo().browse(ids["user"])
    user.write({"name": "Sara S."})
    env.flush_all()
    user.write({"name": "Sara Secretary"})
    return user.display_name, user.partner_id.display_name


def an_attachment(env, ids):
    """Make, find, change, read and delete an attachment of a lead."""
    attachments = env["ir.attachment"]
    made = attachments.create(
        {
            "name": "new.txt",
            "raw": b"New",
            "res_model": "crm.lead",
            "res_id": ids["leads"][0],
        }
    )
    env.flush_all()
    env.invalidate_all()
    made.write({"name": "newer.txt", "raw": b"Newer"})
    found = attachments.search(
        [("res_model", "=", "crm.lead"), ("res_id", "in", ids["leads"])], order="name"
    )
    seen = [(each.name, each.raw.decode(), each.mimetype) for each in found]
    owned = made._has_attachments_ownership([made._get_ownership_token()])
    public = made.with_user(env.ref("base.public_user"))
    taken = public._has_attachments_ownership([made._get_ownership_token()])
    refused = public._has_attachments_ownership(["no token"])
    copied = made.copy()
    name = copied.name
    (made + copied).unlink()
    return seen, owned, taken, refused, name


def a_picture(env, ids):
    """Find pictures by id, external id and token, and a file by its token."""
    binary = env["ir.binary"]
    found = [
        binary._find_record(res_model="res.partner", res_id=ids["partners"][1]),
        binary._find_record(res_model="product.product", res_id=ids["product"]),
        binary._find_record(xmlid="base.main_company"),
        binary._find_record(res_id=ids["attachment"], access_token=ids["token"]),
    ]
    return [(record._name, record.display_name) for record in found]


def messages(env, lead):
    return [
        (
            message.subject,
            str(message.body),
            message.message_type,
            message.subtype_id.name,
            message.partner_ids.mapped("name"),
            sorted(message.attachment_ids.mapped("name")),
            message.sudo().tracking_value_ids.mapped("new_value_char"),
        )
        for message in lead.message_ids.sorted("id")
    ]


def a_message(env, ids):
    """Post a message with a file, log a note, edit one, and delete it."""
    lead = env["crm.lead"].browse(ids["leads"][1])
    lead.message_ids.sudo().unlink()
    posted = lead.message_post(
        body="Look", attachments=[("look.txt", b"Here")], message_type="comment"
    )
    lead.message_post(body="Note", subtype_xmlid="mail.mt_note")
    lead._message_update_content(posted, body="Look again")
    env.flush_all()
    lead.write({"user_id": False})
    lead.write({"user_id": ids["user"]})
    env.flush_all()
    seen = messages(env, lead)
    posted.unlink()
    return seen, len(lead.message_ids)


def a_composer(env, ids):
    """Send a message by the composer, with a template, and one to many."""
    lead = env["crm.lead"].browse(ids["leads"][0])
    lead.message_ids.sudo().unlink()
    composer = env["mail.compose.message"].create(
        {
            "model": "crm.lead",
            "res_ids": str(lead.ids),
            "template_id": ids["template"],
            "composition_mode": "comment",
        }
    )
    prepared = (composer.subject, str(composer.body), len(composer.attachment_ids))
    composer.action_send_mail()
    env.flush_all()
    return prepared, messages(env, lead)


def a_scheduled_message(env, ids):
    """Write a message that waits, and send it."""
    lead = env["crm.lead"].browse(ids["leads"][1])
    lead.message_ids.sudo().unlink()
    waiting = env["mail.scheduled.message"].create(
        {
            "author_id": env.user.partner_id.id,
            "body": "Later",
            "subject": "Fwd: A chance",
            "model": "crm.lead",
            "res_id": lead.id,
            "partner_ids": [(4, ids["partners"][0])],
            "scheduled_date": "2100-01-01 00:00:00",
            "attachment_ids": [(0, 0, {"name": "later.txt", "raw": b"Later"})],
        }
    )
    waiting.post_message()
    env.flush_all()
    return messages(env, lead)


def a_template(env, ids):
    """Change a template, copy it, and see what it makes."""
    template = env["mail.template"].browse(ids["template"])
    template.write({"name": "Greetings", "reply_to": "b@example.org"})
    env.flush_all()
    made = template._generate_template(ids["leads"], ("subject", "body_html"))
    copied = template.copy()
    seen = copied.name, copied.model_id.model
    copied.unlink()
    return seen, [
        (values["subject"], str(values["body_html"])) for values in made.values()
    ]


def a_mail(env, ids):
    """Put a mail into the queue, and deliver it to nowhere."""
    mail = (
        env["mail.mail"]
        .sudo()
        .create(
            {
                "subject": "Hello",
                "body_html": "<p>Hello</p>",
                "email_to": "a@example.org",
                "auto_delete": False,
            }
        )
    )
    mail._postprocess_sent_message([], ["a@example.org"])
    env.flush_all()
    seen = mail.state, str(mail._prepare_outgoing_body())
    mail.unlink()
    return seen


def a_search_for_privacy(env, ids):
    """Look up what is known of a person."""
    lookup = (
        env["privacy.lookup.wizard"]
        .sudo()
        .create({"name": "=SUM(A1)", "email": "a@example.org"})
    )
    lookup.action_lookup()
    return sorted(
        (line.res_model, line.res_name or "")
        for line in lookup.line_ids
        if line.res_model not in ("mail.message", "mail.mail", "mail.notification")
    )


def a_report(env, ids):
    """Make the HTML of an order's paper."""
    order = env["sale.order"].search([("partner_id", "=", ids["partners"][2])])
    html, _kind = (
        env["ir.actions.report"]
        .sudo()
        ._render_qweb_html("sale.report_saleorder", order.ids)
    )
    bodies, _ids, header, footer, arguments = (
        env["ir.actions.report"].sudo()._prepare_html(html)
    )
    return len(bodies), bool(header), bool(footer), arguments


DOORS = (
    a_contact,
    a_user,
    an_attachment,
    a_picture,
    a_message,
    a_composer,
    a_scheduled_message,
    a_template,
    a_mail,
    a_search_for_privacy,
    a_report,
)


def probe(env, ids):
    """Return what each door shows, and its statements, used a second time."""
    as_user = env(user=ids["user"])
    seen = {}
    for door in DOORS:
        door(as_user, ids)
        env.flush_all()
        env.invalidate_all()
        before = env.cr.sql_log_count
        shown = door(as_user, ids)
        env.flush_all()
        seen[door.__name__] = [shown, env.cr.sql_log_count - before]
    return seen
