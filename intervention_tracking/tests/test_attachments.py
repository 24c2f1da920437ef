import base64
import contextlib
import hashlib
import io
import json
import runpy
import struct
import zipfile
import zlib
from datetime import timedelta
from email.message import EmailMessage
from unittest.mock import patch

from markupsafe import Markup
from odoo import Command, fields
from odoo.exceptions import AccessError, MissingError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import file_path, mute_logger
from odoo.tools.misc import limited_field_access_token
from PIL import Image
from psycopg2.errors import RestrictViolation

from ..tools.file_types import DOCX, ENDINGS, MAX_NAME, ODT, clean_name, type_of
from .common import RESOLUTION, InterventionCase

NAME = "Yeti-note.pdf"
PDF = b"%PDF-1.4\n% a short note\n%%EOF\n"
FILE = "intervention.file"
MEETING = "intervention.meeting"
PROGRESS = "intervention.progress"
TRACK = "intervention.track"


def picture(kind, size=(8, 8), **options):
    file = io.BytesIO()
    Image.new("RGB", size, "gray").save(file, kind, **options)
    return file.getvalue()


def vast_png(side=60000):
    """Return a small file that says it is a picture of so many pixels a side."""

    def chunk(kind, data):
        checksum = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + checksum

    size = side.to_bytes(4, "big")
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", size + size + b"\x08\0\0\0\0")
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


