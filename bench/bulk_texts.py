"""Texts by number, for benches that need many: short notes with people, places, identifiers and health, or without."""

from __future__ import annotations

import random
from collections.abc import Iterator

_NAMES = (
    "Ann Lee",
    "Jonas Weber",
    "Marie Dubois",
    "Petra Novak",
    "John Smith",
    "Lucia Rossi",
    "Sofia Marin",
    "Omar Haddad",
)
_PLACES = ("Berlin", "Wien", "Lyon", "Madrid", "Dublin", "Torino", "Utrecht", "Oslo")
_CONDITIONS = ("diabetes", "asthma", "a broken wrist", "migraine", "high blood pressure", "depression")
_PLAIN = (
    "The build failed at step {n}: the linker found no symbol.",
    "Please summarise chapter {n} in three sentences.",
    "Die Lieferung {n} ist noch nicht im Lager angekommen.",
    "Explain how a hash join differs from a merge join, case {n}.",
)
_MARKED = (
    "Patient {name} from {place} has had {condition} since {year}.",
    "{name} asked to call +49 30 {n:07d} about invoice {n}.",
    "Send the offer to {mail}@example.{tld} and a copy to {name} in {place}.",
    "{name} paid with card 4111 1111 1111 1111 on day {n}.",
    "Frau {name} wohnt in {place}, geboren am {day}.{month}.{year}.",
    "Mon médecin, {name}, soigne {condition} ({place}, {year}).",
)


def text(number: int, seed: int = 0) -> str:
    """Return the text of a number; equal numbers and seeds give equal texts."""
    drawn = random.Random(f"{seed}:{number}")
    name = drawn.choice(_NAMES)
    words = {
        "n": drawn.randrange(10_000_000),
        "name": name,
        "mail": name.lower().replace(" ", "."),
        "tld": drawn.choice(("com", "de", "org")),
        "place": drawn.choice(_PLACES),
        "condition": drawn.choice(_CONDITIONS),
        "year": drawn.randrange(1940, 2020),
        "day": drawn.randrange(1, 29),
        "month": drawn.randrange(1, 13),
    }
    sentences = drawn.choices((*_PLAIN, *_MARKED), k=drawn.choice((1, 1, 2, 3)))
    return " ".join(sentence.format(**words) for sentence in sentences)


def texts(count: int, seed: int = 0) -> Iterator[str]:
    """Yield so many texts."""
    return (text(number, seed) for number in range(count))
