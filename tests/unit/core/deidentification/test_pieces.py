"""What one text alone asks for, without its text."""

from __future__ import annotations

import pytest

from proxy.core.deidentification.pieces import alone, keyed_name, minted_in
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.transform_plan import TransformPlan, TransformTerms
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.records import Obligation

KINDS = {"PERSON": "direct", "CREDENTIAL": "secret", "DATE": "quasi"}
TEXT = "Maria Ferreira, 2026-02-03, hunter22"
FOUND = SegmentFindings(
    (
        Finding("PERSON", 0, 14, 0.9, "test"),
        Finding("DATE", 16, 26, 0.9, "test"),
        Finding("CREDENTIAL", 28, 36, 0.9, "test"),
    )
)
PLAN = TransformPlan(
    [
        Obligation("p", "pseudonymize", entities=("PERSON",)),
        Obligation("r", "redact", entities=("CREDENTIAL",), params={"restore": "exchange"}),
        Obligation("g", "generalize", entities=("DATE",)),
    ],
    KINDS,
    TransformTerms(year=2026),
)


def minter() -> Minter:
    return Minter(b"k" * 32)


def test_a_piece_has_the_replacements_that_hold_in_every_request_and_leaves_the_others_to_each():
    piece = alone(PLAN, TEXT, FOUND, minter())
    name = minter().pseudonym("PERSON", "Maria Ferreira")
    assert [change[:4] for change in piece.changes] == [
        (0, 14, name, "PERSON"), (16, 26, "2026", "DATE"), (28, 36, None, "CREDENTIAL"),
    ]  # fmt: skip
    assert piece.lasting


def test_a_piece_names_the_values_that_go_by_the_key_of_their_domain_alone():
    named = [change.name for change in alone(PLAN, TEXT, FOUND, minter()).changes]
    values = [("PERSON", "Maria Ferreira"), ("DATE", "2026-02-03"), ("CREDENTIAL", "hunter22")]
    assert named == [keyed_name(*value, minter().domain) for value in values]
    assert set(named).isdisjoint(change.name for change in alone(PLAN, TEXT, FOUND, Minter(b"l" * 32)).changes)


def test_the_name_of_a_person_differs_from_that_of_the_same_text_as_another_value():
    assert keyed_name("PERSON", "Maria", b"d") != keyed_name("CREDENTIAL", "Maria", b"d")
    assert keyed_name("EMAIL_ADDRESS", "Maria", b"d") == keyed_name("CREDENTIAL", "Maria", b"d")


def test_originals_are_cut_out_of_the_text_again():
    piece, fresh = alone(PLAN, TEXT, FOUND, minter()), minter()
    fresh.pseudonym("PERSON", "Maria Ferreira")
    minted = minted_in([(TEXT, piece), (TEXT, piece)])
    assert {name: original for name, (_, original) in minted} == fresh.minted
    assert len(minted) == len(fresh.minted)


def test_a_pseudonym_that_two_originals_would_have_comes_with_both():
    piece = alone(PLAN, TEXT, FOUND, minter())
    other = TEXT.replace("Maria", "Marla")
    minted = minted_in([(TEXT, piece), (other, piece), (TEXT, piece), (other, piece)])
    assert [original for _, (_, original) in minted] == ["Maria", "Ferreira", "Marla"]


def test_without_a_minter_every_replacement_is_left_to_the_request():
    assert {change.new for change in alone(PLAN, TEXT, FOUND, None).changes} == {None}


def test_a_combining_mark_goes_with_its_letter():
    text = "Ask Rene\u0301 now"
    piece = alone(PLAN, text, SegmentFindings((Finding("PERSON", 4, 8, 0.9, "test"),)), minter())
    assert text[piece.changes[0].start : piece.changes[0].end] == "Rene\u0301"


@pytest.mark.parametrize(("text", "lasting"), [(r"mar\u00eda ruiz", False), ("maria ruiz", True)])
def test_a_text_with_an_escaped_value_is_worked_out_each_time(text, lasting):
    segment = SegmentFindings((Finding("PERSON", 0, len(text), 0.9, "test"),))
    assert alone(PLAN, text, segment, minter()).lasting is lasting


def test_a_minter_takes_over_what_a_sibling_minted_unless_two_values_would_share_a_pseudonym():
    sibling, own = minter().sibling(), minter()
    name = sibling.pseudonym("PERSON", "Maria")
    tag = sibling.tag_of(name)
    assert own.adopt([(name, (tag, "Maria"))])
    assert own.minted == {name: "Maria"}
    assert own.adopt([(name.upper(), (tag, "MARIA"))])
    assert not own.adopt([(name, (tag, "Jonas"))])
    assert not own.adopt([("Name_AAAAAAAAAA", (tag, "Lena")), ("name_aaaaaaaaaa", (tag, "jonas"))])
    assert set(own.minted) == {name, name.upper()}
