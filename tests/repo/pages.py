"""The pages of this repository as tests read them: links, anchors, code blocks, code in sentences."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from testing import guides
from testing.guides import Guide

ROOT = Path(__file__).parents[2]
#: Pages for readers, as paths below the root.
PAGES = tuple(
    path.relative_to(ROOT).as_posix()
    for path in (*sorted(ROOT.glob("*.md")), ROOT / "deploy" / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
)
_FENCED = re.compile(r"^(?P<pad> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=pad)```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.*?) *$", re.MULTILINE)


class Block(NamedTuple):
    """One fenced block: where it stands (``page:line``), its language, its title, and its lines without the indent."""

    place: str
    language: str
    title: str
    text: str


@cache
def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


@cache
def blocks(page: str) -> tuple[Block, ...]:
    return tuple(_blocks(page))


def _blocks(page: str) -> Iterator[Block]:
    for found in _FENCED.finditer(text(page)):
        line = text(page).count("\n", 0, found.start()) + 1
        language, _, rest = found["info"].partition(" ")
        title = re.search(r'title="([^"]*)"', rest)
        yield Block(f"{page}:{line}", language, title[1] if title else "", textwrap.dedent(found["text"]))


@cache
def guide(page: str) -> Guide | None:
    """The extension guide that a page is: its steps are followed, and name what is there only then."""
    return guides.read(text(page), page)


def of_language(*languages: str) -> list[Block]:
    """Every block in one of the languages, but for the steps of extension guides."""
    followed = {step.place for page in PAGES if (found := guide(page)) for step in found.steps}
    return [
        block for page in PAGES for block in blocks(page) if block.language in languages and block.place not in followed
    ]


@cache
def prose(page: str) -> str:
    """What is no code block."""
    return _FENCED.sub("", text(page))


def code(page: str) -> list[str]:
    """What stands in backticks within sentences, on one line each."""
    return [" ".join(found.split()) for found in _CODE.findall(prose(page))]


def links(page: str) -> list[str]:
    """The targets of a page's links, code left out."""
    return _LINK.findall(_CODE.sub("", prose(page)))


@cache
def anchors(page: str) -> frozenset[str]:
    """The anchors of a page's headings, as GitHub and the site make them."""
    made: set[str] = set()
    for heading in _HEADING.findall(prose(page)):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        made.add(next(one for n in range(99) if (one := slug if n == 0 else f"{slug}-{n}") not in made))
    return frozenset(made)
