"""What is planted: people, secrets, health notes that nobody has, new in each run; and whether they stand in a body."""

from __future__ import annotations

import re
import secrets
import string
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import orjson

CLEAN, PERSON, SECRET, HEALTH = KINDS = ("clean", "person", "secret", "health")
_GIVEN = "Anna Peter Maria Thomas Julia Stefan Laura Michael Sophie Daniel".split()
_FAMILY = "Schmidt Fischer Weber Hoffmann Becker Richter Zimmermann Krueger Lehmann Neumann".split()
_ILLNESSES = ("type 2 diabetes", "breast cancer", "epilepsy", "multiple sclerosis", "schizophrenia")
_SEPARATORS = re.compile(r"[\s\-./_,()+]")
_SHORT = 8


@dataclass(frozen=True, slots=True)
class Plant:
    """A text, and the values in it that no other may see."""

    kind: str
    text: str
    values: tuple[str, ...] = ()


def new_plant(kind: str) -> Plant:
    """Return a new text of a kind."""
    return {CLEAN: _clean, PERSON: _person, SECRET: _secret, HEALTH: _health}[kind]()


class Views:
    """A request as somebody got it, in every way in which a value may be written in it."""

    def __init__(self, body: bytes, beside: str = "") -> None:
        self._folded = _folded("\n".join((*_texts(body), beside, unquote(beside))))
        self._compact = _SEPARATORS.sub("", self._folded)

    def values_of(self, plant: Plant) -> tuple[str, ...]:
        """Return the values of a plant that stand in it."""
        return tuple(value for value in plant.values if self._stands(_folded(value)))

    def _stands(self, value: str) -> bool:
        bare = _SEPARATORS.sub("", value)
        if len(bare) < _SHORT:
            return re.search(rf"(?<![^\W_]){re.escape(value)}(?![^\W_])", self._folded) is not None
        return bare in self._compact


def _texts(body: bytes) -> Iterator[str]:
    text = body.decode(errors="replace")
    yield text
    yield unquote(text)
    try:
        yield from _leaves(orjson.loads(body))
    except ValueError:
        return


def _leaves(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from _leaves(value)
    elif isinstance(node, list):
        for value in node:
            yield from _leaves(value)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _digits(count: int) -> str:
    return "".join(secrets.choice(string.digits) for _ in range(count))


def _name() -> tuple[str, str]:
    return secrets.choice(_GIVEN), secrets.choice(_FAMILY)


def _clean() -> Plant:
    return Plant(CLEAN, "Please write two sentences about how bread is baked.")


def _person() -> Plant:
    given_name, family = _name()
    email = f"{given_name}.{family}{_digits(4)}@example.com".lower()
    phone, iban = f"+49 30 {_digits(3)} {_digits(5)}", _iban()
    text = f"Write to {given_name} {family} ({email}, phone {phone}) that the refund went to the account {iban}."
    return Plant(PERSON, text, (f"{given_name} {family}", family, email, phone, iban))


def _secret() -> Plant:
    key = "AKIA" + "".join(secrets.choice(string.ascii_uppercase + "234567") for _ in range(16))
    secret = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(40))
    return Plant(SECRET, f"Why is this refused? AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret}", (key, secret))


def _health() -> Plant:
    (given_name, family), number, illness = _name(), _digits(7), secrets.choice(_ILLNESSES)
    text = f"Summarise: patient {given_name} {family}, MRN {number}, has {illness}."
    return Plant(HEALTH, text, (f"{given_name} {family}", family, number, illness))


def _iban() -> str:
    account = "10000000" + _digits(10)
    check = 98 - int(f"{account}131400") % 97
    whole = f"DE{check:02}{account}"
    return " ".join(whole[at : at + 4] for at in range(0, len(whole), 4))
