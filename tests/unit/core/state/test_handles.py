from __future__ import annotations

import re
from dataclasses import replace

import pytest

from proxy.core.keyring import Keyring
from proxy.core.state.handles import Handles
from proxy.core.wire import Reference
from proxy.errors import UnknownHandleError
from testing.fakes import KEYRING, PRINCIPAL, exchange

MINE = Handles.of(exchange(dialect="mcp"), KEYRING, "crm")


def other(**changes):
    return Handles.of(exchange(dialect="mcp", principal=replace(PRINCIPAL, **changes)), KEYRING, "crm")


@pytest.mark.parametrize("value", ["s1", "with\x1fa cut", "w\u00f6rds", ""])
def test_a_handle_stands_for_what_a_target_gave(value):
    handle = MINE.by("a").sealed("session", value)
    assert re.fullmatch(r"[A-Za-z0-9_=-]+", handle)
    assert MINE.opened("session", handle) == Reference("a", value)
    assert handle == MINE.by("a").sealed("session", value) != MINE.by("b").sealed("session", value)


def test_a_handle_hides_what_it_stands_for():
    assert "secret-session" not in MINE.by("a").sealed("session", "secret-session")
    assert "secret-session" not in repr(Reference("a", "secret-session"))


@pytest.mark.parametrize(
    "theirs",
    [
        other(tenant="umbrella"), other(service="billing"), Handles.of(exchange(dialect="mcp"), KEYRING, "other"),
        Handles.of(exchange(), KEYRING, "crm"), Handles.of(exchange(dialect="mcp"), Keyring(b"o" * 32), "crm"),
    ],
)  # fmt: skip
def test_nobody_else_can_use_it_nor_its_caller_elsewhere(theirs):
    handle = MINE.by("a").sealed("session", "s1")
    with pytest.raises(UnknownHandleError):
        theirs.opened("session", handle)


@pytest.mark.parametrize("handle", ["", "s1", "AAAA", "====", "\u00e4", "A" * 400])
def test_what_is_no_handle_is_refused(handle):
    with pytest.raises(UnknownHandleError):
        MINE.opened("session", handle)


def test_a_handle_of_one_kind_is_none_of_another():
    with pytest.raises(UnknownHandleError):
        MINE.opened("state", MINE.by("a").sealed("session", "s1"))


def test_a_key_of_the_same_service_goes_on_and_so_does_a_rotated_master():
    handle = MINE.by("a").sealed("session", "s1")
    assert other(key_id="key2").opened("session", handle) == Reference("a", "s1")
    after = replace(MINE, keyring=Keyring(b"n" * 32, read_only=(KEYRING,)))
    assert after.opened("session", handle) == Reference("a", "s1")
