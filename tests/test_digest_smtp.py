"""The daily mails, through a real mail server: what arrives, and what happens when a
mailbox refuses its mail or a process dies.
"""

import email
import email.policy
import json
import os
import re
import signal
import subprocess
from contextlib import contextmanager

import pytest
from aiosmtpd.controller import Controller
from conftest import TOP, complaints, database, free_port, odoo_command, run_odoo

NARRATIVE = {
    "absence_reason": "Zebra-reason: coughs all night",
    "intervention_notes": "Yak-notes: the landlord was there",
    "action_plan": "Xerus-plan: see the nurse",
}
SECRETS = (*NARRATIVE.values(), "Yeti-note", "Health Issue", "Family Issue", "health")
FORM_MASTERS = ("amina", "bernard", "carla", "dario")
REFUSED = "carla@example.org"

SEED = """
import json

group = "intervention_tracking.group_intervention_"
env["res.lang"]._activate_lang("fr_FR")
env.company.email = "school@example.org"
for template in env["mail.template"].search([("model", "=", "intervention.digest")]):
    template.with_context(lang="fr_FR").write({
        "subject": "Vos suivis du {{ format_date(object.date) }}",
        "body_html": "<p>Bonjour</p>" + template.body_html,
    })
env["ir.mail_server"].create({
    "name": "Loopback", "smtp_host": "127.0.0.1", "smtp_port": %(port)s,
    "smtp_encryption": "none",
})
# The administrator of the database is not one of this school.
env.ref("base.user_admin").group_ids -= env.ref(group + "admin")
users = {}
for login in (*%(form_masters)r, "idle", "mute", "halima"):
    users[login] = env["res.users"].with_context(no_reset_password=True).create({
        "name": login.title(),
        "login": login,
        "email": login != "mute" and login + "@example.org",
        "tz": "UTC",
        "lang": "fr_FR" if login == "bernard" else "en_US",
        "group_ids": [(4, env.ref(
            group + ("admin" if login == "halima" else "form_master")).id)],
    })
env["intervention.settings"].create({
    "reminders": True, "reminder_time": 0, "reminder_saturday": True,
    "reminder_sunday": True, "overdue_days": 7,
})
links = {}
for login, user in users.items():
    if login in ("idle", "halima"):
        continue
    for number, cause, days, status in (
        (1, "health", 20, "escalated"), (2, "family", 3, "open"),
        (3, "other", 0, "open"),
    ):
        student = env["res.partner"].create(
            {"name": f"Student {number} of {login}", "is_intervention_student": True})
        meeting = env["intervention.meeting"].with_user(user).with_context(
            mail_activity_quick_update=True
        ).create({
            "student_id": student.id, "root_cause": cause, "status": status,
            **%(narrative)r,
        })
        meeting.add_progress("Yeti-note")
        env.flush_all()
        env.cr.execute(
            "UPDATE intervention_meeting SET follow_up_date = current_date - %%s,"
            " meeting_date = current_date - 30 WHERE id = %%s", [days, meeting.id])
        links.setdefault(login, []).append(meeting.id)
# What escalating made is not what is looked at here.
env["mail.mail"].search([]).unlink()
env.cr.commit()
print(json.dumps(links))
"""
# As the jobs wake each other: first form masters' mails, then administrators'.
SEND = """
for _kind in range(2):
    env.ref("intervention_tracking.ir_cron_send_reminders").method_direct_trigger()
    env.ref("mail.ir_cron_mail_scheduler_action").method_direct_trigger()
"""
# The power goes after the first commit that has made something.
DIE = """
import os
commit = type(env["ir.cron"])._commit_progress
def die(self, processed=0, **arguments):
    time_left = commit(self, processed, **arguments)
    if processed:
        os.kill(os.getpid(), 9)
    return time_left
type(env["ir.cron"])._commit_progress = die
env["intervention.digest"]._cron_send_reminders(batch_size=2)
"""
MAKE = "env['intervention.digest']._cron_send_reminders(batch_size=1)"
SHOW = """
import json
print(json.dumps([
    [digest.user_id.login, digest.kind, digest.state, digest.failure_reason or "",
     digest.attempts, len(digest._mails())]
    for digest in env["intervention.digest"].search([])
]))
"""


class Mailbox:
    """What a mail server got and, as asked, refused."""

    def __init__(self):
        self.mails = []
        self.kill = None
        self.takes_the_last = False

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address == REFUSED:
            return "550 5.1.1 no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.kill:
            os.killpg(self.kill, signal.SIGKILL)
            self.kill = None
            if self.takes_the_last:
                self.mails.append((envelope.rcpt_tos, envelope.content))
            return "451 try again later"
        self.mails.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"

    def received(self):
        """Return address, subject and the text of both parts of each mail."""
        found = []
        for recipients, content in self.mails:
            message = email.message_from_bytes(content, policy=email.policy.default)
            parts = {
                part.get_content_type(): part.get_content()
                for part in message.walk()
                if part.get_content_maintype() == "text"
            }
            [address] = recipients
            found.append((address, message, parts["text/html"], parts["text/plain"]))
        return sorted(found, key=lambda mail: (mail[0], mail[1]["Subject"]))


@contextmanager
def school(purpose):
    """A database with people and cases, and the mail server that it uses."""
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        with database(purpose, os.environ["TEST_PRISTINE"]) as name:
            done = shell(
                name,
                SEED
                % {
                    "port": controller.port,
                    "form_masters": FORM_MASTERS,
                    "narrative": NARRATIVE,
                },
            )
            mailbox.links = json.loads(done.stdout.strip().splitlines()[-1])
            mailbox.database = name
            yield mailbox
    finally:
        controller.stop()


