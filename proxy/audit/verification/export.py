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

An archive is the export of a month for data platforms: ``seals.parquet`` and ``records.parquet`` (which has the hash of
each record too) in place of the lines, and what was derived from these records, ``exchange.parquet`` and
``event.parquet``. Nothing but its manifest vouches for the derived files, so that counts their rows and is signed.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from proxy.audit.sealing.tree import HASH_BYTES, Growing

KIND, ARCHIVE = "compliance-proxy/audit-export/v1", "compliance-proxy/audit-archive/v1"
MANIFEST, SEALS, RECORDS, NOTES, CONTEXT = (
    "manifest.json", "seals.jsonl", "records.jsonl", "notes.jsonl", "context.json",
)  # fmt: skip
FILES = (SEALS, RECORDS, NOTES, CONTEXT)
SEAL_ROWS, RECORD_ROWS = "seals.parquet", "records.parquet"
#: Files of an archive with what was derived from its records.
DERIVED = ("exchange.parquet", "event.parquet")
ROWS = (SEAL_ROWS, RECORD_ROWS, *DERIVED)
_FILES = {KIND: FILES, ARCHIVE: (*ROWS, NOTES, CONTEXT)}
_OF_ARCHIVE = ("month", "rows", "tenants", "signature")


class ExportError(ValueError):
    """A folder holds no whole export; the message says why."""


class PurgedRecord(NamedTuple):
    """What is left of a record that was purged; no ``purge``: of one of a tenant that the archive is not of."""

    writer: str
    seq: int
    hash: bytes
    purge: str

    def written(self) -> dict[str, Any]:
        """Return it as the file holds it."""
        return self._asdict() | {"hash": base64.b64encode(self.hash).decode()}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> PurgedRecord:
        """Return the one that a line holds.

        Raises:
            KeyError, TypeError, ValueError: it holds none.

        """
        digest = base64.b64decode(str(document["hash"]), validate=True)
        if len(digest) != HASH_BYTES:
            raise ValueError("not a hash")
        return cls(str(document["writer"]), int(document["seq"]), digest, str(document["purge"]))


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an export covers. It was to hold ``since`` to ``until``; a stretch ends at notes, so it holds more.

    An archive alone has ``month``, ``rows`` (of each Parquet file), ``tenants`` (none: all), and the ``signature`` over
    everything else.
    """

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
    month: str = ""  # 2026-05
    rows: Mapping[str, int] = field(default_factory=dict)
    tenants: tuple[str, ...] = ()
    signature: str = ""

    @property
    def kind(self) -> str:
        """The kind of its export."""
        return ARCHIVE if self.month else KIND

    @property
    def signed_text(self) -> str:
        """What the audit signing key signs of an archive: kind, origin, and the rest as canonical JSON."""
        rest = {name: value for name, value in asdict(self).items() if name != "signature"}
        return f"{ARCHIVE}\n{self.origin}\n{orjson.dumps(rest, option=orjson.OPT_SORT_KEYS).decode()}\n"

    @property
    def path(self) -> tuple[bytes, ...]:
        """The consistency proof.

        Raises:
            ExportError: it is none.

        """
        try:
            return tuple(base64.b64decode(digest, validate=True) for digest in self.growth)
        except (ValueError, binascii.Error) as error:
            raise ExportError(f"{MANIFEST}: the growth is not a proof") from error

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
    absent = () if manifest.month else _OF_ARCHIVE
    members = {name: value for name, value in asdict(manifest).items() if name not in absent}
    return line({"kind": manifest.kind} | members, orjson.OPT_INDENT_2)


def read(text: bytes) -> Manifest:
    """Return the manifest that a file holds.

    Raises:
        ExportError: it holds none.

    """
    try:
        document = orjson.loads(text)
        if document["kind"] not in _FILES or set(document["files"]) != set(_FILES[document["kind"]]):
            raise ExportError(f"{MANIFEST} is of no known kind")
        origin, since, until, peaks = (str(document[name]) for name in ("origin", "since", "until", "peaks"))
        start, end, records = (int(document[name]) for name in ("start", "end", "records"))
        growth, keys = tuple(map(str, document["growth"])), tuple(map(str, document["keys"]))
        members = (origin, since, until, start, end, peaks, growth, keys, records, dict(document["files"]))
        return Manifest(*members, *(_of_archive(document) if document["kind"] == ARCHIVE else ()))
    except (KeyError, TypeError, ValueError) as error:
        raise error if isinstance(error, ExportError) else ExportError(f"{MANIFEST} is not a manifest") from error


def _of_archive(document: Mapping[str, Any]) -> tuple[str, dict[str, int], tuple[str, ...], str]:
    rows = {name: int(document["rows"][name]) for name in ROWS}
    if not document["month"]:
        raise ExportError(f"{MANIFEST} names no month")
    return str(document["month"]), rows, tuple(map(str, document["tenants"])), str(document["signature"])


def line(document: Mapping[str, Any], option: int = 0) -> bytes:
    """Return one line of a file."""
    return orjson.dumps(document, option=option | orjson.OPT_APPEND_NEWLINE)


def asked(moment: datetime | None) -> str:
    """Return a bound as the manifest says it, "" where there is none."""
    return moment.isoformat() if moment is not None else ""
