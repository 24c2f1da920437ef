"""Bring the translations of an addon to the terms of an export; see setup/translations.

A translation is kept as long as its term stays the same but for its white space. A term
that was changed a little gets the old translation marked as fuzzy, to be looked at.
"""

import difflib
import sys
from pathlib import Path

import polib

DATES = ("POT-Creation-Date", "PO-Revision-Date")
ALIKE = 0.8


def plain(text):
    return " ".join(text.split())


def merged(template, old):
    """Return the terms of the template with the translations of the old file."""
    done = {plain(entry.msgid): entry for entry in old if entry.msgstr}
    wanted = {plain(entry.msgid) for entry in template}
    outdated = [msgid for msgid in done if msgid not in wanted]
    new = polib.POFile()
    new.header = template.header
    new.metadata = {**template.metadata, **old.metadata}
    new.metadata["POT-Creation-Date"] = template.metadata["POT-Creation-Date"]
    for term in template:
        entry = polib.POEntry(
            msgid=term.msgid, comment=term.comment, occurrences=term.occurrences
        )
        known = done.get(plain(term.msgid))
        if known:
            entry.msgstr, entry.flags = known.msgstr, known.flags
            entry.previous_msgid = known.previous_msgid
        elif close := difflib.get_close_matches(
            plain(term.msgid), outdated, 1, cutoff=ALIKE
        ):
            entry.msgstr, entry.flags = done[close[0]].msgstr, ["fuzzy"]
            entry.previous_msgid = done[close[0]].msgid
        new.append(entry)
    return new


def content(file):
    """Return everything of the file but its dates."""
    metadata = {key: file.metadata[key] for key in file.metadata if key not in DATES}
    return metadata, [str(entry) for entry in file]


def main(exported, folder):
    template = polib.pofile(exported)
    [path] = folder.glob("*.pot")
    if content(template) != content(polib.pofile(str(path))):
        path.write_text(Path(exported).read_text())
        print(f"{path.name}: renewed, {len(template)} terms")
    else:
        print(f"{path.name}: fresh, {len(template)} terms")
    for path in sorted(folder.glob("*.po")):
        old = polib.pofile(str(path))
        new = merged(template, old)
        if content(new) != content(old):
            new.save(str(path))
        todo = [*new.untranslated_entries(), *new.fuzzy_entries()]
        print(f"{path.name}: {len(todo)} terms to translate")
        for entry in todo:
            print("  fuzzy:" if entry.fuzzy else "  empty:", repr(entry.msgid))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
