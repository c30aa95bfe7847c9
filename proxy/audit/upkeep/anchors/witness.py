"""A witness as anchor (C2SP tlog-witness, add-checkpoint): it cosigns a note once it has seen that the log only grew.

``witness:<address>#<key of the witness>``. What it cosigned is stored beside the note. A witness of this product
(``compliance-proxy audit witness``) shows what it cosigned last, as the specification's monitoring API says, so a log
that has lost that, with the cosignature over it, is noticed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import asyncpg

from proxy.audit.sealing import notes, witnessing
from proxy.audit.sealing.cosignature import WitnessKey
from proxy.audit.sealing.witnessing import origin_hash
from proxy.audit.writing.session import STATEMENTS
from proxy.runtime import http

if TYPE_CHECKING:
    from proxy.audit.upkeep.anchors import NewNote

KIND = "witness"
_OK, _UNKNOWN, _CONFLICT = 200, 404, 409


@dataclass(slots=True, eq=False)
class WitnessAnchor:
    """A witness elsewhere. ``size`` is how far it had seen the log, as far as this process knows."""

    speaks: ClassVar[bool] = True
    address: str
    key: WitnessKey
    size: int = 0

    @property
    def where(self) -> str:
        """Its place, for people."""
        return f"witness {self.key.name}"

    async def put(self, note: NewNote) -> bytes:
        """Have a note cosigned; return the line with the cosignature.

        Raises:
            OSError: the witness is away, or refuses.

        """
        status, text = await self._ask(note)
        if status == _CONFLICT:
            self.size = _size(text)
            if self.size >= note.size:
                raise OSError(f"the witness has seen {self.size} seals, and another log of {note.size}")
            status, text = await self._ask(note)
        if status != _OK or self.key.seen_at(f"{note.signed}{text}") is None:
            raise OSError(f"the witness does not cosign ({status})")
        self.size = note.size
        return text.encode()

    async def _ask(self, note: NewNote) -> tuple[int, str]:
        growth = await note.growth(self.size) if 0 < self.size < note.size else ()
        body = witnessing.request(self.size, growth, note.signed)
        status, _, content = await http.request("POST", f"{self.address}/add-checkpoint", body.encode())
        return status, content.decode(errors="replace")

    async def newest(self, origin: str, /) -> str:
        """Return the line of the note that it cosigned last, "" where it has cosigned none or does not show it.

        Raises:
            OSError: the witness is away, or shows what it has not cosigned.

        """
        status, _, content = await http.request("GET", f"{self.address}/{origin_hash(origin)}/checkpoint", b"")
        if status == _UNKNOWN:
            return ""
        shown = content.decode(errors="replace")
        if status != _OK or self.key.seen_at(shown) is None:
            raise OSError(f"the witness shows no note that it has cosigned ({status})")
        return notes.anchor_line(shown)

    async def every(self, origin: str, /) -> Sequence[str]:
        """Return the same: what it cosigned before is stored beside the notes.

        Raises:
            OSError: the witness is away, or shows what it has not cosigned.

        """
        newest = await self.newest(origin)
        return [newest] if newest else []


def opened(where: str) -> WitnessAnchor:
    """Return the witness at an address.

    Raises:
        ValueError: no key is named.

    """
    address, _, key = where.partition("#")
    if not address.startswith(("https://", "http://")) or not key:
        raise ValueError("write witness:https://witness.example#KEY, with the key that the witness publishes")
    return WitnessAnchor(address.rstrip("/"), WitnessKey.parse(key))


def confirmed(signed: str, words: bytes, keys: Sequence[WitnessKey]) -> str:
    """Return the line of an anchor for a note that one of the witnesses cosigned; one that nobody signed where not."""
    whole = signed + words.decode(errors="replace")
    seen = any(key.seen_at(whole) is not None for key in keys)
    return notes.anchor_line(signed) if seen else "a cosignature that is not the witness's"


def _size(text: str) -> int:
    first = text.strip()
    if not first.isdigit():
        raise OSError("the witness refuses without saying what it has seen")
    return int(first)


async def cosigned(connection: asyncpg.Connection, used: Iterable[object]) -> list[str]:
    """Return a line for each note that a witness among these anchors is said to have cosigned."""
    keys = {anchor.where: anchor.key for anchor in used if isinstance(anchor, WitnessAnchor)}
    try:
        stored = await connection.fetch(STATEMENTS["words"], None) if keys else ()
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        return []  # the comparison of the database's structure names that
    return [confirmed(row["note"], row["word"], [keys[row["anchor"]]]) for row in stored if row["anchor"] in keys]
