"""What is kept of a record: digests alone, none of a value that tells nobody apart."""

from __future__ import annotations

from hashlib import blake2b

import pytest

from proxy.detection.registered.rows import VERSION, RowDigests, columns, subject_digest, types_of
from proxy.detection.registered.words import Digester
from proxy.errors import ConfigurationError
from testing.registered_lists import ANNA, COLUMNS, JAN, ROSE

DIGESTER = Digester(b"r" * 32)
MAKER = RowDigests(DIGESTER, columns(COLUMNS))


def test_columns_name_kinds_headers_and_types():
    parsed = columns("given=Vorname,family,id:PASSPORT=No", {"PASSPORT": {}})
    assert parsed == (
        ("given", "Vorname", "PERSON"), ("family", "family", "PERSON"), ("id", "No", "PASSPORT"),
    )  # fmt: skip
    assert types_of(parsed) == ("PASSPORT",)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "given",
        "colour",
        "id:NOTHING",
        "phone:PASSPORT",
        "birth_date,zip",
        "given=A,family=A",
        "id,id",
        "name,subject=id,id,phone=id",
    ],
)
def test_columns_that_identify_nobody_are_refused(wrong):
    with pytest.raises(ConfigurationError):
        columns(wrong, {"PASSPORT": {}})


def test_a_record_is_its_digests_and_whose_it_is():
    person = MAKER.of(ANNA)
    assert person.subject == subject_digest(DIGESTER, ANNA["id"]) != subject_digest(DIGESTER, JAN["id"])
    assert len(person.digests) > 20
    assert person.digests == MAKER.of(dict(ANNA)).digests
    assert person.digests != RowDigests(Digester(b"s" * 32), columns(COLUMNS)).of(ANNA).digests


def test_digests_that_change_are_of_another_version():
    """Whoever changes what a record or a text is compared by raises ``VERSION``, then writes the new digest here."""
    made = [digest for row in (ANNA, JAN, ROSE) for digest in MAKER.of(row).digests]
    assert (VERSION, blake2b(repr(made).encode(), digest_size=8).hexdigest()) == (2, "58b9eda314ee5571")


def test_an_empty_record_keeps_nothing():
    assert MAKER.of({}).digests == []
    assert MAKER.of({"given": "Rose"}).digests == []
    assert MAKER.of({"zip": "10115", "city": "Berlin", "email": "none", "id": "123"}).digests == []
