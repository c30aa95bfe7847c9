"""What the admin API needs from the rest of the process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from proxy.audit.access.reader import OversightResult
from proxy.audit.upkeep.readings import Requester
from proxy.audit.verification.proof import ExchangeProof
from proxy.catalog import doubts
from proxy.grants.grant import GrantRequest, StoredGrant
from proxy.identity.holds import HoldScope
from proxy.identity.requests import Asked
from proxy.identity.restrictions import NewRestriction
from proxy.identity.store import StoredKey
from proxy.ports import EventLog
from proxy.registry.store import CounterState, HistoryEntry, KeptBundle, Replica, Stored
from proxy.reports.answer import SignedAnswer
from proxy.reports.catalogue import Question
from proxy.reports.composing import ComposedReport
from proxy.reports.counting import CrossedCounts, Facets, Series
from proxy.reports.exports.job import ExportJob, NewExport
from proxy.reports.exports.schedule import Every, Schedule
from proxy.reports.listing import Page
from proxy.reports.report import SignedReport
from proxy.web.admission import Slots
from proxy.web.api import child
from proxy.web.api.child import Children, WarmChild
from proxy.web.api.commands import PolicyCommand
from proxy.web.api.faults import InvalidRequestError
from proxy.web.api.requests import CorrectText, TryText


class RegistryHistory(Protocol):
    """The registry in the database; see ``proxy.registry.store.RegistryStore`` for what each raises."""

    async def active(self) -> Stored | None: ...

    async def get(self, revision: str) -> Stored | None: ...

    async def history(self, limit: int = 50) -> tuple[HistoryEntry, ...]: ...

    async def put(
        self,
        documents: Mapping[str, Any],
        *,
        by: str,
        base: str | None,
        comment: str = "",
        activate: bool = True,
        evidence: str = "",
    ) -> Stored: ...

    async def activate(
        self, revision: str, *, by: str, base: str | None, may_be_author: Callable[[str], bool]
    ) -> Stored: ...

    async def bundle(self, revision: str) -> bytes | None: ...

    async def kept_bundles(self, limit: int) -> tuple[KeptBundle, ...]: ...

    async def replicas(self) -> tuple[Replica, ...]: ...

    async def usage(self) -> tuple[CounterState, ...]: ...


class RunningPolicy(Protocol):
    """The policy that this service runs now."""

    def policy(self) -> Mapping[str, Any]:
        """Return the revision, the revisions of all workers, and why a newer one is refused, if it is."""
        ...

    def digest(self) -> str:
        """Return the digest of the policy in force, "" if it is unknown."""
        ...

    def data(self) -> Mapping[str, Any]:
        """Return the policy data document in force."""
        ...

    def today(self) -> date:
        """Return today in UTC."""
        ...

    def last(self) -> Mapping[str, Any] | None:
        """Return the outcome of the last activation here."""
        ...

    def reread(self) -> None:
        """Make every worker of this service reload its configuration, unless something else does."""
        ...


class Desk(Protocol):
    """Answers from the evidence; see ``proxy.reports.desk.EvidenceDesk`` for what each raises."""

    def at_one_moment(self) -> AbstractAsyncContextManager[Desk]: ...

    async def ask(
        self, question: Question, parameters: Mapping[str, Any], requester: Requester, tenants: Sequence[str] | None
    ) -> SignedAnswer: ...

    async def compose(
        self, form: ComposedReport, parameters: Mapping[str, Any], requester: Requester, tenants: Sequence[str] | None
    ) -> SignedReport: ...

    async def exchanges(
        self, filters: Mapping[str, Any], limit: int, after: str, requester: Requester, tenants: Sequence[str] | None
    ) -> Page: ...

    async def series(
        self, filters: Mapping[str, Any], split: str, bucket: str, requester: Requester, tenants: Sequence[str] | None
    ) -> Series: ...

    async def crossed(
        self, filters: Mapping[str, Any], row: str, column: str, requester: Requester, tenants: Sequence[str] | None
    ) -> CrossedCounts: ...

    async def facets(
        self, filters: Mapping[str, Any], requester: Requester, tenants: Sequence[str] | None
    ) -> Facets: ...

    async def exchange(
        self, exchange: str, requester: Requester, tenants: Sequence[str] | None
    ) -> Sequence[Mapping[str, Any]]: ...

    async def events(
        self, name: str | None, bounds: tuple[datetime | None, datetime | None], limit: int, requester: Requester
    ) -> Sequence[Mapping[str, Any]]: ...

    async def overseen(
        self, filters: Mapping[str, str], limit: int, requester: Requester, tenants: Sequence[str] | None
    ) -> Sequence[Mapping[str, Any]]: ...

    async def close_overseen(
        self, log: EventLog, exchange: str, finding: OversightResult, note: str, requester: Requester, person: str
    ) -> bool: ...

    async def checkpoint(self) -> str | None: ...

    async def proof(
        self, exchange: str, requester: Requester, tenants: Sequence[str] | None
    ) -> ExchangeProof | None: ...

    async def references(self, subject: str, tenant: str) -> tuple[str, ...]: ...


class Restrictions(Protocol):
    """For whom processing is restricted; see ``proxy.identity.restrictions.RestrictionList`` for what each raises."""

    def now(self) -> datetime: ...

    async def add(self, new: NewRestriction, by: str) -> str: ...

    async def lift(self, identity: str, by: str) -> Mapping[str, str] | None: ...

    async def entries(
        self, tenant: str | None = None, subject: str | None = None, *, lifted: bool = False
    ) -> tuple[Mapping[str, Any], ...]: ...


class RegisteredLists(Protocol):
    """Lists of registered people; see ``proxy.service.registered.RegisteredDesk`` for what each raises."""

    async def lists(self, tenant: str | None = None) -> list[dict[str, Any]]: ...

    async def load(self, name: str, body: Any, by: str) -> dict[str, object]: ...

    async def remove(self, tenant: str, name: str, by: str) -> bool: ...

    async def erase(self, tenant: str, subject: str, by: str) -> int: ...

    async def check(self, tenant: str, text: str) -> list[dict[str, object]]: ...


class TwoPersonActs(Protocol):
    """What two people do; see ``proxy.service.acts.Acts`` for what each raises."""

    async def place_hold(self, matter: str, scope: HoldScope, by: str) -> tuple[str, str]: ...

    async def release_hold(self, hold: str, ticket: str, by: str) -> str: ...

    async def erase(self, tenant: str, subject: str, ticket: str, by: str) -> str: ...

    async def purge(self, through: date, ticket: str, by: str) -> str: ...

    async def approve(self, request: str, by: str) -> Asked: ...

    async def approve_erasure(self, request: str, tenant: str, subject: str, by: str) -> Any: ...

    async def request_grant(self, wanted: GrantRequest) -> str: ...

    async def approve_grant(self, grant: str, mfa: str, longest: timedelta, by: str) -> datetime: ...

    async def revoke_grant(self, grant: str, by: str) -> None: ...

    async def review_grant(self, grant: str, finding: str, note: str, by: str) -> None: ...

    async def waiting(self) -> tuple[Mapping[str, Any], ...]: ...

    async def holds(self, tenant: str | None = None) -> tuple[Mapping[str, Any], ...]: ...

    async def listed_grants(self, tenant: str | None = None) -> tuple[StoredGrant, ...]: ...


class ApiKeys(Protocol):
    """The API keys; see ``proxy.identity.store.ApiKeyStore`` for what each raises."""

    async def list(self, tenant: str | None = None) -> tuple[StoredKey, ...]: ...

    async def revoke(self, key_id: str) -> bool: ...


class Exports(Protocol):
    """Exports as jobs; see ``proxy.reports.exports.store.ExportStore`` for what each raises."""

    async def add(self, new: NewExport) -> ExportJob: ...

    async def find(self, export: str, tenants: Sequence[str] | None) -> ExportJob | None: ...

    async def listed(self, tenants: Sequence[str] | None, limit: int) -> tuple[ExportJob, ...]: ...

    async def approve(self, export: str, approver: str, person: str) -> bool: ...

    async def cancel(self, export: str, tenants: Sequence[str] | None) -> ExportJob | None: ...

    def pieces(self, export: str, tenants: Sequence[str] | None) -> AsyncIterator[bytes]: ...


class Schedules(Protocol):
    """Exports again and again; see ``proxy.reports.exports.schedules.ScheduleStore`` for what each raises."""

    async def add(self, new: NewExport, every: Every) -> Schedule: ...

    async def listed(self, tenants: Sequence[str] | None, limit: int) -> tuple[Schedule, ...]: ...

    async def find(self, schedule: str, tenants: Sequence[str] | None) -> Schedule | None: ...

    async def stop(self, schedule: str, tenants: Sequence[str] | None) -> bool: ...


class TextTrials(Protocol):
    """Tries texts, and corrects what is found in them; see ``proxy.service.texts.TriedTexts`` for what each raises."""

    def models(self, tenant: str) -> Sequence[str]: ...

    async def tried(self, asked: TryText) -> Mapping[str, Any]: ...

    async def corrected(self, wanted: CorrectText, by: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Files:
    """The installation's own files."""

    config: Path
    policies: Path  # the library, with the law as data
    revisions: Path  # bundles by revision


