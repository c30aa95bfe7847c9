"""Legal holds: what one covers is neither erased nor purged. Two people place it, and two release it.

A hold protects from the moment somebody asks for it, so that nothing goes while the second person is awaited; without
approval it lapses after a day.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from proxy.errors import ConfigurationError, IdentityUnavailableError
from proxy.identity.subjects import SubjectKeys
from proxy.runtime import database

_SQL = database.statements(Path(__file__).with_name("holds.sql"))
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_REFUSED = (
    "a matter or ticket has at most 64 characters of [A-Za-z0-9._:/-], a subject needs a tenant, "
    "and what a hold covers ends after it begins"
)
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
        told: dict[str, Any] = {name: value.isoformat() for name, value in times.items() if value is not None}
        return {**told, "activity": self.activity or "", "of_subject": self.subject is not None}


class HoldRequest(NamedTuple):
    """What a second person is asked for: act is place_hold or release_hold."""

    act: str
    hold: str
    ticket: str
    requested_by: str


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
        hold, request = _fresh("hd_"), _fresh("rq_")
        if scope.subject is not None and scope.tenant is None:
            raise ConfigurationError(_REFUSED)
        named = None
        if scope.tenant and scope.subject:
            named = (await self.subjects.key(scope.tenant, scope.subject)).handle
        await self._execute(
            "request", request, hold, matter, scope.tenant, scope.activity, named, scope.since, by, scope.until,
        )  # fmt: skip
        return hold, request

    async def request_release(self, hold: str, ticket: str, by: str) -> str | None:
        """Ask for the end of a hold; return the request's id, None if there is no such hold or it was released.

        Raises:
            ConfigurationError: the ticket is malformed.
            IdentityUnavailableError: the store cannot be reached.

        """
        request = _fresh("rq_")
        tag = await self._execute("request_release", request, hold, ticket, by)
        return request if tag.endswith(" 1") else None

    async def approve(self, request: str, approver: str) -> HoldRequest | None:
        """Approve a placement or a release as the second person; return what was approved.

        None: there is no such request, the approver made it, it is older than a day, or it is approved already.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        with database.raising(IdentityUnavailableError):
            row = await self.subjects.connected.fetchrow(_SQL["requested"], request)
            done = await self.subjects.connected.fetchval(_SQL["approve"], request, approver)
        return HoldRequest(*row.values()) if row is not None and done is not None else None

    async def holds(self, tenant: str | None = None) -> tuple[Mapping[str, Any], ...]:
        """Return all holds, or those that cover a tenant, oldest first, each with its ``state``.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        with database.raising(IdentityUnavailableError):
            rows = await self.subjects.connected.fetch(_SQL["list"], tenant)
        return tuple({**row, "state": state(row)} for row in rows)

    async def _execute(self, statement: str, *arguments: Any) -> str:
        with database.raising(IdentityUnavailableError):
            try:
                tag: str = await self.subjects.connected.execute(_SQL[statement], *arguments)
            except asyncpg.CheckViolationError as error:
                raise ConfigurationError(_REFUSED) from error
        return tag


def state(hold: Mapping[str, Any]) -> str:
    """Return pending, lapsed, "in force" or released."""
    if hold["released"] is not None:
        return "released"
    if hold["in_force"] is not None:
        return "in force"
    return "pending" if hold["now"] - hold["placed"] < _APPROVE_WITHIN else "lapsed"


def _fresh(prefix: str) -> str:
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(12))
