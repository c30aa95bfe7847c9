"""Lists of registered people in memory, and a log that keeps events, for tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from proxy.detection.registered.building import built
from proxy.detection.registered.lists import RegisteredList
from proxy.detection.registered.matching import RegisteredPeople
from proxy.detection.registered.rows import RowDigests, columns, types_of
from proxy.detection.registered.table import DigestTable
from proxy.detection.registered.words import Digester

COLUMNS = "given,family,id,phone,account,email,birth_date,street,zip,city,subject=id"
#: People with everything that a list may say.
ANNA: Mapping[str, str] = {
    "given": "Anna Maria", "family": "Müller-Lüdenscheidt", "id": "KD-4711-9923", "phone": "+49 170 1234567",
    "account": "DE89 3704 0044 0532 0130 00", "email": "anna.mueller@post.example.org", "street": "Hauptstraße 12",
    "zip": "10115", "city": "Berlin", "birth_date": "12.03.1961",
}  # fmt: skip
JAN: Mapping[str, str] = {"given": "Jan", "family": "Kowalski", "id": "88237465", "birth_date": "1975-01-31"}
IVAN: Mapping[str, str] = {"given": "Иван", "family": "Петров"}
ROSE: Mapping[str, str] = {"given": "Rose", "family": ""}


def listed(
    rows: Iterable[Mapping[str, str]],
    name: str = "patients",
    key: bytes = b"r" * 32,
    role: str = "patient",
) -> RegisteredPeople:
    """Return the people of one list."""
    wanted = columns(COLUMNS)
    digester = Digester(key)
    maker = RowDigests(digester, wanted)
    people = [maker.of(row) for row in rows]
    lengths = Counter(length for person in people for length in person.lengths)
    table = DigestTable(built(np.array([d for person in people for d in person.digests], np.uint64)))
    return RegisteredPeople(digester, [RegisteredList(name, "rl_0", table, types_of(wanted), lengths, role)])


def together(*lists: RegisteredPeople) -> RegisteredPeople:
    """Return the people of several lists of one tenant."""
    return RegisteredPeople(lists[0]._index.digester, [each for people in lists for each in people._index.lists])


class MemoryLog:
    """Implements ``EventLog`` for durable events."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Mapping[str, Any]]] = []

    def event(self, name: str, facts: Mapping[str, Any], **_columns: Any) -> None:
        self.events.append((name, facts))

    async def event_durable(self, name: str, facts: Mapping[str, Any], **_columns: Any) -> None:
        self.events.append((name, facts))
