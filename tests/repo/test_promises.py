"""Each promise has a test that tries it at the outermost surface, and the page of promises names it."""

from __future__ import annotations

import re

import pytest

from testing.surfaces import surfaces
from tests.repo import pages

_PAGE = (pages.ROOT / "docs/reference/promises.md").read_text()
_SECTION = re.compile(r"^## (?P<heading>.+)\n(?P<rows>(?:.|\n(?!## ))+)", re.MULTILINE)
_ROW = re.compile(r"^\| (?P<promise>.+?) \| (?P<tests>`tests/.+) \|$", re.MULTILINE)
#: What is promised, under which heading of the page -> the tests.
ROWS = {
    (section["heading"], row["promise"]): row["tests"]
    for section in _SECTION.finditer(_PAGE)
    for row in _ROW.finditer(section["rows"])
}
_README, _EXPLANATIONS = "What the README says", "What the explanations say"
#: What a promise is tried on: everywhere, and further where the heading's boundary is that of a part.
_OUTERMOST = {"product", "command"}
_FURTHER = {"Proxy -> Postgres": {"database"}, "Proxy -> detector": {"detector"}}
#: Explanations that give figures and reasons.
_WITHOUT_PROMISES = {"alternatives", "dependencies", "performance"}
_PAGES = sorted((pages.ROOT / "docs/explanation").glob("*.md"))


def _threats() -> list[tuple[str, str]]:
    """Return the headings of the threat model's tables and their first cells."""
    text = (pages.ROOT / "THREAT_MODEL.md").read_text()
    return [
        (section["heading"], cell)
        for section in _SECTION.finditer(text)
        for cell in re.findall(r"^\| (.+?) \| ", section["rows"], re.MULTILINE)
        if cell != "threat"
    ]


def _bullets(heading: str) -> list[str]:
    text = (
        (pages.ROOT / "README.md")
        .read_text()
        .partition(f"**{heading}**\n")[2]
        .partition("\n\n**")[0]
        .partition("\n## ")[0]
    )
    return [" ".join(bullet.split()) for bullet in re.findall(r"^- ((?:.|\n  )+)", text, re.MULTILINE)]


def _invariants(page: str) -> list[str]:
    """Return the beginnings of a page's invariants."""
    stated = re.search(r"\n## The invariants?\n\n((?:> .*\n)+)", page)
    if stated is None:
        return []
    lines = [line.removeprefix("> ") for line in stated[1].splitlines()]
    numbered = re.findall(r"^\d\. \*\*(.+?)\*\*", "\n".join(lines), re.MULTILINE)
    return numbered or [" ".join(lines)]


def _of_explanations(name: str) -> list[str]:
    """Return what the page of promises has of an explanation."""
    begins = f"[{name}](../explanation/{name}.md): "
    return [promise.removeprefix(begins) for heading, promise in ROWS if promise.startswith(begins)]


def test_every_threat_has_a_test():
    threats = _threats()
    assert len(threats) > 40
    assert [threat for threat in threats if threat not in ROWS] == []


def test_everything_that_the_product_does_has_a_test():
    bullets = _bullets("What it does")
    assert bullets
    rows = [promise for heading, promise in ROWS if heading == _README]
    assert [bullet for bullet in bullets if not any(map(bullet.startswith, rows))] == []


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.stem)
def test_everything_that_an_explanation_promises_has_a_test(page):
    rows = _of_explanations(page.stem)
    assert bool(rows) == (page.stem not in _WITHOUT_PROMISES)
    for invariant in _invariants(page.read_text()):
        assert any(map(invariant.startswith, rows)), invariant


def test_no_row_is_of_a_promise_that_is_gone():
    bullets = [*_bullets("What it does"), *_bullets("What it does not do")]
    threats = set(_threats())
    for heading, promise in ROWS:
        if heading == _README:
            assert any(bullet.startswith(promise) for bullet in bullets), promise
        elif heading == _EXPLANATIONS:
            assert re.match(r"\[[a-z-]+\]\(\.\./explanation/[a-z-]+\.md\): ", promise), promise
        else:
            assert (heading, promise) in threats


@pytest.mark.parametrize(("heading", "promise"), ROWS)
def test_its_tests_exist_and_one_is_outermost(heading, promise):
    reached = set()
    for named in ROWS[heading, promise].split("<br>"):
        path, words = re.fullmatch(r"`(tests/[\w/.]+)`: (.+)", named).groups()
        file = pages.ROOT / path
        tests = re.findall(r"^ *(?:async )?def (test_\w+)", file.read_text(), re.MULTILINE)
        chosen = tests if words == "*" else [f"test_{test.replace(' ', '_')}" for test in words.split("; ")]
        assert chosen
        assert [test for test in chosen if test not in tests] == []
        reached.update(*(surfaces(file, test) for test in chosen))
    assert reached & (_OUTERMOST | _FURTHER.get(heading, set()))


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.stem)
def test_invariants_name_what_holds_them(page):
    text = page.read_text()
    holding = text.partition("\n## Held by\n")[2]
    assert ("## The invariant" in text) == bool(holding)
    for path in re.findall(r"`(tests/[\w/.]+)`", holding):
        assert (pages.ROOT / path).exists(), path
