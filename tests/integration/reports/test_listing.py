from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from proxy.audit.upkeep.readings import Requester
from proxy.reports import answer, listing
from proxy.reports.answer import QueryContext
from proxy.reports.parameters import InvalidParameterError
from proxy.reports.relations import TooSlowError
from testing import twins

OFFICER = QueryContext(Requester("officer", "quarterly review"), twins.moment(100))
WORLD = {
    "exchanges": [
        {
            "exchange": "x0", "tenant": "acme", "activity": "support", "service": "crm", "action": "redact_and_forward",
            "target": "eu-1", "region": "DE", "status": 200, "ended": "delivered", "categories": ["health", "personal"],
            "entity_types": ["PERSON", "PERSON", "US_SSN"], "subjects": ["s1", "s2"], "attempt_targets": ["us-1", "eu-1"],
            "attempt_regions": ["US", "DE"], "recipient": "EU SE", "transfer_mechanisms": ["scc", "scc"], "restored": 2,
        },
        {
            "exchange": "x1", "tenant": "mercy", "activity": "triage", "service": "ehr", "action": "block", "codes": ["NO_BAA"],
            "responsibility": "policy",
        },
        {"exchange": "x3", "tenant": "acme", "at": 5},
        {"exchange": "x2", "tenant": "acme", "at": 5},
        {"exchange": "old", "tenant": "acme", "at": -20_000_000},
    ]
}  # fmt: skip


@pytest.fixture
def world(monkeypatch):
    """The world, under a signed note; what is gathered can be set."""
    return twins.stand(monkeypatch, WORLD, note="signed")


async def listed(reader, limit=50, after="", **given):
    return await listing.page(reader, given, limit, after, OFFICER)


async def names(reader, **given):
    return [row["exchange"] for row in (await listed(reader, **given)).rows]


async def test_exchanges_come_newest_first_and_have_the_columns_that_are_named(world, reader):
    page = await listed(reader)
    assert [row["exchange"] for row in page.rows] == ["x3", "x2", "x1", "x0", "old"]
    assert {tuple(row) for row in page.rows} == {listing.COLUMNS}
    row = page.rows[3]
    assert (row["at"], row["entities"], row["mechanisms"]) == ("2026-09-21T14:13:20Z", ["PERSON", "US_SSN"], ["scc"])


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"tenant": "mercy"}, ["x1"]), ({"tenant": "other"}, []), ({"since": twins.moment(1)}, ["x3", "x2", "x1"]),
        ({"until": twins.moment(1)}, ["x0", "old"]), ({"activity": "triage"}, ["x1"]), ({"service": "crm"}, ["x0"]),
        ({"target": "us-1"}, ["x0"]), ({"target": "eu-1"}, ["x0"]), ({"region": "US"}, ["x0"]), ({"recipient": "EU SE"}, ["x0"]), ({"recipient": "eu"}, []), ({"category": "health"}, ["x0"]),
        ({"entity": "US_SSN"}, ["x0"]), ({"action": "block"}, ["x1"]), ({"code": "NO_BAA"}, ["x1"]),
        ({"subject": ["s2", "s9"]}, ["x0"]), ({"subject": ["s9"]}, []), ({"code": "NO_BAA", "tenant": "acme"}, []),
    ],
)  # fmt: skip
async def test_every_filter_narrows(world, reader, given, found):
    assert await names(reader, **given) == found


async def test_the_exchanges_behind_a_number_are_listed(world, reader):
    behind = {"of": "AQ-14.refused", "code": "NO_BAA", "tenant": "mercy", "activity": "triage", "service": "ehr"}
    assert await names(reader, behind=json.dumps(behind)) == ["x1"]
    assert await names(reader, behind=json.dumps(behind | {"service": "crm"})) == []
    with pytest.raises(InvalidParameterError, match="behind"):
        await names(reader, behind="x")


async def test_pages_follow_each_other_without_a_gap_or_a_repetition(world, reader):
    seen, after = [], ""
    for _ in range(5):
        page = await listed(reader, limit=1, after=after)
        seen += [row["exchange"] for row in page.rows]
        after = page.after
        later = {"exchange": f"later-{len(seen)}", "at": 60}
        world[0] = twins.gathered({"exchanges": [*WORLD["exchanges"], later]})
    assert (seen, after) == (["x3", "x2", "x1", "x0", "old"], "")


async def test_a_list_is_cut_at_its_limit_and_its_end(world, reader):
    assert await names(reader, limit=4) == ["x3", "x2", "x1", "x0"]
    assert await names(reader, limit=5, until=twins.moment(0) - timedelta(days=100)) == ["old"]


@pytest.mark.parametrize("after", ["x", "!!", "W10", "WzEsMl0", "WyJ5ZXN0ZXJkYXkiLCJ4Il0"])
async def test_a_place_that_no_page_gave_is_refused(reader, after):
    with pytest.raises(InvalidParameterError, match="'after'"):
        await listed(reader, after=after)


async def test_a_list_is_on_record_with_its_filter(world, reader):
    await listed(reader, tenant="acme", since=twins.moment(1))
    said = await reader.fetchval("SELECT said::text FROM audit.reading")
    assert '"filter": {"since": "2026-09-21T14:13:21Z", "tenants": ["acme"]}' in said
    assert '"rows": 2' in said
    assert '"purpose": "quarterly review"' in said


async def test_a_list_says_when_no_signed_note_covers_all_of_it(world, reader):
    assert (await listed(reader)).complete is True
    world[0] = replace(world[0], note=None)
    assert (await listed(reader)).complete is False


async def test_a_page_that_takes_too_long_says_so(world, reader, monkeypatch):
    slow = "AND (SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range + b.range < {limit}) > 0"
    monkeypatch.setattr(listing, "_NEWEST", slow)
    monkeypatch.setattr(answer, "TIMEOUT_S", 0.2)
    with pytest.raises(TooSlowError):
        await listed(reader)
