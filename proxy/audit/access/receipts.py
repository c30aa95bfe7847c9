"""Receipts: what proves the decision on one exchange to its own caller, and to whoever gets it from there.

The first call, or the end of an exchange whose request asked for it, records an event (``receipt_given``). It names the
decision, the outcome, and the hashes of both records, with a salt: nothing of the content, no finding, no person. The
receipt is the proof of that event, once a note covers it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson

from proxy.audit.access import proving
from proxy.audit.records.record import instant, link
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.verification.proof import RECEIPT, ExchangeProof, ProofError
from proxy.audit.writing.session import STATEMENTS
from proxy.errors import AuditUnavailableError
from proxy.ports import EventLog
from proxy.runtime import database
from proxy.runtime.background import Background
from proxy.runtime.log import logger

_AT_ONCE = 2
_MOST_ASKED = 1_000
#: Seconds between looks for the end of an exchange, whose record may still be on its way.
_LOOKS_S = (0.5, 1.0, 2.0, 4.0, 8.0)
_PENDING = "no signed note covers it yet: ask again in some seconds"
_DECIDED = ("action", "target", "status", "codes", "revision", "data_revision")


class ReceiptPendingError(ProofError):
    """The receipt is ``recorded``, or the exchange goes on; it can be proven in some seconds."""

    def __init__(self, sentence: str, *, recorded: bool = True) -> None:
        super().__init__(sentence)
        self.recorded = recorded


@dataclass(frozen=True, slots=True)
class Receipts:
    """Receipts of an installation, each for the service whose exchange it was."""

    dsn: str = field(repr=False)
    verifier: VerifierKey
    log: EventLog
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    _asked: list[str] = field(default_factory=list)
    _background: Background = field(default_factory=Background)

    async def close(self) -> None:
        """Stop recording what was asked for; a call does that as well."""
        await self._background.stop()

    def ask(self, exchange: str, tenant: str, service: str) -> None:
        """Record the receipt of an exchange that is ending; beyond 1,000 that wait, a call must."""
        if len(self._asked) < _MOST_ASKED:
            self._asked.append(exchange)
            self._background.start("receipt", self._recorded(exchange, tenant, service))

    async def _recorded(self, exchange: str, tenant: str, service: str) -> None:
        try:
            for seconds in _LOOKS_S:
                await asyncio.sleep(seconds)
                try:
                    await self.of(exchange, tenant, service)
                except ReceiptPendingError as pending:
                    if pending.recorded:
                        return
        except (ProofError, AuditUnavailableError) as error:
            logger().warning("receipt_not_recorded", exchange=exchange, error=type(error).__name__)
        finally:
            self._asked.remove(exchange)

    async def of(self, exchange: str, tenant: str, service: str) -> ExchangeProof | None:
        """Return the receipt of a service's exchange, None where it has none with this id.

        Raises:
            ReceiptPendingError: see there.
            ProofError: it cannot be proven.
            AuditUnavailableError: the log cannot be read or written.

        """
        async with self._turns:
            with database.raising(AuditUnavailableError):
                connection = await database.connect(self.dsn, database.READER)
                try:
                    return await self._written(connection, exchange, (tenant, service))
                finally:
                    await connection.close()

    async def _written(
        self, connection: asyncpg.Connection, exchange: str, caller: tuple[str, str]
    ) -> ExchangeProof | None:
        await connection.execute(STATEMENTS["take_receipt_lock"], exchange)  # until the connection ends
        receipts = await proving.fetched(connection, "receipt_of", exchange)
        rows = receipts or await proving.fetched(connection, "records_of_exchange", exchange)
        columns = [orjson.loads(row["body"])["columns"] for row in rows]
        if not any((column["tenant"], column["service"]) == caller for column in columns):
            return None
        if receipts:
            try:
                return await proving.proved(connection, exchange, receipts, self.verifier)
            except proving.TooEarlyError as error:
                raise ReceiptPendingError(_PENDING) from error
        if not any(column["kind"] == "outcome" for column in columns):
            raise ReceiptPendingError("the exchange has not ended: ask again in some seconds", recorded=False)
        names = {"tenant": caller[0], "service": caller[1], "target": exchange}
        await self.log.event_durable(RECEIPT, {"salt": secrets.token_hex(16), **_facts(rows)}, **names)
        raise ReceiptPendingError(_PENDING)


def _facts(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what a receipt says of the decision and the outcome: columns that a reply shows its caller anyway."""
    stated = {}
    for row in rows:
        body = orjson.loads(row["body"])
        columns = body["columns"]
        if columns["kind"] in {"decision", "outcome"}:
            facts = {name: columns[name] for name in _DECIDED if columns.get(name)}
            record = link(row["prev"], row["body"].encode()).hex()
            stated[columns["kind"]] = {**facts, "at": instant(columns["at"]).isoformat(), "record": record}
    return stated
