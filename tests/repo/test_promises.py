"""Each promise has a test that tries it from outside, and the page of promises names it."""

from __future__ import annotations

import re

import pytest

from tests.repo import pages

_PAGE = (pages.ROOT / "docs/reference/promises.md").read_text()
_ROW = re.compile(r"^\| (?P<promise>.+?) \| (?P<tests>`tests/.+) \|$", re.MULTILINE)
ROWS = {match["promise"]: match["tests"] for match in _ROW.finditer(_PAGE)}
#: What takes a request, a command, a login or a browser; units count where they serve whole requests or pages.
_OUTSIDE = re.compile(
    r"tests/(?:acceptance|bench|browser|dialects|integration|property|repo"
    r"|unit/(?:console|exchange|identity|upstreams|web|detection|codecs/test_endpoints))"
)


def _rows(text: str) -> list[str]:
    """Return the first cells of a page's tables."""
    cells = re.findall(r"^\| (.+?) \| ", text, re.MULTILINE)
    return [cell for cell in cells if cell != "threat"]


def _bullets(heading: str) -> list[str]:
    text = (
        (pages.ROOT / "README.md")
        .read_text()
        .partition(f"**{heading}**\n")[2]
        .partition("\n\n**")[0]
        .partition("\n## ")[0]
    )
    return [" ".join(bullet.split()) for bullet in re.findall(r"^- ((?:.|\n  )+)", text, re.MULTILINE)]


def test_every_threat_has_a_test():
    threats = _rows((pages.ROOT / "THREAT_MODEL.md").read_text())
    assert len(threats) > 40
    assert [threat for threat in threats if threat not in ROWS] == []


def test_everything_that_the_product_does_has_a_test():
    said = _bullets("What it does")
    assert said
    assert [bullet for bullet in said if not any(map(bullet.startswith, ROWS))] == []


def test_no_row_is_of_a_promise_that_is_gone():
    made = [
        *_rows((pages.ROOT / "THREAT_MODEL.md").read_text()),
        *_bullets("What it does"),
        *_bullets("What it does not do"),
    ]
    assert [row for row in ROWS if not any(promise.startswith(row) for promise in made)] == []


@pytest.mark.parametrize("promise", ROWS)
def test_its_tests_exist_and_come_from_outside(promise):
    outside = 0
    for named in ROWS[promise].split("<br>"):
        path, words = re.fullmatch(r"`(tests/[\w/.]+)`: (.+)", named).groups()
        source = (pages.ROOT / path).read_text()
        tests = re.findall(r"^ *(?:async )?def test_(\w+)", source, re.MULTILINE)
        missing = [test for test in words.split("; ") if test != "*" and test.replace(" ", "_") not in tests]
        assert tests
        assert missing == []
        outside += _OUTSIDE.match(path) is not None
    assert outside


@pytest.mark.parametrize("page", sorted((pages.ROOT / "docs/explanation").glob("*.md")), ids=lambda page: page.stem)
def test_invariants_name_what_holds_them(page):
    text = page.read_text()
    held = text.partition("\n## Held by\n")[2]
    assert ("## The invariant" in text) == bool(held)
    for path in re.findall(r"`(tests/[\w/.]+)`", held):
        assert (pages.ROOT / path).exists(), path
