"""Texts to measure with, made here: nothing is read from anywhere. The same seed gives the same text."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

_COMMON = (
    "the of and to in we that it for with as on was at by from or an be this have are not which their were been would other into more some could time these two then do first "
    "any now such like our over even most made after also did many before must through back years where much your way well down should because each just those people how too "
    "little state good very make world still own see work long get here between both life being under never same another know while last might us great old year off come since "
    "against go came right used take three team project plan meeting report customer product market service support issue result question answer change system process data value "
    "example number part group problem case company office window garden river mountain morning evening coffee music story letter paper colour"
).split()
_NAMES = "Anna Maria John Peter Lucia Thomas Sofia Jan Emma Paul Clara David Julia Marco Helen Ivan Laura Simon Nina Oscar".split()
_SURNAMES = "Schmidt Rossi Kowalski Garcia Miller Dubois Jansen Silva Novak Brown Weber Lopez Ferrari Nowak Martin Visser Costa Fischer Moore Keller".split()
_PLACES = "Berlin Madrid Warsaw Lyon Utrecht Porto Milan Vienna Boston Leeds Chicago Dublin".split()
_TOPICS = "the quarterly report|a delayed shipment|the new contract|her appointment next week|the login problem|an open invoice|the treatment plan|the flat in the city".split(
    "|"
)


class Maker:
    """Makes texts of about a given size."""

    def __init__(self, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        self.kinds: dict[str, Callable[[], str]] = {
            "prose": self.sentence,
            "prose, no names": self.plain,
            "JSON": self.row,
            "code": self.code,
            "log": self.log,
            "dense": self.dense,
        }

    def text(self, kind: str, size: int) -> str:
        """Return exactly ``size`` characters of one kind."""
        pieces: list[str] = []
        total = 0
        while total < size:
            piece = self.kinds[kind]()
            pieces.append(piece)
            total += len(piece) + 1
        joiner = " " if kind.startswith("prose") else "\n"
        return joiner.join(pieces)[:size]

    def plain(self) -> str:
        words = [self._chance.choice(_COMMON) for _ in range(self._chance.randrange(8, 22))]
        return " ".join(words).capitalize() + self._chance.choice((".", ".", ".", "?"))

    def sentence(self) -> str:
        """One sentence; every fifth names somebody, every fifteenth has a date or a number to call."""
        if self._chance.random() > 0.2:
            return self.plain()
        told = f"{self._name()} from {self._chance.choice(_PLACES)} wrote about {self._chance.choice(_TOPICS)}"
        if self._chance.random() < 0.3:
            told += self._chance.choice(
                (
                    f" on {self._number(1, 28)} May 20{self._number(10, 25)}",
                    f", call +49 30 {self._digits(7)}",
                    f", mail {self._mail()}",
                )
            )
        return told + "."

    def row(self) -> str:
        row = {
            "id": self._number(1, 10**6),
            "title": self.plain(),
            "open": True,
            "tags": self._chance.sample(_COMMON, 3),
            "assignee": {"name": self._name()},
            "size": self._number(1, 99),
        }
        return json.dumps(row)

    def code(self) -> str:
        first, second, third = (self._chance.choice(_COMMON) for _ in range(3))
        return f"def {first}_{second}(self, {third}: int = {self._number(1, 99)}) -> None:\n    if {third} > {self._number(2, 9)}:\n        return self.{second}[{third}]  # {self.plain()}\n"

    def log(self) -> str:
        return f"2026-03-{self._number(10, 28)}T10:{self._number(10, 59)}:{self._number(10, 59)}Z INFO worker request took {self._number(1, 99)} ms status=200 path=/v1/{self._chance.choice(_COMMON)}"

    def dense(self) -> str:
        """A line with seven identifiers in about 190 characters."""
        row = {
            "customer": self._name(), "mail": self._mail(), "phone": f"+49 30 {self._digits(7)}", "ssn": f"{self._number(100, 600)}-{self._number(10, 99)}-{self._number(1000, 9999)}",
            "born": f"{self._number(10, 28)}.0{self._number(1, 9)}.19{self._number(40, 99)}", "ip": f"10.{self._number(0, 255)}.{self._number(0, 255)}.7", "order": self._digits(8),
        }  # fmt: skip
        return json.dumps(row)

    def conversation(self, messages: int) -> list[str]:
        """The messages of an agent's work: a question, then calls of tools, their results, and remarks in turn."""
        made = [self.text("prose", 400)]
        while len(made) < messages:
            made.append(json.dumps({"path": f"/src/{self._chance.choice(_COMMON)}.py", "line": self._number(1, 900)}))
            made.append(self.text(self._chance.choice(("JSON", "code", "log")), self._number(300, 1500)))
            made.append(self.text("prose", self._number(80, 500)))
        return made[:messages]

    def _name(self) -> str:
        return f"{self._chance.choice(_NAMES)} {self._chance.choice(_SURNAMES)}"

    def _mail(self) -> str:
        return (
            f"{self._chance.choice(_NAMES)}.{self._chance.choice(_SURNAMES)}@firm{self._number(1, 99)}.example".lower()
        )

    def _digits(self, count: int) -> str:
        return "".join(self._chance.choice("123456789") for _ in range(count))

    def _number(self, low: int, high: int) -> int:
        return self._chance.randint(low, high)
