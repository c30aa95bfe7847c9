"""Rows that records make: whatever order their chains come in, and of what a release cannot read."""

from __future__ import annotations

from itertools import permutations

import pytest

from proxy.audit.records.derivation import EVENT, EXCHANGE, Derivation
from proxy.audit.records.record import Columns, make

HASH = bytes(32)


def body(kind, **columns):
    facts = columns.pop("facts", {})
    return make(Columns(at=1, kind=kind, tenant="acme", **columns), facts).body


RECORDS = {
    "a": [(1, body("decision", exchange="x")), (2, body("attempt", exchange="x", attempt=1, target="us"))],
    "b": [(7, body("attempt", exchange="x", attempt=2, target="de")), (8, body("outcome", exchange="x", target="de"))],
}


def derived(chains):
    made = Derivation()
    for writer in chains:
        for seq, one in RECORDS[writer]:
            made.add(writer, seq, HASH, one)
    made.end()
    return made


@pytest.mark.parametrize("chains", list(permutations("ab")))
def test_an_exchange_that_went_on_in_another_chain_has_one_row_at_its_outcome(chains):
    [row] = derived(chains).exchanges
    told = dict(zip(EXCHANGE, row, strict=True))
    assert (told["writer"], told["seq"], list(told["attempt_targets"])) == ("b", 8, ["us", "de"])


def test_what_has_not_ended_stays_open():
    made = derived("a")
    assert (made.exchanges, [one.seq for one in made.opened["x"]]) == ([], [1, 2])


def test_an_event_is_a_row_with_its_hash():
    made = Derivation()
    made.add("a", 3, HASH, body("event", action="log_read", facts={"by": "ann", "answer": "0f"}))
    assert dict(zip(EVENT, made.events[0], strict=True))["hash"] == HASH.hex()
    assert dict(zip(EVENT, made.events[0], strict=True))["actor"] == "ann"


@pytest.mark.parametrize(
    "odd", [b"[]", b"{", b'{"columns":{"at":"x"},"facts":{}}', b'{"columns":{"new":1},"facts":{}}']
)
def test_a_record_of_another_form_is_left_out_and_counted(odd):
    made = Derivation()
    assert made.add("a", 1, HASH, odd) is None
    assert (made.left_out, made.exchanges, made.events) == (1, [], [])


def test_an_exchange_whose_answer_has_another_form_is_left_out_and_counted():
    made = Derivation()
    made.add("a", 1, HASH, body("decision", exchange="x", facts={"decision": {}, "input": {"activity": "odd"}}))
    made.add("a", 2, HASH, body("outcome", exchange="x"))
    made.end()
    assert (made.left_out, made.exchanges, made.opened) == (1, [], {})
