from __future__ import annotations

import pytest

from proxy.errors import ConfigurationError
from proxy.runtime.migrations import Migration, pending, read
from proxy.runtime.resources import shipped

ONE, TWO = Migration("0001_a.sql", "SELECT 1"), Migration("0002_b.sql", "SELECT 2")


def test_read_orders_by_number_and_ignores_other_files(tmp_path):
    for name in ("0002_b.sql", "0001_a.sql", "other.sql"):
        (tmp_path / name).write_text("SELECT 1")
    assert [one.name for one in read(tmp_path)] == ["0001_a.sql", "0002_b.sql"]


@pytest.mark.parametrize("names", [("0002_b.sql",), ("0001_a.sql", "0001_b.sql"), ("0001_a.sql", "0003_c.sql")])
def test_read_refuses_gaps_and_doubles(tmp_path, names):
    for name in names:
        (tmp_path / name).write_text("SELECT 1")
    with pytest.raises(ConfigurationError):
        read(tmp_path)


def test_pending_is_what_was_not_applied():
    assert pending((ONE, TWO), {}) == (ONE, TWO)
    assert pending((ONE, TWO), {ONE.name: ONE.sha256}) == (TWO,)


def test_pending_refuses_edited_and_unknown_migrations():
    with pytest.raises(ConfigurationError, match="edited"):
        pending((ONE,), {ONE.name: "0" * 64})
    with pytest.raises(ConfigurationError, match="does not know"):
        pending((ONE,), {ONE.name: ONE.sha256, TWO.name: TWO.sha256})


def test_every_shipped_migration_says_why_in_its_first_line():
    for one in read(shipped("migrations")):
        first = one.sql.splitlines()[0]
        assert first.startswith("-- ")
        assert first.endswith(".")
