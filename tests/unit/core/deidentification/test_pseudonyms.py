from __future__ import annotations

import itertools

from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.surrogates import looks_like_pseudonym

KEY = b"k" * 32


def test_partial_mentions_share_the_parts_of_the_full_name() -> None:
    minter = Minter(KEY)
    given, family = minter.pseudonym("PERSON", "Maria Schmidt").split(" ")
    assert minter.pseudonym("PERSON", "Maria") == given
    assert minter.pseudonym("PERSON", "Mrs Schmidt") == f"Mrs {family}"
    assert minter.pseudonym("PERSON", "Schmidt, Maria") == f"{family}, {given}"
    initial, same = minter.pseudonym("PERSON", "M. Schmidt").split(" ")
    assert same == family
    assert minter.minted[initial] == "M."


def test_letter_case_is_mirrored_and_restores_exactly() -> None:
    minter = Minter(KEY)
    title, upper, lower = (minter.pseudonym("PERSON", name) for name in ("Maria", "MARIA", "maria"))
    assert (upper, lower) == (title.upper(), title.lower())
    assert [minter.minted[p] for p in (title, upper, lower)] == ["Maria", "MARIA", "maria"]


def test_title_alone_is_taken_for_a_name() -> None:
    assert "Pan" not in Minter(KEY).pseudonym("PERSON", "Pan")
    assert "Dr" not in Minter(KEY).pseudonym("PERSON", "Dr")


def test_kinds_of_one_family_agree_on_a_value() -> None:
    minter = Minter(KEY)
    assert minter.pseudonym("DATE", "2026-02-03") == minter.pseudonym("DATE_OF_BIRTH", "2026-02-03")


def test_colliding_pseudonym_is_minted_again_the_same_way_everywhere() -> None:
    class Narrow(Minter):
        def _candidate(self, entity_type: str, base: str, value: str, attempt: int) -> str:
            return f"ID_{min(attempt, 2)}"

    made = [[minter.pseudonym("X", value) for value in "abc"] for minter in (Narrow(KEY), Narrow(KEY))]
    assert made == [["ID_0", "ID_1", "ID_2"]] * 2


def test_random_surrogates_are_not_derived_from_value_or_key() -> None:
    numbers = itertools.count()

    def entropy(size: int) -> bytes:
        return next(numbers).to_bytes(size)

    one, two = Minter(KEY, entropy), Minter(KEY, entropy)
    first = one.pseudonym("PHONE_NUMBER", "(512) 555-0142")
    assert one.pseudonym("PHONE_NUMBER", "(512) 555-0142") == first
    assert two.pseudonym("PHONE_NUMBER", "(512) 555-0142") != first
    assert not any(map(str.isdigit, first))


def test_digest_is_keyed_and_repeatable() -> None:
    assert Minter(KEY).digest("X", "1") == Minter(KEY).digest("X", "1") != Minter(b"o" * 32).digest("X", "1")


def test_ordinary_text_has_no_pseudonym() -> None:
    text = "Call +1 512 555 0142 on 2026-02-03 at 10.0.0.1, user-name@example.com, snake_case_name, 3000-01-01x, Name_of_it"
    assert looks_like_pseudonym(text) in {(), ("3000-01-01",)}


def test_minter_does_not_show_its_key() -> None:
    assert "kkkk" not in repr(Minter(KEY))
