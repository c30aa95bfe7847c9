"""Derives the rows of a part: in this process, or in one of low priority beside a process that serves.

``python -m proxy.audit.access.deriving`` is that process. It reads and verifies a stretch as anybody does who asks, and
has no key that signs: whoever started it does that.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import zlib
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from proxy.audit.records.derivation import Derivation
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.verification import parts
from proxy.audit.verification.parts import COLUMNS, PartContents, RecordCount
from proxy.audit.verification.reading import EvidenceDamagedError, EvidenceReading, LogReading
from proxy.errors import AuditUnavailableError
from proxy.runtime import child_process, database
from proxy.runtime.child_process import TooLongError, confine
from proxy.runtime.log import where

_ENDED = "the process that derives parts of the log ended early"
_LONGEST = 1 << 30  # of what a part holds, bytes
_CONNECTS_S = 30.0  # a low priority has to wait


class UnreadStretch(NamedTuple):
    """The leaves [first, end) of the log; where the ``state`` lies in which a derivation goes on; and rows before."""

    first: int
    end: int
    state: Path | None = None  # none: it begins with the log
    before: tuple[Path, ...] = ()  # files of exchanges and events that the new ones replace


class DerivedStretch(NamedTuple):
    """What a stretch makes. ``start`` and ``root`` are the log's roots at its ends; counts leave out rows before."""

    start: bytes
    root: bytes
    rows: int
    left_out: int
    read: RecordCount
    contents: PartContents


async def derived(reading: LogReading, stretch: UnreadStretch) -> DerivedStretch:
    """Read, verify and derive a stretch.

    Raises:
        EvidenceDamagedError: it is not what was sealed.

    """
    behind = Derivation() if stretch.state is None else await asyncio.to_thread(parts.resumed, stretch.state)
    evidence = await reading.between(stretch.first, behind, stretch.end)
    start, root = (await reading.grown(stretch.first)).root, (await reading.grown(stretch.end)).root
    contents = await asyncio.to_thread(_contents, evidence.derivation, stretch.before)
    return DerivedStretch(
        start, root, len(evidence.derivation.exchanges), evidence.derivation.left_out, _count(evidence), contents
    )


def _count(evidence: EvidenceReading) -> RecordCount:
    return RecordCount(evidence.report.records, evidence.report.purged).with_others([evidence.span])


def _contents(derivation: Derivation, before: tuple[Path, ...]) -> PartContents:
    rows = {"exchange": derivation.exchanges, "event": derivation.events}
    replaced = dict(zip(COLUMNS, before, strict=True)) if before else {}
    exchange, event = (parts.packed(name, rows[name], replaced.get(name)) for name in COLUMNS)
    return PartContents(exchange, event, zlib.compress(orjson.dumps(derivation.state())))


async def apart(dsn: str, verifier: VerifierKey, stretch: UnreadStretch) -> DerivedStretch:
    """Derive a stretch in a process of its own; cancellation kills it.

    Raises:
        EvidenceDamagedError: it is not what was sealed.
        AuditUnavailableError: the process failed, which names the kind of its error and the place, or was killed.

    """
    request = {
        "dsn": dsn, "key": str(verifier), "folder": str(Path.cwd()), "first": stretch.first, "end": stretch.end,
        "state": None if stretch.state is None else str(stretch.state), "before": [*map(str, stretch.before)],
    }  # fmt: skip
    module, variables = "proxy.audit.access.deriving", child_process.for_database()
    try:
        answer = await child_process.answered(module, orjson.dumps(request), variables, longest=_LONGEST)
    except TooLongError as error:
        raise AuditUnavailableError("a part of the log is too large") from error
    if not answer:
        raise AuditUnavailableError(_ENDED)
    return await asyncio.to_thread(_read, answer)


def _read(answer: bytes) -> DerivedStretch:
    head, whole, packed = answer.partition(b"\n")
    values: dict[str, Any] = orjson.loads(head) if whole else {"sizes": [-1]}
    if "damaged" in values:
        raise EvidenceDamagedError(values["damaged"])
    if "failed" in values:
        raise AuditUnavailableError(f"{_ENDED}: {values['failed']}")
    ends = [*accumulate(values["sizes"])]
    if ends[-1] != len(packed):
        raise AuditUnavailableError(_ENDED)
    contents = PartContents(*(packed[end - size : end] for size, end in zip(values["sizes"], ends, strict=True)))
    start, root = map(bytes.fromhex, values["roots"])
    return DerivedStretch(start, root, values["rows"], values["left_out"], RecordCount(*values["read"]), contents)


def _written(stretch: DerivedStretch) -> bytes:
    head = {
        "roots": [stretch.start.hex(), stretch.root.hex()], "rows": stretch.rows, "left_out": stretch.left_out,
        "read": list(stretch.read), "sizes": [len(content) for content in stretch.contents],
    }  # fmt: skip
    return b"".join((orjson.dumps(head), b"\n", *stretch.contents))


async def _answer(request: dict[str, Any]) -> bytes:
    state = Path(request["state"]) if request["state"] else None
    stretch = UnreadStretch(request["first"], request["end"], state, tuple(map(Path, request["before"])))
    reader = await database.connect(request["dsn"], database.READER, timeout_s=_CONNECTS_S)
    try:
        async with reader.transaction(isolation="repeatable_read", readonly=True):
            reading = LogReading(reader, VerifierKey.parse(request["key"]))
            async with reading.opened():
                answer = await derived(reading, stretch)
        return _written(answer)
    except EvidenceDamagedError as error:
        return orjson.dumps({"damaged": str(error)}) + b"\n"
    finally:
        reader.terminate()


def _main() -> None:
    confine()
    request = orjson.loads(sys.stdin.buffer.read())
    with contextlib.suppress(OSError):
        os.chdir(request["folder"])  # files that a connection string names may be relative
    try:
        answer = asyncio.run(_answer(request))
    except Exception as error:  # noqa: BLE001 - whoever started this logs it; its message may quote evidence
        answer = orjson.dumps({"failed": f"{type(error).__name__} at {where(error)}"}) + b"\n"
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    _main()
