"""What a query can reach, and as what its columns are told."""

from __future__ import annotations

import contextlib

import duckdb
import pytest

from proxy.reports import relations
from proxy.reports.parameters import InvalidParameterError
from proxy.reports.relations import COLUMNS, Relations, TooSlowError
from testing import twins

WORLD = twins.gathered({"exchanges": [{"exchange": "x1", "tenant": "acme"}, {"exchange": "x2", "tenant": "mercy"}],
                        "events": [{"event": "log_read", "tenant": ""}, {"event": "served", "tenant": "mercy"}]})  # fmt: skip


def asked(query, tenants=None, **values):
    with contextlib.closing(Relations(WORLD.tables, tenants, twins.moment(7))) as world:
        return world.ask(query, tuple(values), values, 5.0)


def test_types_have_the_names_that_files_know():
    found = asked("SELECT e.at, e.status, e.codes, e.restricted, e.retain_until, e.tenant FROM evidence.exchange e")
    assert list(found.types.values()) == ["timestamptz", "int8", "text[]", "bool", "date", "text"]
    assert asked("SELECT e.facts FROM evidence.event e").types == {"facts": "json"}


@pytest.mark.parametrize("relation", sorted(COLUMNS))
def test_who_reads_some_tenants_sees_no_row_of_others(relation):
    column = "tenant" if "tenant" in COLUMNS[relation] else None
    rows = asked(f"SELECT * FROM evidence.{relation}", ["acme"]).rows
    assert column is None or {row[column] for row in rows} <= {"acme"}


def test_the_time_of_asking_is_a_value():
    assert asked("SELECT getvariable('asked_at') AS at").rows == [{"at": twins.moment(7)}]


@pytest.mark.parametrize(
    "query",
    ["SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM '/etc/passwd'", "ATTACH 'x.db'", "LOAD httpfs", "SELECT * FROM WORLD"],
)  # fmt: skip
def test_a_query_reaches_no_file_no_extension_no_variable_of_python(query):
    with pytest.raises(duckdb.Error):
        asked(query, ["acme"])


def test_a_query_of_endless_length_is_ended():
    with contextlib.closing(Relations(WORLD.tables, None, twins.moment(7))) as world, pytest.raises(TooSlowError):
        world.ask("SELECT count(*) FROM range(99999999) a, range(99999999) b WHERE a.range < b.range", (), {}, 0.1)


def test_a_value_that_no_query_takes_is_the_askers_mistake():
    with pytest.raises(InvalidParameterError):
        asked("SELECT $1", exchange="\ud800")


def test_views_are_made_once_and_each_asker_has_its_own_reach_time_and_tables():
    relations.prepared.cache_clear()
    count = "SELECT count(*) AS n, getvariable('asked_at') AS at FROM evidence.exchange"
    with contextlib.closing(Relations(WORLD.tables, None, twins.moment(7))) as whole:
        with contextlib.closing(Relations(WORLD.tables, ["acme"], twins.moment(8))) as narrow:
            table = whole.materialized("SELECT exchange FROM evidence.exchange", (), {}, 5.0)
            assert narrow.ask(count, (), {}, 5.0).rows == [{"n": 1, "at": twins.moment(8)}]
            assert whole.ask(count, (), {}, 5.0).rows == [{"n": 2, "at": twins.moment(7)}]
            with pytest.raises(duckdb.CatalogException):
                narrow.ask(f"FROM {table}", (), {}, 5.0)
        assert len(whole.ask(f"FROM {table}", (), {}, 5.0).rows) == 2
    assert relations.prepared.cache_info().misses == 1


def test_a_query_is_materialized_once_for_the_same_values():
    query = "SELECT exchange FROM evidence.exchange WHERE tenant = $1"
    with contextlib.closing(Relations(WORLD.tables, None, twins.moment(7))) as world:
        names = [
            world.materialized(query, ("tenant",), {"tenant": tenant}, 5.0) for tenant in ("acme", "mercy", "acme")
        ]
        assert names == ["materialized_0", "materialized_1", "materialized_0"]
        assert world.ask(f"FROM {names[1]}", (), {}, 5.0).rows == [{"exchange": "x2"}]
