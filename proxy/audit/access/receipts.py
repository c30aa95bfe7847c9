"""Receipts: what proves the decision on one exchange to its own caller, and to whoever gets it from there.

The first call records an event (``receipt_given``) that names the decision, the outcome, and the hashes of both
records, with a salt: nothing of the content, no finding, no person. The receipt is the proof of that event, once a note
covers it.
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
from proxy.audit.records.chain import link
from proxy.audit.records.record import instant
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.verification.proof import RECEIPT, ExchangeProof, ProofError
from proxy.audit.writing.session import STATEMENTS
from proxy.errors import AuditUnavailableError
from proxy.ports import EventLog
from proxy.runtime import database

_AT_ONCE = 2
_PENDING = "no signed note covers it yet: ask again in some seconds"
_DECIDED = ("action", "target", "status", "codes", "revision", "data_revision")


class ReceiptPendingError(ProofError):
    """The receipt is recorded, or the exchange goes on; it can be proven in some seconds."""


@dataclass(frozen=True, slots=True)
class Receipts:
    """Receipts of an installation, each for the service whose exchange it was."""

    dsn: str = field(repr=False)
    verifier: VerifierKey
    log: EventLog
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

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
                    return await self._made(connection, exchange, (tenant, service))
                finally:
                    await connection.close()

    async def _made(
        self, connection: asyncpg.Connection, exchange: str, caller: tuple[str, str]
    ) -> ExchangeProof | None:
        receipts = await connection.fetch(STATEMENTS["receipt_of"], exchange)
        rows = receipts or await connection.fetch(STATEMENTS["records_of_exchange"], exchange)
        columns = [orjson.loads(row["body"])["columns"] for row in rows]
        if not any((one["tenant"], one["service"]) == caller for one in columns):
            return None
        if receipts:
            try:
                return await proving.proved(connection, exchange, receipts, self.verifier)
            except proving.TooEarlyError as error:
                raise ReceiptPendingError(_PENDING) from error
        if not any(one["kind"] == "outcome" for one in columns):
            raise ReceiptPendingError("the exchange has not ended: ask again in some seconds")
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
