import base64
import contextlib
import io
import json
import struct
import zipfile
import zlib
from datetime import timedelta
from email.message import EmailMessage
from unittest.mock import patch

from markupsafe import Markup
from odoo import Command, fields
from odoo.exceptions import AccessError, MissingError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from odoo.tools.misc import limited_field_access_token
from PIL import Image
from psycopg2.errors import RestrictViolation

from ..tools.file_types import DOCX, ENDINGS, MAX_NAME, ODT, clean_name, type_of
from .common import RESOLUTION, InterventionCase

NAME = "Yeti-note.pdf"
PDF = b"%PDF-1.4\n% a short note\n%%EOF\n"
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
        return self.env["ir.attachment"].with_user(user)

    def add(self, user=None, meeting=None, **vals):
        """Add a file to a meeting, by default as the form master to theirs."""
        return self.files(user or self.fm).create(
            {
                "name": NAME,
                "raw": PDF,
                "res_model": MEETING,
                "res_id": (meeting or self.meeting).id,
                **vals,
            }
        )

    def wait(self, user=None, model=TRACK, **vals):
        """Choose a file in a form that is not saved yet."""
        return self.files(user or self.fm).create(
            {"name": NAME, "raw": PDF, "res_model": model, "res_id": 0, **vals}
        )

    def add_with_update(self, user=None, **kwargs):
        """Return a file of a new update."""
        file = self.wait(user)
        self.add_update(
            self.meeting.with_user(user or self.fm), attachment_ids=file.ids, **kwargs
        )
        return file

    def outsiders(self):
        return (self.fm2, self.staff, self.portal, self.public)

    def assertHidden(self, file, user):
        """The user gets nothing of the file, in whatever way they ask."""
        theirs = file.with_user(user)
        theirs.invalidate_recordset()
        self.assertFalse(theirs.has_access("read"))
        for names in (["name"], ["raw"], ["datas"], ["checksum"], ["access_token"]):
            with self.assertRaises(AccessError):
                theirs.read(names)
        file = file.sudo()
        files = self.files(user)
        for domain in (
            [("id", "=", file.id)],
            [("name", "=", NAME)],
            [("res_model", "=", file.res_model), ("res_id", "=", file.res_id)],
            [("res_model", "=", file.res_model)],
            [("checksum", "=", file.checksum)],
        ):
            # Odoo refuses to look for files of a model that the user may not read.
            with contextlib.suppress(AccessError):
                self.assertNotIn(file.id, files.search(domain).ids)
            with contextlib.suppress(AccessError):
                self.assertFalse(files.search_count([*domain, ("id", "=", file.id)]))
            with contextlib.suppress(AccessError):
                rows = files.search_read(domain, ["name"])
                self.assertNotIn(file.id, [row["id"] for row in rows])

    def assertSeen(self, file, user):
        theirs = file.with_user(user)
        theirs.invalidate_recordset()
        self.assertEqual(theirs.raw, PDF)
        self.assertEqual(self.files(user).search([("id", "=", file.id)]), theirs)


@tagged("standard", "post_install", "-at_install")
class TestFileRights(FileCase):
    """Who sees and adds files: who sees and writes the meeting."""

    def test_a_form_master_and_the_administrator_see_files(self):
        for file in (self.add(), self.add_with_update()):
            for user in (self.fm, self.boss):
                with self.subTest(file.sudo().res_model, user=user.login):
                    self.assertSeen(file, user)

    def test_nobody_else_sees_files(self):
        for file in (self.add(), self.add_with_update(), self.wait()):
            for user in self.outsiders():
                with self.subTest(file.sudo().res_model, user=user.login):
                    self.assertHidden(file, user)

    def test_a_waiting_file_is_for_who_chose_it_alone(self):
        system = self._new_user("system", "base.group_system")
        for model in (TRACK, MEETING):
            file = self.wait(model=model)
            self.assertSeen(file, self.fm)
            for user in (self.boss, system):
                with self.subTest(model, user=user.login):
                    self.assertHidden(file, user)

    def test_odoos_administrator_without_the_group_sees_no_file(self):
        system = self._new_user("system", "base.group_system")
        for file in (self.add(), self.add_with_update()):
            with self.subTest(file.sudo().res_model):
                self.assertHidden(file, system)

    def test_odoos_administrator_sees_other_waiting_files_as_ever(self):
        system = self._new_user("system", "base.group_system")
        file = self.files(self.staff).create({"name": "a.txt", "raw": b"a"})
        self.assertEqual(file.with_user(system).raw, b"a")
        self.assertTrue(self.files(system).search([("id", "=", file.id)]))

    def test_files_of_an_archived_meeting_are_for_the_administrator(self):
        files = self.add(), self.add_with_update()
        self.meeting.unlink()
        for file in files:
            with self.subTest(file.sudo().res_model):
                self.assertHidden(file, self.fm)
                self.assertSeen(file, self.boss)

    def test_files_are_handed_over_with_the_case(self):
        files = self.add(), self.add_with_update()
        self.meeting.with_user(self.boss).form_master_id = self.fm2
        for file in files:
            with self.subTest(file.sudo().res_model):
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
            with self.subTest(file.sudo().res_model):
                self.assertHidden(file, boss)

    def test_nobody_adds_a_file_to_a_meeting_that_is_not_theirs(self):
        for user in self.outsiders():
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.add(user)

    def test_the_context_forges_no_meeting(self):
        for user in self.outsiders():
            files = self.files(user).with_context(
                default_res_model=MEETING, default_res_id=self.meeting.id
            )
            with self.subTest(user.login), self.assertRaises(AccessError):
                files.create({"name": NAME, "raw": PDF})

    def test_a_file_is_added_to_a_closed_meeting(self):
        self.meeting.write({"status": "closed", "resolution_notes": RESOLUTION})
        self.assertSeen(self.add(), self.fm)
        self.assertSeen(self.add_with_update(), self.fm)

    def test_no_file_is_added_to_an_archived_meeting(self):
        self.meeting.unlink()
        with self.assertRefused("attachment_ids"):
            self.add(self.boss)

    def test_no_file_is_added_to_no_meeting(self):
        for value in (2**31 - 1, 2**40, -1, "x"):
            for files in (self.files(self.fm), self.env["ir.attachment"]):
                with self.subTest(value=value), self.assertRaises(MissingError):
                    files.create(
                        {
                            "name": NAME,
                            "raw": PDF,
                            "res_model": MEETING,
                            "res_id": value,
                        }
                    )

    def test_a_meetings_files_are_read_in_one_query(self):
        for _number in range(3):
            self.add_with_update()
        updates = self.progress(self.meeting).with_user(self.fm)
        self.env.flush_all()
        updates.attachment_ids.mapped("name")
        self.env.invalidate_all()
        updates.mapped("update_text")
        with self.assertQueryCount(4):
            # As many for three updates as for one.
            self.assertEqual(len(updates.attachment_ids.mapped("name")), 3)


