"""The files of an export: a stretch of the log between two of its notes, to be verified without the database. Pure.

    manifest.json   what the export covers, and the SHA-256 of every other file
    seals.jsonl     the seals of the stretch in the order of the log, with the size of the first note over each
    records.jsonl   every record under those seals, by writer and seq; ``path`` is empty. Of a purged one: writer, seq,
                    hash, purge (which the event day_purged of that target certifies)
    notes.jsonl     the notes of the stretch: size, note
    context.json    what else it takes, in the form of a proof: the opening record of each chain, each change of the
                    audit signing key, answers that records name and that were stated before the stretch, certificates
                    of purges, and their seals with paths to a signed note

The stretch begins after ``start`` seals, whose perfect subtrees have the roots ``peaks`` (from the left), and ends
after ``end``. ``growth`` is the consistency proof from there to the note of context.json. So two exports of which one
begins where the other ends are one.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from proxy.audit.sealing.tree import HASH_BYTES, Growing

KIND = "compliance-proxy/audit-export/v1"
MANIFEST, SEALS, RECORDS, NOTES, CONTEXT = (
    "manifest.json", "seals.jsonl", "records.jsonl", "notes.jsonl", "context.json",
)  # fmt: skip
FILES = (SEALS, RECORDS, NOTES, CONTEXT)


class ExportError(ValueError):
    """A folder holds no whole export; the message says why."""


class PurgedRecord(NamedTuple):
    """What is left of a record that was purged."""

    writer: str
    seq: int
    hash: bytes
    purge: str

    def written(self) -> dict[str, Any]:
        """Return it as the file holds it."""
        return self._asdict() | {"hash": base64.b64encode(self.hash).decode()}

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> PurgedRecord:
        """Return the one that a line holds.

        Raises:
            KeyError, TypeError, ValueError: it holds none.

        """
        made = base64.b64decode(str(given["hash"]), validate=True)
        if len(made) != HASH_BYTES:
            raise ValueError("not a hash")
        return cls(str(given["writer"]), int(given["seq"]), made, str(given["purge"]))


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an export covers. It was to hold ``since`` to ``until``; a stretch ends at notes, so it holds more."""

    origin: str
    since: str
    until: str
    start: int
    end: int
    peaks: str
    growth: tuple[str, ...]
    keys: tuple[str, ...]
    records: int
    files: Mapping[str, str]  # name -> SHA-256 in hex

    @property
    def path(self) -> tuple[bytes, ...]:
        """The consistency proof.

        Raises:
            ExportError: it is none.

        """
        try:
            return tuple(base64.b64decode(one, validate=True) for one in self.growth)
        except (ValueError, binascii.Error) as error:
            raise ExportError(f"{MANIFEST}: the growth is no proof") from error

    @property
    def before(self) -> Growing:
        """The log before the stretch.

        Raises:
            ExportError: the peaks are not of a log of that size.

        """
        try:
            return Growing.unpacked(self.start, base64.b64decode(self.peaks, validate=True))
        except (ValueError, binascii.Error) as error:
            raise ExportError(f"{MANIFEST}: {error}") from error


def written(manifest: Manifest) -> bytes:
    """Return the manifest's file."""
    return line({"kind": KIND} | asdict(manifest), orjson.OPT_INDENT_2)


def read(text: bytes) -> Manifest:
    """Return the manifest that a file holds.

    Raises:
        ExportError: it holds none.

    """
    try:
        given = orjson.loads(text)
        if given["kind"] != KIND or set(given["files"]) != set(FILES):
            raise ExportError(f"{MANIFEST} is not of the kind {KIND}")
        origin, since, until, peaks = (str(given[name]) for name in ("origin", "since", "until", "peaks"))
        start, end, records = (int(given[name]) for name in ("start", "end", "records"))
        growth, keys = tuple(map(str, given["growth"])), tuple(map(str, given["keys"]))
        return Manifest(origin, since, until, start, end, peaks, growth, keys, records, dict(given["files"]))
    except (KeyError, TypeError, ValueError) as error:
        raise error if isinstance(error, ExportError) else ExportError(f"{MANIFEST} is no manifest") from error


def line(document: Mapping[str, Any], option: int = 0) -> bytes:
    """Return one line of a file."""
    return orjson.dumps(document, option=option | orjson.OPT_APPEND_NEWLINE)


def asked(moment: datetime | None) -> str:
    """Return a bound as the manifest says it, "" where there is none."""
    return moment.isoformat() if moment is not None else ""
