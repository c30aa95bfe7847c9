"""Parts follow each other from the beginning, signed; a derivation goes on behind one as if it had read all."""

from __future__ import annotations

import orjson
import pytest

from proxy.audit.records import record
from proxy.audit.records.derivation import Derivation
from proxy.audit.records.record import Columns, make
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.verification import columnar, parts
from proxy.audit.verification.parts import COLUMNS, Part, PartContents, PartFiles
from testing import evidence
from testing.entries import exchanges

KEY = evidence.SIGNING
_DEFAULT = {"text": "", "int8": 1, "text[]": [], "timestamptz": record.instant(0)}


def made(first, end, signing=KEY):
    part = Part(first, end, f"root {first}".encode(), f"root {end}".encode(), 3, 9, 0, 0, 5, 8, ["a", "b", "c"])
    return part._replace(signature=signing.sign(part.text(signing.origin)))


def test_parts_are_taken_in_runs_that_follow_and_are_signed():
    one, two, three = made(0, 5), made(5, 9), made(9, 12)
    forged, forked = made(5, 9, AuditSigningKey.generate(KEY.origin)), made(5, 9)._replace(start=b"other")
    forked = forked._replace(signature=KEY.sign(forked.text(KEY.origin)))
    assert parts.runs((one, two, three), KEY.verifier) == [[one, two, three]]
    assert parts.runs((one, three), KEY.verifier) == [[one], [three]]
    assert parts.runs((one, forged, three), KEY.verifier) == [[one], [three]]
    assert parts.runs((one, forked, three), KEY.verifier) == [[one], [three]]
    assert parts.runs((one, made(3, 9), two), KEY.verifier) == [[one, two]]


@pytest.mark.parametrize("field", [name for name in Part._fields if name != "signature"])
def test_every_field_is_signed(field):
    part = made(0, 5)
    value = getattr(part, field)
    other = {bytes: lambda: value + b"x", list: lambda: value[::-1], int: lambda: value + 1}[type(value)]()
    assert not part._replace(**{field: other}).is_by(KEY.verifier)


def chain():
    """The records of exchanges as a chain holds them, with the answers that they name before them."""
    from proxy.audit.records import answers

    stated: set[str] = set()
    for made in exchanges():
        for one in made.stated:
            if one.digest not in stated:
                stated.add(one.digest)
                yield answers.statement(one, made).body
        yield made.body


def test_a_derivation_that_goes_on_behind_a_part_makes_the_same_rows_wherever_it_was_cut():
    bodies = list(chain())
    whole = Derivation()
    for seq, body in enumerate(bodies, 1):
        whole.add("w", seq, bytes(32), body)
    for cut in range(len(bodies)):
        before = Derivation()
        for seq, body in enumerate(bodies[:cut], 1):
            before.add("w", seq, bytes(32), body)
        behind = Derivation.resumed(orjson.loads(orjson.dumps(before.state())))
        for seq, body in enumerate(bodies[cut:], cut + 1):
            behind.add("w", seq, bytes(32), body)
        tables = [columnar.table(COLUMNS["exchange"], [*before.exchanges, *behind.exchanges])]
        assert tables[0].equals(columnar.table(COLUMNS["exchange"], whole.exchanges))
        assert behind.opened.keys() == whole.opened.keys()


def test_answers_of_days_ago_are_not_carried_on():
    made = Derivation()
    for day, target in ((0, "old"), (9, "new")):
        made.add(
            "w", day, b"", make(Columns(day * 86_400_000_000, "event", action="answer_stated", target=target), {}).body
        )
    assert made.state()["stated"].keys() == {"new"}


def test_rows_come_behind_those_of_the_file_that_they_replace(tmp_path):
    event = [None if kind == "int8" and name != "seq" else _DEFAULT[kind] for name, kind in COLUMNS["event"].items()]
    (tmp_path / "before").write_bytes(parts.packed("event", [event] * 3))
    again = columnar.arrow().parquet.ParquetFile(
        columnar.arrow().BufferReader(parts.packed("event", [event], tmp_path / "before"))
    )
    assert (again.metadata.num_rows, again.schema_arrow.names) == (4, list(COLUMNS["event"]))


def test_files_are_kept_while_they_are_used_and_hold_what_was_signed():
    files, contents = PartFiles(), PartContents(b"x", b"e", b"{}")
    part, other = made(0, 5)._replace(digests=contents.digests), made(5, 9)
    assert files.missing([part]) == [part]
    assert (files.load(other, contents), files.load(part, contents)) == (False, True)
    assert files.missing([part, other]) == [other]
    assert [one.read_bytes() for some in files.tables([part]).values() for one in some] == [b"x", b"e"]
    for _ in range(200):
        files.missing([])
    assert files.missing([part]) == [part]
    assert not files.path(contents.digests[0]).exists()
    files.close()
