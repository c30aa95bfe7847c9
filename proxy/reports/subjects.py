"""Under which keyed references a data subject is recorded, and what the log says of a read about them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import asyncpg

from proxy.core.keyring import Keyring
from proxy.errors import ProxyError
from proxy.identity import subjects
from proxy.keys import generations

_KEYED = "hmac-sha256:"


class SubjectErasedError(ProxyError):
    """This data subject was erased: records about them remain, and nobody can tell which."""

    status = 410
    code = "subject_erased"

    def __init__(self, erased: datetime) -> None:
        super().__init__(
            f"this data subject was erased on {erased:%Y-%m-%d}: records about them remain, and nobody can tell which"
        )


def is_keyed(subject: str) -> bool:
    """Whether this is a keyed reference already, as records hold it."""
    return subject.startswith(_KEYED)


class FoundSubject(NamedTuple):
    """The references of a data subject, and the token of reads about them, which no record holds.

    ``erased``: when those of before were lost, for one who came back.
    """

    references: tuple[str, ...]
    erased: datetime | None = None


async def found(connection: asyncpg.Connection, keys: Keyring, subject: str, tenant: str) -> FoundSubject:
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
