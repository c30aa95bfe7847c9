from __future__ import annotations

import pytest

from proxy.audit.records.chain import genesis, link
from proxy.audit.records.record import Columns, make
from proxy.audit.verification.chain_check import ChainCheck
from proxy.audit.writing.session import _COLUMNS, chained


def rows(closed: bool = False) -> list[dict]:
    records = [make(Columns(at=0, kind="event", action="writer_started"), {})]
    records += [make(Columns(at=n, kind="event", action="e", tenant="acme"), {"n": n}) for n in range(1, 6)]
    if closed:
        records.append(make(Columns(at=9, kind="event", action="writer_closed"), {}))
    made, _ = chained("w", genesis("w"), records)
    return [dict(zip(_COLUMNS, row, strict=True)) for row in made]


def found(chain: list[dict]) -> set[tuple[str, int]]:
    check = ChainCheck("w")
    for row in chain:
        check.feed(row)
    return {(damage.what, damage.seq) for damage in check.end()}


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


@pytest.mark.parametrize(("column", "value"), [("tenant", "other"), ("status", 1), ("codes", ["X"]), ("target", "t")])
def test_altered_column_is_located(column, value):
    chain = rows()
    chain[3][column] = value
    assert found(chain) == {("column", 4)}


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
