"""The audit log of one process: entries for exchanges, events for everything else, one chain for both."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from proxy.audit.records.answers import AnswerBytes
from proxy.audit.records.facts import Digests, plain
from proxy.audit.records.record import Columns, Record, make
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.sealing.seal import BatchSealer
from proxy.audit.writing.entry import ExchangeEntry
from proxy.audit.writing.writer import ChainWriter
from proxy.core.keyring import Keyring
from proxy.core.records import Exchange
from proxy.errors import AuditUnavailableError, ConfigurationError
from proxy.ports import Clock, InputDocument
from proxy.runtime.log import logger

CLOSE_S = 10.0
_MOST_SKEW_MS = 10_000  # beyond it, times of records mislead whoever reads them


def fresh_writer_id(prefix: str) -> str:
    """Return an id for a new chain; every process start takes one."""
    return f"{prefix}-{secrets.token_hex(8)}"


@dataclass(eq=False)
class PostgresAuditLog:
    """Implements ``ports.AuditLog``. ``queue`` is in records, ``timeout_s`` how long a request waits.

    ``signing`` certifies this process as a writer; without one nobody trusts what it writes.
    """

    dsn: str
    writer_id: str
    keyring: Keyring
    clock: Clock
    queue: int = 10_000
    timeout_s: float = 5.0
    document: InputDocument = plain
    signing: AuditSigningKey = field(default_factory=AuditSigningKey.generate, repr=False)
    host: str = ""

    def __post_init__(self) -> None:
        self.digests = Digests(self.keyring)
        self.answers = AnswerBytes(self.document)
        self.writer = ChainWriter(self.dsn, self.writer_id, self.queue, self.timeout_s)
        self.writer.sealer = BatchSealer(self.signing, self.host)
        self.writer.forked = self._reopened
        self.open_entries = 0
        self.suspended = ""
        self._unrecorded = 0
        self._closed = False
        self._ended = False

    @property
    def healthy(self) -> bool:
        """Whether records can be stored now."""
        return self.writer.healthy

    @property
    def waiting(self) -> int:
        """How many records wait to become durable."""
        return self.writer.waiting

    async def start(self) -> None:
        """Connect and open the chain with a record.

        Raises:
            AuditUnavailableError: the database cannot be reached, or the login may not act as the writer.

        """
        await self.writer.start()
        try:
            skew = await self.writer.clock_skew_ms(self.clock.now)
            if skew is not None and abs(skew) > _MOST_SKEW_MS:
                logger().error("clock_skewed", skew_ms=skew)
            await self.writer.durable(self.writer.put([self._opening({"clock_skew_ms": skew})]))
        except AuditUnavailableError:
            await self.writer.close(0)
            raise

    async def close(self) -> None:
        """Write what waits, then the closing record, unless exchanges are still open: recovery ends those."""
        if self._closed:
            return
        self._closed = True
        closing = "writer_closed" if not self.open_entries else "writer_left"
        self.writer.put([self._event(closing, {"open": self.open_entries})], admitted=True)
        await self.writer.close(CLOSE_S)

    def entry(self, exchange: Exchange) -> ExchangeEntry:
        """Open the evidence of one exchange."""
        if self._unrecorded and self.writer.healthy:
            self.event("exchanges_unrecorded", {"count": self._unrecorded})
            self._unrecorded = 0
        return ExchangeEntry(self, exchange)

    def event(self, name: str, facts: Mapping[str, Any], **columns: Any) -> bool:
        """Queue an event, e.g. ("catalog_loaded", {"revision": ...}); return whether it was taken.

        Dropped when half of the queue is full, and when the chain has ended.

        ``columns`` may set tenant, activity, service, target, status, codes, revision and data_revision.
        """
        if self._closed or self.writer.waiting >= self.queue // 2:
            return False
        self.writer.put([self._event(name, facts, **columns)], admitted=True)
        return True

    async def event_durable(self, name: str, facts: Mapping[str, Any], **columns: Any) -> None:
        """Record an event and return when it is durable.

        Raises:
            AuditUnavailableError: it is not.

        """
        if self._closed:
            raise AuditUnavailableError
        await self.writer.durable(self.writer.put([self._event(name, facts, **columns)]))

    async def event_once(self, name: str, facts: Mapping[str, Any], target: str) -> None:
        """Record an event of which the database allows one for each target; where there is one, nothing happens.

        Raises:
            AuditUnavailableError: it is not durable.

        """
        if self._closed:
            raise AuditUnavailableError
        once = [self._event(name, facts, target=target)]
        await self.writer.durable(self.writer.put(once, admitted=True, instead=lambda _: ()))

    def certify_no_more(self) -> None:
        """Open no further chain: the signing key has ended. The one that is open goes on."""
        self._ended = True

    def suspend(self, reason: str) -> None:
        """Let no exchange leave while there is a reason; "" ends it. Whatever is refused is recorded as ever."""
        self.suspended = reason

    def unrecorded(self) -> None:
        """Count an exchange that was refused while nothing could be recorded."""
        self._unrecorded += 1

    def _event(self, name: str, facts: Mapping[str, Any], **columns: Any) -> Record:
        return make(Columns(at=round(self.clock.now() * 1_000_000), kind="event", action=name, **columns), facts)

    def _reopened(self, left: str) -> Sequence[Record]:
        if self._ended:
            raise ConfigurationError("the audit signing key has ended: restart with the one in force")
        return [self._opening({"continues": left})]

    def _opening(self, facts: Mapping[str, Any]) -> Record:
        certificate = self.writer.sealer.certificate(self.writer.writer, self.clock.now())
        return self._event("writer_started", {**facts, **certificate.facts()})
