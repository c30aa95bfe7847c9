"""Extension guides: pages below ``docs/how-to`` whose steps are followed literally, as a reader would.

A page is such a guide when its first line says what one new thing costs::

    <!-- extend: kind="setting" before="1" should="1" -->

A step is a fenced block whose paragraph above ends with one of these words and a colon; other blocks only show something::

    New file `PATH`:                     the block is the file
    In `PATH`, below `TEXT`:             the block goes below the one line that has the text; likewise ``above``,
                                         and ``instead of``, which replaces that line
    At the end of `PATH`:                the block is appended
    Run:                                 shell commands that belong to the steps
    Check:                               shell commands that notice the new thing, or what is wrong with it

``Run`` and ``Check`` may have more words before the colon. A block that begins without an indent gets that of the line with
the text.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_HEAD = re.compile(r'<!-- extend: kind="(?P<kind>[^"]+)" before="(?P<before>\d+)" should="(?P<should>\d+)" -->\n')
_FENCED = re.compile(r"^```(?P<language>\w+)[^\n`]*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LEAD = re.compile(
    r"(?:New file `(?P<new>[^`]+)`|In `(?P<path>[^`]+)`, (?P<where>below|above|instead of) `(?P<anchor>[^`]+)`"
    r"|At the end of `(?P<end>[^`]+)`|(?P<shell>Run|Check)[^:`]*):$"
)


class GuideError(Exception):
    """A guide cannot be followed as it stands."""


@dataclass(frozen=True, slots=True)
class Step:
    """One block to follow: what to do (``new``, ``below``, ``above``, ``instead of``, ``end``, ``run``, ``check``)."""

    place: str  # page:line
    what: str
    path: str  # below the root; empty for commands
    anchor: str
    text: str

    def edit(self, root: Path) -> None:
        """Write or change the file of this step below a root."""
        file = root / self.path
        if self.what == "new":
            if file.exists():
                raise GuideError(f"{self.place}: {self.path} is there already")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self.text, encoding="utf-8")
            return
        if not file.is_file():
            raise GuideError(f"{self.place}: there is no {self.path}")
        file.write_text(self._changed(file.read_text(encoding="utf-8")), encoding="utf-8")

    def _changed(self, text: str) -> str:
        if self.what == "end":
            return text + self.text
        lines = text.splitlines(keepends=True)
        found = [number for number, line in enumerate(lines) if self.anchor in line]
        if len(found) != 1:
            raise GuideError(f"{self.place}: {len(found)} lines of {self.path} have {self.anchor!r}")
        first = found[0] + (self.what == "below")
        line = lines[found[0]]
        indent = "" if self.text.startswith(" ") else line[: len(line) - len(line.lstrip())]
        lines[first : first + (self.what == "instead of")] = [textwrap.indent(self.text, indent)]
        return "".join(lines)


@dataclass(frozen=True, slots=True)
class Guide:
    """One page: the new thing, what it cost and should cost in files, and the steps in their order."""

    page: str
    kind: str
    before: int
    should: int
    steps: tuple[Step, ...]

    @property
    def new(self) -> frozenset[str]:
        """The files that the steps create."""
        return frozenset(step.path for step in self.steps if step.what == "new")


def read(text: str, page: str) -> Guide | None:
    """Return the guide that a page is, None where it is another kind of page."""
    head = _HEAD.match(text)
    if head is None:
        return None
    return Guide(page, head["kind"], int(head["before"]), int(head["should"]), tuple(_steps(text, page)))


def _steps(text: str, page: str) -> Iterator[Step]:
    for block in _FENCED.finditer(text):
        paragraph = " ".join(text[: block.start()].rstrip().rpartition("\n\n")[2].split())
        if lead := _LEAD.search(paragraph):
            what = "new" if lead["new"] else "end" if lead["end"] else lead["where"] or lead["shell"].lower()
            path = lead["new"] or lead["end"] or lead["path"] or ""
            place = f"{page}:{text.count(chr(10), 0, block.start()) + 1}"
            yield Step(place, what, path, lead["anchor"] or "", block["text"])


def every() -> tuple[Guide, ...]:
    """Return all guides of this repository, by page."""
    pages = sorted((ROOT / "docs" / "how-to").glob("*.md"))
    found = (read(page.read_text(encoding="utf-8"), page.relative_to(ROOT).as_posix()) for page in pages)
    return tuple(guide for guide in found if guide is not None)
