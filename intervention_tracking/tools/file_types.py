"""Which files may be attached, told by what is in them, and what they are called."""

import io
import re
import unicodedata
import zipfile

MAX_NAME = 120
PDF = "application/pdf"
JPEG = "image/jpeg"
PNG = "image/png"
TEXT = "text/plain"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT = "application/vnd.oasis.opendocument.text"

# The endings that the names of a type have; the first is added where none is there.
ENDINGS = {
    PDF: (".pdf",),
    JPEG: (".jpg", ".jpeg"),
    PNG: (".png",),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif"),
    TEXT: (".txt",),
    DOCX: (".docx",),
    ODT: (".odt",),
}

_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")
_MARKUP = re.compile(
    r"^\s*<|^#!|<\s*/?\s*(?:!doctype|\?|html|head|body|script|svg|iframe|object|embed)",
    re.IGNORECASE,
)
# Marks that turn the direction of writing can hide what a name ends with.
_TURNING = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def type_of(data):
    """Tell the type of a file by its content.

    Odoo's own guess differs with what is installed, and takes much more.

    :param bytes data: the whole content
    :return: a key of ``ENDINGS``, or None for every other type
    """
    if data.startswith(b"%PDF-"):
        return PDF
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        return "image/heic"
    if data.startswith(b"PK\x03\x04"):
        return _office_type(data)
    return TEXT if _is_plain_text(data) else None


def _office_type(data):
    """Tell which kind of document an archive is; none that has macros."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError):
        # Damaged, with a name that is no text, or for a later version of the format.
        return None
    if data[30:].startswith(b"mimetype" + ODT.encode() + b"PK"):
        has_macros = any(name.startswith(("Basic/", "Scripts/")) for name in names)
        return None if has_macros else ODT
    if "[Content_Types].xml" in names and "word/document.xml" in names:
        has_macros = any(name.endswith("vbaProject.bin") for name in names)
        return None if has_macros else DOCX
    return None


def _is_plain_text(data):
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    has_controls = any(char < " " and char not in "\t\n\r\f" for char in text)
    return bool(text.strip()) and not has_controls and not _MARKUP.search(text)


def clean_name(name, mimetype):
    """Return the name under which a file is kept.

    :param name: what a caller gave; anything but a text counts as empty
    :param str mimetype: a key of ``ENDINGS``
    :return: one path part without control characters, with an ending of the type; empty
        when nothing is left of the name
    """
    if not isinstance(name, str):
        return ""
    name = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    name = "".join(
        char
        for char in re.sub(r"\s+", " ", name)
        if char not in _TURNING and unicodedata.category(char) not in ("Cc", "Cs", "Co")
    )
    name = re.sub(r'[<>:"|?*]', "_", name).strip(". ")
    if not name:
        return ""
    endings = ENDINGS[mimetype]
    ending = next((each for each in endings if name.lower().endswith(each)), None)
    stem = name[: -len(ending)] if ending else name
    ending = name[-len(ending) :] if ending else endings[0]
    return f"{stem[: MAX_NAME - len(ending)].rstrip('. ') or 'file'}{ending}"
