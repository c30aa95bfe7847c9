"""The lists of a tenant, and which of them hold a digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from proxy.core.findings import REGISTERED, Finding
from proxy.detection.registered.rows import TYPED
from proxy.detection.registered.table import SETS, DigestTable
from proxy.detection.registered.words import Digester

_SCORE = 1.0
#: Digits of a number that may count by itself, and the share of the numbers of a length that a list may hold for that.
LEAST_ALONE: Final = 6
_MOST_SHARE = 1e-4
_REMEMBERED = 1 << 15
_NEVER_ALONE = "DATE_OF_BIRTH"


@dataclass(frozen=True, slots=True)
class RegisteredList:
    """A list of people: its digests, the types of codes from ``TYPED`` on, and how many numbers have which length."""

    name: str
    load: str  # the id of what was loaded
    table: DigestTable
    types: Sequence[str] = ()
    lengths: Mapping[tuple[int, int], int] = field(default_factory=dict)  # (code, digits) -> entries
    role: str = "data_subject"

    def counts_alone(self, code: int, number: str) -> bool:
        """Whether a number is certain by itself."""
        if len(number) < LEAST_ALONE or self.types[code - TYPED] == _NEVER_ALONE:
            return False
        return not number.isdecimal() or self.lengths.get((code, len(number)), 0) <= _MOST_SHARE * 10 ** len(number)

    def finding(self, kind: str, start: int, end: int) -> Finding:
        """Return that somebody of the list is named here."""
        return Finding(kind, start, end, _SCORE, f"{REGISTERED}:{self.name}", self.role)

    def typed(self, digest: int) -> int:
        """Return the code of a value by itself, 0 if the list has none with this digest."""
        code = self.table.code(digest)
        return code if code >= TYPED else 0


class PeopleIndex:
    """The lists of one tenant, by name, whose digests one key makes."""

    __slots__ = ("_sums", "digester", "lists")

    def __init__(self, digester: Digester, lists: Sequence[RegisteredList]) -> None:
        self.digester = digester
        self.lists = tuple(sorted(lists, key=lambda list_: list_.name))
        self._sums: dict[tuple[int, int], list[RegisteredList]] = {}

    def holding(self, digest: int, code: int) -> list[RegisteredList]:
        """Return the lists that have a digest with this code."""
        return [list_ for list_ in self.lists if list_.table.code(digest) == code]

    def together(self, total: int, code: int) -> list[RegisteredList]:
        """Return the lists that have what several words are together, by the sum of their units; remembered."""
        holders = self._sums.get((total, code))
        if holders is None:
            if len(self._sums) >= _REMEMBERED:
                self._sums = {}  # another thread goes on with the one before
            holders = self._sums[total, code] = self.holding(self.digester.together(total), code)
        return holders

    def stem(self, digest: int) -> int:
        """Return what a stem is in any list: a bit for each kind and ``OF_LONG``, 0 if it is in none."""
        mask = 0
        for list_ in self.lists:
            code = list_.table.code(digest)
            if 0 < code < SETS:
                mask |= code
        return mask
