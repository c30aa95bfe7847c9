"""One word per thing: a name means the same wherever it is read."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

from testing.sources import parsed

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"
#: What is read for retired words: what people write for people.
FOLDERS = ("proxy", "testing", "config", "policies", "docs")
#: Decisions stand as they were written; the glossary holds the list.
HISTORY = ("docs/adr", "docs/glossary.md")
#: Words that say of a value only that it is there. A name says what its value is: `matches`, `row`, `headers`.
VAGUE = frozenset("found one place known held told made said given own".split())
#: Where such a word is that of the field or of a file's format: given names, legal holds, a member of declared APIs.
OF_THE_FIELD = {
    ("proxy/audit/upkeep/purging.py", "held"), ("proxy/catalog/apis.py", "own"),
    ("proxy/detection/people/known_names/__init__.py", "given"), ("proxy/detection/people/words.py", "given"),
    ("proxy/detection/registered/rows.py", "given"),
}  # fmt: skip


def test_no_two_public_classes_have_one_name():
    places = defaultdict(list)
    for path in sorted((ROOT / "proxy").rglob("*.py")):
        for name in re.findall(r"^class ([A-Za-z]\w*)", path.read_text(), re.MULTILINE):
            places[name].append(path.relative_to(ROOT).as_posix())
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def retired_words():
    table = GLOSSARY.read_text().partition("## Retired words")[2]
    rows = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ")]
    return [word for row in rows[1:] for word in row.split(", ")]


def prose():
    for path in [*ROOT.glob("*.md"), *(one for folder in FOLDERS for one in (ROOT / folder).rglob("*"))]:
        is_prose = path.suffix in {".py", ".md", ".yaml", ".rego"} and path.is_file()
        if is_prose and not path.relative_to(ROOT).as_posix().startswith(HISTORY):
            yield path


def test_no_retired_word_is_used():
    words = retired_words()
    assert "unheeded" in words
    retired = re.compile(rf"\b({'|'.join(map(re.escape, words))})\b", re.IGNORECASE)
    found = {
        (path.relative_to(ROOT).as_posix(), match[0])
        for path in prose()
        for match in retired.finditer(" ".join(path.read_text(encoding="utf-8").split()))
    }
    assert found == set()


def bindings(tree):
    """Yield the names that a source binds: variables, parameters, attributes, functions, classes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name


def test_every_kind_of_binding_is_seen():
    source = "def told(given, *, known): self.held = [own for own in one]\nclass found: place: int = (made := 1)"
    assert sorted(bindings(ast.parse(source))) == "found given held known made own place told".split()


def test_names_say_what_their_values_are():
    vague = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in (ROOT / "proxy").rglob("*.py")
        for name in bindings(parsed(path))
        if name.strip("_") in VAGUE
    }
    assert vague == OF_THE_FIELD
