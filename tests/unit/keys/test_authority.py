from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxy.core.keyring import Keyring
from proxy.keys.authority import STATEMENTS, Authority

OLD, NEW = Keyring(b"o" * 32), Keyring(b"n" * 32, read_only=(Keyring(b"o" * 32),))
ROW = {
    "id": "x", "hash": b"\x01", "roles": ["a", "b"], "expires": None,
    "created": datetime(2026, 11, 24, 10, 0, 0, 123456, tzinfo=UTC), "adult": True,
}  # fmt: skip


def carrying(keys, row=ROW, kind="api_key"):
    proven = {**row, "mac": b"", "generation": 1}
    return {**proven, "mac": Authority(kind, keys).mac(proven), "last_used": None}


def test_a_row_is_proven_by_a_holder_of_a_master_key_in_use():
    assert Authority("api_key", NEW).proven(carrying(NEW))
    assert Authority("api_key", NEW).proven(carrying(OLD))
    assert not Authority("api_key", OLD).proven(carrying(NEW))


@pytest.mark.parametrize("name", ROW)
def test_no_column_can_be_another(name):
    assert not Authority("api_key", NEW).proven({**carrying(NEW), name: "another"})


def test_what_follows_the_mac_may_change():
    assert Authority("api_key", NEW).proven({**carrying(NEW), "last_used": datetime.now(UTC).date()})


@pytest.mark.parametrize("stored", [None, b"", bytes(32)])
def test_without_a_mac_it_is_nobodys(stored):
    assert not Authority("api_key", NEW).proven({**carrying(NEW), "mac": stored})


def test_columns_and_kinds_do_not_run_into_each_other():
    rows = (("a", {"b": ""}), ("ab", {"": ""}), ("a", {"": "b"}), ("a", {"b": "", "c": ""}), ("a", {"c": "", "b": ""}))
    assert len({Authority(kind, NEW).mac({**row, "mac": b"", "generation": 1}) for kind, row in rows}) == 5


def test_every_kind_has_a_statement():
    for kind in ("api_key", "grant", "restriction", "lift", "request", "hold", "revision", "activation", "export"):
        assert f"p.kind = '{kind}'" in STATEMENTS[kind]