def archive(**members):
    """Return a ZIP archive; the names' dots and slashes are written as _ and __."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, content in members.items():
            made.writestr(name.replace("__", "/").replace("_", "."), content)
    return file.getvalue()


def document(*members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name in ("[Content_Types].xml", "word/document.xml", *members):
            made.writestr(name, "<x/>")
    return file.getvalue()


def damaged_archive(changes):
    """Return an archive with other bytes in the only entry of its directory.

    :param dict changes: the bytes by their place in the entry
    """
    data = bytearray(archive(note_txt="hello"))
    entry = data.rindex(b"PK\x01\x02")
    for place, new in changes.items():
        data[entry + place : entry + place + len(new)] = new
    return bytes(data)


SAMPLES = {
    "application/pdf": PDF,
    "image/jpeg": picture("JPEG"),
    "image/png": picture("PNG"),
    "image/webp": b"RIFF\x1a\x00\x00\x00WEBPVP8L\r\x00\x00\x00/\x00\x00\x00\x10"
    b"\x07\x10\x11\x11\x88\x88\xfe\x07\x00",
    "image/heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1",
    "text/plain": "Waxaan la hadlay hooyada – 3 < 5.\n".encode(),
    DOCX: document(),
    ODT: archive(mimetype=ODT, content_xml="<x/>"),
}
REFUSED = {
    "HTML": b"<html><script>alert(1)</script></html>",
    "HTML after words": b"Hello <script>alert(1)</script>",
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "SVG after a declaration": b"<?xml version='1.0'?><svg/>",
    "XML": b"\n <note/>",
    "a script": b"#!/bin/sh\necho",
    "a program": b"MZ\x90\x00\x03",
    "GIF": picture("GIF"),
    "BMP": picture("BMP"),
    "an archive": archive(note_txt="hello"),
    "half an archive": b"PK\x03\x04 and no more",
    "an archive that needs a later program": damaged_archive({6: b"\x63"}),
    "an archive with a name that is no text": damaged_archive(
        {8: b"\x00\x08", 46: b"\xff"}
    ),
    "a document with macros": document("word/vbaProject.bin"),
    "a text with macros": archive(mimetype=ODT, Basic__x_xml="<x/>"),
    "a spreadsheet": archive(mimetype="application/vnd.oasis.opendocument.spreadsheet"),
    "bytes": bytes(range(256)),
    "a text with a NUL": b"a\x00b",
    "Latin-1": "Süd".encode("latin-1"),
    "blanks": b" \n",
    "video": b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isom",
}


@tagged("standard", "post_install", "-at_install")
class TestFileTypes(InterventionCase):
    """What a file is, and what it is called."""

    def test_every_allowed_type_is_told_by_the_content(self):
        self.assertEqual(set(SAMPLES), set(ENDINGS))
        for mimetype, data in SAMPLES.items():
            with self.subTest(mimetype):
                self.assertEqual(type_of(data), mimetype)

    def test_every_other_content_has_no_type(self):
        for name, data in REFUSED.items():
            with self.subTest(name):
                self.assertIsNone(type_of(data))

    def test_names_are_cleaned(self):
        for given, kept in (
            ("note.pdf", "note.pdf"),
            ("Note.PDF", "Note.PDF"),
            ("note", "note.pdf"),
            ("note.exe", "note.exe.pdf"),
            ("../../etc/passwd.pdf", "passwd.pdf"),
            ("C:\\Users\\amina\\note.pdf", "note.pdf"),
            ("a\x00b\x1f\nc.pdf", "ab c.pdf"),
            ("fdp.\u202eexe.pdf", "fdp.exe.pdf"),
            ("  . note .pdf", "note.pdf"),
            ('a<b>"c|?*:.pdf', "a_b__c____.pdf"),
            ("شهادة طبية.pdf", "شهادة طبية.pdf"),
            (".pdf", "pdf.pdf"),
            ("e\u0301.pdf", "é.pdf"),
            ("\ud800x.pdf", "x.pdf"),
            ("", ""),
            ("..", ""),
            ("a/", ""),
            ("\x07", ""),
            (None, ""),
            (5, ""),
        ):
            with self.subTest(given=given):
                self.assertEqual(clean_name(given, "application/pdf"), kept)

    def test_a_long_name_is_cut_and_keeps_its_ending(self):
        name = clean_name("x" * 500 + ".pdf", "application/pdf")
        self.assertEqual(len(name), MAX_NAME)
        self.assertTrue(name.endswith("x.pdf"))


class FileCase(InterventionCase):
    def setUp(self):
        super().setUp()
        self.meeting = self.record()
        self.flush_tracking()

    def files(self, user):
        return self.env[FILE].with_user(user)

    def attachments(self, user):
        return self.env["ir.attachment"].with_user(user)

    def stored(self, file):
        """Return the attachment that stores the content of a file."""
        return self.env["ir.attachment"].search(
            [
                ("res_model", "=", FILE),
                ("res_id", "in", file.ids),
                ("res_field", "=", "content"),
            ]
        )

    def data(self, file):
        return base64.b64decode(file.content)

    def add(self, user=None, meeting=None, data=PDF, **vals):
        """Add a file to a meeting, by default as the form master to theirs."""
        return self.wait(user, data, meeting_id=(meeting or self.meeting).id, **vals)

    def wait(self, user=None, data=PDF, **vals):
        """Choose a file in a form that is not saved yet."""
        return self.files(user or self.fm).create(
            {"name": NAME, "content": base64.b64encode(data), **vals}
        )

    def add_with_update(self, user=None, **kwargs):
        """Return a file of a new update."""
        file = self.wait(user)
        self.add_update(
            self.meeting.with_user(user or self.fm), file_ids=file.ids, **kwargs
        )
        return file

    def outsiders(self):
        return (self.fm2, self.staff, self.portal, self.public)

    def kind(self, file):
        return file.sudo().progress_id._name if file.sudo().progress_id else MEETING

    def holder(self, file):
        return (file.sudo().meeting_id, file.sudo().progress_id)

    def assertHidden(self, file, user):
        """The user gets nothing of the file, in whatever way they ask."""
        stored = self.stored(file.sudo())
        self.assertTrue(stored)
        for record, fields_read in (
            (file, ["name", "content", "checksum", "meeting_id"]),
            (stored, ["name", "raw", "datas", "checksum", "access_token"]),
        ):
            theirs = record.with_user(user)
            theirs.invalidate_recordset()
            self.assertFalse(theirs.has_access("read"))
            for name in fields_read:
                with self.assertRaises(AccessError):
                    theirs.read([name])
            record = record.sudo()
            for domain in (
                [("id", "=", record.id)],
                [("name", "=", NAME)],
                [("checksum", "=", record.checksum)],
                [("res_field", "=", "content")] if record == stored else [],
                [("res_model", "=", FILE), ("res_id", "=", file.id)]
                if record == stored
                else [("meeting_id", "=", file.sudo().meeting_id.id)],
            ):
                # Odoo refuses to look for what the user may not read at all.
                with contextlib.suppress(AccessError):
                    found = theirs.search(domain)
                    self.assertNotIn(record.id, found.ids)
                with contextlib.suppress(AccessError):
                    only = [*domain, ("id", "=", record.id)]
                    self.assertFalse(theirs.search_count(only))
                with contextlib.suppress(AccessError):
                    rows = theirs.search_read(domain, ["name"])
                    self.assertNotIn(record.id, [row["id"] for row in rows])
        # Odoo names what a field leads to as superuser.
        original = {"original_id": {"fields": {"display_name": {}}}}
        form = self.attachments(user).with_context(default_original_id=stored.id)
        with contextlib.suppress(AccessError):
            self.assertNotIn("Yeti", str(form.onchange({}, [], original)))

    def assertSeen(self, file, user):
        theirs = file.with_user(user)
        theirs.invalidate_recordset()
        self.assertEqual(self.data(theirs), PDF)
        self.assertEqual(self.files(user).search([("id", "=", file.id)]), theirs)


@tagged("standard", "post_install", "-at_install")
class TestFileRights(FileCase):
    """Who sees and adds files: who sees and writes the meeting."""

    def test_a_form_master_and_the_administrator_see_files(self):
        for file in (self.add(), self.add_with_update()):
            for user in (self.fm, self.boss):
                with self.subTest(self.kind(file), user=user.login):
                    self.assertSeen(file, user)

    def test_nobody_else_sees_files(self):
        for file in (self.add(), self.add_with_update(), self.wait()):
            for user in self.outsiders():
                with self.subTest(self.kind(file), user=user.login):
                    self.assertHidden(file, user)

    def test_a_waiting_file_is_for_who_chose_it_alone(self):
        system = self._new_user("system", "base.group_system")
        file = self.wait()
        self.assertSeen(file, self.fm)
        for user in (self.boss, system):
            with self.subTest(user.login):
                self.assertHidden(file, user)

    def test_odoos_administrator_without_the_group_sees_no_file(self):
        system = self._new_user("system", "base.group_system")
        for file in (self.add(), self.add_with_update()):
            with self.subTest(self.kind(file)):
                self.assertHidden(file, system)

    def test_odoos_administrator_sees_other_waiting_files_as_ever(self):
        system = self._new_user("system", "base.group_system")
        file = self.attachments(self.staff).create({"name": "a.txt", "raw": b"a"})
        self.assertEqual(file.with_user(system).raw, b"a")
        self.assertTrue(self.attachments(system).search([("id", "=", file.id)]))

    def test_files_of_an_archived_meeting_are_for_the_administrator(self):
        files = self.add(), self.add_with_update()
        self.meeting.unlink()
        for file in files:
            with self.subTest(self.kind(file)):
                self.assertHidden(file, self.fm)
                self.assertSeen(file, self.boss)

    def test_files_are_handed_over_with_the_case(self):
        files = self.add(), self.add_with_update()
        self.meeting.with_user(self.boss).form_master_id = self.fm2
        for file in files:
            with self.subTest(self.kind(file)):
                self.assertHidden(file, self.fm)
                self.assertSeen(file, self.fm2)

    def test_files_of_another_company_are_hidden(self):
        company = self.env["res.company"].create({"name": "Other school"})
        boss = self._new_user(
            "boss2",
            "intervention_tracking.group_intervention_admin",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for file in (self.add(), self.add_with_update()):
            with self.subTest(self.kind(file)):
                self.assertHidden(file, boss)

    def test_nobody_adds_a_file_to_a_meeting_that_is_not_theirs(self):
        for user in self.outsiders():
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.add(user)

    def test_the_context_forges_no_meeting(self):
        values = {"name": NAME, "content": base64.b64encode(PDF)}
        files = self.files(self.fm2).with_context(default_meeting_id=self.meeting.id)
        self.assertFalse(files.create(values).meeting_id)

    def test_a_file_is_added_to_a_closed_meeting(self):
        self.meeting.write({"status": "closed", "resolution_notes": RESOLUTION})
        self.assertSeen(self.add(), self.fm)
        self.assertSeen(self.add_with_update(), self.fm)

    def test_no_file_is_added_to_an_archived_meeting(self):
        self.meeting.unlink()
        with self.assertRefused("file_ids"):
            self.add(self.boss)

    def test_no_file_is_added_to_no_meeting(self):
        for value in (2**31 - 1, 2**40, -1, "x"):
            for files in (self.files(self.fm), self.env[FILE]):
                with self.subTest(value=value), self.assertRaises(MissingError):
                    files.create(
                        {
                            "name": NAME,
                            "content": base64.b64encode(PDF),
                            "meeting_id": value,
                        }
                    )

    def test_a_meetings_files_are_read_in_one_query(self):
        for _number in range(3):
            self.add_with_update()
        updates = self.progress(self.meeting).with_user(self.fm)
        self.env.flush_all()
        updates.file_ids.mapped("name")
        self.env.invalidate_all()
        updates.mapped("update_text")
        with self.assertQueryCount(4):
            # As many for three updates as for one.
            self.assertEqual(len(updates.file_ids.mapped("name")), 3)


@tagged("standard", "post_install", "-at_install")
class TestFileLimits(FileCase):
    """Which files may be added, through whatever door."""

    def test_every_allowed_type_is_kept_under_its_own(self):
        for mimetype, data in SAMPLES.items():
            for claimed in (False, "text/html", "image/svg+xml"):
                with self.subTest(mimetype, claimed=claimed):
                    file = self.add(name="note", data=data, mimetype=claimed)
                    self.assertEqual(file.mimetype, mimetype)
                    self.assertEqual(self.stored(file).mimetype, mimetype)
                    self.assertEqual(file.name, f"note{ENDINGS[mimetype][0]}")
                    self.assertEqual(self.data(file), data)
                    self.assertEqual(file.size, len(data))
                    self.assertEqual(file.checksum, hashlib.sha1(data).hexdigest())

    def test_every_other_type_is_refused(self):
        for name, data in REFUSED.items():
            for add in (self.add, self.wait):
                with self.subTest(name, add=add):
                    with self.assertRefused("file_ids") as caught:
                        add(name="note.pdf", data=data)
                    code = caught.exception.code
                    self.assertEqual(code, "unsupported_media_type")

    def test_who_adds_a_damaged_document_is_told_that_it_may_be_one(self):
        halved = document()[:80]
        with self.assertRefused("file_ids") as caught:
            self.add(name="plan.docx", data=halved)
        self.assertIn("not damaged", str(caught.exception))

    def test_an_empty_file_is_refused(self):
        with self.assertRefused("file_ids"):
            self.add(data=b"")

    def test_base64_is_taken_as_a_text_as_well(self):
        file = self.add(content=base64.b64encode(PDF).decode())
        self.assertEqual(self.data(file), PDF)

    def test_bad_base64_is_refused(self):
        with self.assertRefused("file_ids"):
            self.add(content="abc")

    def test_the_limit_is_ten_mib(self):
        limit = 10 * 1024 * 1024
        self.assertEqual(self.add(data=PDF.ljust(limit)).size, limit)
        for add in (self.add, self.wait):
            with self.assertRefused("file_ids") as caught:
                add(data=PDF.ljust(limit + 1))
            self.assertEqual(caught.exception.code, "payload_too_large")
            self.assertIn("10 MiB", str(caught.exception))

    def test_the_administrator_sets_the_limit(self):
        self.env["intervention.settings"].with_user(self.boss).create(
            {"max_file_mib": 1}
        )
        self.add(data=PDF.ljust(1024 * 1024))
        with self.assertRefused("file_ids"):
            self.add(data=PDF.ljust(1024 * 1024 + 1))
        # Superuser code has the same limit.
        with self.assertRefused("file_ids"):
            self.add(self.env.user, data=PDF.ljust(1024 * 1024 + 1))

    def test_no_attachment_is_added_to_an_intervention(self):
        update = self.add_update(self.meeting)
        pending = self.attachments(self.fm).create({"name": NAME, "raw": PDF})
        for model, record_id in (
            (MEETING, self.meeting.id),
            (MEETING, 0),
            (PROGRESS, update.id),
            (TRACK, 0),
        ):
            place = {"res_model": model, "res_id": record_id}
            for user in (self.fm, self.boss, self.env.user):
                for extra in (
                    {},
                    {"type": "url", "url": "https://example.org/note.pdf"},
                    {"res_field": "x"},
                    {"public": True},
                ):
                    vals = {"name": NAME, "raw": PDF, **place, **extra}
                    with self.subTest(vals=vals, user=user.login):
                        with self.assertRaises(UserError):
                            self.attachments(user).create(vals)
            for attempt in (
                lambda place=place: pending.write(place),
                lambda place=place: pending.copy(place),
                lambda place=place: pending.with_context(
                    default_res_model=place["res_model"],
                    default_res_id=place["res_id"],
                ).create({"name": NAME, "raw": PDF}),
            ):
                with self.subTest(place=place):
                    with self.assertRaises(UserError):
                        with self.env.cr.savepoint():
                            attempt()

    def test_a_users_own_defaults_make_no_attachment_of_an_intervention(self):
        self.env["ir.default"].set("ir.attachment", "res_model", MEETING, self.fm.id)
        with self.assertRaises(ValidationError):
            self.attachments(self.fm).create({"name": NAME, "raw": PDF})

    def test_a_file_needs_a_name(self):
        for name in ("..", "\x07", "/"):
            with self.subTest(name), self.assertRefused("file_ids"):
                self.add(name=name)

    def test_no_message_has_the_name_of_the_file(self):
        for data in (b"", b"MZ\x90", PDF.ljust(10 * 1024 * 1024 + 1)):
            with self.assertRaises(ValidationError) as caught:
                self.add(data=data)
            self.assertNotIn("Yeti", str(caught.exception))

    def test_a_photo_forgets_where_it_was_taken(self):
        exif = Image.Exif()
        exif[0x010E] = "Yeti-place"
        exif[0x0112] = 6  # turned by a quarter
        data = picture("JPEG", (40, 20), exif=exif.tobytes())
        self.assertIn(b"Yeti-place", data)
        for file in (self.add(data=data), self.wait(data=data)):
            self.assertNotIn(b"Yeti-place", self.data(file))
            self.assertEqual(Image.open(io.BytesIO(self.data(file))).size, (20, 40))

    def test_a_large_photo_is_made_smaller(self):
        file = self.add(data=picture("JPEG", (4000, 3000)))
        self.assertEqual(Image.open(io.BytesIO(self.data(file))).size, (1920, 1440))

    def test_a_large_png_is_made_smaller(self):
        file = self.add(data=picture("PNG", (2400, 1200)))
        stored = Image.open(io.BytesIO(self.data(file)))
        self.assertEqual((stored.format, stored.size), ("PNG", (1920, 960)))

    def test_half_a_picture_is_refused(self):
        for kind in ("JPEG", "PNG"):
            with self.subTest(kind), self.assertRefused("file_ids"):
                self.add(data=picture(kind)[:20])

    def test_a_picture_of_too_many_pixels_is_refused(self):
        for side in (7100, 60000):
            with self.subTest(side=side):
                with self.assertRefused("file_ids") as caught:
                    self.add(data=vast_png(side))
                self.assertIn("50 million pixels", str(caught.exception))

    def test_a_picture_of_too_many_pixels_is_not_decoded(self):
        with patch.object(Image.Image, "transpose") as decode:
            with self.assertRefused("file_ids"):
                exif = Image.Exif()
                exif[0x0112] = 6  # Odoo turns the picture before it looks at its size
                self.add(data=picture("JPEG", (7100, 7100), exif=exif.tobytes()))
        decode.assert_not_called()

    def test_what_breaks_the_decoder_is_refused(self):
        for error in (KeyError, MemoryError, struct.error, zlib.error):
            with patch.object(Image, "open", side_effect=error):
                with self.subTest(error), self.assertRefused("file_ids"):
                    self.add(data=picture("PNG"))

    def upload(self, data=PDF, name=NAME, user=None, **vals):
        """Upload in the composer of a message."""
        vals = {"name": name, "raw": data, "res_model": "mail.compose.message", **vals}
        return self.attachments(user or self.fm).create(vals)

    def test_the_composer_brings_no_other_files(self):
        for data in (b"<html/>", PDF.ljust(10 * 1024 * 1024 + 1)):
            file = self.upload(data)
            with self.assertRefused("file_ids"):
                self.meeting.message_post(body="x", attachment_ids=file.ids)

    @mute_logger("odoo.models.unlink")
    def test_the_composers_file_becomes_the_meetings(self):
        upload = self.upload(name="a/Yeti-note")
        message = self.meeting.message_post(body="x", attachment_ids=upload.ids)
        file = self.meeting.file_ids
        self.assertFalse(message.attachment_ids)
        self.assertFalse(upload.exists())
        self.assertEqual((file.name, file.mimetype), (NAME, "application/pdf"))
        self.assertEqual((self.data(file), file.create_uid), (PDF, self.fm))
        self.assertIn(f"/web/content/{FILE}/{file.id}/content", message.body)
        self.assertNotIn("Yeti", message.body)

    def test_nothing_but_own_uploads_goes_with_a_message(self):
        for file in (
            self.upload(user=self.boss),
            self.upload(res_model=False, user=self.fm2),
            self.upload(res_model=False),
            self.stored(self.add()),
        ):
            with self.assertRaises(AccessError):
                self.meeting.message_post(body="x", attachment_ids=file.ids)
            with self.assertRaises(AccessError):
                self.meeting._message_update_content(
                    self.meeting.message_post(body="y", message_type="comment"),
                    body="z",
                    attachment_ids=file.ids,
                )

    def test_no_message_of_another_record_has_a_file(self):
        with_files = [("attachment_ids", "!=", False)]
        before = self.env["mail.mail"].search_count(with_files)
        for file in (self.add(), self.add_with_update()):
            stored = self.stored(file)
            for user in (self.fm, self.boss, self.env.user):
                partner = self.fm.partner_id.with_user(user)
                with self.subTest(self.kind(file), user=user.login):
                    with self.assertRaises(UserError):
                        partner.sudo().message_post(body="x", attachment_ids=stored.ids)
                    for mode in ("comment", "mass_mail"):
                        composer = partner.env["mail.compose.message"].create(
                            {
                                "model": "res.partner",
                                "res_ids": partner.ids,
                                "subject": "x",
                                "body": "x",
                                "composition_mode": mode,
                                "attachment_ids": [Command.set(stored.ids)],
                            }
                        )
                        with self.assertRaises(UserError):
                            composer.sudo().action_send_mail()
                        with self.assertRaises(UserError):
                            composer.attachment_ids.copy()
            message = self.env["mail.message"].create({"body": "x"})
            with self.assertRaises(UserError):
                message.attachment_ids = stored
        self.assertEqual(self.env["mail.mail"].search_count(with_files), before)

    def test_a_message_with_content_has_the_same_limits(self):
        self.meeting.message_post(body="x", attachments=[(NAME, PDF)])
        self.assertEqual(self.meeting.file_ids.name, NAME)
        with self.assertRefused("file_ids"):
            self.meeting.message_post(body="x", attachments=[("a.pdf", b"<html/>")])

    def _by_mail(self, *attachments, **context):
        # As the gateway, which takes in mails as superuser.
        meeting = self.meeting.sudo().with_context(**context)
        return meeting.message_post(
            body="Good morning", message_type="email", attachments=list(attachments)
        )

    def test_an_incoming_mail_loses_only_what_may_not_be_added(self):
        for data in (b"GIF89a\x01\x00", vast_png(), None, EmailMessage()):
            with self.subTest(data=data):
                message = self._by_mail(("x.png", data), (NAME, PDF))
                self.assertEqual(self.meeting.file_ids[:1].name, NAME)
                self.assertFalse(message.attachment_ids)
                self.assertIn("Good morning", message.body)
                self.assertIn("were left out", message.body)

    def test_an_incoming_mail_loses_pictures_in_its_text_that_may_not_be_added(self):
        gif = base64.b64encode(picture("GIF")).decode()
        png = base64.b64encode(SAMPLES["image/png"]).decode()
        message = self.meeting.sudo().message_post(
            body=Markup(
                '<p>Good <img src="data:image/gif;base64,%s"> <b>morning</b> '
                '<img src="data:image/gif;base64,abc"> '
                '<img src="data:image/png;base64,%s"></p>'
            )
            % (gif, png),
            message_type="email",
        )
        file = self.meeting.file_ids
        self.assertEqual(self.data(file), SAMPLES["image/png"])
        self.assertIn(f'src="/web/image/{FILE}/{file.id}/content"', message.body)
        self.assertFalse(message.attachment_ids)
        self.assertIn("<b>morning</b>", message.body)
        self.assertIn("were left out", message.body)

    def test_an_incoming_mail_keeps_a_text_in_whatever_encoding(self):
        self._by_mail(("note.txt", "Süd", {"encoding": "latin-1"}))
        self.assertEqual(self.data(self.meeting.file_ids), "Süd".encode())

    def test_an_incoming_mail_has_the_limit_of_the_meetings_company(self):
        company = self.env["res.company"].create({"name": "Other school"})
        self.env["intervention.settings"].create(
            {"company_id": self.meeting.company_id.id, "max_file_mib": 1}
        )
        message = self._by_mail(
            (NAME, PDF.ljust(1024 * 1024 + 1)), allowed_company_ids=company.ids
        )
        self.assertFalse(self.meeting.file_ids)
        self.assertIn("were left out", message.body)

    def test_an_incoming_mail_to_an_archived_meeting_loses_its_files(self):
        self.meeting.unlink()
        message = self._by_mail((NAME, PDF))
        self.assertFalse(self.meeting.file_ids)
        self.assertIn("Good morning", message.body)
        self.assertIn("were left out", message.body)

    def test_the_context_brings_no_other_content(self):
        program = b"MZ\x90\x00\x03"
        for name, value in (
            ("raw", program),
            ("datas", base64.b64encode(program)),
            ("content", base64.b64encode(program)),
            ("db_datas", program),
            ("mimetype", "text/html"),
            ("access_token", "x"),
            ("public", True),
        ):
            with self.subTest(name):
                files = self.files(self.fm).with_context(**{f"default_{name}": value})
                file = files.create(
                    {
                        "name": NAME,
                        "content": base64.b64encode(PDF),
                        "meeting_id": self.meeting.id,
                    }
                )
                self.assertStoredAsChecked(file)

    def assertStoredAsChecked(self, file):
        file.invalidate_recordset()
        stored = self.stored(file)
        self.assertEqual(len(stored), 1)
        self.assertEqual((self.data(file), stored.raw), (PDF, PDF))
        self.assertEqual((file.mimetype, stored.mimetype), ("application/pdf",) * 2)
        self.assertFalse(stored.public or stored.access_token or stored.url)

    def test_the_content_of_the_context_alone_is_none(self):
        content = base64.b64encode(PDF)
        files = self.files(self.fm).with_context(default_content=content)
        with self.assertRefused("file_ids"):
            files.create({"name": NAME})

    def test_a_users_own_defaults_bring_no_other_file(self):
        program = base64.b64encode(b"MZ\x90\x00\x03").decode()
        for model, name, value in (
            ("ir.attachment", "datas", program),
            ("ir.attachment", "raw", "<html/>"),
            ("ir.attachment", "type", "url"),
            ("ir.attachment", "url", "/note.pdf"),
            ("ir.attachment", "public", True),
            (FILE, "content", program),
            (FILE, "mimetype", "text/html"),
            (FILE, "meeting_id", self.meeting.id),
        ):
            with self.subTest(name), self.env.cr.savepoint() as undone:
                self.env["ir.default"].set(model, name, value, self.fm.id)
                file = self.wait()
                self.assertStoredAsChecked(file)
                self.assertFalse(file.meeting_id)
                undone.rollback()
                self.env.registry.clear_cache()

    def test_a_copy_is_a_file_of_its_own(self):
        copy = self.add(self.fm).with_user(self.boss).copy()
        self.assertEqual((copy.meeting_id, copy.create_uid), (self.meeting, self.boss))
        self.assertStoredAsChecked(copy)
        with self.assertRaises(AccessError):
            self.add_with_update().copy()

    def test_content_that_is_none_is_refused(self):
        for content in (5, ["x"], "\ud800", "ü", {}):
            with self.subTest(content=content), self.assertRefused("file_ids"):
                self.add(content=content)

    def test_files_are_added_in_the_order_of_the_call(self):
        names = ["a.pdf", "b.pdf", "c.pdf"]
        files = self.files(self.fm).create(
            [{"name": name, "content": base64.b64encode(PDF)} for name in names]
        )
        self.assertEqual(files.mapped("name"), names)
        self.assertEqual(files.env.context, self.files(self.fm).env.context)

    def test_attachments_of_other_records_are_as_ever(self):
        file = self.attachments(self.staff).create(
            {"name": "a.html", "raw": b"<html/>"}
        )
        file.write({"name": "b.html", "raw": b"<p/>", "public": True})
        self.assertEqual((file.name, file.raw), ("b.html", b"<p/>"))
        self.assertTrue(file.generate_access_token()[0])
        file.unlink()
        self.assertFalse(file.exists())


@tagged("standard", "post_install", "-at_install")
class TestFilesOfUpdates(FileCase):
    """Files come with a progress update, and stay."""

    def test_a_chosen_file_becomes_the_updates(self):
        file = self.wait()
        update = self.add_update(self.meeting, file_ids=file.ids)
        self.assertEqual(update.file_ids, file)
        self.assertEqual(self.holder(file), (self.meeting, update))
        self.assertEqual(file.create_uid, self.fm)

    def test_a_file_comes_with_a_change_of_status(self):
        file = self.wait()
        update = self.add_update(self.meeting, status="improving", file_ids=file.ids)
        self.assertTrue(update.is_status_change)
        self.assertEqual(update.file_ids, file)

    def test_a_repeat_with_a_file_answers_with_the_update_that_has_it(self):
        file = self.wait()
        meeting = self.meeting.with_user(self.fm).with_context(
            intervention_token="0123456789abcdef"
        )
        update = self.add_update(meeting, file_ids=file.ids)
        self.assertEqual(self.add_update(meeting, file_ids=file.ids), update)
        self.assertEqual(self.progress(self.meeting), update)

    def test_a_file_of_the_meeting_becomes_the_updates(self):
        file = self.add()
        update = self.add_update(self.meeting, file_ids=file.ids)
        self.assertEqual(update.file_ids, file)
        self.assertFalse(self.meeting.file_ids)

    def test_nobody_takes_a_file_that_is_not_theirs(self):
        other = self.record(self.fm2, student_id=self.cy.id)
        mine = self.record(root_cause="other")
        taken = self.add_with_update()
        for name, file in {
            "another's meeting": self.add(self.fm2, other),
            "another's chosen file": self.wait(self.fm2),
            "the administrator's on this meeting": self.add(self.boss),
            "another meeting of mine": self.add(meeting=mine),
            "an earlier update": taken,
        }.items():
            before = self.holder(file)
            with self.subTest(name):
                with self.assertRefused("file_ids"):
                    self.add_update(self.meeting, file_ids=file.ids)
                self.assertEqual(self.holder(file), before)
        self.assertEqual(len(self.progress(self.meeting)), 1)

    def test_odd_ids_are_refused(self):
        for value in ([0], [-1], ["1"], [2**40], [None], [True], "12", 5, {"a": 1}):
            with self.subTest(value=value), self.assertRefused("file_ids"):
                self.add_update(self.meeting, file_ids=value)

    def test_a_refused_update_takes_no_file(self):
        file = self.wait()
        with self.assertRefused("update_text"):
            self.add_update(self.meeting, " ", file_ids=file.ids)
        self.assertFalse(file.meeting_id)

    def _everybody(self, file):
        for user in (self.fm, self.boss, *self.outsiders()):
            yield user.login, file.with_user(user)
        yield "superuser", file.sudo()

    def test_nobody_adds_a_file_to_an_update_later(self):
        update = self.add_update(self.meeting)
        for user in (self.fm, self.boss, self.env.user):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.add(user, progress_id=update.id)
            for file in (self.add(), self.wait()):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    file.with_user(user).write(
                        {"meeting_id": self.meeting.id, "progress_id": update.id}
                    )
                with self.subTest(user.login), self.assertRaises(AccessError):
                    update.with_user(user).write({"file_ids": [Command.link(file.id)]})

    def test_nobody_changes_a_file_of_an_update(self):
        file = self.add_with_update()
        other = self.record(root_cause="other")
        for name, theirs in self._everybody(file):
            for vals in (
                {"name": "b.pdf"},
                {"content": base64.b64encode(b"%PDF-x")},
                {"mimetype": "text/html"},
                {"size": 1},
                {"checksum": "x"},
                {"meeting_id": other.id},
                {"meeting_id": False},
                {"progress_id": False},
                {},
            ):
                with self.subTest(name, vals=vals), self.assertRaises(AccessError):
                    theirs.write(vals)
        self.assertSeen(file, self.fm)

    def test_nobody_changes_what_stores_a_file(self):
        for file in (self.add_with_update(), self.add(), self.wait()):
            stored = self.stored(file)
            for user in (self.fm, self.boss, *self.outsiders()):
                theirs = stored.with_user(user)
                for vals in (
                    {"name": "b.pdf"},
                    {"raw": b"%PDF-x"},
                    {"datas": base64.b64encode(b"%PDF-x")},
                    {"db_datas": b"%PDF-x"},
                    {"res_model": "res.partner", "res_id": user.partner_id.id},
                    {"res_id": 0},
                    {"res_field": False},
                    {"public": True},
                    {"access_token": "x"},
                    {"type": "url", "url": "/x"},
                    {"description": "x"},
                ):
                    with self.subTest(user.login, vals=vals):
                        with self.assertRaises(AccessError):
                            theirs.write(vals)
                with self.subTest(user.login), self.assertRaises(AccessError):
                    theirs.generate_access_token()
                with self.subTest(user.login), self.assertRaises(AccessError):
                    theirs.unlink()
                with self.subTest(user.login), self.assertRaises(AccessError):
                    self.attachments(user).create(
                        {
                            "name": NAME,
                            "raw": PDF,
                            "res_model": FILE,
                            "res_id": file.id,
                            "res_field": "content",
                        }
                    )
            self.assertSeen(file, self.fm)

    @mute_logger("odoo.models.unlink")
    def test_nobody_deletes_a_file_of_an_update(self):
        file = self.add_with_update()
        for name, theirs in self._everybody(file):
            with self.subTest(name), self.assertRaises(AccessError):
                theirs.unlink()
        for user in (self.fm, self.boss):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.stored(file).with_user(user)._delete_and_notify()

    @mute_logger("odoo.sql_db")
    def test_the_database_keeps_a_file_of_an_update(self):
        file = self.add_with_update()
        self.env.flush_all()
        stored = self.stored(file).id
        for table, record_id, changes in (
            (
                "intervention_file",
                file.id,
                ("name = 'x'", "meeting_id = NULL", "progress_id = NULL", "size = 1")
                + ("checksum = 'x'", "mimetype = 'x'", "create_uid = 1"),
            ),
            (
                "ir_attachment",
                stored,
                ("name = 'x'", "res_model = 'res.partner'", "res_id = 0")
                + ("res_field = NULL", "checksum = 'x'", "file_size = 1")
                + ("public = TRUE", "access_token = 'x'", "type = 'url'"),
            ),
        ):
            statements = [f"UPDATE {table} SET {change}" for change in changes]
            for statement in (*statements, f"DELETE FROM {table}"):
                with self.subTest(statement), self.assertRaises(RestrictViolation):
                    with self.env.cr.savepoint(flush=False):
                        self.env.cr.execute(f"{statement} WHERE id = %s", [record_id])

    @mute_logger("odoo.sql_db")
    def test_an_upgrade_renames_what_stores_files_and_nothing_else(self):
        ours = self.stored(self.add_with_update() | self.add() | self.wait())
        others = self.attachments(self.fm).create({"name": NAME, "raw": b"x"})
        self.env.flush_all()
        # Versions before had the name of the file there.
        self.env.cr.execute(
            "ALTER TABLE ir_attachment DISABLE TRIGGER intervention_no_change"
        )
        rename = "UPDATE ir_attachment SET name = %s WHERE id = ANY(%s)"
        self.env.cr.execute(rename, [NAME, ours.ids])
        self.env.cr.execute(
            "ALTER TABLE ir_attachment ENABLE TRIGGER intervention_no_change"
        )
        path = "intervention_tracking/migrations/19.0.1.3.0/post-files.py"
        migrate = runpy.run_path(file_path(path))["migrate"]
        for _time in range(2):
            migrate(self.env.cr, "19.0.1.1.0")
            self.env.invalidate_all()
            self.assertEqual(ours.mapped("name"), ["content"] * 3)
            self.assertEqual(others.name, NAME)
            with self.assertRaises(RestrictViolation):
                with self.env.cr.savepoint(flush=False):
                    self.env.cr.execute(rename, [NAME, ours.ids])

    @mute_logger("odoo.sql_db")
    def test_the_content_stays_as_long_as_its_file(self):
        for file in (self.add(), self.wait()):
            self.env.flush_all()
            with self.assertRaises(RestrictViolation):
                with self.env.cr.savepoint(flush=False):
                    self.stored(file).unlink()
            stored = self.stored(file)
            with mute_logger("odoo.models.unlink"):
                file.unlink()
            self.assertFalse(stored.exists())

    def test_odoos_storage_can_be_moved(self):
        file = self.add_with_update()
        photo = self.wait(data=picture("PNG", (3000, 10)), name="photo")
        self.add_update(self.meeting, file_ids=photo.ids)
        stored = self.stored(file | photo)
        before = stored.mapped("checksum")
        data = self.data(photo)
        for place in ("db", "file"):
            self.env["ir.config_parameter"].set_param("ir_attachment.location", place)
            stored.with_context(image_no_postprocess=False)._migrate()
            self.env.invalidate_all()
            self.assertEqual(bool(stored[0].store_fname), place == "file")
            self.assertSeen(file, self.fm)
            self.assertEqual(self.data(photo), data)
            self.assertEqual(stored.mapped("checksum"), before)


@tagged("standard", "post_install", "-at_install")
class TestFilesOfMeetings(FileCase):
    """A meeting's own files: not changed, not moved, and who may delete them."""

    def test_a_form_master_adds_files_while_recording(self):
        file = self.wait()
        meeting = self.record(root_cause="other", file_ids=[Command.link(file.id)])
        self.assertEqual(meeting.file_ids, file)
        self.assertEqual(file.meeting_id, meeting)

    def test_a_form_master_adds_files_later(self):
        file = self.wait()
        self.meeting.write({"file_ids": [Command.link(file.id)]})
        self.assertEqual(self.meeting.file_ids, file)

    def test_nobody_steals_a_file_by_linking_it(self):
        other = self.record(self.fm2, student_id=self.cy.id)
        for file in (
            self.add(self.fm2, other),
            self.wait(self.fm2),
        ):
            before = self.holder(file)
            for command in (
                Command.link(file.id),
                Command.set(file.ids),
                Command.update(file.id, {"name": "x.pdf"}),
                Command.delete(file.id),
            ):
                with self.subTest(before, command=command):
                    with self.assertRaises(AccessError):
                        self.meeting.write({"file_ids": [command]})
            self.assertEqual(self.holder(file), before)
        self.assertFalse(self.meeting.file_ids)

    def test_a_dialog_leaks_no_file(self):
        file = self.add(self.fm2, self.record(self.fm2, student_id=self.cy.id))
        tracks = self.env[TRACK].with_user(self.fm)
        vals = {"meeting_id": self.meeting.id, "status": "open", "update_text": "x"}
        try:
            track = tracks.create({**vals, "file_ids": [Command.set(file.ids)]})
        except AccessError:
            return
        track.invalidate_recordset()
        self.assertFalse(track.file_ids)
        self.assertFalse(track.read(["file_ids"])[0]["file_ids"])
        track.action_add()
        self.assertFalse(file.sudo().progress_id)

    def test_nobody_changes_a_file_of_a_meeting(self):
        file = self.add()
        other = self.record(root_cause="other")
        for user in (self.fm, self.boss, self.env.user):
            for vals in (
                {"name": "b.pdf"},
                {"content": base64.b64encode(b"%PDF-x")},
                {"meeting_id": other.id},
                {"meeting_id": False},
                {"create_uid": self.boss.id},
            ):
                with self.subTest(user.login, vals=vals):
                    with self.assertRaises(AccessError):
                        file.with_user(user).write(vals)
            for command in (Command.unlink(file.id), Command.clear(), Command.set([])):
                with self.subTest(user.login, command=command):
                    with self.assertRaises(AccessError):
                        self.meeting.with_user(user).write({"file_ids": [command]})

    @mute_logger("odoo.sql_db")
    def test_no_file_is_public_or_has_a_token(self):
        for file in (self.add(), self.wait()):
            stored = self.stored(file)
            self.env.flush_all()
            for change in (
                lambda stored=stored: stored.write({"public": True}),
                lambda stored=stored: stored.generate_access_token(),
            ):
                with self.assertRaises(RestrictViolation):
                    with self.env.cr.savepoint():
                        change()
                self.env.invalidate_all()
            self.assertFalse(stored.public or stored.access_token)

    @mute_logger("odoo.models.unlink")
    def test_who_added_it_deletes_it_and_the_chatter_tells(self):
        file = self.add()
        before = self.meeting.message_ids
        file.unlink()
        self.assertFalse(file.exists())
        message = self.meeting.message_ids - before
        self.assertIn("Test fm", message.body)
        self.assertNotIn("Yeti", message.body)
        self.assertFalse(message.notification_ids)
        self.assertEqual(message.author_id, self.fm.partner_id)

    @mute_logger("odoo.models.unlink")
    def test_the_administrator_deletes_a_file(self):
        file = self.add()
        file.with_user(self.boss).unlink()
        self.assertFalse(file.exists())

    @mute_logger("odoo.models.unlink")
    def test_the_new_owner_does_not_delete_what_another_added(self):
        file = self.add(self.boss)
        with self.assertRaisesRegex(AccessError, "Only the person who added"):
            file.with_user(self.fm).unlink()
        for user in self.outsiders():
            with self.subTest(user.login), self.assertRaises(AccessError):
                file.with_user(user).unlink()

    @mute_logger("odoo.models.unlink")
    def test_a_file_of_a_closed_or_archived_meeting_stays(self):
        file = self.add()
        self.meeting.write({"status": "closed", "resolution_notes": RESOLUTION})
        for user in (self.fm, self.boss, self.env.user):
            with self.subTest("closed", user=user.login):
                with self.assertRaisesRegex(AccessError, "closed or archived"):
                    file.with_user(user).unlink()
        self.meeting.unlink()
        with self.assertRaises(AccessError):
            file.with_user(self.boss).unlink()

    def test_a_mail_has_a_link_and_not_the_file(self):
        partner = self.env["res.partner"].create(
            {"name": "Guardian", "email": "guardian@example.org"}
        )
        self.ada.guardian_ids = partner
        with self.mock_mail_gateway():
            self.meeting.with_user(self.fm).message_post(
                body="See the note",
                partner_ids=partner.ids,
                attachments=[(NAME, PDF)],
                subtype_xmlid="mail.mt_comment",
            )
        [mail] = self._mails
        self.assertIn(f"/web/content/{FILE}/{self.meeting.file_ids.id}", mail["body"])
        self.assertFalse(mail["attachments"])
        self.assertNotIn("Yeti", mail["body"])

    def test_a_refused_file_is_logged_without_its_name(self):
        file = self.add_with_update()
        self.env.flush_all()
        for statement, record in (
            ("UPDATE intervention_file SET name = 'Yeti-2' WHERE id = %s", file),
            (
                "UPDATE ir_attachment SET name = 'Yeti-2' WHERE id = %s "
                "AND res_model = 'intervention.file'",
                self.stored(file),
            ),
        ):
            with self.assertLogs("odoo.sql_db", "ERROR") as log:
                with self.assertRaises(RestrictViolation):
                    with self.env.cr.savepoint(flush=False):
                        self.env.cr.execute(statement, [record.id])
            self.assertNotIn("Yeti", "\n".join(log.output))


