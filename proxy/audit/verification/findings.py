"""What a verification found: damages by class, and how far the log is witnessed. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from proxy.audit.records.record import Head, instant
from proxy.audit.records.retention import Retention
from proxy.audit.verification.stored_record import StoredRecord

State = Literal["witnessed", "unwitnessed", "unprotected", "damaged"]


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is wrong. ``seq`` is 0 where no single record is meant; ``what`` names the class.

    Classes: ``missing`` (a gap), ``link`` (prev), ``body``, ``hash``, ``column`` (what the table repeats), ``order``,
    ``answer`` (one that a record names is not stated before it, or not true to its digest), ``decision``, ``attempt``,
    ``outcome`` (not exactly one), ``purge`` (no certificate, one over other records, too early, or held),
    ``uncertified`` (no certificate of this installation), ``seal`` (none, or not its
    writer's), ``key`` (a signing key that was replaced twice, or certified after it had ended), ``checkpoint`` (the
    log of seals, its notes and their anchors), ``unread`` (a part of the log cannot be read), ``file`` (of an export,
    altered since); and ``protection``: the log may be as it was written, but what protects it is not what it was.
    """

    writer: str
    seq: int
    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class KeyUse:
    """An audit signing key and what it signed: how many writers it certified, how many notes (anchored ones too)."""

    id: str
    key: str
    state: str  # in force | replaced | ended
    since: datetime | None
    ended: datetime | None
    writers: int
    notes: int


@dataclass(slots=True)
class VerificationReport:
    """What was read and what is wrong. ``open`` exchanges belong to writers that live or await recovery.

    ``oldest`` and ``newest`` are the times of those records in microseconds since 1970.

    ``witnessed_to`` is the time of the newest record under a checkpoint that an anchor outside the database confirms;
    ``tail`` records since ``tail_since`` came after it. ``readings`` of the log since ``readings_since`` were announced
    and wait for a running process to record them. ``note`` is the newest signed note, as it was signed.
    ``remarks`` tell what surrounds the log and does not weaken it: settings, temporary tables, further indexes.
    ``purged`` records of ``records`` are past their time: their hashes and certificates are left. ``purges_pending``
    certificates were not carried out: their records are there.
    ``withheld`` records are of tenants that an archive is not of: their hashes are there.
    ``trusted`` is the size of the log that was verified before, of which nothing was read; then records, writers, notes
    and retention are counted from there on.
    """

    records: int = 0
    writers: int = 0
    open: int = 0
    oldest: int | None = None
    newest: int | None = None
    retention: Retention = field(default_factory=Retention)
    checkpoints: int = 0
    seals: int = 0
    witnessed_to: datetime | None = None
    tail: int = 0
    tail_since: datetime | None = None
    readings: int = 0
    readings_since: datetime | None = None
    purged: int = 0
    withheld: int = 0
    purges_pending: int = 0
    trusted: int = 0
    note: str = ""
    keys: list[KeyUse] = field(default_factory=list)
    damages: list[Damage] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)

    def count(self, record: StoredRecord) -> None:
        """Count a record that was read."""
        self.records += 1
        if record.purged:
            self.purged += 1
            return
        at = record.at
        if self.oldest is None or at < self.oldest:
            self.oldest = at
        if self.newest is None or at > self.newest:
            self.newest = at
        if record.shared.columns.kind == "outcome":
            self.retention.add(record.body)

    @property
    def since(self) -> datetime | None:
        """When the oldest record was made."""
        return _moment(self.oldest)

    @property
    def until(self) -> datetime | None:
        """When the newest record was made."""
        return _moment(self.newest)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with the log or its protection."""
        return not self.damages

    @property
    def state(self) -> State:
        """The end of a verification."""
        if self.damages:
            return "unprotected" if all(damage.what == "protection" for damage in self.damages) else "damaged"
        return "witnessed" if self.witnessed_to is not None else "unwitnessed"


def _moment(at: int | None) -> datetime | None:
    """Return when that was, None where no calendar has it."""
    try:
        return instant(at) if at is not None else None
    except OverflowError:
        return None
