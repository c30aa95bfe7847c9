"""Realistic surrogates of many people: nobody shares one, everybody comes back, and lists that end are told by tokens."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.deidentification.declension import FAMILY, LANGUAGES, MAN, WOMAN, listed
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.realistic import Cast, named
from proxy.core.deidentification.transform import transform
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.records import Obligation, Operation, Payload, TextSpan
from proxy.core.replies.restore import RestorablePseudonyms, Restorer, natural_spellings
from testing import growth
from testing.examples import examples

KEYS = st.binary(min_size=32, max_size=32)
#: Names that one language takes for forms of others: each is another person's.
GIVEN = "Torianna Toriann Krista Krist Avice Avika Minie Mina Anna Anny Annie Ann Annes Jan Jana Janem Marek Marka Mark"
FAMILIES = (
    "Uldry Ferrari Ferraris Grabski Grabska Mateu Mateus Eeltink Eeltinks Abraham Abrahams Nowak Nowaka Novak Smith"
    " Smiths Schmidt Schmidts Kowalski Kowalska Kowalskiego Weber Webers McDonald Mcdonald Macdonald Müller Mueller"
)
PEOPLE = st.builds("{} {}".format, st.sampled_from(GIVEN.split()), st.sampled_from(FAMILIES.split()))
#: Forms of one person by language, the base form first.
FORMS = {
    "pl": (
        "Marek Kowalski",
        "Marka Kowalskiego",
        "Kowalski Marek",
        "Kowalskiemu",
        "Markiem",
        "Kowalski, Marek",
        "M. Kowalski",
    ),
    "de": ("Anna Schmidt", "Annas", "Schmidts", "Frau Schmidt", "Schmidt, Anna", "ANNA SCHMIDT"),
    "en": ("John Carter", "Carters", "Mr Carter", "john_carter", "CARTER, John", "JohnCarter"),
    "uk": ("Олена Коваленко", "Олени", "Олені Коваленко", "Коваленко Олена"),
}


def people(number: int) -> list[str]:
    """Return full names, all different, of the listed names of all languages."""
    chance, names = random.Random(number), listed()
    firsts = sorted({name for (_, kind), row in names.items() if kind in {WOMAN, MAN} for name in row})
    families = sorted({name for (_, kind), row in names.items() if kind == FAMILY for name in row})
    everybody: dict[str, None] = {}
    while len(everybody) < number:
        everybody[f"{chance.choice(firsts)} {chance.choice(families)}".title()] = None
    return list(everybody)


def cast(everybody: list[str], language: str, key: bytes = b"k" * 32) -> Minter:
    minter = Minter(key)
    minter.segment = SegmentFindings(language=language)
    minter.cast = Cast(minter.number, ["\n".join(everybody)], everybody)
    return minter


def check(everybody: list[str], minter: Minter) -> list[str]:
    """Return the surrogates of people, all different, after they came back."""
    surrogates = [named(name, minter) for name in everybody]
    assert len(set(surrogates)) == len(everybody)
    assert Restorer(minter.minted).whole("\n".join(surrogates)).split("\n") == everybody
    return surrogates


def test_five_thousand_people_share_no_surrogate_and_come_back():
    everybody = people(5_000)
    surrogates = check(everybody, cast(everybody, "de"))
    assert any("Name_" not in name for name in surrogates)  # the lists are used up to their ends
    assert any("Name_" in name for name in surrogates)  # and then people are told apart by tokens


@given(st.lists(PEOPLE, min_size=2, max_size=12, unique=True), st.sampled_from(LANGUAGES), KEYS)
def test_names_that_are_forms_of_others_stay_apart(everybody, language, key):
    check(everybody, cast(everybody, language, key))


@pytest.mark.parametrize("language", FORMS)
@examples(10)
@given(KEYS, st.data())
def test_one_person_among_many_has_one_name_in_all_forms(language, key, data):
    others = data.draw(st.lists(PEOPLE.filter(lambda name: not re.search("Mar|Ann|Kowal|Schmi", name)), unique=True))
    everybody = data.draw(st.permutations([*FORMS[language], *others]))
    minter = cast(everybody, language, key)
    surrogates = dict(zip(everybody, check(everybody, minter), strict=True))
    stems = {word.casefold()[:3] for word in surrogates[FORMS[language][0]].split()}
    for form in FORMS[language]:
        words = re.findall(r"[^\W\d_]{3,}", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", surrogates[form]))
        assert {word.casefold()[:3] for word in words} - {"fra"} <= stems, surrogates


def test_a_list_that_ends_costs_no_more_for_each_person():
    def prepare(times: int):
        everybody = people(20 * times)
        return lambda: [named(name, each) for each in [cast(everybody, "fr")] for name in everybody]

    growth.check_linear(prepare)


TAILS = ["", "s", "es", "as", "x", "in", "owa", "\u0301", "Akte", "7", "'s", "-s", "%", "ß", "ів"]
LOOKS_REAL = Obligation("s", "pseudonymize", method="surrogate_realistic")


@examples(60)
@given(
    st.sampled_from(LANGUAGES), st.sampled_from([FAMILY, MAN, WOMAN]), st.integers(0, 999), st.sampled_from(TAILS),
    st.sampled_from(TAILS), KEYS, st.integers(1, 60),
)  # fmt: skip
def test_the_echo_of_what_left_is_the_request(language, kind, number, tail, other, key, cut):
    names = sorted(listed()[language, kind])
    name = names[number % len(names)].title()
    text = f"{name} came. {name}{tail}; {name.upper()}{other} of {name}{name}{tail}. Luca {name}{other}"
    findings = (Finding("PERSON", 0, len(name), 0.9, "titled"),)
    payload = Payload(
        {}, Operation.CHAT, "m", stream=False, stateful=False, tools=False,
        spans=(TextSpan("/0", "messages[*].content", text),),
    )  # fmt: skip
    segment = SegmentFindings(findings, language=language)
    changed = transform(payload, (segment,), (LOOKS_REAL,), Minter(key), {"PERSON": "direct"})
    left = changed.texts.get(0, text)
    spelled = natural_spellings(changed.pseudonyms, changed.natural)
    restorer = Restorer(RestorablePseudonyms({**spelled, **changed.pseudonyms}, natural=spelled))
    pieces = [restorer.feed(left[at : at + cut]) for at in range(0, len(left), cut)]
    assert "".join(pieces) + restorer.flush() == text, left