@tagged("standard", "post_install", "-at_install")
class TestWaitingFiles(FileCase):
    """Files of a form that was never saved."""

    @mute_logger("odoo.models.unlink")
    def test_the_form_gives_up_what_was_chosen(self):
        waiting = self.wait() | self.wait()
        kept = self.add() | self.add_with_update()
        foreign = self.wait(self.fm2)
        ids = (waiting | kept | foreign).ids
        self.env[TRACK].with_user(self.fm).discard_files([*ids, 2**31 - 1, "x", None])
        self.assertEqual(self.env[FILE].browse(ids).exists(), kept | foreign)

    @mute_logger("odoo.models.unlink")
    def test_what_waits_for_a_day_goes(self):
        old = self.wait() | self.wait()
        new = self.wait() | self.wait()
        kept = self.add() | self.add_with_update()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE intervention_file SET create_date = %s WHERE id = ANY(%s)",
            [fields.Datetime.now() - timedelta(hours=25), (old | kept[:1]).ids],
        )
        self.env.invalidate_all()
        self.env[FILE]._gc_waiting_files()
        self.assertEqual((old | new | kept).exists(), new | kept)

    @mute_logger("odoo.models.unlink")
    def test_the_dialog_adds_what_was_chosen(self):
        chosen, removed = self.wait(), self.wait()
        track = (
            self.env[TRACK]
            .with_user(self.fm)
            .create(
                {
                    "meeting_id": self.meeting.id,
                    "status": "open",
                    "update_text": "Came.",
                    "file_ids": [Command.link(chosen.id)],
                }
            )
        )
        track.action_add()
        self.assertEqual(self.progress(self.meeting).file_ids, chosen.sudo())
        self.assertFalse(removed.meeting_id)


