"""Verifies an export with the public key alone: everything that ``verify`` does, but for what only a database shows."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from proxy.audit.records import answers
from proxy.audit.records.record import Head, instant
from proxy.audit.sealing import notes, tree
from proxy.audit.sealing.certificate import Certificate
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.sealing.notes import Note
from proxy.audit.sealing.seal import BatchSeal
from proxy.audit.sealing.tree import Growing
from proxy.audit.sealing.tree_proof import TreeProofError, check_growth
from proxy.audit.verification import export, export_files, proof
from proxy.audit.verification.chain_check import ChainCheck
from proxy.audit.verification.export import (
    ARCHIVE,
    CONTEXT,
    MANIFEST,
    NOTES,
    ExportError,
    Manifest,
    PurgedRecord,
)
from proxy.audit.verification.findings import Damage, VerificationReport
from proxy.audit.verification.proof import ProofError, ProvenRecord
from proxy.audit.verification.proof_check import KeyLine, check_records, check_seals, parsed
from proxy.audit.verification.purge_check import EVENT as PURGED
from proxy.audit.verification.purge_check import Purge, PurgeCheck
from proxy.audit.verification.seal_check import SealCheck
from proxy.audit.verification.stored_record import StoredRecord
from proxy.audit.verification.tree_check import TreeCheck

_BLOCK = 1 << 20


class RecordTaker(Protocol):
    """Takes what is verified: answers that were stated before the stretch, then its records, chain by chain."""

    def state(self, record: ProvenRecord) -> None: ...
    def take(self, record: StoredRecord) -> None: ...


class VerifiedExport(NamedTuple):
    """What the verification of an export says, and the log as it is where that ends."""

    report: VerificationReport
    grown: Growing


def verify_export(folder: Path, trusted: VerifierKey, anchor: Sequence[str] = ()) -> VerificationReport:
    """Verify the stretch of the log that a folder holds, and against the lines of an anchor that are about it.

    Raises:
        ExportError: the folder holds no whole export.
        OSError: it cannot be read.
        ConfigurationError: it is an archive, and PyArrow is not installed.

    """
    return verified(folder, export.read((folder / MANIFEST).read_bytes()), trusted, anchor).report


def verified(
    folder: Path, manifest: Manifest, trusted: VerifierKey, anchor: Sequence[str] = (), taker: RecordTaker | None = None
) -> VerifiedExport:
    """Verify an export whose manifest was read; errors as ``verify_export``. A ``taker`` sees what it holds."""
    verification = _Verification(folder, manifest, trusted, taker)
    verification.files()
    try:
        if verification.context():
            verification.tree(anchor)
            verification.chains()
            verification.purges()
            verification.exchanges()
    except (OSError, KeyError, TypeError, ValueError, OverflowError) as error:
        plain = error if isinstance(error, ExportError | OSError) else ExportError("a file has another form")
        if verification.report.sound:
            raise plain from error
        verification.damaged("", 0, "file", f"nothing more can be read: {plain}")
    return VerifiedExport(verification.report, verification.grown)


class _Verification:
    """One verification in the making."""

    def __init__(self, folder: Path, manifest: Manifest, trusted: VerifierKey, taker: RecordTaker | None) -> None:
        if manifest.origin != trusted.origin:
            raise ExportError(f"the export is of the log {manifest.origin}, the key is for {trusted.origin}")
        self.report, self.grown = VerificationReport(), Growing()
        self._folder, self._manifest, self._trusted, self._taker = folder, manifest, trusted, taker
        self._files = export_files.opened(folder, manifest)
        self._certificates: dict[str, Certificate] = {}
        self._seals: dict[tuple[str, int], BatchSeal] = {}
        self._leaves: dict[tuple[str, int], int] = {}
        self._kinds: dict[str, Counter[str]] = {}
        self._stated: dict[str, set[answers.Key]] = defaultdict(set)  # writer -> answers that it stated before
        self._purges = PurgeCheck()
        self._purged: dict[str, list[PurgedRecord]] = defaultdict(list)
        self._begun: dict[str, int] = {}  # purge -> when the newest batch of it began, microseconds

    def damaged(self, writer: str, seq: int, what: str, detail: str) -> None:
        """Keep what is wrong."""
        self.report.damages.append(Damage(writer, seq, what, detail))

    def files(self) -> None:
        """Compare every file with the manifest."""
        for name, digest in self._manifest.files.items():
            if _digest(self._folder / name) != digest:
                self.damaged("", 0, "file", f"{name} is not the file that was exported")

    def context(self) -> bool:
        """Learn the keys and certificates, and what the last note says; return whether they hold."""
        try:
            self._learn(export_files.document((self._folder / CONTEXT).read_bytes()))
        except ProofError as error:
            self.damaged("", 0, "key", str(error))
            return False
        self._signed()
        return True

    def _signed(self) -> None:
        """Check that a key of the line signed the manifest of an archive: nothing else vouches for derived files."""
        manifest, line = self._manifest, self._line.keys.line
        spoke = (speaker.key for speaker in line if speaker.signed(self._note.size))
        if manifest.kind == ARCHIVE and not any(key.signed(manifest.signature, manifest.signed_text) for key in spoke):
            self.damaged("", 0, "file", f"{MANIFEST} is not signed by this installation's key")

    def _learn(self, document: Mapping[str, Any]) -> None:
        context = proof.read(document)
        records = [parsed(context.seals, record) for record in context.records]
        check_records(records)
        self._line = KeyLine(self._manifest.origin, self._trusted, records)
        self._note: Note = self._line.note(context.note)[0]
        check_seals(self._manifest.origin, context.seals, self._note)
        self._certificates = {
            record.record.writer: self._line.certificate(record) for record in records if record.opens
        }
        for record in records:
            if record.states:
                self._stated[record.record.writer].add(record.answer)
                if self._taker is not None:
                    self._taker.state(record.record)
            certificate = self._certificates.get(record.record.writer)
            sound = certificate is not None and record.seal.seal.is_by(certificate.public(), self._manifest.origin)
            if sound and record.is_event(PURGED):
                position, at = (record.record.writer, record.record.seq), instant(record.columns["at"])
                self._purges.certify(str(record.columns["target"]), position, at, record.facts)

    def tree(self, anchor: Sequence[str]) -> None:
        """Let the log grow over the stretch, compare it with every note, and with the last one."""
        start, end = self._manifest.start, self._manifest.end
        signed = {int(row["size"]): str(row["note"]) for row in export_files.lines(self._folder / NOTES)}
        about = [line for line in anchor if start <= notes.line_size(line) <= end]
        self.grown = self._manifest.before
        check = TreeCheck(self._line.keys, signed, about, self.grown)
        for leaf, noted, seal in self._files.seals():
            check.feed(leaf, noted, seal)
            self._seals[seal.batch.writer, seal.batch.last_seq] = seal
            self._leaves[seal.batch.writer, seal.batch.last_seq] = leaf
        problems = [*check.end(), *self._ends(check)]
        for problem in problems:
            self.damaged("", 0, "checkpoint", problem)
        self.report.checkpoints, self.report.seals = len(signed), check.grown.size - start
        self.report.note = signed.get(end, "")
        self._witness(check.witnessed)

    def _ends(self, check: TreeCheck) -> Iterator[str]:
        if check.grown.size != self._manifest.end:
            yield f"the export holds the log to {check.grown.size} seals, not to {self._manifest.end}"
        grown = check.grown.size, check.grown.root
        try:
            check_growth(grown, self._note, self._manifest.path)
        except TreeProofError as error:
            yield f"the signed note does not continue the export: {error}"

    def _witness(self, size: int) -> None:
        """Say how far an anchor confirms it, and how long the tail is."""
        times = [seal.batch.last_at for position, seal in self._seals.items() if self._leaves[position] < size]
        self.report.witnessed_to = instant(max(times)) if times else None
        tail = [seal.batch for position, seal in self._seals.items() if self._leaves[position] >= size]
        self.report.tail = sum(seal.last_seq - seal.first_seq + 1 for seal in tail)
        self.report.tail_since = instant(min(seal.first_at for seal in tail)) if tail else None

    def chains(self) -> None:
        """Follow every chain, from where the stretch begins, and its seals."""
        for writer, mine in itertools.groupby(self._files.records(), key=lambda record: record.writer):
            self._chain(writer, mine)
        for (writer, last), seal in self._seals.items():
            detail = f"records {seal.batch.first_seq} to {last} were sealed and are missing"
            self.damaged(writer, last, "seal", detail)

    def _chain(self, writer: str, records: Iterator[StoredRecord | PurgedRecord]) -> None:
        certificate = self._certificates.get(writer)
        if certificate is None:
            self.damaged(writer, 0, "uncertified", "the chain's opening record is not in the export")
            return
        first = next(records)
        prev = first.prev if isinstance(first, StoredRecord) else b""
        head = Head(first.seq - 1, prev) if first.seq > 1 else None
        chain = ChainCheck(writer, head, self._stated[writer])
        seals = SealCheck(writer, self._line.keys)
        seals.continue_after(first.seq - 1, certificate)
        gone = set[str]()
        for following in itertools.chain([first], records):
            seal = self._seals.pop((writer, following.seq), None)
            record = (
                self._gone(following, seal) if isinstance(following, PurgedRecord) else following._replace(seal=seal)
            )
            chain.feed(record)
            seals.feed(record)
            if self._taker is not None:
                self._taker.take(record._replace(leaf=self._leaves.get((writer, following.seq))))
            self._count(record, withheld=isinstance(following, PurgedRecord) and not following.purge)
            gone |= {following.purge} if isinstance(following, PurgedRecord) and following.purge else set()
            if seal is not None:
                self._begun |= {
                    following: max(self._begun.get(following, 0), seal.batch.first_at) for following in gone
                }
                gone.clear()
        self.report.writers += 1
        self.report.heads[writer] = chain.head
        self.report.damages.extend((*chain.end(), *seals.end()))

    def _gone(self, record: PurgedRecord, sealed: BatchSeal | None) -> StoredRecord:
        if record.purge:
            self._purged[record.purge].append(record)
        return StoredRecord.gone(record.writer, record.seq, record.hash, sealed)

    def purges(self) -> None:
        """Judge each purge by its certificate, as far as its records are of the stretch."""
        for name, records in self._purged.items():
            certificates = self._purges.certificates.get(name, [])
            whole = [certificate for certificate in certificates if certificate.records <= len(records)]
            hashes = [record.hash for record in sorted(records)] if whole else []
            sentences = (
                (tree.root(hashes).hex(), len(records))
                if whole
                else (None, certificates[0].records if certificates else len(records))
            )
            days = frozenset(certificate.day for certificate in certificates)
            first_at = instant(self._begun[name]) if name in self._begun else None
            self._purges.judge(Purge(name, records[0].writer, days, sentences[1], first_at, sentences[0]), None)
        self.report.damages.extend(self._purges.damages)

    def _count(self, record: StoredRecord, *, withheld: bool) -> None:
        self.report.count(record)
        self.report.withheld += withheld
        self.report.purged -= withheld
        kind = record.shared.columns.kind
        if kind in {"decision", "outcome"}:
            self._kinds.setdefault(record.exchange, Counter())[kind] += 1

    def exchanges(self) -> None:
        """Check that no exchange has two decisions or outcomes; one from before the stretch has its decision there."""
        for exchange, kinds in self._kinds.items():
            for kind in ("decision", "outcome"):
                if kinds[kind] > 1:
                    self.damaged("", 0, kind, f"exchange {exchange} has {kinds[kind]} {kind}s")
            if not kinds["decision"] and not self._manifest.start:
                self.damaged("", 0, "decision", f"exchange {exchange} has no decision")
            self.report.open += not kinds["outcome"]
        if self.report.records != self._manifest.records:
            self.damaged("", 0, "missing", f"{self.report.records} of {self._manifest.records} records are there")


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
