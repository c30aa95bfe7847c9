"""Made-up records of people and of things, as tools, tables, databases and logs hold them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from training.detector.generate.grammar import Cast, Span, choose, fill, templates
from training.detector.generate.layouts import Field, written

_STORED: dict[str, Any] = json.loads(Path(__file__).with_name("records.json").read_text(encoding="utf-8"))
#: Names of what a record of a person holds, by language; in English also for the other languages.
KEYS: dict[str, dict[str, tuple[str, ...]]] = {
    language: {slot: tuple(row.split(", ")) for slot, row in rows.items()} for language, rows in _STORED["KEYS"].items()
}
#: Names of what a record of a thing holds, and the templates of their values.
THINGS: dict[str, list[str]] = _STORED["THINGS"]
#: Templates of values for the slots of people.
VALUES: dict[str, list[str]] = _STORED["VALUES"]
_PLAIN_LETTERS = str.maketrans(
    "àáâãäåçèéêëìíîïñòóôõöøùúûüýąćęłńśźżčďěňřšťůžăîșțşğıæőű", "aaaaaaceeeeiiiinoooooouuuuyacelnszzcdenrstuzaistsgiaou"
)
#: A value that is a whole message, made of a template of the language.
_MESSAGE, _LONGEST = "*", 160
_COUNTS = (1, 1, 1, 2, 2, 3, 4)
_UNESCAPED = str.maketrans({'"': "'", "\\": "/", "\n": " ", "\t": " "})


def _styled(rng: random.Random, words: str) -> str:
    """``first name`` as a key: snake, camel, title or as it is."""
    style = rng.choice(["snake", "snake", "camel", "title", "plain", "upper"])
    if style == "plain":
        return words
    if style == "title":
        return words.title() if rng.random() < 0.5 else words[0].upper() + words[1:]
    bare = words.translate(_PLAIN_LETTERS)
    if style == "camel":
        first, *rest = bare.split()
        return first + "".join(word.capitalize() for word in rest)
    return bare.replace(" ", "_").upper() if style == "upper" else bare.replace(" ", "_")


def _value(cast: Cast, template: str) -> tuple[str, list[Span]]:
    """A filled template without signs that a writer would have to escape."""
    if template == _MESSAGE:
        template = cast.rng.choice([line for line in templates(cast.language) if len(line) < _LONGEST])
    text, spans = fill(cast, choose(cast.rng, template))
    return text.translate(_UNESCAPED), spans


def _columns(cast: Cast) -> list[tuple[str, str]]:
    """Keys with templates; one record of them describes a person."""
    rng = cast.rng
    local = KEYS[cast.language] if cast.language in KEYS and rng.random() < 0.6 else KEYS["en"]
    slots = rng.sample(list(local), rng.randint(2, min(7, len(local))))
    if not {"name", "given", "surname"} & set(slots):
        slots.insert(rng.randint(0, 1), rng.choice(["name", "surname"]))
    return [(_styled(rng, rng.choice(local.get(slot, KEYS["en"][slot]))), rng.choice(VALUES[slot])) for slot in slots]


def _plain(cast: Cast, count: int) -> list[tuple[str, str]]:
    """Keys with templates of values that tell of nobody."""
    keys = cast.rng.sample(list(THINGS), count)
    return [(_styled(cast.rng, cast.rng.choice(key.split(", "))), cast.rng.choice(THINGS[key])) for key in keys]


def _row(cast: Cast, columns: list[tuple[str, str]]) -> list[Field]:
    """One record; its slots are of the same person."""
    cast.kept.clear()
    cast.crowd.clear()
    return [(key, *_value(cast, template.replace("}", "1}"))) for key, template in columns]


def record(rng: random.Random, language: str) -> tuple[str, list[Span]]:
    """A document of one to four records: of people, of things, or of people with things."""
    cast = Cast(rng, language)
    kind = rng.choice(["people", "people", "things", "things", "mixed"])
    columns = [] if kind == "things" else _columns(cast)
    if kind != "people":
        columns += _plain(cast, rng.randint(2, 6) if kind == "things" else rng.randint(1, 3))
    if kind == "mixed":
        rng.shuffle(columns)
    return written(rng, [_row(cast, columns) for _ in range(rng.choice(_COUNTS))])
