from __future__ import annotations

import pytest

from proxy.core.entities import ENTITIES, chosen, parsed, with_trait

ROW = """
[LOYALTY_NUMBER]
about = "numbers of customer cards"
kind = "direct"
categories = ["personal"]
"""


def test_a_row_needs_only_what_it_is():
    one = parsed(ROW)["LOYALTY_NUMBER"]
    assert (one.pseudonym, one.shapes, one.profiles, one.traits) == ("ID", (), {}, frozenset())
    assert one.policy() == {"kind": "direct", "categories": ["personal"]}


def test_a_quasi_identifier_says_under_which_law():
    row = ROW.replace('"direct"', '"quasi"').replace('["personal"]', '[]\nidentifies = ["GDPR"]')
    assert parsed(row)["LOYALTY_NUMBER"].policy() == {"kind": "quasi", "categories": [], "identifies": ["GDPR"]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("[LOYALTY_NUMBER]", "[loyalty]"), "loyalty: a table named in capitals"),
        (('kind = "direct"\n', ""), "LOYALTY_NUMBER.kind: required"),
        (('"direct"', '"secret thing"'), "LOYALTY_NUMBER.kind: 'secret thing' is none of direct, "),
        (('["personal"]', '["persona"]'), "LOYALTY_NUMBER.categories: 'persona' is none of personal, "),
        (('["personal"]', '"personal"'), "LOYALTY_NUMBER.categories: tuple of text expected"),
        (('["personal"]', "[]"), 'LOYALTY_NUMBER.categories: "personal"'),
        (('"numbers of customer cards"', '" "'), "LOYALTY_NUMBER.about: str of text expected"),
        (('["personal"]', '["personal"]\nidentifies = ["GDPR"]'), "LOYALTY_NUMBER.identifies: required for quasi"),
        (('"direct"', '"quasi"'), 'LOYALTY_NUMBER.categories: "personal"'),
        (('["personal"]', '["personal"]\ntraits = ["chequed"]'), "LOYALTY_NUMBER.traits: 'chequed' is none of"),
        (('["personal"]', '["personal"]\npseudonym = "a b"'), "LOYALTY_NUMBER.pseudonym: a single capitalised word"),
        (('["personal"]', '["personal"]\nrole = "nobody"'), "LOYALTY_NUMBER.role: 'nobody' is none of"),
        (('["personal"]', '["personal"]\nprofile = {}'), "LOYALTY_NUMBER.profile: unknown; known are about, "),
    ],
)
def test_a_mistake_is_named_with_its_place(change, message):
    assert change[0] in ROW
    with pytest.raises(ValueError) as fault:
        parsed(ROW.replace(*change))
    assert message in str(fault.value)


def test_a_word_that_stands_for_nothing_is_named():
    with pytest.raises(ValueError, match=r"LOCATION\.generalize: 'state' is none of year"):
        chosen("generalize", {"year": 1, "age_band": 2, "zip3": 3})


def test_content_identifies_nobody_and_is_no_identifier():
    assert {ENTITIES[name].kind for name in with_trait("content")} == {"attr", "quasi"}
    assert with_trait("content") >= {name for name, one in ENTITIES.items() if one.kind == "attr"}


def test_no_label_of_a_model_and_no_name_of_presidio_means_two_types():
    for member in ("spacy", "presidio"):
        names = [name for one in ENTITIES.values() for name in getattr(one, member)]
        assert len(names) == len(set(names))