@dataclass(slots=True)
class AdminContext:
    """Everything an operation needs."""

    evidence: EventLog
    in_force: RunningPolicy
    files: Files
    children: Children
    registry: RegistryHistory | None = None  # knows what processes run, and stores bundles
    editable: bool = False  # whether the registry in force is the one in the database
    activates: bool = False  # whether the policy bundle in force is written on this machine
    run: Callable[[PolicyCommand, Children], Awaitable[bytes]] = child.run
    warm: WarmChild = field(default_factory=WarmChild)
    desk: Desk | None = None
    restrictions: Restrictions | None = None
    registered: RegisteredLists | None = None
    exports: Exports | None = None
    schedules: Schedules | None = None
    acts: TwoPersonActs | None = None
    keys: ApiKeys | None = None
    texts: TextTrials | None = None
    ages: Callable[[], Mapping[str, float]] = dict  # seconds since each anchor kept all that is sealed, by its place
    questions: Slots = field(default_factory=lambda: Slots(2))
    commands: Slots = field(default_factory=lambda: Slots(2))
    trials: Slots = field(default_factory=lambda: Slots(2))
    activations: Slots = field(default_factory=lambda: Slots(1))

    def check_registered(self, tenants: Iterable[str], activities: Iterable[str] = ()) -> None:
        """Refuse names that the registry in force does not know.

        Raises:
            InvalidRequestError: it does not know one.

        """
        if wrong := doubts.unregistered(self.in_force.data(), tenants, activities):
            raise InvalidRequestError(f"{wrong} (use it anyway with 'unregistered')")
