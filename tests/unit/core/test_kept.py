from __future__ import annotations

from dataclasses import replace

import pytest

from proxy.core import kept
from proxy.core.kept_state import Kept
from proxy.core.records import EntitySummary
from proxy.core.wire import Wire
from testing.evidence import inspection

KEPT = Kept(
    "resp_cp_" + "b" * 32,
    "continue",
    "a",
    "resp_1",
    "m",
    ("health",),
    ("PERSON",),
    ("Name_B",),
    ("resp_cp_x", "resp_0"),
)


def test_a_handle_is_random_and_without_digits():
    made = {kept.fresh() for _ in range(100)}
    assert len(made) == 100
    assert all(kept.is_handle(one) and not any(map(str.isdigit, one)) for one in made)


@pytest.mark.parametrize(
    "other", ["resp_1", "resp_cp_", "resp_cp_" + "a" * 32, KEPT.handle + "b", KEPT.handle[:-1], None, 1]
)
def test_no_handle(other):
    assert not kept.is_handle(other)


@pytest.mark.parametrize(("identity", "known"), [("resp_68af", True), ("a.b:c-d", True), ("", False), ("a/b", False),
                                                  ("a" * 257, False), ('"', False), (None, False), (".", False)])  # fmt: skip
def test_identifiers_of_targets(identity, known):
    assert kept.is_id(identity) is known


def test_what_is_packed_opens_to_the_same():
    assert kept.opened(KEPT.handle, kept.packed(KEPT)) == KEPT


def test_a_request_holds_what_it_continues_too():
    made = inspection()
    assert kept.held(made) is made
    found = kept.held(replace(made, payload=replace(made.payload, kept=KEPT)))
    assert EntitySummary("PERSON", 1, 1.0, ("kept",)) in found.entities or "PERSON" in {r.type for r in made.entities}
    assert set(found.categories) == {*made.categories, "health"}


@pytest.mark.parametrize(
    ("body", "asked"), [(b'{"store":true}', True), (b'{"store":false}', False), (b"{}", False), (b"", False)]
)
def test_what_asks_to_be_kept(body, asked):
    assert kept.asks(Wire("/responses", body)) is asked
