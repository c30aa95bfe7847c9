"""Break-glass grants in PostgreSQL: insert-only, approved by a second person, looked up each time one is presented.

Nothing is cached: emergencies are rare, so a look-up costs little, and a revocation takes effect at once everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import asyncpg

from proxy.core.keyring import Keyring
from proxy.core.records import Grant, Principal
from proxy.errors import ConfigurationError, GrantsUnavailableError, GrantUnusableError
from proxy.grants.grant import ROLE, Approval, GrantRequest, StoredGrant, fresh_id
from proxy.keys.authority import Authority
from proxy.ports import Clock
from proxy.runtime import database

_SQL = database.statements(Path(__file__).with_name("queries.sql"))
_OF_TENANT: LiteralString = "$1::text IS NULL OR r.tenant = $1 ORDER BY r.requested, r.id"
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
    """Implements ``ports.Grants``; stores requests, approvals, revocations, uses and reviews."""

    dsn: str
    keyring: Keyring
    clock: Clock
    timeout_s: float = 5.0

    def __post_init__(self) -> None:
        self._pool: asyncpg.Pool | None = None
        self._authority = Authority("grant", self.keyring)

    async def start(self) -> None:
        """Create the pool and reach the database once.

        Raises:
            GrantsUnavailableError: the database cannot be reached, or the login may not act as the identity role.

        """
        with _translated():
            self._pool = await database.pool(self.dsn, database.IDENTITY, timeout_s=self.timeout_s)
            await self._pool.fetch(self._authority.row, "")

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def request(self, request: GrantRequest) -> str:
        """Store a request and return its id; it grants nothing yet.

        Raises:
            ConfigurationError: a field is empty, malformed or too long.
            GrantsUnavailableError: the store cannot be reached.

        """
        row = {"id": fresh_id(), **asdict(request), "requested": self._now()}
        with _translated():
            async with self._connected.acquire() as connection, connection.transaction():
                await connection.execute(
                    _SQL["request"], row["id"], request.tenant, request.activity, request.service, request.ticket,
                    request.reason, request.lasts, request.requested_by, row["requested"],
                )  # fmt: skip
                await self._authority.prove(connection, row["id"], row)
        return str(row["id"])

    async def approve(self, grant: str, approver: str, mfa: str, longest: timedelta) -> datetime | None:
        """Open the grant for the requested time, at most ``longest``; return its end.

        None: nobody who has the master key requested it, it is already approved or revoked, it is older than a day, or
        the approver requested it or is the service that would use it.
        """
        asked = await self.get(grant)
        if asked is None or not asked.proven:
            return None
        now = self._now()
        opened = Approval(approver, mfa, now, now + min(asked.request.lasts, longest))
        changed = asdict(opened)
        return opened.expires if await self._changed("approve", grant, *changed.values(), **changed) else None

    async def revoke(self, grant: str, revoked_by: str) -> bool:
        """End the grant at once; return whether there was one that had not been revoked."""
        now = self._now()
        return await self._changed("revoke", grant, revoked_by, now, revoked_by=revoked_by, revoked=now)

    async def review(self, grant: str, reviewer: str, finding: str, note: str) -> bool:
        """Close the grant with a review; return whether that was possible.

        False: it has not ended or is already reviewed, or the reviewer requested, approved or would have used it.
        """
        return bool(await self._value("review", grant, reviewer, finding, note, self._now()))

    async def list(self, tenant: str | None = None) -> tuple[StoredGrant, ...]:
        """Return all grants, or those of a tenant, oldest first."""
        with _translated():
            rows = await self._connected.fetch(self._authority.where(_OF_TENANT), tenant)
        return tuple(self._stored(row) for row in rows)

    async def get(self, grant: str) -> StoredGrant | None:
        """Return one grant, None if it does not exist."""
        with _translated():
            row = await self._connected.fetchrow(self._authority.row, grant)
        return None if row is None else self._stored(row)

    async def find(self, grant: str, principal: Principal, activity: str) -> Grant:
        """Return a grant that this caller may use now for this activity.

        Raises:
            GrantUnusableError: with the reason, which reveals nothing about another tenant's grants.
            GrantsUnavailableError: the store cannot be reached.

        """
        if ROLE not in principal.roles:
            raise GrantUnusableError(f"using a break-glass grant needs the role {ROLE}")
        stored = await self.get(grant)
        if stored is None or stored.request.tenant != principal.tenant:
            raise GrantUnusableError("there is no such break-glass grant")
        usable = stored.usable(principal, activity, self._now())
        if isinstance(usable, str):
            raise GrantUnusableError(usable)
        return usable

    async def use(self, grant: str, exchange: str) -> bool:
        """Record durably that an exchange uses the grant; return whether it is the first time.

        Raises:
            GrantUnusableError: the grant has ended or was revoked.
            GrantsUnavailableError: the store cannot be reached.

        """
        use = await self._value("use", grant, exchange, self._now())
        if use not in {"first", "again"}:
            raise GrantUnusableError("the break-glass grant has ended")
        return bool(use == "first")

    async def _value(self, statement: str, *arguments: Any) -> Any:
        with _translated():
            return await self._connected.fetchval(_SQL[statement], *arguments)

    async def _changed(self, statement: str, grant: str, *arguments: Any, **changed: Any) -> bool:
        """Change a grant; what nobody proved gets no proof by that."""
        with _translated():
            async with self._connected.acquire() as connection, connection.transaction():
                before = await connection.fetchrow(self._authority.row, grant)
                done = await connection.fetchval(_SQL[statement], grant, *arguments)
                if done:
                    await self._authority.prove_changed(connection, before, changed)
        return bool(done)

    def _stored(self, row: Any) -> StoredGrant:
        return _stored(row, proven=self._authority.proven(row))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now(), UTC)

    @property
    def _connected(self) -> asyncpg.Pool:
        if self._pool is None:
            raise GrantsUnavailableError
        return self._pool


def _stored(row: Any, *, proven: bool) -> StoredGrant:
    approval = None
    if row["approver"] is not None:
        approval = Approval(row["approver"], row["mfa"], row["approved"], row["expires"])
    request = GrantRequest(
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
        request=request,
        requested=row["requested"],
        approval=approval,
        revoked=row["revoked"],
        reviewed=row["reviewed"],
        finding=row["finding"] or "",
        uses=row["uses"],
        proven=proven,
    )
