"""People who do not exist, drawn from the word lists of a language: a value of each of fifteen kinds, in many forms."""

from __future__ import annotations

import random
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from bench.leaks import identifiers, people

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl", "pt")
#: The kinds of values that are planted.
KINDS = (
    "name", "email", "phone", "address", "dob", "iban", "card", "national_id", "passport", "licence", "plate", "username",
    "ip", "record", "password",
)  # fmt: skip
_HOSTS = ("postnest", "mailbarn", "briefkorb", "courant", "lettera", "skrytka")
_WORDS = "Anchor Basalt Comet Dahlia Ember Falcon Granite Harbor Indigo Juniper Kestrel Lagoon Maple Nebula".split()
_COMPOSED = 0.4  # share of family names that are put together from stems and endings


@cache
def words(language: str) -> Mapping[str, Any]:
    """Return the lists of a language."""
    path = Path(__file__).parent / "words" / f"{language}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def digits(rng: random.Random, pattern: str) -> str:
    """Fill ``#`` with digits, ``*`` with digits but zero, and ``@`` with capitals."""
    drawn = {"#": string.digits, "*": string.digits[1:], "@": "ABCDEFGHJKLMNPRSTUVWXYZ"}
    return "".join(rng.choice(drawn[mark]) if mark in drawn else mark for mark in pattern)


def family(rng: random.Random, language: str) -> str:
    """Return a family name, listed or composed."""
    listed = words(language)
    if rng.random() < _COMPOSED:
        return rng.choice(listed["stems"].split()) + rng.choice(listed["ends"].split())
    return str(rng.choice(listed["family"].split())).replace("_", " ")


@dataclass
class Person:
    """One person. ``value`` draws a value of a kind once and repeats it afterwards."""

    rng: random.Random
    language: str
    given: str = ""
    family: str = ""
    _drawn: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.given = self.rng.choice(words(self.language)["given"].split())
        self.family = family(self.rng, self.language)

    def value(self, slot: str) -> str:
        """Return the value for a slot of a template."""
        if slot not in self._drawn:
            self._drawn[slot] = self._draw(slot)
        return self._drawn[slot]

    def _draw(self, slot: str) -> str:
        rng, listed = self.rng, words(self.language)
        if slot == "phone":
            return digits(rng, rng.choice(listed["phones"]))
        if slot in {"passport", "licence", "plate", "record"}:
            return digits(rng, rng.choice(listed[slot].split("|")))
        return {
            "name": self._name,
            "given": lambda: self.given,
            "title": lambda: f"{rng.choice(listed['titles'].split('|'))} {self.family}",
            "family_first": lambda: f"{self.family}, {self.given}",
            "email": self._email,
            "username": self._user_name,
            "address": self._address,
            "dob": self._born,
            "iban": lambda: people.account(rng, grouped=rng.random() < 0.5),
            "card": lambda: people.card(rng, rng.choice(("", " ", "-"))),
            "national_id": self._national_id,
            "ip": lambda: ".".join(str(rng.randint(*pair)) for pair in ((62, 95), (10, 250), (1, 254), (2, 254))),
            "password": lambda: f"{rng.choice(_WORDS)}{rng.choice('#!_.%-')}{rng.randint(10, 9999)}",
        }[slot]()

    def _national_id(self) -> str:
        country = self.rng.choice(words(self.language)["countries"].split())
        return identifiers.make(self.rng, country, written=self.rng.random() < 0.5)

    def _name(self) -> str:
        full = f"{self.given} {self.family}"
        return self.rng.choice((full, full, full, f"{self.given[0]}. {self.family}"))

    def _plain(self, text: str) -> str:
        kept = people.plain(text).lower()
        return "".join(letter for letter in kept if letter in string.ascii_lowercase)

    def _email(self) -> str:
        given, last = self._plain(self.given), self._plain(self.family)
        local = self.rng.choice(
            (f"{given}.{last}", f"{given[0]}{last}", f"{last}{self.rng.randint(1, 99)}", f"{given}_{last[0]}")
        )
        return f"{local}@{self.rng.choice(_HOSTS)}{self.rng.randint(2, 99)}.example"

    def _user_name(self) -> str:
        given, last = self._plain(self.given), self._plain(self.family)
        return self.rng.choice(
            (
                f"{given[0]}{last[:7]}{self.rng.randint(1, 99)}",
                f"{last}_{given[0]}",
                f"{given}{self.rng.randint(100, 999)}",
            )
        )

    def _address(self) -> str:
        listed = words(self.language)
        stem = self.rng.choice(listed["stems"].split()) + self.rng.choice(listed["ends"].split())
        pattern = str(self.rng.choice(listed["streets"]))
        return pattern.format(n=self.rng.randint(2, 198), s=stem.capitalize())

    def _born(self) -> str:
        listed = words(self.language)
        pattern = str(self.rng.choice(listed["born"].split("|")))
        month = self.rng.randint(1, 12)
        pattern = pattern.replace("%B", listed["months"].split()[month - 1])
        day, year = self.rng.randint(1, 28), self.rng.randint(1936, 2004)
        return pattern.replace("%d", f"{day:02}").replace("%m", f"{month:02}").replace("%Y", str(year))
