"""Under which keyed references a data subject is recorded: by their own key, and by master keys in former records."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import asyncpg

from proxy.core.keyring import Keyring, digests
from proxy.errors import ProxyError
from proxy.identity import subjects
from proxy.keys import generations, kept_keys

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
    """The references of a data subject; ``erased``: when those of before were lost, for one who came back."""

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
    days = (None, *standing.linking)
    own = () if standing.key is None else tuple(standing.key.named(subject, day).reference for day in days)
    if standing.erased is None:
        return FoundSubject((*own, *await _former(connection, keys, subject, tenant)))
    if not own:
        raise SubjectErasedError(standing.erased)
    return FoundSubject(own, standing.erased)


async def _former(connection: asyncpg.Connection, keys: Keyring, subject: str, tenant: str) -> tuple[str, ...]:
    """Return the references of records from before subjects had keys: by every master key, the retired ones too."""
    stored = await kept_keys.read(connection, keys)
    retired = (
        digests(scope.key_id, key, subject.encode())
        for scope, key in stored.items()
        if (scope.purpose, scope.tenant) == (kept_keys.SUBJECT, tenant)
    )
    return (*keys.digests(subject.encode(), "subject", tenant), *(one for pair in retired for one in pair))
