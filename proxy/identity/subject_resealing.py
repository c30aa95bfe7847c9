"""Seals the keys of data subjects and of registered people again with the master key in force.

So no former one is needed for them.
"""

from __future__ import annotations

from proxy.core.keyring import Keyring
from proxy.errors import IdentityUnavailableError
from proxy.identity import registered
from proxy.identity.registered import TenantKey
from proxy.identity.subject_key import LinkingKey, LookupKey, SubjectKey
from proxy.identity.subjects import SQL, SubjectKeys
from proxy.runtime import database

_AT_ONCE = 500


async def reseal(subjects: SubjectKeys) -> int:
    """Return how many keys were sealed again; those that do not open stay as they are.

    Raises:
        IdentityUnavailableError: the store cannot be reached; keys already sealed again stay so.

    """
    new, moved = Keyring(subjects.keyring.master), 0
    with database.raising(IdentityUnavailableError):
        for old in subjects.keyring.read_only:
            moved += await _lookup_keys(subjects, old, new)
            moved += await _subject_keys(subjects, old, new)
            moved += await _linking_keys(subjects, old, new)
            moved += await _registered_keys(subjects, old, new)
    return moved


async def _lookup_keys(subjects: SubjectKeys, old: Keyring, new: Keyring) -> int:
    rows = await subjects.connected.fetch(SQL["lookup_keys_by"], old.key_id)
    opened = [key for row in rows if (key := LookupKey.opened(old, row["tenant"], row["sealed"])) is not None]
    for key in opened:
        await subjects.connected.execute(SQL["reseal_lookup_key"], key.tenant, key.sealed(new), new.key_id, old.key_id)
    return len(opened)


async def _registered_keys(subjects: SubjectKeys, old: Keyring, new: Keyring) -> int:
    rows = await subjects.connected.fetch(registered.SQL["keys_by"], old.key_id)
    opened = [key for row in rows if (key := TenantKey.opened(old, row["tenant"], row["sealed"])) is not None]
    for key in opened:
        arguments = (key.tenant, key.sealed(new), new.key_id, old.key_id)
        await subjects.connected.execute(registered.SQL["reseal_key"], *arguments)
    return len(opened)


async def _linking_keys(subjects: SubjectKeys, old: Keyring, new: Keyring) -> int:
    rows = await subjects.connected.fetch(SQL["linking_keys_by"], old.key_id)
    opened = [key for row in rows if (key := LinkingKey.opened(old, *row.values())) is not None]
    for key in opened:
        sealed = key.sealed(new)
        await subjects.connected.execute(SQL["reseal_linking_key"], key.tenant, key.day, sealed, new.key_id, old.key_id)
    return len(opened)


async def _subject_keys(subjects: SubjectKeys, old: Keyring, new: Keyring) -> int:
    moved, after = 0, ("", b"")
    while True:
        rows = await subjects.connected.fetch(SQL["subject_keys_by"], old.key_id, *after, _AT_ONCE)
        for row in rows:
            key = SubjectKey.opened(old, row["tenant"], row["lookup"], row["sealed"])
            if key is not None:
                await subjects.connected.execute(
                    SQL["reseal_subject_key"], key.tenant, key.lookup, key.sealed(new), new.key_id, old.key_id
                )
                moved += 1
        if len(rows) < _AT_ONCE:
            return moved
        after = (rows[-1]["tenant"], rows[-1]["lookup"])
