"""Lets one audit signing key take the place of another, and refuses a key that does not speak for the installation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from proxy.audit.sealing.keys import AuditSigningKey, VerifierKey
from proxy.audit.sealing.succession import EVENT, Succession, change_note
from proxy.audit.writing.log import PostgresAuditLog
from proxy.audit.writing.session import STATEMENTS
from proxy.errors import AuditUnavailableError, ConfigurationError
from proxy.runtime import database


async def read(connection: asyncpg.Connection) -> Sequence[Mapping[str, Any]]:
    """Return the notes on keys with their time and place in the log, as the database tells writers."""
    rows: Sequence[Mapping[str, Any]] = await connection.fetch(STATEMENTS["key_changes"])
    return rows


async def check(dsn: str, signing: AuditSigningKey) -> Succession:
    """Refuse a key that the log does not know, or that has ended; return the line that holds it.

    A log that holds notes of this key's line and others is damaged, which keeps nobody from serving.

    Raises:
        ConfigurationError: one sentence that says what to do.
        AuditUnavailableError: the database cannot be reached, or the login may not act as the writer.

    """
    with database.raising(AuditUnavailableError):
        connection = await database.connect(dsn, database.WRITER)
        try:
            keys = Succession.of(signing.verifier, await read(connection))
            signed = await connection.fetch(STATEMENTS["first_and_last_notes"])
        except (asyncpg.UndefinedTableError, asyncpg.UndefinedFunctionError) as error:
            raise ConfigurationError("the database is not of this release: run compliance-proxy migrate") from error
        finally:
            connection.terminate()
    speaker = keys.speaker(signing.verifier)
    if signed and all(keys.note(row["note"]) is None for row in signed):
        raise ConfigurationError(
            f"the audit signing key {signing.verifier.id.hex()} is not this installation's: its log is signed by "
            "another key, or for another PROXY_AUDIT_ORIGIN; set PROXY_AUDIT_SIGNING_KEY to that key's file"
        )
    if speaker is not None and speaker.ended is not None:
        raise ConfigurationError(
            f"the audit signing key {speaker.key.id.hex()} has ended: set PROXY_AUDIT_SIGNING_KEY to the file of "
            f"{keys.in_force.id.hex()}"
        )
    return keys


async def replaced(log: PostgresAuditLog, new: AuditSigningKey, by: str) -> bool:
    """Let a key take the place of the log's own, on record; False where it has already.

    Raises:
        ConfigurationError: the log's own key was replaced by another, or the new one is for another installation.
        AuditUnavailableError: it could not be recorded.

    """
    keys = await check(log.dsn, log.signing)
    if str(keys.in_force) == str(new.verifier) != str(log.signing.verifier):
        return False
    if str(keys.in_force) != str(log.signing.verifier):
        raise ConfigurationError(f"{log.signing.verifier.id.hex()} was replaced by {keys.in_force.id.hex()} already")
    if new.origin != log.signing.origin or str(new.verifier) == str(keys.in_force):
        raise ConfigurationError("the new audit signing key must be another one, for the same PROXY_AUDIT_ORIGIN")
    await _record(log, change_note("replaced", log.signing, new), log.signing.verifier, new.verifier, by)
    return True


async def ended(log: PostgresAuditLog, key_id: str, by: str) -> None:
    """End a key that was replaced: nothing that it signs from now on counts.

    Raises:
        ConfigurationError: there is no such key, or it is in force, or has ended.
        AuditUnavailableError: it could not be recorded.

    """
    keys = await check(log.dsn, log.signing)
    if str(keys.in_force) != str(log.signing.verifier):
        raise ConfigurationError(f"only the key in force ({keys.in_force.id.hex()}) ends another")
    change = next(
        (speaker for speaker in keys.line if speaker.key.id.hex() == key_id and speaker.state == "replaced"), None
    )
    if change is None:
        raise ConfigurationError(f"no audit signing key {key_id} was replaced and has not ended")
    await _record(log, change_note("ended", change.key, log.signing), change.key, log.signing.verifier, by)


async def _record(log: PostgresAuditLog, note: str, of: VerifierKey, key: VerifierKey, by: str) -> None:
    await log.event_durable(EVENT, {"note": note, "key": of.id.hex(), "by_key": key.id.hex(), "by": by})
