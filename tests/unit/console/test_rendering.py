from __future__ import annotations

import hashlib
import html
import re
import tomllib
from dataclasses import replace

import pytest

from proxy.console import rendering
from proxy.reports import catalogue, composing
from proxy.reports.counting import CrossedCounts, Facets, Series
from proxy.reports.listing import Page
from proxy.web.api.access import ROLES

#: Texts of templates that say that something is not in the log; those about what is elsewhere are marked there.
_SAYING = re.compile(r'_\("((?:No|Nothing|Nobody|None|Signed; no|all with a)\b[^"]*)"\)(?!, elsewhere=true)')
CLAIMS = {text for path in rendering.TEMPLATES.rglob("*.j2") for text in _SAYING.findall(path.read_text())} - {
    "No checkpoint is signed yet"
}  # which is asked of the database, not of records


def test_what_others_made_is_what_it_was():
    folder = rendering.STATIC / "vendor"
    listed = tomllib.loads((folder / "vendor.toml").read_text())
    assert {f"{name}.js" for name in listed} == {path.name for path in folder.glob("*.js")}
    for name, about in listed.items():
        assert hashlib.sha256((folder / f"{name}.js").read_bytes()).hexdigest() == about["sha256"]
        assert (folder / about["licence_file"]).is_file()


def test_the_scripts_of_a_page_are_small():
    import gzip

    whole = sum(len(gzip.compress(content)) for name, (content, _) in rendering.files().items() if name.endswith(".js"))
    assert whole <= 100 << 10


def test_no_file_of_ours_styles_or_runs_inline():
    for path in rendering.TEMPLATES.rglob("*.j2"):
        text = path.read_text()
        assert " style=" not in text, path
        assert "<style" not in text, path
        assert "|safe" not in text, path


def emptied(desk, exchanges: int, unread: int) -> None:
    """Let a desk find nothing but so many exchanges, and leave newer records for later."""
    asked, composed = desk.ask, desk.compose

    async def ask(*given):
        answer = await asked(*given)
        statement = {**answer.statement, "rows": 0, "coverage": {"unread": unread}}
        return replace(answer, rows=(), statement=statement)

    async def compose(*given):
        report = await composed(*given)
        parts = [{"part": "p", "question": "AQ-01", "rows": 0, "complete": True} for _ in report.answers]
        more = {"parts": parts, "not_recorded": (), "at": "2026-11-25T10:00:00Z", "coverage": {"unread": unread}}
        return replace(report, statement={**report.statement, **more})

    async def listed(*_):
        return Page((), "", complete=not unread, unread=unread)

    async def facets(*_):
        actions = ({"value": "forward", "exchanges": exchanges},) if exchanges else ()
        return Facets(exchanges, {"action": actions}, (), complete=not unread, unread=unread)

    async def series(*_):
        return Series((), complete=not unread, unread=unread)

    async def crossed(*_):
        return CrossedCounts((), complete=not unread, unread=unread)

    desk.ask, desk.compose, desk.exchanges, desk.facets = ask, compose, listed, facets
    desk.series, desk.crossed = series, crossed


EVIDENCE = ("", "exchanges", "usage", "integrity")
#: What a question that needs it is narrowed to.
NEEDED = {
    "exchange": "x1", "subject": "s1&tenant=acme", "since": "2026-01-01", "until": "2026-11-01", "at": "2026-11-01",
    "activity": "support", "category": "health", "region": "US",
}  # fmt: skip


def asked(path, required):
    return "&".join((f"{path}?ask=1", *(f"{name}={NEEDED[name]}" for name in required)))


ANSWERS = (
    *(asked(f"questions/{question.id}", question.description.required) for question in catalogue.every()),
    *(asked(f"reports/{form.name}", form.description.required) for form in composing.every()),
)


@pytest.mark.parametrize("exchanges", [0, 3])
async def test_while_records_are_unread_no_page_says_that_something_is_not_there(served, exchanges):
    async with served.browser(*ROLES, fresh_at=served.console.clock.now()) as browser:
        for unread in (0, 4100):
            emptied(served.desk, exchanges, unread)
            said = set()
            for page in (*EVIDENCE, *ANSWERS):
                status, text, _ = await browser.get(f"/console/{page}")
                assert status == 200, page
                said |= {claim for claim in CLAIMS if re.search(f">{re.escape(claim)}(?!; newer)", html.unescape(text))}
                assert ("4,100 newer records are not in this view yet" in text) is bool(unread), page
                assert bool(unread) is ("4,100 newer records are not read yet" in text), page
            wanted = {"No exchange matches", "No rows", "Nothing of this is on record in that time."}
            wanted |= (
                {"No third-country transfer is on record in this time."}
                if exchanges
                else {"Nothing was asked in this time"}
            )
            if unread:
                assert said == set()
            else:
                assert wanted - said == set()


async def test_what_is_not_of_the_log_is_said_while_records_are_unread(served):
    emptied(served.desk, 3, 4100)
    async with served.browser(*ROLES) as browser:
        _, text, _ = await browser.get("/console/", headers={"Accept-Language": "de"})
        assert "4.100 neuere Einträge" in text
        _, text, _ = await browser.get("/console/usage")
        assert "Nothing is taken from any limit or budget now." in text
