"""Takes over the chains that releases without seals wrote: verifies them once more and records what they are."""

from __future__ import annotations

from collections.abc import Mapping

from proxy.audit.records.chain import Head
from proxy.audit.verification import adoption, former
from proxy.audit.verification.verify import verify
from proxy.audit.writing.log import PostgresAuditLog
from proxy.errors import AuditUnavailableError, ConfigurationError
from proxy.keys import kept_keys
from proxy.runtime import database

#: What may be wrong with chains that nobody adopted yet, and with a database whose grants are mended later.
_TOLERATED = frozenset({"uncertified", "protection"})


async def adopt(log: PostgresAuditLog, by: str, reason: str) -> Mapping[str, Head]:
    """Record the head of every uncertified chain in the log's own; return the heads, none where there were none.

    Raises:
        AuditUnavailableError: the database cannot be reached.
        ConfigurationError: the log is damaged.

    """
    with database.raising(AuditUnavailableError):
        connection = await database.connect(log.dsn, database.READER)
        try:
            former_keys = former.verifiers(log.keyring, await kept_keys.read(connection, log.keyring))
            report = await verify(connection, log.signing.verifier, (), former_keys)
        finally:
            await connection.close()
    if others := [one for one in report.damages if one.what not in _TOLERATED]:
        raise ConfigurationError(f"nothing was adopted, the log is damaged: {others[0].writer} {others[0].detail}")
    heads = {writer: report.heads[writer] for writer in report.uncertified}
    for facts in adoption.facts(heads, by, reason, former_keys) if heads else ():
        await log.event_durable(adoption.EVENT, facts)
    return heads
