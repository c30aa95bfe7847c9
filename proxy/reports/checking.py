"""Verifies files offline with a public key alone: proofs, receipts, answers, and files that show an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from proxy.audit.sealing.cosignature import WitnessKey
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.sealing.notes import stamped, time_of
from proxy.audit.verification import proof, proof_check
from proxy.audit.verification.summary import Line
from proxy.errors import ConfigurationError
from proxy.reports import statement

_LONGEST = 64 * 1024 * 1024


class CheckedFile(NamedTuple):
    """What a file proves, for people; ``statement`` is that of an answer, None for a proof."""

    lines: Sequence[Line]
    statement: Mapping[str, Any] | None = None


class CheckFailedError(ValueError):
    """A file does not prove what it shows; the message says why."""


def check(file: Path, key: VerifierKey, witnesses: Sequence[str] = (), roots: Path | None = None) -> CheckedFile:
    """Verify a file; of a proof, each witness must have cosigned the note, and an authority under ``roots`` stamped it.

    Raises:
        CheckFailedError: it is not what this key signed.
        ConfigurationError: it cannot be read, or is nothing that can be verified.

    """
    document = _proof(file)
    if document is None:
        flaw, about = checked(file, key)
        if flaw is not None:
            raise CheckFailedError(f"{file}: {flaw}")
        return CheckedFile(tuple(_of_answer(about)), about)
    try:
        return CheckedFile((*_of_proof(document, key), *_confirmed(document, witnesses, roots)))
    except ValueError as error:
        raise CheckFailedError(f"NOT PROVEN: {error}") from error


def checked(path: Path, key: VerifierKey) -> tuple[str | None, Mapping[str, Any]]:
    """Return what is wrong with a file (None: nothing), and the statement where there is one.

    The file is a whole answer, as ``audit ask --json`` and the admin API give it, or one with a companion.

    Raises:
        ConfigurationError: it cannot be read, or it neither is an answer nor has a companion.

    """
    try:
        content = path.read_bytes()
        companion = companion_of(path).read_bytes() if companion_of(path).is_file() else None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read ({error.strerror})") from error
    document = _opened(content if companion is None else companion)
    if not statement.is_answer(document):
        raise ConfigurationError(
            f"{path} is neither a proof, a receipt nor an answer, and has no {companion_of(path).name} beside it"
        )
    flaw = statement.flaw(document, key, None if companion is None else content)
    return flaw, document["statement"]


def companion_of(path: Path) -> Path:
    """Return the file beside a file that holds its statement and signature."""
    return path.with_name(f"{path.name}{statement.SIDECAR}")


def _opened(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def _proof(file: Path) -> Mapping[str, Any] | None:
    """Return the proof in a file, None if it is something else."""
    try:
        document = _opened(file.read_bytes()) if file.stat().st_size <= _LONGEST else None
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read ({error.strerror})") from error
    return document if isinstance(document, dict) and document.get("kind") == proof.KIND else None


def _of_answer(about: Mapping[str, Any]) -> Iterator[Line]:
    log = f", at {about['log']['size']} seals" if about["log"] else ""
    yield Line(f"{about['question']}: {about['rows']} rows, at {about['at']} to {about['asked_by']}{log}: as signed")
    if not about["complete"]:
        yield Line("the answer was cut at its limit: there are more rows", "yellow")
    if coverage := about.get("coverage"):
        yield Line(
            f"it covers {coverage['records']} records; of {coverage['hidden']} the hash alone was read, "
            f"{coverage['unsealed']} were under no note, {coverage['left_out']} could not be read, "
            f"{coverage.get('unread', 0)} newer ones were left for later; "
            f"the whole log was last verified: {coverage['verified'] or 'never'}"
        )
        yield from (Line(f"it was asked of the archive {archive}, too") for archive in coverage.get("archives", ()))


def _of_proof(document: Mapping[str, Any], trusted: VerifierKey) -> Iterator[Line]:
    """Yield what the proof of an exchange proves."""
    proven = proof_check.check(proof.read(document), trusted)
    for fact in proven.facts:
        words = (str(fact.columns.get(name) or "") for name in ("kind", "action", "target", "status"))
        yield Line(f"{fact.at:%F %T.%f} {' '.join(filter(None, words))}  ({fact.writer} #{fact.seq})")
        for name in ("decision", "outcome"):
            if isinstance(members := fact.columns.get(name), dict):
                yield Line(f"  {name}: {', '.join(f'{member} {value}' for member, value in members.items())}")
    tenant = proven.facts[0].columns.get("tenant")
    yield Line(
        f"proven: exchange {proven.exchange} of {tenant}, {len(proven.facts)} records, sealed by certified writers"
    )
    yield Line(f"in the log {trusted.origin} of {proven.note.size} seals, signed by the key {proven.key.id.hex()}")


def _confirmed(document: Mapping[str, Any], witnesses: Sequence[str], roots: Path | None) -> Iterator[Line]:
    """Yield what others confirm of the note; raise ``ValueError`` where one that is asked for does not."""
    opened = proof.read(document)
    for witness in map(WitnessKey.parse, witnesses):
        seen = witness.seen_at(opened.note)
        if seen is None:
            raise ValueError(f"the witness {witness.name} has not cosigned the note")
        yield Line(f"cosigned by {witness.name} at {datetime.fromtimestamp(seen, UTC):%F %T} UTC")
    if roots is None:
        return
    if not opened.timestamps:
        raise ValueError("the note has no time-stamp")
    for stamp in opened.timestamps:
        time = time_of(stamp.token, stamped(opened.note), roots.read_bytes())
        yield Line(f"existed at {time}, says {stamp.authority}")
