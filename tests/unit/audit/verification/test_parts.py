"""Parts follow each other from the beginning, signed; a derivation goes on behind one as if it had read all."""

from __future__ import annotations

import pytest

from proxy.audit.records.derivation import Derivation
from proxy.audit.records.record import Columns, make
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.verification import columnar, parts
from proxy.audit.verification.parts import COLUMNS, Part, RecordCount
from testing import evidence
from testing.entries import exchanges

KEY = evidence.SIGNING


def made(first, end, signing=KEY):
    part = Part(first, end, b"root", b"x", b"e", b"{}")
    return part._replace(signature=signing.sign(part.text(signing.origin)))


def test_parts_are_taken_as_far_as_they_follow_and_are_signed():
    one, two, three = made(0, 5), made(5, 9), made(9, 12)
    assert list(parts.following((one, two, three), KEY.verifier)) == [one, two, three]
    assert list(parts.following((one, three), KEY.verifier)) == [one]
    assert list(parts.following((two, three), KEY.verifier)) == []
    assert list(parts.following((one, made(5, 9, AuditSigningKey.generate(KEY.origin))), KEY.verifier)) == [one]


@pytest.mark.parametrize("field", [name for name in Part._fields if name != "signature"])
def test_every_field_is_signed(field):
    part = made(0, 5)
    value = getattr(part, field)
    assert not part._replace(**{field: value + (b"x" if isinstance(value, bytes) else 1)}).is_by(KEY.verifier)


def chain():
    """The records of exchanges as a chain holds them, with the answers that they name before them."""
    from proxy.audit.records import answers

    stated: set[str] = set()
    for record in exchanges():
        for one in record.stated:
            if one.digest not in stated:
                stated.add(one.digest)
                yield answers.statement(one, record).body
        yield record.body


def test_a_derivation_that_goes_on_behind_a_part_makes_the_same_rows_wherever_it_was_cut():
    bodies = list(chain())
    whole = Derivation()
    for seq, body in enumerate(bodies, 1):
        whole.add("w", seq, bytes(32), body)
    for cut in range(len(bodies)):
        before = Derivation()
        for seq, body in enumerate(bodies[:cut], 1):
            before.add("w", seq, bytes(32), body)
        behind, read = parts.resumed(parts.state(before, RecordCount(cut, 3)))
        for seq, body in enumerate(bodies[cut:], cut + 1):
            behind.add("w", seq, bytes(32), body)
        tables = [columnar.table(COLUMNS["exchange"], [*before.exchanges, *behind.exchanges])]
        assert tables[0].equals(columnar.table(COLUMNS["exchange"], whole.exchanges))
        assert (read, behind.opened.keys()) == (RecordCount(cut, 3), whole.opened.keys())


def test_answers_of_days_ago_are_not_carried_on():
    made = Derivation()
    for day, target in ((0, "old"), (9, "new")):
        made.add(
            "w", day, b"", make(Columns(day * 86_400_000_000, "event", action="answer_stated", target=target), {}).body
        )
    assert made.state()["stated"].keys() == {"new"}


def test_a_part_that_is_replaced_keeps_its_rows():
    table = {name: columnar.table(columns, ()) for name, columns in COLUMNS.items()}
    part = Part(0, 1, b"", *parts.packed(table), b"")
    again = Part(0, 2, b"", *parts.packed(table, part), b"")
    assert (parts.rows(again), parts.opened(again, "event").schema.names) == (0, list(COLUMNS["event"]))
