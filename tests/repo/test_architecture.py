"""The map names files that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_QUOTED = re.compile(r"`([\w/.*-]+)`")
#: What names a file or a folder, rather than a word of the code.
_PATH = re.compile(r".*/|.*\.(?:py|md|sql|toml|yaml|json|typ)")


def missing(line):
    """Return the paths in a line that exist neither below the root nor below a folder that the line names before."""
    folders, absent = [ROOT], []
    for path in filter(_PATH.fullmatch, _QUOTED.findall(line)):
        matches = [match for folder in reversed(folders) for match in folder.glob(path.removesuffix("/"))]
        if not matches:
            absent.append(path)
            continue
        folder = matches[0] if matches[0].is_dir() else matches[0].parent
        folders += [folder.parent, folder] if folder.parent != ROOT else [folder]
    return absent


def test_a_path_is_looked_up_beside_the_one_before():
    assert missing("`proxy/web/body.py`, `admission.py`, `api/`, `table.py`; `proxy/nowhere.py`") == [
        "proxy/nowhere.py"
    ]


def test_a_change_is_sent_to_files_that_exist():
    table = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("## Where a change goes")[2]
    rows = [line for line in table.partition("## Invariants")[0].splitlines() if line.startswith("| ")]
    assert {row: paths for row in rows if (paths := missing(row))} == {}
    assert len(rows) > 50
