"""Break-glass grants in PostgreSQL: insert-only, two people, and asked anew each time one is presented.

Nothing is kept in memory: an emergency is rare, so a look-up costs little, and a revocation holds at once everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from proxy.core.records import Grant, Principal
from proxy.errors import ConfigurationError, GrantsUnavailableError, GrantUnusableError
from proxy.grants.grant import ROLE, Approval, GrantRequest, StoredGrant, fresh_id
from proxy.ports import Clock
from proxy.runtime import database

_SQL = database.statements(Path(__file__).with_name("queries.sql"))
_REFUSED = "the grant must have a tenant, a ticket ([A-Za-z0-9._:/-], at most 64), a reason and at most 24 hours"


@contextmanager
def _translated() -> Iterator[None]:
    with database.raising(GrantsUnavailableError):
        try:
            yield
        except asyncpg.CheckViolationError as error:
            raise ConfigurationError(_REFUSED) from error


@dataclass(eq=False)
class GrantStore:
    """Implements ``ports.Grants``, and keeps what operators do with grants."""

    dsn: str
    clock: Clock
    timeout_s: float = 5.0

    def __post_init__(self) -> None:
        self._pool: asyncpg.Pool | None = None

    async def start(self) -> None:
        """Make the pool and reach the database once.

        Raises:
            GrantsUnavailableError: it cannot be reached, or the login may not act as the identity role.

        """
        with _translated():
            self._pool = await database.pool(self.dsn, database.IDENTITY, timeout_s=self.timeout_s)
            await self._pool.fetch(_SQL["find"], "")

    async def close(self) -> None:
        """End the connections."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def request(self, asked: GrantRequest) -> str:
        """Store what is asked for and return its id; nothing is granted yet.

        Raises:
            ConfigurationError: a field is empty, malformed or too long.
            GrantsUnavailableError: the store cannot be reached.

        """
        identity = fresh_id()
        with _translated():
            await self._connected.execute(
                _SQL["request"], identity, asked.tenant, asked.activity, asked.service, asked.ticket, asked.reason,
                asked.lasts, asked.requested_by, self._now(),
            )  # fmt: skip
        return identity

    async def approve(self, grant: str, approver: str, mfa: str, longest: timedelta) -> datetime | None:
        """Open the grant for as long as was asked and is allowed; return its end.

        None: there is no such request, it has an approval or a revocation, waits for longer than a day, or the approver
        is who asked or the service that would use it.
        """
        expires: datetime | None = await self._ask("approve", grant, approver, mfa, self._now(), longest)
        return expires

    async def revoke(self, grant: str, operator: str) -> bool:
        """End the grant at once; return whether there was such a grant that was not revoked."""
        return bool(await self._ask("revoke", grant, operator, self._now()))

    async def review(self, grant: str, reviewer: str, finding: str, note: str) -> bool:
        """Close the grant.

        False: it has not ended, has a review, or the reviewer asked for it, approved it or would have used it.
        """
        return bool(await self._ask("review", grant, reviewer, finding, note, self._now()))

    async def list(self, tenant: str | None = None) -> tuple[StoredGrant, ...]:
        """Return all grants, or a tenant's, oldest first."""
        with _translated():
            rows = await self._connected.fetch(_SQL["list"], tenant)
        return tuple(_stored(row) for row in rows)

    async def get(self, grant: str) -> StoredGrant | None:
        """Return one grant."""
        with _translated():
            row = await self._connected.fetchrow(_SQL["find"], grant)
        return None if row is None else _stored(row)

    async def find(self, grant: str, principal: Principal, activity: str) -> Grant:
        """Return the grant, which this caller may use now for this activity.

        Raises:
            GrantUnusableError: the message says why, and nothing about another tenant's grants.
            GrantsUnavailableError: the store cannot be reached.

        """
        if ROLE not in principal.roles:
            raise GrantUnusableError(f"using a break-glass grant needs the role {ROLE}")
        stored = await self.get(grant)
        if stored is None or stored.asked.tenant != principal.tenant:
            raise GrantUnusableError("there is no such break-glass grant")
        usable = stored.usable(principal, activity, self._now())
        if isinstance(usable, str):
            raise GrantUnusableError(usable)
        return usable

    async def use(self, grant: str, exchange: str) -> bool:
        """Note durably that an exchange uses the grant; return whether this is news.

        Raises:
            GrantUnusableError: the grant has ended or was revoked.
            GrantsUnavailableError: the store cannot be reached.

        """
        said = await self._ask("use", grant, exchange, self._now())
        if said not in {"first", "again"}:
            raise GrantUnusableError("the break-glass grant has ended")
        return bool(said == "first")

    async def _ask(self, statement: str, *arguments: Any) -> Any:
        with _translated():
            return await self._connected.fetchval(_SQL[statement], *arguments)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now(), UTC)

    @property
    def _connected(self) -> asyncpg.Pool:
        if self._pool is None:
            raise GrantsUnavailableError
        return self._pool


def _stored(row: Any) -> StoredGrant:
    approval = None
    if row["approver"] is not None:
        approval = Approval(row["approver"], row["mfa"], row["approved"], row["expires"])
    asked = GrantRequest(
        tenant=row["tenant"],
        ticket=row["ticket"],
        reason=row["reason"],
        lasts=row["lasts"],
        requested_by=row["requested_by"],
        activity=row["activity"],
        service=row["service"],
    )
    return StoredGrant(
        id=row["id"],
        asked=asked,
        requested=row["requested"],
        approval=approval,
        revoked=row["revoked"],
        reviewed=row["reviewed"],
        finding=row["finding"] or "",
        uses=row["uses"],
    )
