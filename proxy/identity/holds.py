"""Legal holds: what one covers is neither erased nor purged. Two people place it, and two release it.

A hold protects from the moment somebody asks for it, so that nothing goes while the second person is awaited; without
approval it lapses after a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import asyncpg

from proxy.errors import ConfigurationError, IdentityUnavailableError
from proxy.identity import requests
from proxy.identity.requests import Asked, fresh
from proxy.identity.subjects import SubjectKeys
from proxy.keys.authority import Authority
from proxy.runtime import database

_SQL = database.statements(Path(__file__).with_name("holds.sql"))
_COLUMNS = ("id", "matter", "tenant", "activity", "subject", "since", "until", "request")
_REFUSED = (
    "a matter or ticket has at most 64 characters of [A-Za-z0-9._:/-], a subject needs a tenant, "
    "and what a hold covers ends after it begins"
)
_OF_TENANT: LiteralString = "$1::text IS NULL OR r.tenant = $1 OR r.tenant IS NULL ORDER BY r.placed, r.id"
_APPROVE_WITHIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class HoldScope:
    """What a hold covers; None: any. ``since`` and ``until`` bound the time of the records."""

    tenant: str | None = None
    activity: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def facts(self) -> dict[str, Any]:
        """Return it for the log, which does not say who the subject is."""
        times = {"since": self.since, "until": self.until}
        detail: dict[str, Any] = {name: value.isoformat() for name, value in times.items() if value is not None}
        return {**detail, "activity": self.activity or "", "of_subject": self.subject is not None}


@dataclass(frozen=True, slots=True)
class HoldStore:
    """Holds, in the store of the data subjects' keys."""

    subjects: SubjectKeys

    async def request(self, matter: str, scope: HoldScope, by: str) -> tuple[str, str]:
        """Store a hold that another person must approve; return its id and the request's.

        A data subject whom nothing names yet gets the key under which records will name them.

        Raises:
            ConfigurationError: the matter is malformed, or the scope contradicts itself.
            IdentityUnavailableError: the store cannot be reached.

        """
        if scope.subject is not None and scope.tenant is None:
            raise ConfigurationError(_REFUSED)
        named = None
        if scope.tenant is not None and scope.subject is not None:
            named = (await self.subjects.key(scope.tenant, scope.subject)).handle
        hold = fresh("hd_")
        asked = Asked(fresh("rq_"), "place_hold", scope.tenant or "", hold, matter, by)
        row = {**asdict(scope), "subject": named, "id": hold, "matter": matter, "request": asked.id, "placed_by": by}
        with database.raising(IdentityUnavailableError):
            async with self.subjects.connected.acquire() as connection, connection.transaction():
                await requests.write(connection, self.subjects.keyring, asked)
                try:
                    await connection.execute(_SQL["add"], *(row[name] for name in _COLUMNS))
                except asyncpg.CheckViolationError as error:
                    raise ConfigurationError(_REFUSED) from error
                await self._authority.prove(connection, hold, row)
        return hold, asked.id

    async def request_release(self, hold: str, ticket: str, by: str) -> str | None:
        """Ask for the end of a hold; return the request's id, None if there is no such hold or it was released.

        Raises:
            ConfigurationError: the ticket is malformed.
            IdentityUnavailableError: the store cannot be reached.

        """
        row = next((row for row in await self.holds() if row["id"] == hold and row["released"] is None), None)
        if row is None:
            return None
        return await self.subjects.ask("release_hold", row["tenant"] or "", hold, ticket, by)

    async def approve(self, request: str, approver: str) -> Asked | None:
        """Approve a placement or a release as the second person; return what was approved.

        None: there is no such request, the approver made it, it is older than a day, or it is approved already.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        asked = await self.subjects.asked(request)
        if asked is None:
            return None
        changed = {"placed_second": approver, "in_force": ...}
        if asked.act == "release_hold":
            changed = {"released_by": asked.requested_by, "released_second": approver, "released": ...}
        with database.raising(IdentityUnavailableError):
            async with self.subjects.connected.acquire() as connection, connection.transaction():
                before = await connection.fetchrow(self._authority.row, asked.about)
                if await connection.fetchval(_SQL["approve"], request, approver) is None:
                    return None
                await self._authority.prove_changed(connection, before, changed)
        return asked

    async def holds(self, tenant: str | None = None) -> tuple[Mapping[str, Any], ...]:
        """Return all holds, or those that cover a tenant, oldest first, each with its ``state``.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        with database.raising(IdentityUnavailableError):
            async with self.subjects.connected.acquire() as connection:
                now = await connection.fetchval("SELECT clock_timestamp()")
                rows = await connection.fetch(self._authority.where(_OF_TENANT), tenant)
        return tuple({**row, "of_subject": row["subject"] is not None, "state": state(row, now)} for row in rows)

    @property
    def _authority(self) -> Authority:
        return Authority("hold", self.subjects.keyring)


def state(hold: Mapping[str, Any], now: datetime) -> str:
    """Return pending, lapsed, "in force" or released."""
    if hold["released"] is not None:
        return "released"
    if hold["in_force"] is not None:
        return "in force"
    return "pending" if now - hold["placed"] < _APPROVE_WITHIN else "lapsed"
