"""Changes of the registry: recorded, and followed until every process runs them.

The ``registry`` commands, the admin API and a first start use it. ``RegistryStore`` decides whether a second person is
needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proxy.errors import RegistryUnavailableError
from proxy.ports import EventLog
from proxy.registry import edit
from proxy.registry.fleet import Spread, spread
from proxy.registry.store import Replica, Stored

_EVENT = "registry_changed"
#: Most paths of a change in its record.
_MOST_PATHS = 200
_POLL_S = 0.2
#: A refusal is final if a process keeps it so long: one of a file that is being replaced goes with the next look.
_FINAL_S = 3.0


@dataclass(frozen=True, slots=True)
class Author:
    """The author of a change, the command, and the tenant if known."""

    by: str
    command: str
    tenant: str | None = None


def facts(before: Stored | None, stored: Stored, *, active: bool) -> dict[str, Any]:
    """Return the facts of a change for record and response, without its paths; ``parent`` is "" for the first one."""
    return {"revision": stored.revision, "parent": before.revision if before is not None else "", "active": active}


async def recorded(
    commit: Callable[[], Awaitable[Stored]],
    before: Stored | None,
    log: EventLog,
    author: Author,
    *,
    active: bool = True,
) -> tuple[Stored, Sequence[edit.DocumentChange]]:
    """Commit a change and record it if anything differs; return the new revision and the differences.

    Raises:
        AuditUnavailableError: the change was made but could not be recorded.

    """
    stored = await commit()
    old = before.documents if before is not None else {}
    changes = await asyncio.to_thread(edit.changes, old, stored.documents)
    if changes:
        record = {
            **facts(before, stored, active=active),
            "command": author.command,
            "by": author.by,
            "paths": [change.path for change in changes[:_MOST_PATHS]],
        }
        await log.event_durable(_EVENT, record, **({"tenant": author.tenant} if author.tenant is not None else {}))
    return stored, changes


async def settled(
    replicas: Callable[[], Awaitable[Iterable[Replica]]],
    revision: str,
    data_revision: str,
    refused_before: Mapping[str, str],
    wait_s: float,
) -> Spread | None:
    """Return the spread of a revision once it is settled or the time is over; None if the database is unreachable.

    It is settled when it is in force everywhere, or when processes have refused it alike for ``_FINAL_S``.
    """
    loop = asyncio.get_running_loop()
    until, since = loop.time() + wait_s, 0.0
    refusing: tuple[tuple[str, str], ...] = ()
    while True:
        try:
            state = spread(revision, data_revision, refused_before, await replicas())
        except RegistryUnavailableError:
            state = None
        now = loop.time()
        if state is None or state.refusals != refusing:
            refusing, since = state.refusals if state is not None else (), now
        if now >= until or (state is not None and (state.everywhere or (refusing and now - since >= _FINAL_S))):
            return state
        await asyncio.sleep(_POLL_S)