@tagged("standard", "post_install", "-at_install")
class TestFileLimits(FileCase):
    """Which files may be added, through whatever door."""

    def test_every_allowed_type_is_kept_under_its_own(self):
        for mimetype, data in SAMPLES.items():
            for claimed in (False, "text/html", "image/svg+xml"):
                with self.subTest(mimetype, claimed=claimed):
                    file = self.add(name="note", raw=data, mimetype=claimed)
                    self.assertEqual(file.mimetype, mimetype)
                    self.assertEqual(file.name, f"note{ENDINGS[mimetype][0]}")
                    self.assertEqual(file.raw, data)

    def test_every_other_type_is_refused(self):
        for name, data in REFUSED.items():
            for model in (MEETING, TRACK):
                with self.subTest(name, model=model):
                    with self.assertRefused("attachment_ids") as caught:
                        self.add(name="note.pdf", raw=data, res_model=model, res_id=0)
                    code = caught.exception.code
                    self.assertEqual(code, "unsupported_media_type")

    def test_an_empty_file_is_refused(self):
        with self.assertRefused("attachment_ids"):
            self.add(raw=b"")

    def test_base64_is_taken_as_well(self):
        file = self.add(raw=False, datas=base64.b64encode(PDF))
        self.assertEqual(file.raw, PDF)
        file = self.add(raw=False, datas=base64.b64encode(PDF).decode())
        self.assertEqual(file.raw, PDF)

    def test_bad_base64_is_refused(self):
        with self.assertRefused("attachment_ids"):
            self.add(raw=False, datas="abc")

    def test_the_limit_is_ten_mib(self):
        limit = 10 * 1024 * 1024
        self.assertEqual(self.add(raw=PDF.ljust(limit)).file_size, limit)
        for model in (MEETING, TRACK):
            with self.assertRefused("attachment_ids") as caught:
                self.add(raw=PDF.ljust(limit + 1), res_model=model, res_id=0)
            self.assertEqual(caught.exception.code, "payload_too_large")
            self.assertIn("10 MiB", str(caught.exception))

    def test_the_administrator_sets_the_limit(self):
        self.env["intervention.settings"].with_user(self.boss).create(
            {"max_file_mib": 1}
        )
        self.add(raw=PDF.ljust(1024 * 1024))
        with self.assertRefused("attachment_ids"):
            self.add(raw=PDF.ljust(1024 * 1024 + 1))
        # Superuser code has the same limit.
        with self.assertRefused("attachment_ids"):
            self.add(self.env.user, raw=PDF.ljust(1024 * 1024 + 1))

    def test_a_file_is_no_link(self):
        for vals in (
            {"type": "url", "url": "https://example.org/note.pdf"},
            {"url": "/note.pdf"},
        ):
            with self.subTest(vals=vals), self.assertRefused("attachment_ids"):
                self.add(**vals)

    def test_a_file_needs_a_name(self):
        for name in ("..", "\x07", "/"):
            with self.subTest(name), self.assertRefused("attachment_ids"):
                self.add(name=name)

    def test_no_message_has_the_name_of_the_file(self):
        for data in (b"", b"MZ\x90", PDF.ljust(10 * 1024 * 1024 + 1)):
            with self.assertRaises(ValidationError) as caught:
                self.add(raw=data)
            self.assertNotIn("Yeti", str(caught.exception))

    def test_a_photo_forgets_where_it_was_taken(self):
        exif = Image.Exif()
        exif[0x010E] = "Yeti-place"
        exif[0x0112] = 6  # turned by a quarter
        data = picture("JPEG", (40, 20), exif=exif.tobytes())
        self.assertIn(b"Yeti-place", data)
        for file in (self.add(raw=data), self.wait(raw=data)):
            self.assertNotIn(b"Yeti-place", file.raw)
            self.assertEqual(Image.open(io.BytesIO(file.raw)).size, (20, 40))

    def test_a_large_photo_is_made_smaller(self):
        file = self.add(raw=picture("JPEG", (4000, 3000)))
        self.assertEqual(Image.open(io.BytesIO(file.raw)).size, (1920, 1440))

    def test_a_large_png_is_made_smaller(self):
        file = self.add(raw=picture("PNG", (2400, 1200)))
        stored = Image.open(io.BytesIO(file.raw))
        self.assertEqual((stored.format, stored.size), ("PNG", (1920, 960)))

    def test_half_a_picture_is_refused(self):
        for kind in ("JPEG", "PNG"):
            with self.subTest(kind), self.assertRefused("attachment_ids"):
                self.add(raw=picture(kind)[:20])

    def test_a_picture_of_too_many_pixels_is_refused(self):
        for side in (7100, 60000):
            with self.subTest(side=side):
                with self.assertRefused("attachment_ids") as caught:
                    self.add(raw=vast_png(side))
                self.assertIn("50 million pixels", str(caught.exception))

    def test_a_picture_of_too_many_pixels_is_not_decoded(self):
        with patch.object(Image.Image, "transpose") as decode:
            with self.assertRefused("attachment_ids"):
                exif = Image.Exif()
                exif[0x0112] = 6  # Odoo turns the picture before it looks at its size
                self.add(raw=picture("JPEG", (7100, 7100), exif=exif.tobytes()))
        decode.assert_not_called()

    def test_what_breaks_the_decoder_is_refused(self):
        for error in (KeyError, MemoryError, struct.error, zlib.error):
            with patch.object(Image, "open", side_effect=error):
                with self.subTest(error), self.assertRefused("attachment_ids"):
                    self.add(raw=picture("PNG"))

    def test_the_composer_brings_no_other_files(self):
        for data in (b"<html/>", PDF.ljust(10 * 1024 * 1024 + 1)):
            file = self.wait(model="mail.compose.message", raw=data)
            with self.assertRefused("attachment_ids"):
                self.meeting.message_post(body="x", attachment_ids=file.ids)

    def test_the_composers_file_becomes_the_meetings(self):
        file = self.wait(model="mail.compose.message", name="a/Yeti-note")
        file.generate_access_token()
        message = self.meeting.message_post(body="x", attachment_ids=file.ids)
        self.assertEqual(message.attachment_ids, file)
        self.assertEqual((file.res_model, file.res_id), (MEETING, self.meeting.id))
        self.assertEqual((file.name, file.mimetype), (NAME, "application/pdf"))
        self.assertFalse(file.access_token)

    def test_a_message_with_content_has_the_same_limits(self):
        self.meeting.message_post(body="x", attachments=[(NAME, PDF)])
        self.assertEqual(self.meeting.attachment_ids.name, NAME)
        with self.assertRefused("attachment_ids"):
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
                self.assertEqual(message.attachment_ids.mapped("name"), [NAME])
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
        self.assertEqual(message.attachment_ids.raw, SAMPLES["image/png"])
        self.assertIn("<b>morning</b>", message.body)
        self.assertIn("were left out", message.body)

    def test_an_incoming_mail_keeps_a_text_in_whatever_encoding(self):
        message = self._by_mail(("note.txt", "Süd", {"encoding": "latin-1"}))
        self.assertEqual(message.attachment_ids.raw, "Süd".encode())

    def test_an_incoming_mail_has_the_limit_of_the_meetings_company(self):
        company = self.env["res.company"].create({"name": "Other school"})
        self.env["intervention.settings"].create(
            {"company_id": self.meeting.company_id.id, "max_file_mib": 1}
        )
        message = self._by_mail(
            (NAME, PDF.ljust(1024 * 1024 + 1)), allowed_company_ids=company.ids
        )
        self.assertFalse(message.attachment_ids)
        self.assertIn("were left out", message.body)

    def test_an_incoming_mail_to_an_archived_meeting_loses_its_files(self):
        self.meeting.unlink()
        message = self._by_mail((NAME, PDF))
        self.assertFalse(message.attachment_ids)
        self.assertIn("Good morning", message.body)
        self.assertIn("were left out", message.body)

    def test_a_file_of_another_record_becomes_no_other_file(self):
        file = self.files(self.fm).create({"name": "a.html", "raw": b"<html/>"})
        with self.assertRefused("attachment_ids"):
            file.write({"res_model": MEETING, "res_id": self.meeting.id})
        file.raw = PDF
        file.public = True
        file.write({"res_model": MEETING, "res_id": self.meeting.id})
        self.assertFalse(file.public)
        self.assertEqual(file.mimetype, "application/pdf")

    def test_content_that_comes_with_the_meeting_is_checked(self):
        program = b"MZ\x90\x00\x03"
        for content in (
            {"raw": program},
            {"datas": base64.b64encode(program)},
            {"datas": base64.b64encode(program).decode()},
            {"raw": False, "datas": base64.b64encode(program)},
            {"raw": b""},
        ):
            for model in (MEETING, TRACK):
                file = self.files(self.fm).create({"name": NAME, "raw": PDF})
                with self.subTest(content=content, model=model):
                    with self.assertRefused("attachment_ids"):
                        file.write({"res_model": model, "res_id": 0, **content})

    def test_content_that_comes_with_the_meeting_is_taken(self):
        exif = Image.Exif()
        exif[0x010E] = "Yeti-place"
        data = picture("JPEG", exif=exif.tobytes())
        for content in ({"raw": data}, {"datas": base64.b64encode(data)}):
            file = self.files(self.fm).create({"name": NAME, "raw": PDF})
            file.write(
                {
                    "res_model": MEETING,
                    "res_id": self.meeting.id,
                    "mimetype": "text/html",
                    **content,
                }
            )
            with self.subTest(content.keys()):
                self.assertEqual(type_of(file.raw), "image/jpeg")
                self.assertEqual(file.mimetype, "image/jpeg")
                self.assertNotIn(b"Yeti-place", file.raw)

    def test_the_place_of_the_content_can_not_be_given(self):
        other = self.files(self.staff).create({"name": "a.html", "raw": b"<html/>"})
        place = {
            "store_fname": other.sudo().store_fname,
            "checksum": other.checksum,
            "db_datas": b"<html/>",
        }
        entered = self.files(self.fm).create({"name": NAME, "raw": PDF})
        entered.write({"res_model": MEETING, "res_id": self.meeting.id, **place})
        for file in (entered, self.add(**place)):
            file.invalidate_recordset()
            self.assertEqual(file.raw, PDF)
            self.assertFalse(file.sudo().db_datas)

    def test_the_context_brings_no_other_content(self):
        program = b"MZ\x90\x00\x03"
        for name, value in (
            ("raw", program),
            ("datas", base64.b64encode(program)),
            ("db_datas", program),
            ("mimetype", "text/html"),
            ("access_token", "x"),
        ):
            with self.subTest(name):
                files = self.files(self.fm).with_context(**{f"default_{name}": value})
                file = files.create(
                    {
                        "name": NAME,
                        "raw": PDF,
                        "res_model": MEETING,
                        "res_id": self.meeting.id,
                    }
                )
                file.invalidate_recordset()
                self.assertEqual(file.raw, PDF)
                self.assertEqual(file.mimetype, "application/pdf")
                self.assertFalse(file.sudo().db_datas)
                self.assertFalse(file.access_token)

    def test_the_content_of_the_context_alone_is_none(self):
        files = self.files(self.fm).with_context(default_raw=PDF)
        with self.assertRefused("attachment_ids"):
            files.create({"name": NAME, "res_model": TRACK})

    def test_a_users_own_defaults_bring_no_other_file(self):
        program = base64.b64encode(b"MZ\x90\x00\x03").decode()
        vals = {"name": NAME, "raw": PDF, "res_model": MEETING}
        for name, value, wrong in (
            ("datas", program, AccessError),
            ("raw", "<html/>", AccessError),
            ("type", "url", ValidationError),
            ("url", "/note.pdf", ValidationError),
            ("public", True, AccessError),
            ("res_field", "x", AccessError),
        ):
            with self.subTest(name), self.env.cr.savepoint() as undone:
                self.env["ir.default"].set("ir.attachment", name, value, self.fm.id)
                with self.assertRaises(wrong):
                    self.files(self.fm).create({**vals, "res_id": self.meeting.id})
                undone.rollback()
                self.env.registry.clear_cache()

    def test_what_is_a_meetings_file_by_default_is_checked(self):
        defaults = {"res_model": MEETING, "res_id": self.meeting.id}
        for name, value in defaults.items():
            self.env["ir.default"].set("ir.attachment", name, value, self.fm.id)
        with self.assertRefused("attachment_ids"):
            self.files(self.fm).create({"name": NAME, "raw": b"<html/>"})
        file = self.files(self.fm).create({"name": "a", "raw": PDF})
        self.assertEqual((file.name, file.res_id), ("a.pdf", self.meeting.id))

    def test_a_copy_has_the_same_limits(self):
        file = self.files(self.fm).create({"name": NAME, "raw": PDF})
        target = {"res_model": MEETING, "res_id": self.meeting.id}
        for content in ({"raw": b"<html/>"}, {"datas": base64.b64encode(b"<html/>")}):
            with self.subTest(content), self.assertRefused("attachment_ids"):
                file.copy({**target, **content})
        self.assertEqual(file.copy(target).raw, PDF)

    def test_the_content_of_a_binary_field_becomes_no_file(self):
        file = self.wait(self.env.user)
        self.env.cr.execute(
            "UPDATE ir_attachment SET res_field = 'x' WHERE id = %s", [file.id]
        )
        file.invalidate_recordset()
        file.raw = b"<html/>"
        with self.assertRefused("attachment_ids"):
            file.write({"res_field": False})

    def test_content_that_is_none_is_refused(self):
        for content in (
            {"raw": 5},
            {"raw": ["x"]},
            {"raw": "\ud800"},
            {"datas": 5},
            {"datas": "ü"},
        ):
            with self.subTest(content=content):
                with self.assertRefused("attachment_ids"):
                    self.add(**{"raw": False, **content})

    def test_files_are_added_in_the_order_of_the_call(self):
        names = ["a.pdf", "b.html", "c.pdf"]
        files = self.files(self.fm).create(
            [
                {
                    "name": name,
                    "raw": PDF,
                    "res_model": MEETING if name.endswith("pdf") else False,
                    "res_id": self.meeting.id if name.endswith("pdf") else False,
                }
                for name in names
            ]
        )
        self.assertEqual(files.mapped("name"), names)
        self.assertEqual(files.env.context, self.files(self.fm).env.context)

    def test_attachments_of_other_records_are_as_ever(self):
        file = self.files(self.staff).create({"name": "a.html", "raw": b"<html/>"})
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
        update = self.add_update(self.meeting, attachment_ids=file.ids)
        self.assertEqual(update.attachment_ids, file)
        self.assertEqual((file.res_model, file.res_id), (PROGRESS, update.id))
        self.assertEqual(file.create_uid, self.fm)

    def test_a_file_comes_with_a_change_of_status(self):
        file = self.wait()
        update = self.add_update(
            self.meeting, status="improving", attachment_ids=file.ids
        )
        self.assertTrue(update.is_status_change)
        self.assertEqual(update.attachment_ids, file)

    def test_a_repeat_with_a_file_answers_with_the_update_that_has_it(self):
        file = self.wait()
        meeting = self.meeting.with_user(self.fm).with_context(
            intervention_token="0123456789abcdef"
        )
        update = self.add_update(meeting, attachment_ids=file.ids)
        self.assertEqual(self.add_update(meeting, attachment_ids=file.ids), update)
        self.assertEqual(self.progress(self.meeting), update)

    def test_a_file_of_the_meeting_becomes_the_updates(self):
        file = self.add()
        update = self.add_update(self.meeting, attachment_ids=file.ids)
        self.assertEqual(update.attachment_ids, file)
        self.assertFalse(self.meeting.attachment_ids)

    def test_nobody_takes_a_file_that_is_not_theirs(self):
        other = self.record(self.fm2, student_id=self.cy.id)
        mine = self.record(root_cause="other")
        taken = self.add_with_update()
        foreign = self.files(self.fm2).create({"name": "a.txt", "raw": b"a"})
        own = self.files(self.fm).create({"name": "a.txt", "raw": b"a"})
        for name, file in {
            "another's meeting": self.add(self.fm2, other),
            "another's chosen file": self.wait(self.fm2),
            "the administrator's on this meeting": self.add(self.boss),
            "another meeting of mine": self.add(meeting=mine),
            "an earlier update": taken,
            "another record": foreign,
            "no record": own,
        }.items():
            before = (file.sudo().res_model, file.sudo().res_id)
            with self.subTest(name):
                with self.assertRefused("attachment_ids"):
                    self.add_update(self.meeting, attachment_ids=file.ids)
                self.assertEqual((file.sudo().res_model, file.sudo().res_id), before)
        self.assertEqual(len(self.progress(self.meeting)), 1)

    def test_odd_ids_are_refused(self):
        for value in ([0], [-1], ["1"], [2**40], [None], [True], "12", 5, {"a": 1}):
            with self.subTest(value=value), self.assertRefused("attachment_ids"):
                self.add_update(self.meeting, attachment_ids=value)

    def test_a_refused_update_takes_no_file(self):
        file = self.wait()
        with self.assertRefused("update_text"):
            self.add_update(self.meeting, " ", attachment_ids=file.ids)
        self.assertEqual((file.res_model, file.res_id), (TRACK, 0))

    def _everybody(self, file):
        for user in (self.fm, self.boss, *self.outsiders()):
            yield user.login, file.with_user(user)
        yield "superuser", file.sudo()

    def test_nobody_adds_a_file_to_an_update_later(self):
        update = self.add_update(self.meeting)
        for user in (self.fm, self.boss, self.env.user):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.files(user).create(
                    {
                        "name": NAME,
                        "raw": PDF,
                        "res_model": PROGRESS,
                        "res_id": update.id,
                    }
                )
            for file in (
                self.add(),
                self.wait(),
                self.files(user).create({"name": "a.txt", "raw": b"a"}),
            ):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    file.with_user(user).write(
                        {"res_model": PROGRESS, "res_id": update.id}
                    )

    def test_the_word_of_a_caller_moves_nothing(self):
        update = self.add_update(self.meeting)
        file = self.add()
        for value in (True, 1, "MOVING", {}):
            with self.subTest(value=value), self.assertRaises(AccessError):
                file.with_context(intervention_files=value).write(
                    {"res_model": PROGRESS, "res_id": update.id}
                )

    def test_nobody_changes_a_file_of_an_update(self):
        file = self.add_with_update()
        for name, theirs in self._everybody(file):
            for vals in (
                {"name": "b.pdf"},
                {"raw": b"%PDF-x"},
                {"datas": base64.b64encode(b"%PDF-x")},
                {"db_datas": b"%PDF-x"},
                {"res_model": MEETING, "res_id": self.meeting.id},
                {"res_model": "res.partner", "res_id": self.ada.id},
                {"res_id": 0},
                {"res_id": False},
                {"res_model": False},
                {"public": True},
                {"access_token": "x"},
                {"type": "url", "url": "/x"},
                {"res_field": "x"},
                {"description": "x"},
                {"thumbnail": base64.b64encode(picture("PNG"))},
            ):
                with self.subTest(name, vals=vals), self.assertRaises(AccessError):
                    theirs.write(vals)
        self.assertSeen(file, self.fm)

    @mute_logger("odoo.models.unlink")
    def test_nobody_deletes_a_file_of_an_update(self):
        file = self.add_with_update()
        for name, theirs in self._everybody(file):
            with self.subTest(name), self.assertRaises(AccessError):
                theirs.unlink()
        for user in (self.fm, self.boss, self.env.user):
            with self.subTest(user.login), self.assertRaises(AccessError):
                file.with_user(user)._delete_and_notify()

    @mute_logger("odoo.sql_db")
    def test_the_database_keeps_a_file_of_an_update(self):
        file = self.add_with_update()
        self.env.flush_all()
        for statement in (
            "DELETE FROM ir_attachment WHERE id = %s",
            "UPDATE ir_attachment SET name = 'x' WHERE id = %s",
            "UPDATE ir_attachment SET res_model = 'res.partner' WHERE id = %s",
            "UPDATE ir_attachment SET res_id = 0 WHERE id = %s",
            "UPDATE ir_attachment SET checksum = 'x' WHERE id = %s",
            "UPDATE ir_attachment SET public = TRUE WHERE id = %s",
            "UPDATE ir_attachment SET access_token = 'x' WHERE id = %s",
            "UPDATE ir_attachment SET create_uid = 1 WHERE id = %s",
        ):
            with self.subTest(statement), self.assertRaises(RestrictViolation):
                with self.env.cr.savepoint(flush=False):
                    self.env.cr.execute(statement, [file.id])

    def test_odoos_storage_can_be_moved(self):
        file = self.add_with_update()
        photo = self.wait(raw=picture("PNG", (3000, 10)), name="photo")
        self.add_update(self.meeting, attachment_ids=photo.ids)
        before = photo.checksum
        for place in ("db", "file"):
            self.env["ir.config_parameter"].set_param("ir_attachment.location", place)
            (file | photo).sudo()._migrate()
            self.env.invalidate_all()
            self.assertEqual(bool(file.sudo().store_fname), place == "file")
            self.assertSeen(file, self.fm)
            self.assertEqual(photo.checksum, before)


