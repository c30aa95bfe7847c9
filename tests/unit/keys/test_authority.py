from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxy.core.keyring import Keyring
from proxy.keys import authority

OLD, NEW = Keyring(b"o" * 32), Keyring(b"n" * 32, read_only=(Keyring(b"o" * 32),))
ROW = ("id", b"\x01", ("a", "b"), None, datetime(2026, 11, 24, 10, 0, 0, 123456, tzinfo=UTC), True)


def test_a_row_is_proven_by_a_holder_of_a_master_key_in_use():
    assert authority.proven(NEW, authority.mac(NEW, "key", ROW), "key", ROW)
    assert authority.proven(NEW, authority.mac(OLD, "key", ROW), "key", ROW)
    assert not authority.proven(OLD, authority.mac(NEW, "key", ROW), "key", ROW)


@pytest.mark.parametrize("place", range(len(ROW)))
def test_no_field_can_be_another(place):
    other = [*ROW[:place], "another", *ROW[place + 1 :]]
    assert not authority.proven(NEW, authority.mac(NEW, "key", ROW), "key", other)


@pytest.mark.parametrize("stored", [None, b"", bytes(32)])
def test_without_a_mac_it_is_nobodys(stored):
    assert not authority.proven(NEW, stored, "key", ROW)


def test_fields_and_kinds_do_not_run_into_each_other():
    made = {
        authority.mac(NEW, kind, row)
        for kind, row in (("a", ("b", "")), ("ab", ("", "")), ("a", ("", "b")), ("a", ("b",)))
    }
    assert len(made) == 4
