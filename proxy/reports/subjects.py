"""Under which keyed references a data subject is recorded, and what the log says of a read about them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from proxy.core.keyring import Keyring
from proxy.errors import ProxyError
from proxy.identity import subjects
from proxy.identity.subject_key import SubjectKey
from proxy.keys import generations

_KEYED = "hmac-sha256:"
_LIVE = "SELECT tenant, lookup, handle, sealed FROM identity.subject_key WHERE sealed IS NOT NULL"


class SubjectErasedError(ProxyError):
    """This data subject was erased: records about them remain, and nobody can tell which."""

    status = 410
    code = "subject_erased"

    def __init__(self, erased: datetime) -> None:
        super().__init__(
            f"this data subject was erased on {erased:%Y-%m-%d}: records about them remain, and nobody can tell which"
        )


async def displaced(connection: asyncpg.Connection, keys: Keyring) -> list[str]:
    """Return a sentence for each tenant with keys of data subjects that are not where whoever looks for these looks.

    The connection acts as the reader. Some 50 microseconds of CPU a key, beside the loop.
    """
    rows = await connection.fetch(_LIVE)
    return await asyncio.to_thread(_displaced, rows, keys)


def _displaced(rows: Sequence[Mapping[str, Any]], keys: Keyring) -> list[str]:
    wrong = Counter(row["tenant"] for row in rows if not _lies_right(row, keys))
    message = (
        "{} keys of data subjects of {} are not where they were put, so whoever looks for these people finds nobody"
    )
    return [message.format(number, tenant) for tenant, number in sorted(wrong.items())]


def _lies_right(row: Mapping[str, Any], keys: Keyring) -> bool:
    key = SubjectKey.opened(keys, row["tenant"], row["lookup"], row["sealed"])
    return key is not None and key.handle == row["handle"]


def is_keyed(subject: str) -> bool:
    """Whether this is a keyed reference already, as records hold it."""
    return subject.startswith(_KEYED)


class FoundSubject(NamedTuple):
    """The references of a data subject, and the token of reads about them, which no record holds.

    ``erased``: when those of before were lost, for one who came back.
    """

    references: tuple[str, ...]
    erased: datetime | None = None


async def find(connection: asyncpg.Connection, keys: Keyring, subject: str, tenant: str) -> FoundSubject:
    """Return what a tenant's data subject is recorded under, on a connection that acts as the reader.

    One who came back after an erasure has a new key: the references of before cannot be told.

    Raises:
        SubjectErasedError: the subject's key was destroyed, and nothing was recorded about them since.
        ConfigurationError: the installation knows another master key.
        IdentityUnavailableError: the subject's key does not open with these master keys.

    """
    if is_keyed(subject):
        return FoundSubject((subject,))
    await generations.agree(connection, keys)
    standing = await subjects.standing(connection, keys, tenant, subject)
    if standing.key is None and standing.erased is not None:
        raise SubjectErasedError(standing.erased)
    if standing.key is None:
        return FoundSubject(())
    days = (None, *standing.linking)
    named = (standing.key.named(subject, day).reference for day in days)
    return FoundSubject((*named, standing.key.read_token), standing.erased)
