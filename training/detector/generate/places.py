"""Addresses, towns, organisations and facilities."""

from __future__ import annotations

import random
import string
from functools import cache
from typing import Any

from mimesis import Address
from mimesis.locales import Locale

from training.detector.generate import lexicon, people
from training.detector.generate.forms import FORMS, pick

#: Share of the towns that come from our lists, for languages where a town changes its ending.
_VILLAGES = {"pl": 0.4, "cs": 0.3, "ro": 0.5}
#: Share of the organisations that go by an everyday name.
_FIRMS = 0.45


@cache
def _mimesis(name: str) -> Any:
    return Address(getattr(Locale, name), seed=1)


@cache
def _towns(name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_mimesis(name).city() for _ in range(600)))


@cache
def _streets(name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_mimesis(name).street_name() for _ in range(600)))


@cache
def pool(locale: str, kind: str, count: int = 400) -> tuple[str, ...]:
    make = getattr(people.locale(locale), kind)
    return tuple(dict.fromkeys(make() for _ in range(count)))


def city(rng: random.Random, language: str) -> str:
    names = FORMS["MIMESIS"][language]
    if language in FORMS["VILLAGES"] and rng.random() < _VILLAGES.get(language, 0.18):
        return pick(rng, "VILLAGES", language)
    if rng.random() < 0.3:
        names = rng.choice([FORMS["OTHERS"], *filter(None, FORMS["MIMESIS"].values())])
    if not names or rng.random() < 0.15:
        return str(rng.choice(pool(rng.choice(people.HOME[language]), "city")))
    return rng.choice(_towns(rng.choice(names)))


def region(rng: random.Random) -> str:
    return pick(rng, "REGIONS")


def country(rng: random.Random, language: str) -> str:
    if language in FORMS["COUNTRIES"] and rng.random() < 0.6:
        return pick(rng, "COUNTRIES", language)
    if FORMS["MIMESIS"][language] and rng.random() < 0.6:
        return str(_mimesis(pick(rng, "MIMESIS", language)).country())
    return str(rng.choice(pool("en_US", "country")))


def postcode(rng: random.Random, language: str) -> str:
    return str(rng.choice(pool(rng.choice(people.HOME[language]), "postcode")))


def _military(rng: random.Random) -> str:
    """An address of the American forces: a unit and box, or a ship."""
    first = rng.choice(["Unit {a} Box {b}", "PSC {a}, Box {b}", "USS {s}", "USNS {s}", "CMR {a} Box {b}", "USCGC {s}"])
    text = first.format(a=rng.randint(100, 9999), b=rng.randint(100, 9999), s=people.person(rng, "en").surname)
    return f"{text}{rng.choice([', ', chr(10)])}{rng.choice(['APO', 'FPO', 'DPO'])} {rng.choice(['AA', 'AE', 'AP'])}"


def _invented(rng: random.Random) -> str:
    """A company name of the coined kind."""
    first = pick(rng, "COINED")
    last = pick(rng, "ENDINGS")
    return rng.choice(
        [
            first + last.lower(),
            f"{first} {last}",
            f"{first}{last}",
            f"{first} {pick(rng, 'ADDED')}",
            f"{first}.io",
            f"{first}{last} {pick(rng, 'ADDED')}",
            f"{first} and {pick(rng, 'COINED')} {pick(rng, 'ADDED')}",
        ]
    )


def street(rng: random.Random, language: str) -> str:
    """One street line. A fifth of them follow another country's habits."""
    if rng.random() < 0.2:
        language = rng.choice(list(FORMS["STREETS"]))
    if language == "en" and rng.random() < 0.06:
        return _military(rng)
    known = FORMS["MIMESIS"][language]
    if not known or rng.random() < 0.35:
        text = str(rng.choice(pool(rng.choice(people.HOME[language]), "street_address")))
        if not known or rng.random() < 0.95:
            return text.replace("\n", ", ")
    name = rng.choice(_streets(rng.choice(known)))
    return pick(rng, "STREETS", language).format(
        n=rng.randint(1, 2999 if language == "en" else 240),
        s=name,
        k=pick(rng, "KINDS"),
        a=rng.randint(1, 60),
        b=rng.randint(100, 9999),
    )


def _firm(rng: random.Random, language: str) -> str:
    """A firm, club, bank or authority by its everyday name, without a legal form."""
    return pick(rng, "FIRMS", language).format(
        s=people.person(rng, language).surname,
        s2=people.person(rng, language).surname,
        c=city(rng, language),
        w=lexicon.word(rng, language).capitalize(),
        x=lexicon.word(rng, language).capitalize(),
        y=lexicon.word(rng, language).lower(),
        a="".join(rng.choices(string.ascii_uppercase, k=rng.choice((2, 3, 3, 3, 4, 4, 5)))),
    )


def organisation(rng: random.Random, language: str) -> str:
    draw = rng.random()
    if draw < _FIRMS:
        return _firm(rng, language)
    if draw < _FIRMS + 0.17:
        return str(rng.choice(pool(rng.choice(people.HOME[language]), "company")))
    if draw < _FIRMS + 0.25:
        return pick(rng, "COMPANIES")
    if draw < _FIRMS + 0.33 and language == "en":
        return _invented(rng)
    return f"{_named(rng, language)} {pick(rng, 'SUFFIX', language)}".strip()


def _named(rng: random.Random, language: str) -> str:
    """The part of a firm's name before its legal form."""
    themed = rng.random() < 0.4
    name = pick(rng, "THEMES", language) if themed else people.person(rng, language).surname
    if rng.random() < (1.0 if themed and language == "en" else 0.4):
        return f"{name} {pick(rng, 'FIELDS')}"
    return f"{name} {people.person(rng, language).surname}" if themed and rng.random() < 0.5 else name


def facility(rng: random.Random, language: str) -> str:
    """A hospital, practice or school; known American and British names are short forms people really write."""
    if language == "en" and rng.random() < 0.3:
        return pick(rng, "KNOWN")
    if rng.random() < 0.06:
        return pick(rng, "KNOWN")
    return pick(rng, "FACILITY", language).format(
        c=city(rng, language),
        s=people.person(rng, language).surname,
        g=pick(rng, "SAINTS"),
        t=pick(rng, "THEMES", "en"),
    )
