"""docs/overrides.md names what the addon changes in Odoo, all of it and no more."""

import ast
import re
from collections import defaultdict

from conftest import TOP

ADDON = TOP / "intervention_tracking"
PAGE = TOP / "docs" / "overrides.md"
# How many methods of models of others call super() under their own name, at most.
MOST = 12
OWN = ("intervention.", "report.intervention_tracking.")


def overrides(node):
    """Return the methods of a class that call super() under their own name."""
    return {
        method.name
        for method in node.body
        if isinstance(method, ast.FunctionDef)
        for call in ast.walk(method)
        if isinstance(call, ast.Attribute)
        and call.attr == method.name
        and ast.unparse(call.value) == "super()"
    }


def additions(node):
    """Return the methods of a class that speak of students and call no super().

    Odoo has no such method, so that these replace none of its own.
    """
    return {
        method.name
        for method in node.body
        if isinstance(method, ast.FunctionDef) and "student" in method.name
    } - overrides(node)


def inherited(node):
    """Return the models that a class extends."""
    for statement in node.body:
        if isinstance(statement, ast.Assign) and any(
            ast.unparse(target) == "_inherit" for target in statement.targets
        ):
            value = ast.literal_eval(statement.value)
            return [value] if isinstance(value, str) else value
    return []


def named(node):
    return any(
        isinstance(statement, ast.Assign)
        and ast.unparse(statement.targets[0]) == "_name"
        for statement in node.body
    )


def in_python():
    """Return the methods by model, and by controller, that the code overrides."""
    models, controllers = defaultdict(set), defaultdict(set)
    # What the addon itself adds to models of others is its own, also where another of
    # its files extends it.
    added = defaultdict(set)
    for path in ADDON.rglob("*.py"):
        if "tests" in path.relative_to(ADDON).parts:
            continue
        tree = ast.parse(path.read_text())
        classes = {
            node.name: node for node in tree.body if isinstance(node, ast.ClassDef)
        }
        foreign = {
            alias.asname or alias.name
            for node in tree.body
            if isinstance(node, ast.ImportFrom)
            and re.match(r"odoo\.addons\.\w+\.controllers", node.module or "")
            for alias in node.names
        }
        for node in classes.values():
            if not named(node):
                for model in inherited(node):
                    if not model.startswith(OWN):
                        models[model] |= overrides(node)
                        added[model] |= additions(node)
            bases = [ast.unparse(base) for base in node.bases]
            for base in foreign.intersection(bases):
                controllers[base] |= overrides(node)
                for mixin in classes.keys() & set(bases):
                    controllers[base] |= overrides(classes[mixin])
    for model, methods in added.items():
        models[model] -= methods
    return models, controllers


def in_javascript():
    """Return the methods by class that the web client's code patches."""
    patches = defaultdict(set)
    for path in (ADDON / "static" / "src").rglob("*.js"):
        for indent, name, body in re.findall(
            r"^( *)patch\((\w+)(?:\.prototype)?, \{$(.*?)^\1\}\);$",
            path.read_text(),
            re.MULTILINE | re.DOTALL,
        ):
            method = rf"^{indent}    (?:async |get |set )*(\w+)\(.*\{{$"
            patches[name].update(re.findall(method, body, re.MULTILINE))
    return patches


def in_page(heading):
    """Return the methods of each row of the table below a heading."""
    section = PAGE.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([\w.]+)` \| (.*?) \|", section, re.MULTILINE)
    assert rows, f"docs/overrides.md: no table below {heading}"
    return {name: set(re.findall(r"`(\w+)`", methods)) for name, methods in rows}


def differences(code, heading):
    """Return what to do so that a table says what the code does."""
    page = in_page(heading)
    for name in sorted(code.keys() | page.keys()):
        if name not in page:
            methods = ", ".join(f"`{each}`" for each in sorted(code[name])) or "none"
            row = f"| `{name}` | {methods} | why | what it costs others |"
            yield f"{heading}: add the row {row}"
        elif name not in code:
            yield f"{heading}: remove the row of `{name}`"
        else:
            for method in sorted(code[name] - page[name]):
                yield f"{heading}: add `{method}` to the methods of `{name}`"
            for method in sorted(page[name] - code[name]):
                yield f"{heading}: remove `{method}` from the methods of `{name}`"


def test_the_page_has_every_override_and_no_other():
    models, controllers = in_python()
    patches = in_javascript()
    assert models
    assert controllers
    assert patches
    todo = [
        *differences(models, "Models"),
        *differences(controllers, "Routes"),
        *differences(patches, "Patches of the web client"),
    ]
    assert not todo, "In docs/overrides.md:\n" + "\n".join(todo)


def test_every_patch_is_one_that_is_read_here():
    for path in (ADDON / "static" / "src").rglob("*.js"):
        text = path.read_text()
        calls = re.findall(r"^ *patch\(\w+(?:\.prototype)?, \{$", text, re.MULTILINE)
        assert len(calls) == text.count(" patch }"), path


def test_few_methods_of_others_are_overridden():
    models, _controllers = in_python()
    methods = sorted(
        f"{model}.{method}" for model, names in models.items() for method in names
    )
    assert len(methods) <= MOST, (
        f"{len(methods)} methods of others are overridden, {MOST} at most should be. "
        f"Find a hook, a rule or a model of our own instead: {methods}"
    )
