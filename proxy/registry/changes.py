"""Changes of the registry from wherever they are asked for: recorded, and followed until every process runs them.

The ``registry`` commands, the admin API and a first start call this. Whether a second person is needed is decided
below it, in ``RegistryStore``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proxy.errors import RegistryUnavailableError
from proxy.ports import EventLog
from proxy.registry import edit
from proxy.registry.spread import Spread, spread
from proxy.registry.store import Replica, Stored

_EVENT = "registry_changed"
#: How many places of a change its record names.
_MOST_PATHS = 200
_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes the registry, by which command, and in whose name where a tenant is known."""

    by: str
    command: str
    tenant: str | None = None


def facts(before: Stored | None, stored: Stored, *, active: bool) -> dict[str, Any]:
    """Return what a record and an answer say of a change beside its places; ``parent`` is "" for a first registry."""
    return {"revision": stored.revision, "parent": before.revision if before is not None else "", "active": active}


async def recorded(
    commit: Callable[[], Awaitable[Stored]],
    before: Stored | None,
    log: EventLog,
    author: Author,
    *,
    active: bool = True,
) -> tuple[Stored, Sequence[edit.DocumentChange]]:
    """Make a change and record it where it is one; return the new revision and what differs from ``before``.

    Raises:
        AuditUnavailableError: it is made and could not be recorded.

    """
    stored = await commit()
    old = before.documents if before is not None else {}
    found = await asyncio.to_thread(edit.changes, old, stored.documents)
    if found:
        said = {
            **facts(before, stored, active=active),
            "command": author.command,
            "by": author.by,
            "paths": [one.path for one in found[:_MOST_PATHS]],
        }
        await log.event_durable(_EVENT, said, **({"tenant": author.tenant} if author.tenant is not None else {}))
    return stored, found


async def settled(
    replicas: Callable[[], Awaitable[Iterable[Replica]]],
    revision: str,
    data_revision: str,
    refused_before: Mapping[str, str],
    wait_s: float,
) -> Spread | None:
    """Return how far a revision has come once there is nothing more to wait for, or the time is over.

    None where the database could not be reached at the end of it.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + wait_s
    while True:
        try:
            found = spread(revision, data_revision, refused_before, await replicas())
        except RegistryUnavailableError:
            found = None
        if (found is not None and found.settled) or loop.time() >= until:
            return found
        await asyncio.sleep(_POLL_S)
