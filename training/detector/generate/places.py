"""Addresses, towns, organisations and facilities."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

from mimesis import Address
from mimesis.locales import Locale

from training.detector.generate import people
from training.detector.generate.forms import FORMS, pick


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
    if language in FORMS["VILLAGES"] and rng.random() < 0.18:
        return pick(rng, "VILLAGES", language)
    if rng.random() < 0.3:
        names = rng.choice([FORMS["OTHERS"], *FORMS["MIMESIS"].values()])
    if rng.random() < 0.15:
        return str(rng.choice(pool(rng.choice(people.HOME[language]), "city")))
    return rng.choice(_towns(rng.choice(names)))


def region(rng: random.Random) -> str:
    return pick(rng, "REGIONS")


def country(rng: random.Random, language: str) -> str:
    if rng.random() < 0.6:
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
    if rng.random() < 0.35:
        text = str(rng.choice(pool(rng.choice(people.HOME[language]), "street_address")))
        if rng.random() < 0.95:
            return text.replace("\n", ", ")
    name = rng.choice(_streets(pick(rng, "MIMESIS", language)))
    return pick(rng, "STREETS", language).format(
        n=rng.randint(1, 2999 if language == "en" else 240),
        s=name,
        k=pick(rng, "KINDS"),
        a=rng.randint(1, 60),
        b=rng.randint(100, 9999),
    )


def organisation(rng: random.Random, language: str) -> str:
    draw = rng.random()
    if draw < 0.3:
        return str(rng.choice(pool(rng.choice(people.HOME[language]), "company")))
    if draw < 0.45:
        return pick(rng, "COMPANIES")
    if draw < 0.6 and language == "en":
        return _invented(rng)
    suffix = pick(rng, "SUFFIX", language)
    if draw < 0.75:
        name = pick(rng, "THEMES", language)
        if language == "en" or rng.random() < 0.2:
            name += " " + pick(rng, "FIELDS")
        elif rng.random() < 0.5:
            name += " " + people.person(rng, language).surname
    else:
        name = people.person(rng, language).surname
        if rng.random() < 0.5:
            name += " " + pick(rng, "FIELDS")
    return f"{name} {suffix}".strip()


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
