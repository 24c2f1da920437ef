"""What apps of Odoo's own that delete what they find say, when it must stay."""

from conftest import Connection
from test_neighbours import Visitor

VALS = {
    "meeting_date": "2026-11-02",
    "absence_reason": "He was ill.",
    "root_cause": "health",
    "intervention_notes": "We spoke.",
    "action_plan": "He comes.",
    "urgency_level": "low",
}


def test_privacy_lookup_says_why_a_message_on_a_case_stays(server, student):
    with Connection(server, "form_master") as connection:
        case = connection.meetings.create({**VALS, "student_id": student})
        message = case.message_post(body="He has a doctor's note.")
        author = message.author_id
        connection.commit()
        given = {"name": author.name, "email": author.email or "a@example.org"}
        key = message.id
    keeper = Visitor(server, "admin")

    def call(method, *args, model="privacy.lookup.wizard"):
        return keeper.answer(
            "/web/dataset/call_kw",
            model=model,
            method=method,
            args=args,
            kwargs={},
        )

    wizard = call("create", given)["result"]
    call("action_lookup", [wizard])
    [line] = call(
        "search",
        [("res_model", "=", "mail.message"), ("res_id", "=", key)],
        model="privacy.lookup.wizard.line",
    )["result"]
    refused = call("action_unlink", [line], model="privacy.lookup.wizard.line")
    assert "belongs to its history" in refused["error"]["data"]["message"]
    with Connection(server) as connection:
        assert connection.env["mail.message"].browse(key).exists().body
