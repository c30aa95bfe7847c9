from __future__ import annotations

import hashlib

import pytest

from proxy.audit.records import answers
from proxy.audit.records.record import Columns, StatedAnswer, genesis, instant, link, make
from proxy.audit.verification.chain_check import ChainCheck
from proxy.audit.writing.session import _COLUMNS, chained
from testing.evidence import stored_record


def fed(check: ChainCheck, rows: list[dict]) -> ChainCheck:
    for row in rows:
        check.feed(stored_record(row))
    return check


def rows(closed: bool = False) -> list[dict]:
    records = [make(Columns(at=0, kind="event", action="writer_started"), {})]
    records += [make(Columns(at=n, kind="event", action="e", tenant="acme"), {"n": n}) for n in range(1, 6)]
    if closed:
        records.append(make(Columns(at=9, kind="event", action="writer_closed"), {}))
    made, _ = chained("w", genesis("w"), records)
    return [dict(zip(_COLUMNS, row, strict=True)) for row in made]


def found(chain: list[dict]) -> set[tuple[str, int]]:
    return {(damage.what, damage.seq) for damage in fed(ChainCheck("w"), chain).end()}


def test_sound_chain_has_no_damage():
    assert found(rows()) == set()
    assert found(rows(closed=True)) == set()


def test_altered_body_is_located():
    chain = rows()
    chain[2]["body"] = chain[2]["body"].replace('"n":2', '"n":7')
    assert found(chain) == {("body", 3)}


def test_altered_last_body_is_located():
    chain = rows()
    chain[-1]["body"] = chain[-1]["body"].replace('"n":5', '"n":7')
    assert found(chain) == {("body", 6)}


def test_altered_hash_is_told_from_an_altered_body():
    chain = rows()
    chain[2]["hash"] = b"x" * 32
    assert found(chain) == {("hash", 3)}


def test_altered_link_is_located():
    chain = rows()
    chain[2]["prev"] = b"x" * 32
    assert ("link", 3) in found(chain)


@pytest.mark.parametrize(
    ("column", "value"), [("tenant", "other"), ("attempt", 1), ("kind", "outcome"), ("target", "t")]
)
def test_altered_column_is_located(column, value):
    chain = rows()
    chain[3][column] = value
    assert found(chain) == {("column", 4)}


def test_the_columns_that_differ_are_named():
    chain = rows()
    chain[3] |= {"tenant": "other", "action": "X", "exchange": "x", "recorded_at": instant(7)}
    assert next(iter(fed(ChainCheck("w"), chain).end())).detail == "differs from the body: at, exchange, tenant, action"


def test_removed_record_is_a_gap():
    chain = rows()
    del chain[2]
    assert found(chain) == {("missing", 3)}


def test_removed_beginning_is_a_gap():
    assert ("missing", 1) in found(rows()[1:])


def test_rewritten_record_with_its_own_hash_breaks_the_next_link():
    chain = rows()
    chain[2]["body"] = chain[2]["body"].replace('"n":2', '"n":7')
    chain[2]["hash"] = link(chain[2]["prev"], chain[2]["body"].encode())
    assert found(chain) == {("link", 4)}


def test_record_after_the_closing_record_is_out_of_order():
    chain = rows(closed=True)
    forged, _ = chained(
        "w", genesis("w")._replace(seq=7, hash=chain[-1]["hash"]), [make(Columns(at=9, kind="event", action="e"), {})]
    )
    chain.append(dict(zip(_COLUMNS, forged[0], strict=True)))
    assert found(chain) == {("order", 8)}


def test_chain_without_opening_record_is_out_of_order():
    made, _ = chained("w", genesis("w"), [make(Columns(at=1, kind="event", action="e"), {})])
    assert found([dict(zip(_COLUMNS, made[0], strict=True))]) == {("order", 1)}


DAY_US = 86_400_000_000
FACTS = b'{"verdicts":[]}'
ANSWER = StatedAnswer(hashlib.sha256(FACTS).hexdigest(), FACTS)


def naming(at: int = 7, tenant: str = "acme"):
    return make(Columns(at, "decision", "x1", tenant=tenant), {answers.EVENT: ANSWER.digest})


def answered(*records) -> set[tuple[str, int]]:
    opening = make(Columns(at=0, kind="event", action="writer_started"), {})
    made, _ = chained("w", genesis("w"), [opening, *records])
    return found([dict(zip(_COLUMNS, row, strict=True)) for row in made])


def test_an_answer_is_stated_before_it_is_named():
    stated = answers.statement(ANSWER, naming())
    assert answered(stated, naming(), naming(at=8)) == set()
    assert answered(naming(), stated) == {("answer", 2)}
    assert answered(naming()) == {("answer", 2)}


@pytest.mark.parametrize("first", [naming(tenant="mercy"), naming(at=DAY_US + 7)])
def test_an_answer_is_stated_for_each_tenant_and_day(first):
    assert answered(answers.statement(ANSWER, first), naming()) == {("answer", 3)}


def test_an_answer_is_true_to_its_digest():
    lied = answers.statement(ANSWER._replace(facts=b'{"verdicts":[1]}'), naming())
    assert answered(lied, naming()) == {("answer", 2)}


def test_answers_that_were_stated_before_are_known():
    made, _ = chained("w", genesis("w"), [naming()])
    known = [answers.key("acme", 7, ANSWER.digest)]
    for stated, expected in (((), {"answer", "order"}), (known, {"order"})):
        check = fed(ChainCheck("w", None, stated), [dict(zip(_COLUMNS, made[0], strict=True))])
        assert {damage.what for damage in check.end()} == expected
