"""Acts that two people do: holds, erasures, purges, break-glass grants. Commands and the admin API do them here.

Each is an event of the log, under the names of both. Who a person is the caller of this says: a login or a service.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from proxy.errors import ProxyError, VaultUnavailableError
from proxy.grants.grant import GrantRequest, StoredGrant
from proxy.grants.store import GrantStore
from proxy.identity.holds import HoldScope, HoldStore
from proxy.identity.requests import Asked
from proxy.identity.subjects import SubjectKeys
from proxy.keys import authority_check
from proxy.ports import EventLog
from proxy.vault.postgres import PostgresVault

_HELD = -1
_DONE = {"place_hold": "hold_placed", "release_hold": "hold_released"}
_NOBODY = "{} is for something else, is yours, is older than a day, or was approved before"


class ActRefusedError(ProxyError):
    """This act is refused: a second person must approve what another asked for, within a day."""

    status = 409
    code = "act_refused"


class Erased(NamedTuple):
    """How many keys were destroyed, and pseudonyms removed; None: the vault failed, so they stay until they expire."""

    keys: int
    pseudonyms: int | None


@dataclass(frozen=True, slots=True)
class Acts:
    """What two people do, in the stores of an installation. ``by`` is who does it.

    Raises:
        ActRefusedError: it is not to be done; the message says why.
        ConfigurationError: a ticket, a matter or a scope is malformed.
        IdentityUnavailableError, GrantsUnavailableError, AuditUnavailableError: a store cannot be reached.

    """

    subjects: SubjectKeys
    log: EventLog
    vault: PostgresVault
    grants: GrantStore

    async def place_hold(self, matter: str, scope: HoldScope, by: str) -> tuple[str, str]:
        """Ask for a hold, which protects at once; return its id and the request's."""
        hold, request = await HoldStore(self.subjects).request(matter, scope, by)
        facts = {"hold": hold, "ticket": matter, "request": request, "by": by, **scope.facts()}
        await self.log.event_durable("hold_requested", facts, tenant=scope.tenant or "")
        return hold, request

    async def release_hold(self, hold: str, ticket: str, by: str) -> str:
        """Ask for the end of a hold; return the request's id."""
        request = await HoldStore(self.subjects).request_release(hold, ticket, by)
        if request is None:
            raise ActRefusedError(f"there is no hold {hold}, or it was released")
        facts = {"hold": hold, "request": request, "ticket": ticket, "by": by}
        await self.log.event_durable("hold_release_requested", facts)
        return request

    async def erase(self, tenant: str, subject: str, ticket: str, by: str) -> str:
        """Ask for a data subject's erasure; return the request's id."""
        request = await self.subjects.request_erasure(tenant, subject, ticket, by)
        facts = {"request": request, "ticket": ticket, "by": by}
        await self.log.event_durable("subject_erasure_requested", facts, tenant=tenant)
        return request

    async def purge(self, through: date, ticket: str, by: str) -> str:
        """Ask for a purge through a day; return the request's id."""
        request = await self.subjects.ask("purge_days", "", through.isoformat(), ticket, by)
        facts = {"request": request, "ticket": ticket, "through": through.isoformat(), "by": by}
        await self.log.event_durable("purge_requested", facts)
        return request

    async def approve(self, request: str, by: str) -> Asked:
        """Approve a hold's beginning or end, or a purge, as the second person; return what was asked for."""
        asked = await self.subjects.asked(request)
        if asked is None:
            raise ActRefusedError(f"there is no request {request}")
        if asked.act == "purge_days":
            done = await self.subjects.approve_purge(request, by)
            facts = {"request": request, "ticket": asked.ticket, "through": asked.about}
        else:
            done = await HoldStore(self.subjects).approve(request, by) is not None
            facts = {"hold": asked.about, "ticket": asked.ticket, "request": request}
        if not done:
            raise ActRefusedError(_NOBODY.format(request))
        persons = {"requested_by": asked.requested_by, "by": by}
        await self.log.event_durable(_DONE.get(asked.act, "purge_approved"), facts | persons)
        return asked

    async def approve_erasure(self, request: str, tenant: str, subject: str, by: str) -> Erased:
        """Destroy a data subject's key as the second person."""
        if wrong := await authority_check.against(self.subjects.dsn, self.subjects.keyring, {"hold"}):
            raise ActRefusedError(f"nobody is erased while {wrong[0]}")
        asked, before = await self.subjects.asked(request), await self.subjects.standing(tenant, subject)
        if asked is None:
            raise ActRefusedError(f"there is no request {request}")
        keys = await self.subjects.erase(request, tenant, subject, by)
        if keys == _HELD:
            raise ActRefusedError("a legal hold covers this data subject: see audit hold list")
        if keys is None:
            yours = f"{by} made the request: another person must erase"
            other = f"{request} is not for this data subject, is older than a day, or was carried out"
            raise ActRefusedError(yours if asked.requested_by == by else other)
        pseudonyms: int | None = 0
        if before.key is not None:  # it is in memory until this ends
            pseudonyms = await self._forgotten(tenant, before.key.named(subject).mark)
        facts = {"request": request, "ticket": asked.ticket, "keys": keys, "pseudonyms": pseudonyms}
        persons = {"requested_by": asked.requested_by, "by": by}
        event = await self.subjects.outbox_event_of(request)
        await self.log.event_durable("subject_erased", facts | persons, tenant=tenant, target=event)
        return Erased(keys, pseudonyms)

    async def request_grant(self, wanted: GrantRequest) -> str:
        """Ask for a break-glass grant; return its id."""
        grant = await self.grants.request(wanted)
        hours = round(wanted.lasts / timedelta(hours=1), 2)
        facts = {"grant": grant, "ticket": wanted.ticket, "hours": hours, "by": wanted.requested_by}
        await self.log.event_durable("break_glass_requested", facts, **_columns(wanted))
        return grant

    async def approve_grant(self, grant: str, mfa: str, longest: timedelta, by: str) -> datetime:
        """Open a grant as the second person; return its end."""
        expires, stored = await self.grants.approve(grant, by, mfa, longest), await self.grants.get(grant)
        if expires is None or stored is None:
            raise ActRefusedError(_NOBODY.format(grant))
        facts = {"grant": grant, "ticket": stored.request.ticket, "expires": expires, "mfa_attested": mfa, "by": by}
        await self.log.event_durable("break_glass_approved", facts, **_columns(stored.request))
        return expires

    async def revoke_grant(self, grant: str, by: str) -> None:
        """End a grant at once; anybody may."""
        revoked, stored = await self.grants.revoke(grant, by), await self.grants.get(grant)
        if not revoked or stored is None:
            raise ActRefusedError(f"no unrevoked grant has the id {grant}")
        await self.log.event_durable("break_glass_revoked", {"grant": grant, "by": by}, **_columns(stored.request))

    async def review_grant(self, grant: str, finding: str, note: str, by: str) -> None:
        """Close a grant that has ended, as somebody who neither asked for it, nor opened it, nor used it."""
        closed, stored = await self.grants.review(grant, by, finding, note), await self.grants.get(grant)
        if not closed or stored is None:
            raise ActRefusedError(
                f"{grant} has not ended, was already reviewed or never approved, "
                "or you requested it, approved it or would use it"
            )
        facts = {"grant": grant, "finding": finding, "uses": stored.uses, "by": by}
        await self.log.event_durable("break_glass_reviewed", facts, **_columns(stored.request))

    async def waiting(self) -> tuple[Mapping[str, Any], ...]:
        """Return what waits for a second person, as ``SubjectKeys.waiting`` says."""
        return await self.subjects.waiting()

    async def holds(self, tenant: str | None = None) -> tuple[Mapping[str, Any], ...]:
        """Return holds with their ``state``, as ``HoldStore.holds`` says."""
        return await HoldStore(self.subjects).holds(tenant)

    async def listed_grants(self, tenant: str | None = None) -> tuple[StoredGrant, ...]:
        """Return break-glass grants, oldest first."""
        return await self.grants.list(tenant)

    async def _forgotten(self, tenant: str, mark: bytes) -> int | None:
        try:
            return await self.vault.erase_subject(tenant, mark)
        except VaultUnavailableError:
            return None


def _columns(wanted: GrantRequest) -> dict[str, str]:
    return {"tenant": wanted.tenant, "activity": wanted.activity or "", "service": wanted.service or ""}
