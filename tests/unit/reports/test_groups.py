"""Groups of the files of parts count what the rows of those files do."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest

from proxy.audit.records.derivation import EXCHANGE
from proxy.audit.verification import columnar, parts
from proxy.audit.verification.parts import Part, PartContents, PartFiles
from proxy.reports import groups
from proxy.reports.relations import Relations

START = datetime(2026, 1, 1, tzinfo=UTC)
BLANK = {"int8": 0, "text": "", "timestamptz": START, "bool": False, "float8": 0.0, "date": None}


def exchange(number):
    told = {
        "at": START + timedelta(minutes=7 * number), "tenant": ("acme", "mercy")[number % 2], "exchange": f"x{number}",
        "action": ("forward", "block")[number // 2 % 2], "codes": ["NO_BAA"] * (number // 4 % 2),
        "attempt_targets": [["us-1"], ["us-1", "eu-1"], []][number % 3],
    }  # fmt: skip
    return tuple(told.get(name, BLANK.get(kind, [])) for name, kind in EXCHANGE.items())


ROWS = [exchange(number) for number in range(60)]


@pytest.fixture
def files(tmp_path):
    """Two parts of fifty exchanges."""
    made = [tmp_path / "first", tmp_path / "second"]
    made[0].write_bytes(parts.packed("exchange", ROWS[:20]))
    made[1].write_bytes(parts.packed("exchange", ROWS[20:50]))
    return made


@pytest.mark.parametrize("tenants", [None, ["acme"], []])
def test_groups_count_each_exchange_of_parts_and_beside_them_once(files, tenants):
    beside = {"exchange": columnar.table(EXCHANGE, ROWS[50:])}
    columns = ", ".join(groups.COLUMNS)
    with contextlib.closing(Relations(beside, tenants, START, {"exchange": files})) as world:
        grouped = f"""
            SELECT date_trunc('hour', "at") AS "at", {columns}, sum(n)::bigint AS n
            FROM ({world.grouped(groups.COLUMNS)}) GROUP BY ALL ORDER BY ALL"""
        single = f"""
            SELECT date_trunc('hour', "at") AS "at", {columns}, count(*) AS n FROM evidence.exchange GROUP BY ALL ORDER BY ALL"""
        found = world.ask(grouped, (), {}, 5.0)
        assert found == world.ask(single, (), {}, 5.0)
        assert (
            sum(row["n"] for row in found.rows)
            == {None: 60, 1: 30, 0: 0}[len(tenants) if tenants is not None else None]
        )


def test_groups_are_made_once_and_other_rows_have_others(files):
    made = groups.of_part(files[0])
    before = made.stat().st_mtime_ns, made.stat().st_ino
    assert groups.of_part(files[0]) == made
    assert (made.stat().st_mtime_ns, made.stat().st_ino) == before
    assert groups.of_part(files[1]).read_bytes() != made.read_bytes()
    assert {path.name for path in made.parent.iterdir()} == {"first", "first.groups", "second", "second.groups"}


def test_groups_go_with_the_file_that_they_are_of(monkeypatch):
    monkeypatch.setattr(parts, "_READINGS", 0)
    kept = PartFiles()
    try:
        contents = PartContents(parts.packed("exchange", ROWS), parts.packed("event", []), b"")
        part = Part(0, 1, b"", b"", 60, 60, 0, 0, 0, 0, contents.digests)
        assert kept.missing([part]) == [part]
        assert kept.load(part, contents)
        made = groups.of_part(kept.path(part.digests[0]))
        assert made.exists()
        kept.missing([])
        assert not made.exists()
    finally:
        kept.close()
