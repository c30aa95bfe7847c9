from __future__ import annotations

from collections import Counter

import pytest

from proxy.reports import answer, catalogue, counting
from proxy.reports.parameters import InvalidParameterError
from proxy.reports.relations import TooSlowError
from testing import twins
from tests.integration.reports.test_listing import OFFICER, WORLD


@pytest.fixture
def world(monkeypatch):
    return twins.stand(monkeypatch, WORLD, note="signed")


async def lines(reader, split="action", bucket="month", **given):
    counts = await counting.series(reader, given, split, bucket, OFFICER)
    return [(row["from"][:7], row["value"], row["exchanges"]) for row in counts.points]


async def test_a_series_counts_by_bucket_and_value(world, reader):
    assert sum(number for *_, number in await lines(reader)) == 5
    assert ("2026-09", "block", 1) in await lines(reader)
    assert len({when for when, *_ in await lines(reader)}) == 2


async def test_a_filter_narrows_a_series_and_facets_alike(world, reader):
    assert await lines(reader, "tenant", tenant="mercy") == [("2026-09", "mercy", 1)]
    narrowed = await counting.facets(reader, {"tenant": "mercy"}, OFFICER)
    assert (narrowed.exchanges, narrowed.values["code"]) == (1, ({"value": "NO_BAA", "exchanges": 1},))
    assert await lines(reader, outcome="delivered") == [("2026-09", "redact_and_forward", 1)]


async def test_what_is_less_frequent_is_one_line_and_nothing_is_lost(world, reader, monkeypatch):
    monkeypatch.setattr(counting, "MOST_LINES", 1)
    by_value: dict[str | None, int] = {}
    for _, value, number in await lines(reader, "tenant"):
        by_value[value] = by_value.get(value, 0) + number
    assert by_value == {"acme": 4, None: 1}


async def test_facets_count_each_exchange_once_for_each_value(world, reader):
    found = await counting.facets(reader, {}, OFFICER)
    assert found.exchanges == 5
    assert found.values["tenant"] == ({"value": "acme", "exchanges": 4}, {"value": "mercy", "exchanges": 1})
    assert {"value": "PERSON", "exchanges": 1} in found.values["entity"]  # twice in one exchange
    assert {row["value"] for row in found.values["target"]} >= {"us-1", "eu-1"}  # of each attempt, as the filter


async def test_every_count_is_what_the_filter_of_it_lists(world, reader):
    found = await counting.facets(reader, {}, OFFICER)
    for name, values in found.values.items():
        for row in values:
            assert (await counting.facets(reader, {name: row["value"]}, OFFICER)).exchanges == row["exchanges"], name


async def test_a_facet_with_more_values_says_so(world, reader, monkeypatch):
    monkeypatch.setattr(counting, "MOST_VALUES", 1)
    found = await counting.facets(reader, {}, OFFICER)
    assert "tenant" in found.more
    assert len(found.values["tenant"]) == 1


async def test_where_counting_takes_too_long_there_are_values_and_no_numbers(world, reader, monkeypatch):
    calls, asked = [], counting._asked

    async def slow(world, query, columns, values, timeout_s):
        calls.append(timeout_s)
        if len(calls) == 1:
            raise TooSlowError
        return await asked(world, query, columns, values, timeout_s)

    monkeypatch.setattr(counting, "_asked", slow)
    found = await counting.facets(reader, {}, OFFICER)
    assert found.exchanges is None
    assert found.values["tenant"] == ({"value": "acme", "exchanges": None}, {"value": "mercy", "exchanges": None})


@pytest.mark.parametrize(("split", "bucket"), [("subject", "day"), ("action", "minute"), ("'", "day")])
async def test_what_is_no_split_or_bucket_is_refused(world, reader, split, bucket):
    with pytest.raises(InvalidParameterError):
        await counting.series(reader, {}, split, bucket, OFFICER)


async def test_too_many_points_are_refused_not_cut(world, reader, monkeypatch):
    monkeypatch.setattr(counting, "MOST_POINTS", 1)
    with pytest.raises(InvalidParameterError, match="longer 'bucket'"):
        await lines(reader, bucket="hour")


async def test_counting_is_on_record(world, reader):
    await lines(reader, tenant="acme")
    await counting.facets(reader, {}, OFFICER)
    commands = await reader.fetch("SELECT said ->> 'command' AS command FROM audit.reading ORDER BY at")
    assert [row["command"] for row in commands][-2:] == ["audit series", "audit facets"]


async def test_two_splits_at_once_count_each_exchange_once(world, reader):
    counts = await counting.crossed(reader, {}, "tenant", "action", OFFICER)
    cells = {(cell["row"], cell["column"]): cell["exchanges"] for cell in counts.cells}
    assert sum(cells.values()) == 5
    for (tenant, action), number in cells.items():
        if action:
            narrowed = await counting.facets(reader, {"tenant": tenant, "action": action}, OFFICER)
            assert narrowed.exchanges == number
    for wrong in (("tenant", "x"), ("x", "tenant")):
        with pytest.raises(InvalidParameterError):
            await counting.crossed(reader, {}, *wrong, OFFICER)


async def test_transfers_are_counted_as_the_question_about_them_does(world, reader):
    question = catalogue.named("AQ-01")
    async with answer.asked(reader, OFFICER) as evidence:
        found = await evidence.find(question, answer.narrowed(question, {}, None))
    asked = Counter[tuple[str, str]]()
    for row in found.rows:
        asked[row["to"] or "", row["mechanism"] or ""] += row["transfers"]
    for counted_before in (False, True):
        if counted_before:
            await counting.facets(reader, {}, OFFICER)
        counts = await counting.crossed(reader, {}, "to", "mechanism", OFFICER)
        assert {(cell["row"], cell["column"]): cell["transfers"] for cell in counts.cells} == asked
    assert asked
    by_tenant = await counting.crossed(reader, {}, "tenant", "to", OFFICER)
    assert sum(cell["transfers"] for cell in by_tenant.cells) == asked.total()
