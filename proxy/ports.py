"""The pipeline's ports: small protocols, each with a fake of at most twenty lines in the tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

from proxy.core.decision.bulk import Sighting
from proxy.core.findings import Detection, Finding
from proxy.core.leaves import TextLeaf
from proxy.core.limits import Limit, LimitStanding
from proxy.core.records import (
    Decision,
    Denial,
    Document,
    Exchange,
    Extracted,
    Facts,
    Grant,
    Inspection,
    Outbound,
    Principal,
    Subject,
)
from proxy.core.routing.routing import Sender
from proxy.core.statuses import Attempt, Outcome, ReusedReply
from proxy.core.usage import Used

#: (facts, exchange id, Unix seconds) -> the policy engine's input document, free of values.
InputDocument = Callable[[Facts, str, float], Mapping[str, Any]]


class Clock(Protocol):
    """Wall-clock and monotonic time; tests fix it."""

    def now(self) -> float:
        """Return Unix seconds."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""
        ...


class Detector(Protocol):
    """Finds entities in texts."""

    async def detect(self, texts: Sequence[str | TextLeaf], tenant: str, within_s: float | None = None) -> Detection:
        """Run full detection within a time limit. A dead or slow worker is a status (failed, timeout), not an error.

        Raises:
            TooMuchTextError, DetectionBusyError: more text than can be read in time; none of it was read.

        """
        ...

    def scan(self, text: str, tenant: str = "") -> tuple[Finding, ...]:
        """Run the pattern tier alone, for residual and response scans: synchronous, linear, at least 20 MB/s.

        Values on the tenant's allow list are left out.
        """
        ...


class DocumentReader(Protocol):
    """Extracts the text of files."""

    async def read(self, documents: Sequence[Document]) -> tuple[Extracted, ...]:
        """Return one result per document, in order. Failures are statuses; none is raised."""
        ...


class PolicyDecisionPoint(Protocol):
    """Asks the policy engine."""

    async def decide(self, facts: Facts, exchange: str, now: float) -> Decision:
        """Return one verdict per candidate target, for an exchange id and a time in Unix seconds.

        Raises:
            PolicyUnavailableError: the engine is dead or slow, or its answer is undefined or malformed.

        """
        ...


class Vault(Protocol):
    """Pseudonym -> original value, encrypted at rest, with an expiry, separate from the audit store."""

    async def put(self, domain: str, pseudonyms: Mapping[str, str], subject: bytes = b"") -> None:
        """Store pseudonyms and return when they are durable. Those already stored cost nothing.

        ``subject`` marks them as of a data subject; b"" as nobody's.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        ...

    async def find(self, domain: str, pseudonyms: Sequence[str]) -> Mapping[str, str]:
        """Return the originals of the pseudonyms that this domain knows and that have not expired."""
        ...

    async def forget(self, domain: str, pseudonyms: Sequence[str]) -> None:
        """Remove pseudonyms from a domain and return when that is durable.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        ...

    async def amend(self, domain: str, pseudonym: str, change: Callable[[str], str]) -> bool:
        """Change a stored value atomically and renew its expiry; return whether there is one.

        ``change`` may be called twice; where it raises, the value stays as it is.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        ...

    async def put_seals(self, domain: str, names: Sequence[str], target: str) -> None:
        """Remember which target sealed what has these names (``core.decision.seals``) and return when it is durable.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        ...

    async def makers(self, domain: str, names: Sequence[str]) -> Mapping[str, str]:
        """Return name -> target for those names that are remembered; raises as ``put_seals``."""
        ...

    async def begun_with(self, domain: str) -> str:
        """Return the id of the master key that mints the domain's pseudonyms; an unknown id means the current key.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        ...


class Replies(Protocol):
    """Replies that may answer equal requests again, sealed, expiring, bounded per tenant; gone with their subject."""

    @property
    def longest_s(self) -> int:
        """For how long one is kept at the most, seconds."""
        ...

    async def find(self, domain: str, identity: bytes, max_age_s: int) -> tuple[bytes, float] | None:
        """Return the reply that was kept for an equal request, and its age in seconds; None if there is none so young.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        ...

    async def put(self, domain: str, identity: bytes, reply: bytes, terms: ReplyTerms) -> bool:
        """Keep a reply and return whether it was: not one that is too large, or about values that were erased since.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        ...


class ReplyTerms(NamedTuple):
    """What a kept reply holds, and for how long it is kept."""

    pseudonyms: Collection[str]
    subject: bytes  # the mark of its data subject; b"" without one
    age_s: float  # since the target began to answer
    lifetime_s: int


class Subjects(Protocol):
    """Data subjects, each with a key of their own."""

    async def of(self, tenant: str, subject: str) -> Subject:
        """Return how a tenant's data subject is named; ``subject`` is the caller's own reference.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        ...


class Grants(Protocol):
    """Break-glass grants."""

    async def find(self, grant: str, principal: Principal, activity: str) -> Grant:
        """Return a grant that this caller may use now for this activity.

        Raises:
            GrantUnusableError: with the reason, which reveals nothing about another tenant's grants.
            GrantsUnavailableError: the store cannot be reached.

        """
        ...