@tagged("standard", "post_install", "-at_install")
class TestFilesOfMeetings(FileCase):
    """A meeting's own files: not changed, not moved, and who may delete them."""

    def test_a_form_master_adds_files_while_recording(self):
        file = self.wait(model=MEETING)
        meeting = self.record(
            root_cause="other", attachment_ids=[Command.link(file.id)]
        )
        self.assertEqual(meeting.attachment_ids, file)
        self.assertEqual((file.res_model, file.res_id), (MEETING, meeting.id))

    def test_a_form_master_adds_files_later(self):
        file = self.wait(model=MEETING)
        self.meeting.write({"attachment_ids": [Command.link(file.id)]})
        self.assertEqual(self.meeting.attachment_ids, file)

    def test_nobody_steals_a_file_by_linking_it(self):
        other = self.record(self.fm2, student_id=self.cy.id)
        for file in (
            self.add(self.fm2, other),
            self.wait(self.fm2, model=MEETING),
            self.wait(self.fm2, model=TRACK),
            self.files(self.fm2).create({"name": "a.txt", "raw": b"a"}),
        ):
            before = (file.sudo().res_model, file.sudo().res_id)
            for command in (
                Command.link(file.id),
                Command.set(file.ids),
                Command.update(file.id, {"name": "x.pdf"}),
                Command.delete(file.id),
            ):
                with self.subTest(before, command=command):
                    with self.assertRaises(AccessError):
                        self.meeting.write({"attachment_ids": [command]})
            with self.subTest(before), self.assertRaises(AccessError):
                self.meeting.message_post(body="x", attachment_ids=file.ids)
            after = (file.sudo().res_model, file.sudo().res_id)
            self.assertEqual(after, before)
        self.assertFalse(self.meeting.attachment_ids)

    def test_a_dialog_leaks_no_file(self):
        file = self.add(self.fm2, self.record(self.fm2, student_id=self.cy.id))
        tracks = self.env[TRACK].with_user(self.fm)
        vals = {"meeting_id": self.meeting.id, "status": "open", "update_text": "x"}
        try:
            track = tracks.create({**vals, "attachment_ids": [Command.set(file.ids)]})
        except AccessError:
            return
        track.invalidate_recordset()
        self.assertFalse(track.attachment_ids)
        self.assertFalse(track.read(["attachment_ids"])[0]["attachment_ids"])
        track.action_add()
        self.assertEqual(file.sudo().res_model, MEETING)

    def test_nobody_changes_a_file_of_a_meeting(self):
        file = self.add()
        other = self.record(root_cause="other")
        for user in (self.fm, self.boss, self.env.user):
            for vals in (
                {"name": "b.pdf"},
                {"raw": b"%PDF-x"},
                {"db_datas": b"%PDF-x"},
                {"res_id": other.id},
                {"res_id": False},
                {"res_model": "res.partner", "res_id": self.ada.id},
                {"public": True},
                {"access_token": "x"},
                {"res_field": "x"},
            ):
                with self.subTest(user.login, vals=vals):
                    with self.assertRaises(AccessError):
                        file.with_user(user).write(vals)
            for command in (Command.unlink(file.id), Command.clear(), Command.set([])):
                with self.subTest(user.login, command=command):
                    with self.assertRaises(AccessError):
                        self.meeting.with_user(user).write(
                            {"attachment_ids": [command]}
                        )

    def test_no_file_is_public_or_has_a_token(self):
        for vals in ({"public": True}, {"res_field": "x"}):
            for user in (self.fm, self.env.user):
                with self.subTest(vals=vals), self.assertRaises(AccessError):
                    self.add(user, **vals)
        with self.assertRaises(AccessError):
            self.files(self.fm).with_context(default_public=True).create(
                {
                    "name": NAME,
                    "raw": PDF,
                    "res_model": MEETING,
                    "res_id": self.meeting.id,
                }
            )
        file = self.add(access_token="x")
        self.assertFalse(file.access_token)
        self.assertEqual(file.generate_access_token(), [False])
        self.assertFalse(file.sudo().access_token)

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
        with self.assertRaisesRegex(AccessError, "Only who added"):
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
        self.assertIn(f"/web/content/{self.meeting.attachment_ids.id}", mail["body"])
        self.assertFalse(mail["attachments"])
        self.assertNotIn("Yeti", mail["body"])

    def test_a_refused_file_is_logged_without_its_name(self):
        file = self.add_with_update()
        self.env.flush_all()
        with self.assertLogs("odoo.sql_db", "ERROR") as log:
            with self.assertRaises(RestrictViolation):
                with self.env.cr.savepoint(flush=False):
                    self.env.cr.execute(
                        "UPDATE ir_attachment SET name = 'Yeti-2' WHERE id = %s",
                        [file.id],
                    )
        self.assertNotIn("Yeti", "\n".join(log.output))


