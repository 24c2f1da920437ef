"""What README and docs say of themselves: links, pictures, and the architecture."""

import ast
import re

from conftest import TOP
from PIL import Image
from screenshots import shown

ADDON = TOP / "intervention_tracking"
DOCS = TOP / "docs"
PAGES = [TOP / "README.md", *sorted(DOCS.glob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")
MIB = 1024 * 1024

BELOW = {"constants", "tools", "mixins", "models"}
# What each part of the addon may import of the addon.
MAY_IMPORT = {
    "constants": set(),
    "tools": {"constants", "tools"},
    "mixins": {"constants", "tools", "mixins"},
    "models": BELOW,
    "wizard": {*BELOW, "wizard"},
    "report": {*BELOW, "report"},
    "demo": {"constants", "tools", "demo"},
    "api": {*BELOW, "api"},
    "controllers": {*BELOW, "controllers"},
    "hooks": {"tools"},
}
# Where a file is a subject, or a part of one, and is named.
OF_SUBJECTS = ("models", "wizard", "report", "controllers", "mixins", "api")


def anchors(page):
    """Return the names by which headings of a page are linked to."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}


def test_every_link_leads_somewhere():
    links = [(page, *link) for page in PAGES for link in LINK.findall(page.read_text())]
    assert links
    for page, path, anchor in links:
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), (page.name, path)
        if anchor:
            assert anchor in anchors(target), (page.name, path, anchor)


def test_every_page_is_reached_from_the_readme():
    linked = {path for path, _anchor in LINK.findall(PAGES[0].read_text())}
    assert {f"docs/{page.name}" for page in PAGES[1:]} <= linked


def test_the_readme_is_read_in_three_minutes():
    text = PAGES[0].read_text()
    assert len(text.split()) < 900
    assert len(re.findall(r"!\[", text)) == 2


def test_every_picture_is_shown_and_all_are_small():
    pictures = list(DOCS.rglob("*.png"))
    assert {path.stem for path in pictures} == shown()
    assert sum(path.stat().st_size for path in pictures) < 2 * MIB
    for path in pictures:
        with Image.open(path) as picture:
            assert picture.mode == "P", path


def python_files():
    return [
        path.relative_to(ADDON)
        for path in sorted(ADDON.rglob("*.py"))
        if path.relative_to(ADDON).parts[0] not in ("tests", "migrations")
    ]


def imported(path):
    """Return which parts of the addon a file imports."""
    own = f"odoo.addons.{ADDON.name}"
    folder = path.parts[:-1]
    for node in ast.walk(ast.parse((ADDON / path).read_text())):
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = folder[: len(folder) - node.level + 1]
            module = ".".join([own, *base, *(node.module or "").split(".")]).strip(".")
            names = [f"{module}.{each.name}" for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{each.name}" for each in node.names]
        else:
            continue
        for name in names:
            if name.startswith(f"{own}."):
                yield name.removeprefix(f"{own}.").split(".")[0]


def test_every_part_imports_only_what_it_may():
    found = [
        (str(path), part)
        for path in python_files()
        if path.parts[0] not in ("__init__.py", "__manifest__.py")
        for part in imported(path)
    ]
    assert ("models/intervention_meeting.py", "tools") in found
    wrong = [
        f"{path} imports {part}"
        for path, part in found
        if part not in MAY_IMPORT[path.partition("/")[0].removesuffix(".py")]
    ]
    assert not wrong


def test_what_the_architecture_says_of_imports_is_what_is_checked():
    text = (DOCS / "architecture.md").read_text()
    folders = re.findall(r"^\| `(\w+)(?:\.py|/)` \|", text, re.MULTILINE)
    assert set(folders) == MAY_IMPORT.keys() - {"hooks"}


def named():
    """Return the paths that the architecture names."""
    text = (DOCS / "architecture.md").read_text()
    return set(re.findall(r"`((?:[\w-]+/)+(?:[\w-]+(?:\.py)?)?|\w+\.py)`", text))


def test_every_file_that_the_architecture_names_exists():
    names = named()
    assert "models/intervention_meeting.py" in names
    places = (ADDON, TOP)
    assert not [
        name for name in names if not any((place / name).exists() for place in places)
    ]


def test_every_file_has_its_place_in_the_architecture():
    names = named()
    rest = [
        str(path)
        for path in python_files()
        if path.name not in ("__init__.py", "__manifest__.py", "hooks.py")
        and str(path) not in names
        and (path.parts[0] in OF_SUBJECTS or f"{path.parts[0]}/" not in names)
    ]
    assert not rest


def test_every_folder_of_scripts_has_its_place_in_the_architecture():
    folders = {
        f"static/src/{path.name}"
        for path in (ADDON / "static" / "src").iterdir()
        if path.is_dir()
    }
    assert folders
    assert folders <= named()


def test_there_is_one_notion_of_today():
    for path in python_files():
        text = (ADDON / path).read_text()
        for other in ("context_today", "Date.today", "CURRENT_DATE", "env.tz"):
            assert other not in text, f"{path}: use tools/day.py"