def shell(name, script):
    return run_odoo("shell", "-d", name, "--no-http", stdin=script)


def start_shell(name, script):
    """Start a script in a group of processes of its own, and do not wait for it."""
    process = subprocess.Popen(
        odoo_command("shell", "-d", name, "--no-http"),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=TOP,
        start_new_session=True,
    )
    process.stdin.write(script)
    process.stdin.close()
    return process


def states(name):
    rows = json.loads(shell(name, SHOW).stdout.strip().splitlines()[-1])
    return {(login, kind): rest for login, kind, *rest in rows}


def addresses(mailbox):
    return [mail[0] for mail in mailbox.received()]


REACHED = [
    "amina@example.org",
    "bernard@example.org",
    "dario@example.org",
    "halima@example.org",
]


@pytest.fixture(scope="module")
def sent():
    """A school whose mails of the day were sent once."""
    with school("digest") as mailbox:
        mailbox.log = shell(mailbox.database, SEND).stderr
        yield mailbox


def test_everybody_with_something_due_gets_one_mail(sent):
    assert addresses(sent) == REACHED


def test_a_mail_names_its_recipient_and_the_school(sent):
    mails = sent.received()
    assert mails
    for address, message, _html, _plain in mails:
        assert message["To"] == f"{address.split('@')[0].title()} <{address}>"
        assert "school@example.org" in message["From"]
        assert not message["Cc"]
        assert not message["Bcc"]


def test_a_form_master_gets_links_to_their_own_cases_the_most_overdue_first(sent):
    mails = {mail[0].split("@")[0]: mail[2] for mail in sent.received()}
    del mails["halima"]
    assert mails
    for login, html in mails.items():
        base = r'"http://[^"/]+/odoo/interventions/(\d+)"'
        assert [int(number) for number in re.findall(base, html)] == sent.links[login]
        assert re.findall(r"Student \d of \w+", html) == [
            f"Student {number} of {login}" for number in (1, 2, 3)
        ]


def test_the_administrator_gets_what_is_overdue_for_long(sent):
    [(_address, message, html, _plain)] = [
        mail for mail in sent.received() if mail[0] == "halima@example.org"
    ]
    assert message["Subject"].startswith("Interventions overdue for long")
    found = {int(number) for number in re.findall(r"/interventions/(\d+)", html)}
    assert found == {links[0] for links in sent.links.values()}
    assert "Mute" in html
    assert "Amina" not in html.partition("Not reached")[2]


def test_each_mail_is_in_its_language(sent):
    subjects = {mail[0]: mail[1]["Subject"] for mail in sent.received()}
    assert subjects["bernard@example.org"].startswith("Vos suivis du ")
    assert subjects["amina@example.org"].startswith("Your follow-ups, ")


def test_nothing_of_what_was_said_is_in_a_mail(sent):
    mails = sent.received()
    assert mails
    for _address, message, html, plain in mails:
        for text in (message["Subject"], html, plain):
            for secret in SECRETS:
                assert secret not in text
        assert "Student" not in message["Subject"]
        assert not list(message.iter_attachments())


def test_nothing_of_it_is_in_the_log(sent):
    assert "Student" not in sent.log
    for secret in SECRETS:
        assert secret not in sent.log


def test_the_one_that_was_refused_is_seen_with_the_reason(sent):
    found = states(sent.database)
    state, reason, attempts, mails = found["carla", "form_master"]
    assert (state, attempts, mails) == ("failed", 1, 1)
    assert reason == "550 5.1.1 no such mailbox here"
    assert found["mute", "form_master"][0] == "no_address"
    assert found["idle", "form_master"][0] == "nothing"
    for login in ("amina", "bernard", "dario"):
        assert found[login, "form_master"] == ["sent", "", 1, 0]


def test_the_log_complains_of_the_refused_one_alone(sent):
    [complaint] = complaints(sent.log)
    assert "failed sending mail" in complaint


def test_sending_again_sends_nothing(sent):
    shell(sent.database, SEND)
    assert addresses(sent) == REACHED


def test_two_processes_at_once_make_each_mail_once():
    with school("digest_twice") as mailbox:
        processes = [start_shell(mailbox.database, MAKE) for _number in range(2)]
        for process in processes:
            process.wait(120)
            process.stderr.close()
        shell(mailbox.database, SEND)
        assert addresses(mailbox) == REACHED


def test_a_process_that_dies_while_it_makes_the_mails_loses_none():
    with school("digest_dies") as mailbox:
        process = start_shell(mailbox.database, DIE)
        process.wait(120)
        process.stderr.close()
        assert process.returncode == -signal.SIGKILL
        assert len(states(mailbox.database)) == 2
        shell(mailbox.database, SEND)
        assert addresses(mailbox) == REACHED


@pytest.mark.parametrize("takes_the_last", [False, True])
def test_a_process_that_dies_while_it_sends_loses_none(takes_the_last):
    with school("digest_cut") as mailbox:
        process = start_shell(mailbox.database, SEND)
        mailbox.takes_the_last = takes_the_last
        mailbox.kill = process.pid
        process.wait(120)
        process.stderr.close()
        assert process.returncode == -signal.SIGKILL
        shell(mailbox.database, SEND)
        assert sorted(set(addresses(mailbox))) == REACHED
        # Nobody can know that a mail was taken whose sender died before it heard so;
        # the mailbox sees that it is the same.
        assert len(mailbox.mails) == len(REACHED) + takes_the_last
        identities = {mail[1]["Message-Id"] for mail in mailbox.received()}
        assert len(identities) == len(REACHED)