@tagged("standard", "post_install", "-at_install")
class TestFilesOverHttp(FileCase, HttpCase):
    """The addresses by which Odoo gives files away, and takes them."""

    def setUp(self):
        super().setUp()
        self.own = self.add()
        self.update = self.add_with_update()
        self.photo = self.add(data=picture("PNG"), name="photo.png")
        self.env.flush_all()

    def _log_in(self, user):
        self.authenticate(user.login, user.login) if user else self.authenticate(
            None, None
        )

    def _exported(self, record):
        """Return an external id as an export makes it."""
        name = f"{record._table}_{record.id}"
        self.env["ir.model.data"].create(
            {
                "module": "__export__",
                "name": name,
                "model": record._name,
                "res_id": record.id,
            }
        )
        return f"__export__.{name}"

    def _addresses(self, file):
        stored = self.stored(file)
        for record, names in ((file, ["content"]), (stored, ["raw", "datas"])):
            xmlid = self._exported(record)
            for name in names:
                tokens = ("", limited_field_access_token(record, name, scope="binary"))
                for token in (*tokens, "x"):
                    query = f"?access_token={token}"
                    yield f"/web/content/{record._name}/{record.id}/{name}{query}"
                    yield f"/web/content/{xmlid}{query}&field={name}"
                    yield f"/web/content{query}&xmlid={xmlid}&field={name}"
                    yield (
                        f"/web/content{query}&model={record._name}&id={record.id}"
                        f"&field={name}"
                    )
        token = limited_field_access_token(stored, "raw", scope="binary")
        yield f"/web/content/{stored.id}?access_token={token}"
        token = limited_field_access_token(stored, "id", scope="attachment_ownership")
        yield f"/mail/attachment/pdf_first_page/{stored.id}?access_token={token}"
        yield f"/mail/attachment/pdf_first_page/{stored.id}"

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_no_address_and_no_token_opens_a_file(self):
        addresses = [
            address
            for file in (self.own, self.update)
            for address in self._addresses(file)
        ]
        self.env.flush_all()
        for user in (self.fm2, self.staff, self.portal, None):
            self._log_in(user)
            for address in addresses:
                answer = self.url_open(address, allow_redirects=False)
                with self.subTest(address, user=user and user.login):
                    self.assertGreaterEqual(answer.status_code, 300)
                    self.assertNotIn(b"%PDF", answer.content)

    @mute_logger("odoo.http")
    def test_no_address_shows_a_picture(self):
        stored = self.stored(self.photo)
        placeholder = self.url_open("/web/image/999999999").content
        for user in (self.fm2, self.staff, self.portal, None):
            self._log_in(user)
            for path, record, name in (
                (f"{FILE}/{self.photo.id}/content", self.photo, "content"),
                (stored.id, stored, "raw"),
                (self._exported(self.photo), self.photo, "content"),
            ):
                self.env.flush_all()
                token = limited_field_access_token(record, name, scope="binary")
                for query in ("", f"?access_token={token}&field={name}"):
                    for size in ("", "/96x96"):
                        address = f"/web/image/{path}{size}{query}"
                        content = self.url_open(address).content
                        with self.subTest(address, user=user and user.login):
                            self.assertNotEqual(content, picture("PNG"))
                            if not size:
                                self.assertEqual(content, placeholder)
                self.env["ir.model.data"].search(
                    [("module", "=", "__export__")]
                ).unlink()

    def test_who_sees_the_meeting_opens_its_files(self):
        for user in (self.fm, self.boss):
            self._log_in(user)
            for file in (self.own, self.update):
                # The second is what mails of an earlier version link to.
                for address in (f"{FILE}/{file.id}/content", self.stored(file).id):
                    answer = self.url_open(f"/web/content/{address}")
                    headers = answer.headers
                    with self.subTest(self.kind(file), user=user.login):
                        self.assertEqual(answer.content, PDF)
                        self.assertEqual(headers["Content-Type"], "application/pdf")
                        self.assertIn(NAME, headers["Content-Disposition"])
                        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        self.env.invalidate_all()
        self.assertEqual(self.stored(self.own).name, "content")

    def test_who_sees_the_meeting_sees_its_pictures(self):
        self._log_in(self.fm)
        for address in (f"{FILE}/{self.photo.id}/content", self.stored(self.photo).id):
            answer = self.url_open(f"/web/image/{address}")
            self.assertEqual(answer.content, picture("PNG"))
            self.assertIn("photo.png", answer.headers["Content-Disposition"])

    @mute_logger("odoo.http", "odoo.models.unlink", "odoo.sql_db")
    def test_no_token_deletes_a_file(self):
        for user in (self.fm2, self.staff, self.portal, self.fm):
            self._log_in(user)
            for file in (self.own, self.update):
                stored = self.stored(file)
                token = limited_field_access_token(
                    stored, "id", scope="attachment_ownership"
                )
                self.url_open(
                    "/mail/attachment/delete",
                    json={
                        "params": {"attachment_id": stored.id, "access_token": token}
                    },
                )
                with self.subTest(self.kind(file), user=user.login):
                    self.assertTrue(file.exists())
                    self.assertTrue(stored.exists())

    def test_what_other_apps_show_costs_no_query_more(self):
        partner = self.ada
        partner.image_1920 = base64.b64encode(picture("PNG"))
        other = self.env["ir.attachment"].create({"name": "a.txt", "raw": b"a"})
        binary = self.env["ir.binary"]
        ours = type(self.env["ir.binary"])
        odoos = next(
            base
            for base in ours.__mro__
            if base.__module__ == "odoo.addons.base.models.ir_binary"
        )

        def queries(find, *args):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            record = find(binary, None, *args)
            if record._name == "ir.attachment":
                record.sudo().mimetype  # noqa: B018  its sending reads it
            return self.env.cr.sql_log_count - before

        for args in (
            ("res.partner", partner.id, None, "image_1920"),
            ("ir.attachment", other.id, None, "raw"),
        ):
            queries(odoos._find_record, *args)  # fills what is kept between requests
            expected = queries(odoos._find_record, *args)
            self.assertGreater(expected, 0)
            self.assertEqual(queries(ours._find_record, *args), expected)

    def _upload(self, data, name=NAME):
        answer = self.url_open(
            "/intervention_tracking/upload",
            data={"csrf_token": self.csrf_token()},
            files=[("ufile", (name, data, "text/html"))],
        )
        return json.loads(answer.text)[0]

    def csrf_token(self):
        return (
            self.opener.get(f"{self.base_url()}/web")
            .text.split('csrf_token: "')[1]
            .split('"')[0]
        )

    def test_a_form_uploads_a_file(self):
        self._log_in(self.fm)
        answer = self._upload(PDF)
        self.assertEqual(
            (answer["filename"], answer["mimetype"], answer["size"]),
            (NAME, "application/pdf", len(PDF)),
        )
        file = self.env[FILE].browse(answer["id"])
        self.assertFalse(file.meeting_id)
        self.assertEqual(file.create_uid, self.fm)

    def test_a_form_is_told_what_is_wrong_and_the_log_nothing(self):
        self._log_in(self.fm)
        with self.assertNoLogs("odoo.addons.web", "WARNING"):
            for data in (b"<html/>", b"", vast_png(), PDF.ljust(10 * 1024 * 1024 + 1)):
                answer = self._upload(data)
                self.assertEqual(set(answer), {"error"})
                self.assertIn("Yeti-note.pdf: ", answer["error"])

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_who_has_neither_group_uploads_nothing(self):
        self._log_in(self.staff)
        answer = self._upload(PDF)
        self.assertIn("You can't add a file here", answer["error"])

    @mute_logger("odoo.http")
    def test_the_chatter_uploads_nothing_to_the_meeting(self):
        self._log_in(self.fm)
        answer = self.url_open(
            "/mail/attachment/upload",
            data={
                "csrf_token": self.csrf_token(),
                "thread_id": str(self.meeting.id),
                "thread_model": MEETING,
                "is_pending": "false",
            },
            files=[("ufile", (NAME, PDF, "application/pdf"))],
        )
        self.assertGreaterEqual(answer.status_code, 400)
        self.assertFalse(
            self.env["ir.attachment"].search([("res_model", "=", MEETING)])
        )