@tagged("standard", "post_install", "-at_install")
class TestWaitingFiles(FileCase):
    """Files of a form that was never saved."""

    @mute_logger("odoo.models.unlink")
    def test_the_form_gives_up_what_was_chosen(self):
        waiting = self.wait() | self.wait(model=MEETING)
        kept = self.add() | self.add_with_update()
        foreign = self.wait(self.fm2)
        other = self.files(self.fm).create({"name": "a.txt", "raw": b"a"})
        ids = (waiting | kept | foreign | other).ids
        self.env[TRACK].with_user(self.fm).discard_files([*ids, 2**31 - 1, "x", None])
        self.assertEqual(
            self.env["ir.attachment"].browse(ids).exists(), kept | foreign | other
        )

    @mute_logger("odoo.models.unlink")
    def test_what_waits_for_a_day_goes(self):
        old = self.wait() | self.wait(model=MEETING)
        new = self.wait() | self.wait(model=MEETING)
        kept = self.add() | self.add_with_update()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_attachment SET create_date = %s WHERE id = ANY(%s)",
            [fields.Datetime.now() - timedelta(hours=25), (old | kept[:1]).ids],
        )
        self.env.invalidate_all()
        self.env["ir.attachment"]._gc_waiting_files()
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
                    "attachment_ids": [Command.link(chosen.id)],
                }
            )
        )
        track.action_add()
        self.assertEqual(self.progress(self.meeting).attachment_ids, chosen.sudo())
        self.assertEqual((removed.res_model, removed.res_id), (TRACK, 0))


