"""One word per thing: a name means the same wherever it is read."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"
#: What is read for retired words: what people write for people.
FOLDERS = ("proxy", "testing", "config", "policies", "docs")
#: Decisions stand as they were written; the glossary holds the list.
HISTORY = ("docs/adr", "docs/glossary.md")


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
