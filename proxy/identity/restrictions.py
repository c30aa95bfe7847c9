"""For whom processing is restricted or objected to (GDPR Art. 18, 21): officers keep it, every process sees it at once.

An entry names the data subject by a keyed digest that outlasts an erasure: who was erased has still objected.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from proxy.errors import ConfigurationError, IdentityUnavailableError
from proxy.identity.requests import fresh
from proxy.identity.subjects import SubjectKeys
from proxy.keys.authority import Authority
from proxy.runtime import database

_SQL = database.statements(Path(__file__).with_name("restrictions.sql"))
_REFUSED = "a ticket has at most 64 characters of [A-Za-z0-9._:/-], and an entry ends after it begins"


class RestrictionKind(enum.StrEnum):
    """Why a data subject is on the list."""

    RESTRICTION = "restriction"  # GDPR Art. 18
    OBJECTION = "objection"  # GDPR Art. 21


@dataclass(frozen=True, slots=True)
class NewRestriction:
    """An entry to be added. ``until``: None for until it is lifted."""

    tenant: str
    subject: str
    kind: RestrictionKind
    since: datetime
    until: datetime | None
    ticket: str

    def facts(self, entry: str, by: str) -> dict[str, str]:
        """Return the facts of the event that says who added it, without the subject."""
        until = {"until": self.until.isoformat()} if self.until is not None else {}
        detail = {"restriction": entry, "kind": self.kind.value, "since": self.since.isoformat(), "ticket": self.ticket}
        return {**detail, **until, "by": by}


@dataclass(frozen=True, slots=True)
class RestrictionList:
    """The list, in the store of the data subjects' keys."""

    subjects: SubjectKeys

    def now(self) -> datetime:
        """Return the time of its clock."""
        return self.subjects.now()

    async def add(self, new: NewRestriction, by: str) -> str:
        """Store an entry and return its id, "rs_" and twelve letters or digits.

        Raises:
            ConfigurationError: the ticket is malformed, or it ends before it begins.
            IdentityUnavailableError: the store cannot be reached.

        """
        row = {
            "id": fresh("rs_"), "tenant": new.tenant, "lookup": await self.subjects.lookup(new.tenant, new.subject),
            "kind": new.kind.value, "since": new.since, "until": new.until, "ticket": new.ticket, "added_by": by,
        }  # fmt: skip
        with database.raising(IdentityUnavailableError):
            async with self.subjects.connected.acquire() as connection, connection.transaction():
                try:
                    await connection.execute(_SQL["add"], *row.values())
                except asyncpg.CheckViolationError as error:
                    raise ConfigurationError(_REFUSED) from error
                await Authority("restriction", self.subjects.keyring).prove(connection, str(row["id"]), row)
        return str(row["id"])

    async def lift(self, identity: str, by: str) -> Mapping[str, str] | None:
        """End an entry now; return its tenant and kind, None if there is none or it was lifted before.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        with database.raising(IdentityUnavailableError):
            async with self.subjects.connected.acquire() as connection, connection.transaction():
                row = await connection.fetchrow(_SQL["lift"], identity, by)
                if row is not None:
                    meant = {"lifted_by": by, "tenant": row["tenant"]}
                    await Authority("lift", self.subjects.keyring).prove(connection, identity, meant)
        return None if row is None else dict(row)

    async def entries(
        self, tenant: str | None = None, subject: str | None = None, *, lifted: bool = False
    ) -> tuple[Mapping[str, Any], ...]:
        """Return the entries of a tenant, or of one of its data subjects, oldest first; with ``lifted``, those too.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        lookup = None if tenant is None or subject is None else await self.subjects.lookup(tenant, subject)
        with database.raising(IdentityUnavailableError):
            rows = await self.subjects.connected.fetch(_SQL["list"], tenant, lookup, lifted)
        return tuple(dict(row) for row in rows)