@tagged("standard", "post_install", "-at_install")
class TestFilesOverHttp(FileCase, HttpCase):
    """The addresses by which Odoo gives files away, and takes them."""

    def setUp(self):
        super().setUp()
        self.own = self.add()
        self.update = self.add_with_update()
        self.photo = self.add(raw=picture("PNG"), name="photo.png")
        self.env.flush_all()

    def _log_in(self, user):
        self.authenticate(user.login, user.login) if user else self.authenticate(
            None, None
        )

    def _addresses(self, file):
        tokens = ["", limited_field_access_token(file, "raw", scope="binary"), "x"]
        for token in tokens:
            query = f"?access_token={token}" if token else ""
            yield f"/web/content/{file.id}{query}"
            yield f"/web/content/ir.attachment/{file.id}/raw{query}"
            yield f"/web/content/ir.attachment/{file.id}/datas{query}"
            yield f"/web/content?model=ir.attachment&id={file.id}&access_token={token}"
            yield f"/mail/attachment/pdf_first_page/{file.id}{query}"
        token = limited_field_access_token(file, "id", scope="attachment_ownership")
        yield f"/mail/attachment/pdf_first_page/{file.id}?access_token={token}"

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_no_address_and_no_token_opens_a_file(self):
        for user in (self.fm2, self.staff, self.portal, None):
            self._log_in(user)
            for file in (self.own, self.update):
                for address in self._addresses(file):
                    answer = self.url_open(address, allow_redirects=False)
                    with self.subTest(address, user=user and user.login):
                        self.assertGreaterEqual(answer.status_code, 300)
                        self.assertNotIn(b"%PDF", answer.content)

    @mute_logger("odoo.http")
    def test_no_address_shows_a_picture(self):
        token = limited_field_access_token(self.photo, "raw", scope="binary")
        placeholder = self.url_open("/web/image/999999999").content
        for user in (self.fm2, self.staff, self.portal, None):
            self._log_in(user)
            for query in ("", f"?access_token={token}"):
                for size in ("", "/96x96"):
                    address = f"/web/image/{self.photo.id}{size}{query}"
                    content = self.url_open(address).content
                    with self.subTest(address, user=user and user.login):
                        self.assertNotEqual(content, picture("PNG"))
                        if not size:
                            self.assertEqual(content, placeholder)

    def test_who_sees_the_meeting_opens_its_files(self):
        for user in (self.fm, self.boss):
            self._log_in(user)
            for file in (self.own, self.update):
                answer = self.url_open(f"/web/content/{file.id}")
                with self.subTest(file.sudo().res_model, user=user.login):
                    self.assertEqual(answer.content, PDF)
                    self.assertEqual(answer.headers["Content-Type"], "application/pdf")
                    self.assertEqual(
                        answer.headers["X-Content-Type-Options"], "nosniff"
                    )

    @mute_logger("odoo.http")
    def test_a_token_of_the_composer_ends_with_the_meeting(self):
        file = self.wait(model="mail.compose.message")
        token = file._get_raw_access_token()
        self.meeting.message_post(body="x", attachment_ids=file.ids)
        self.env.flush_all()
        self._log_in(self.staff)
        answer = self.url_open(f"/web/content/{file.id}?access_token={token}")
        self.assertNotIn(b"%PDF", answer.content)

    @mute_logger("odoo.http", "odoo.models.unlink")
    def test_no_token_deletes_a_file(self):
        for user in (self.fm2, self.staff, self.portal):
            self._log_in(user)
            for file in (self.own, self.update):
                token = limited_field_access_token(
                    file, "id", scope="attachment_ownership"
                )
                self.url_open(
                    "/mail/attachment/delete",
                    json={"params": {"attachment_id": file.id, "access_token": token}},
                )
                with self.subTest(file.sudo().res_model, user=user.login):
                    self.assertTrue(file.exists())

    def _upload(self, data, name=NAME, model=MEETING, res_id=0):
        answer = self.url_open(
            "/web/binary/upload_attachment",
            data={
                "csrf_token": self.csrf_token(),
                "model": model,
                "id": str(res_id),
            },
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
        answer = self._upload(PDF, model=TRACK)
        self.assertEqual(
            (answer["filename"], answer["mimetype"]), (NAME, "application/pdf")
        )
        file = self.env["ir.attachment"].browse(answer["id"])
        self.assertEqual((file.res_model, file.res_id), (TRACK, 0))
        self.assertEqual(file.create_uid, self.fm)

    def test_a_form_is_told_what_is_wrong_and_the_log_nothing(self):
        self._log_in(self.fm)
        with self.assertNoLogs("odoo.addons.web", "WARNING"):
            for data in (b"<html/>", b"", PDF.ljust(10 * 1024 * 1024 + 1)):
                answer = self._upload(data)
                self.assertEqual(set(answer), {"error"})
                self.assertIn("Yeti-note.pdf: ", answer["error"])

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_a_form_uploads_to_no_foreign_meeting(self):
        for user in (self.fm2, self.staff):
            self._log_in(user)
            answer = self._upload(PDF, res_id=self.meeting.id)
            with self.subTest(user.login):
                self.assertIn("You can't add a file here", answer["error"])
        self.assertEqual(self.meeting.attachment_ids, self.own | self.photo)

    def test_the_chatter_is_told_what_is_wrong_at_once(self):
        self._log_in(self.fm)
        for pending in ("true", "false"):
            for data, fault in (
                (b"<html/>", "type of file"),
                (vast_png(), "million pixels"),
                (PDF, None),
            ):
                answer = self.url_open(
                    "/mail/attachment/upload",
                    data={
                        "csrf_token": self.csrf_token(),
                        "thread_id": str(self.meeting.id),
                        "thread_model": MEETING,
                        "is_pending": pending,
                    },
                    files=[("ufile", (NAME, data, "application/pdf"))],
                ).json()
                with self.subTest(pending=pending, fault=fault):
                    if fault:
                        self.assertIn(fault, answer["error"]["message"])
                    else:
                        self.assertTrue(answer["data"]["attachment_id"])
