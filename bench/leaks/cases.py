"""The conversations: each kind of value in sentences, each place of a request, each way to encode; drawn from a seed."""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.leaks import credentials, identifiers, others, people
from bench.leaks.encoders import ENCODERS, HOME_MADE, NUMBERS_ONLY
from bench.leaks.people import SPELLINGS, Person, Value
from bench.leaks.phrases import AROUND, ENGLISH, FIELD, NAME
from bench.leaks.places import PLACES, user
from proxy.detection.languages import words

_SENTENCES = {"ID": "For the form: % is the {word} of @.", "bare": "@\n%\n"}
#: Encoded in sentences: what, and the sentence.
_ENCODED = {
    "name": "Draft a reply to % about the delayed order.",
    "email": "Send the invoice to % before Friday.",
    "card": "She paid with the card % in May.",
    "iban": "Refund the amount to the account % today.",
}


_CHECKED = {"card": "4111111111111111", "ssn": "536-22-8145", "iban": "DE89370400440532013000"}
#: How a number is written; a list, a float or an exponent only where all of it are digits.
_WRITTEN: Mapping[str, Callable[[str], str]] = {
    "as it is": str,
    "groups": lambda number: " ".join(re.findall(".{1,4}", number)) if number.isalnum() else number.replace("-", " "),
    "float": lambda number: f"{number}.0",
    "exponent": lambda number: f"{number[0]}.{number[1:]}e{len(number) - 1}",
    "digits": lambda number: json.dumps([*map(int, number)]),
    "list of groups": lambda number: json.dumps(re.findall(".{4}", number)),
}
_CARD_ONLY = frozenset({"float", "exponent", "digits", "list of groups"})
_LABELLED = ("{label} {value}:", "{label} #{value}.", "{label}-{value},", '{{"{label}": {value}}}', "{label}: {value};")


@dataclass
class Case:
    """One conversation. ``group`` and ``name`` say what it is about, ``mode`` how the reply comes."""

    group: str
    name: str
    caller: str
    body: dict[str, Any]
    plants: Sequence[Value]
    mode: str = "whole"
    kinds: frozenset[str] = field(default_factory=frozenset)


class Cases:
    """Draws cases from a seed."""

    def __init__(self, seed: int) -> None:
        self.own = random.Random(seed)

    def all(self, share: float = 1.0) -> list[Case]:
        """Return every case, or a share of each group, in random order, with the ways to reply spread over them."""
        made = [
            *self.places(),
            *self.names(),
            *self.fields(),
            *self.ids(),
            *self.secrets(),
            *self.labelled(),
            *self.encoded(),
            *self.split(),
            *(Case("held out", name, "care", body, plants) for name, body, plants in others.cases(self.own)),
        ]
        self.own.shuffle(made)
        kept = made[: max(1, round(len(made) * share))]
        for number, case in enumerate(kept):
            case.mode = (
                ("whole", "stream", "call", "stream call")[number % 4] if case.group != "embeddings" else "whole"
            )
        return kept

    def _who(self, language: str = "") -> Person:
        return people.person(self.own, language or self.own.choice(people.LANGUAGES))

    def places(self) -> Iterator[Case]:
        """Each place in four languages."""
        for name, place in PLACES.items():
            for language in self.own.sample(people.LANGUAGES, 4):
                body, plants = place(self._who(language), self.own)
                yield Case("place", name, "care", body, plants)

    def names(self) -> Iterator[Case]:
        """Each spelling of a name in each language."""
        for language in people.LANGUAGES:
            for spelling in SPELLINGS:
                value = self._who(language).name(spelling)
                text = f"{self.own.choice(NAME[language]).replace('%', value.text)} {AROUND[language]}"
                yield Case("name", f"{spelling}", "care", user(text), [value])

    def fields(self) -> Iterator[Case]:
        """Each kind of value in a sentence, in every language that has one for it."""
        for language, sentences in FIELD.items():
            for kind, sentence in sentences.items():
                yield self._field(self._who(language), kind, sentence)
        for kind, sentence in ENGLISH.items():
            for _ in range(3):
                yield self._field(self._who("en"), kind, sentence)

    def _field(self, who: Person, kind: str, sentence: str) -> Case:
        value = who.fields[kind]
        text = sentence.replace("@", who.full).replace("%", value.text)
        caller = "clinic" if kind == "mrn" else "care"
        return Case("kind", kind, caller, user(f"{text} {AROUND[who.language]}"), [who.fields["name"], value])

    def ids(self) -> Iterator[Case]:
        """Identity numbers of every country, written and bare, beside their word and in a list."""
        for country in identifiers.COUNTRIES:
            for written, sentence in ((True, "ID"), (False, "ID"), (True, "bare")):
                number, who = identifiers.make(self.own, country, written=written), self._who("en")
                text = _SENTENCES[sentence].format(word=identifiers.word(country)).replace("@", who.full)
                value = Value("national id", number, (number,))
                yield Case("national id", country, "care", user(text.replace("%", number)), [who.fields["name"], value])

    def secrets(self) -> Iterator[Case]:
        """Credentials of every kind, alone and within a file."""
        for kind in credentials.KINDS:
            for frame in ("{}", "Why does it fail?\n```\n# settings\nDEBUG=true\n{}\nPORT=8080\n```"):
                secret, text = credentials.make(self.own, kind)
                mark = secret if "\n" not in secret else secret.split("\n")[2]
                yield Case("credential", kind, "care", user(frame.format(text)), [Value("credential", secret, (mark,))])

    def labelled(self) -> Iterator[Case]:
        """Numbers that check out behind labels of other numbers, in every language and spelling; labels are drawn."""
        labels = sorted(words("other_numbers"))
        for (kind, number), (spelling, write), language in itertools.product(
            _CHECKED.items(), _WRITTEN.items(), people.LANGUAGES
        ):
            if spelling in _CARD_ONLY and kind != "card":
                continue
            label, who = self.own.choice(labels), self._who(language)
            said = self.own.choice(_LABELLED).format(label=label, value=write(number))
            text = f"{said} {self.own.choice(NAME[language]).replace('%', who.full)}"
            bare = re.sub(r"\W", "", number)
            yield Case(
                "labelled",
                f"{kind}, {spelling}",
                "care",
                user(text),
                [who.fields["name"], Value(kind, number, (bare,))],
            )

    def encoded(self) -> Iterator[Case]:
        """Names, addresses and numbers in every encoding."""
        for encoder, write in ENCODERS.items():
            for kind, sentence in _ENCODED.items():
                if kind in {"name", "email"} and encoder in NUMBERS_ONLY:
                    continue
                plain = self._who(self.own.choice(("de", "fr", "pl", "pt"))).fields[kind]
                value = Value(kind, write(plain.text), plain.marks, plain.language)
                yield Case(
                    "home-made code" if encoder in HOME_MADE else "encoded",
                    encoder,
                    "care",
                    user(sentence.replace("%", value.text)),
                    [value],
                )

    def split(self) -> Iterator[Case]:
        """A value cut over parts of a message, lines, and messages."""
        for kind in ("email", "iban", "card"):
            value = self._who("en").fields[kind]
            half = len(value.text) // 2
            parts = [
                {"type": "text", "text": f"Use {value.text[:half]}"},
                {"type": "text", "text": f"{value.text[half:]} please."},
            ]
            yield Case(
                "split", f"{kind} over parts", "care", {"messages": [{"role": "user", "content": parts}]}, [value]
            )
            yield Case(
                "split",
                f"{kind} over lines",
                "care",
                user(f"Use {value.text[:half]}\n{value.text[half:]} please."),
                [value],
            )
