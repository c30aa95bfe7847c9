from __future__ import annotations

import re

import pytest

from proxy.core.deidentification.assignments import MOST, EarlierTurns
from proxy.core.deidentification.declension import FAMILY, WOMAN, NameForm, endings_of, listed
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.realistic import Cast, named, numbered
from proxy.core.findings import SegmentFindings
from proxy.core.kept_state import NO_ASSIGNMENTS, Assignments

ANNA = NameForm("de", WOMAN, "anna", endings_of("de", WOMAN, "anna"), 0, listed=True)
WOMEN = [name.title() for name in sorted(listed()["de", WOMAN]) if name.startswith("a")]


def number(purpose, limit):
    return Minter(b"k" * 32).number(purpose, limit)


def turn(kept, *people, language="de", numbers=(), key=b"k" * 32):
    """Return what becomes of people and numbers in a turn, and what the next turn knows."""
    minter = Minter(key)
    minter.cast = Cast(minter.number, [" ".join((*people, *numbers))], people, kept)
    minter.segment = SegmentFindings(language=language)
    new = [*(named(name, minter) for name in people), *(numbered("PHONE_NUMBER", each, minter) for each in numbers)]
    return new, minter.cast.assigned()


def test_nothing_is_known_of_a_first_turn():
    first = EarlierTurns(NO_ASSIGNMENTS, number)
    assert (first.has("", "anna"), first.name("", "anna"), first.is_full) == (False, None, False)
    assert first.may_have_another(first.number("123456789"))


def test_what_is_added_is_known_by_its_role_and_names_no_value():
    kept = EarlierTurns(NO_ASSIGNMENTS, number).and_also({("", "anna"): ("antje", ANNA), ("", "olga"): None}, {})
    assert not re.search("anna|olga", repr(kept.names))
    later = EarlierTurns(kept, number)
    surrogate, form = later.name("", "anna")
    assert (surrogate, form.base, form.kind, form.endings) == ("antje", "anna", WOMAN, ("", "s"))
    assert (later.has("", "olga"), later.name("", "olga")) == (True, None)
    assert not later.has(FAMILY, "anna")


def test_turn_after_turn_nobody_gets_what_somebody_has():
    kept, everybody = NO_ASSIGNMENTS, {}
    for name in WOMEN:
        (new,), kept = turn(kept, name)
        everybody[name] = new
    assert len(set(everybody.values())) == len(WOMEN)
    again, more = turn(kept, *WOMEN)
    assert (again, more) == ([*everybody.values()], kept)


@pytest.mark.parametrize(
    ("first", "later", "language"),
    [
        ("Anna Schmidt", ["Annas", "Frau Schmidt", "ANNA"], "de"),
        ("Annas", ["Anna"], "de"),
        ("Zyta Kowalska", ["Zyty Kowalskiej", "Kowalską"], "pl"),
        ("Олена Коваленко", ["Олені"], "uk"),
    ],
)
def test_forms_of_a_name_are_its_person_in_any_turn(first, later, language):
    (before,), kept = turn(NO_ASSIGNMENTS, first, language=language)
    stems = {word[:3].lower() for word in re.findall(r"[^\W\d_]+", before)}
    for name in later:
        (new,), more = turn(kept, name, language=language)
        assert {word[:3].lower() for word in re.findall(r"[^\W\d_]+", new.replace("Frau ", ""))} <= stems
        assert more == kept


def test_numbers_stay_in_another_layout_and_are_never_shared():
    (first,), kept = turn(NO_ASSIGNMENTS, numbers=["+1 212 867-5309"])
    (second,), kept = turn(kept, numbers=["(212) 867 5309"])
    digits = [re.sub(r"\D", "", each)[-10:] for each in (first, second)]
    assert digits[0] == digits[1]
    seen = set()
    for each in range(60):
        (new,), kept = turn(kept, numbers=[f"+46 8 123 45 {each:02d}"])
        seen.add(new)
    assert len(seen) == 60


def test_a_name_that_had_a_token_has_it_in_later_turns_too():
    kept, family = NO_ASSIGNMENTS, [f"{name} Meier" for name in WOMEN]
    kept = Assignments(
        names={**turn(kept, *family)[1].names, EarlierTurns(kept, number)._person("", "anna"): ("",) * 3}
    )
    assert turn(kept, "Anna")[0][0].startswith("Name_")


def test_a_full_record_takes_nobody_in_and_knows_everybody_in_it():
    (before, *_), kept = turn(NO_ASSIGNMENTS, "Anna", numbers=["+46 8 123 45 67"])
    full = Assignments(0, {**kept.names, **{str(each): ("x", "de", "f") for each in range(MOST)}}, kept.numbers)
    (anna, olga, new, old), more = turn(full, "Anna", "Olga", numbers=["+46 8 765 43 21", "+46 8 123 45 67"])
    assert anna == before
    assert olga.startswith("Name_")
    assert new.startswith("+999")
    assert old.startswith("+46 70")
    assert more == full


def test_another_key_knows_nobody_and_takes_nothing_of_theirs():
    (before,), kept = turn(NO_ASSIGNMENTS, "Anna")
    assert turn(kept, "Anna", key=b"l" * 32)[0] != [before]