class ObligationHandler(Protocol):
    """Carries out the obligations alongside a request: notices, reviews, oversight, approvals."""

    async def carry_out(self, exchange: Exchange, decision: Decision, target: str) -> None:
        """Return once they are durable; a grant is used once per exchange, however often this is called.

        Raises:
            GrantUnusableError: the grant that lifted a rule has since ended or been revoked.
            GrantsUnavailableError, AuditUnavailableError: not durable, so nothing may be sent.

        """
        ...

    async def refused(self, exchange: Exchange, decision: Decision) -> None:
        """Return once the notices of a refusal are durable.

        Raises:
            AuditUnavailableError: not durable.

        """
        ...


class BulkCounter(Protocol):
    """Counts distinct US persons per category of 28 CFR 202 and recipient over twelve months."""

    async def count(self, sighting: Sighting, *, keep: bool = True) -> Mapping[str, int]:
        """Count a sighting's persons and return the largest count per category over its recipients.

        With ``keep`` false nothing is stored.

        Raises:
            CounterUnavailableError: nothing was counted.

        """
        ...


class Reserved(NamedTuple):
    """An amount that was taken from a limit before it was used."""

    limit: Limit
    counter: str
    starts: int  # of its window, Unix seconds
    amount: int


class Allowances(Protocol):
    """What is left of limits, shared by all processes."""

    async def take(self, limit: Limit, counter: str, amount: int) -> Reserved:
        """Reserve at least an amount, or what requests there use on average.

        Raises:
            LimitReachedError: there is not as much left in this window.
            LimitUnknownError: the database is away and nothing leased is left.

        """
        ...

    def settle(self, reserved: Reserved, used: int) -> None:
        """Replace what was reserved by what was used."""
        ...

    def standing(self, limit: Limit, counter: str) -> LimitStanding:
        """Return what is left, as of the last lease."""
        ...


class TargetReply(Protocol):
    """A target's reply; the body is read at most once."""

    status: int
    content_type: str
    request_id: str
    retry_after_s: float  # from Retry-After; 0 without one
    headers: Mapping[str, str]  # names are case-insensitive

    @property
    def region(self) -> str:
        """The processing region that the part read so far names, in the provider's words; "" if none."""
        ...

    async def read(self) -> bytes:
        """Return the whole body.

        Raises:
            UpstreamError, UpstreamTimeoutError: cut, reset, stalled or larger than the limit.

        """
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives; same errors as ``read``."""
        ...

    async def close(self) -> None:
        """Release the connection, or drop it if the body was not read to its end."""
        ...


class Upstreams(Protocol):
    """Calls targets."""

    async def send(self, outbound: Outbound, sender: Sender) -> TargetReply:
        """Send a request and return when the response head has arrived; redirects are never followed.

        Raises:
            UpstreamError, UpstreamTimeoutError: no response head.

        """
        ...

    def available(self, target: str, sender: Sender) -> bool:
        """Whether this target may be tried on this sender's account."""
        ...

    def wait(self, target: str, sender: Sender) -> float:
        """Return the seconds until a failing target may be tried again; 0.0 if unknown."""
        ...


class AuditEntry(Protocol):
    """The evidence of one exchange: settled exactly once, also when cancelled."""

    exchange: Exchange

    def note(self, inspection: Inspection, facts: Facts, decision: Decision) -> None:
        """Stage the decision record; nothing is written yet."""
        ...

    def fault(self, code: str, status: int) -> None:
        """Stage the decision record of a request that failed before the policy decision."""
        ...

    async def intend(self, outbound: Outbound, number: int) -> None:
        """Write the decision record (the first time) and this attempt's intent; return when durable.

        Raises:
            AuditUnavailableError: not durable, so nothing may be sent.

        """
        ...

    async def reuse(self, outbound: Outbound, reply: ReusedReply) -> None:
        """Write the decision record of a request that a kept reply answers: nothing leaves. Return when durable.

        Raises:
            AuditUnavailableError: not durable, so nothing may be answered.

        """
        ...

    def saved(self, usage: Used) -> None:
        """Record what the target would have used for a reused reply."""
        ...

    def attempted(self, attempt: Attempt) -> None:
        """Record how an attempt ended."""
        ...

    def deny(self, denial: Denial) -> None:
        """Settle with a denial."""
        ...

    def settle(self, outcome: Outcome) -> None:
        """Settle with an outcome."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write the remaining records, shielded from cancellation. A denial is durable when this returns."""
        ...


class AuditLog(Protocol):
    """Append-only evidence."""

    @property
    def document(self) -> InputDocument:
        """Builds the policy input document as it is recorded."""
        ...

    def entry(self, exchange: Exchange) -> AuditEntry:
        """Open the evidence of one exchange."""
        ...


class EventLog(Protocol):
    """The audit log's record of events outside exchanges: a reload, a grant, a refused key."""

    def event(self, name: str, facts: Mapping[str, Any], **columns: Any) -> bool:
        """Queue an event; return whether it was accepted. ``columns``: tenant, activity, target, revision and so on."""
        ...

    async def event_durable(self, name: str, facts: Mapping[str, Any], **columns: Any) -> None:
        """Record an event and return when it is durable.

        Raises:
            AuditUnavailableError: the event could not be made durable.

        """
        ...
