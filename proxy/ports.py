"""What the pipeline needs from the outside: small Protocols, each with a fake of at most twenty lines in the tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

import orjson

from proxy.core.decision.bulk import Sighting
from proxy.core.findings import Detection, Finding
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
)
from proxy.core.routing.sender import Sender
from proxy.core.statuses import Attempt, Outcome

#: (facts, request id, Unix seconds) -> the value-free document that the policy engine was given, as it is or as bytes.
InputDocument = Callable[[Facts, str, float], Mapping[str, Any] | orjson.Fragment]


class Clock(Protocol):
    """Wall-clock time; tests fix it."""

    def now(self) -> float:
        """Unix seconds."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...


class Detector(Protocol):
    """Finds entities in texts."""

    async def detect(self, texts: Sequence[str], tenant: str, within_s: float | None = None) -> Detection:
        """Full detection, within this time. Never raises for a dead or slow worker: the status says failed or timeout.

        Raises:
            TooMuchTextError, DetectionBusyError: more than can be read in time; nothing was done for it.

        """
        ...

    def scan(self, text: str, tenant: str = "") -> tuple[Finding, ...]:
        """The pattern tier alone, less what the tenant's list allows: synchronous, linear, at least 20 MB/s.

        For residual and response scans.
        """
        ...


class DocumentReader(Protocol):
    """Extracts the text of files."""

    async def read(self, documents: Sequence[Document]) -> tuple[Extracted, ...]:
        """Return one answer per document, in order. Faults are statuses; nothing is raised for them."""
        ...


class PolicyDecisionPoint(Protocol):
    """Asks the policy engine."""

    async def decide(self, facts: Facts, request_id: str, now: float) -> Decision:
        """One verdict per candidate target.

        Raises:
            PolicyUnavailableError: dead, slow, undefined or odd answer.

        """
        ...


class Vault(Protocol):
    """Pseudonym -> original value, encrypted at rest and expiring, apart from the audit store."""

    async def put(self, domain: str, pseudonyms: Mapping[str, str]) -> None:
        """Store; returns when durable. Values already stored cost nothing.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        ...

    async def find(self, domain: str, pseudonyms: Sequence[str]) -> Mapping[str, str]:
        """Return the originals of those pseudonyms that are known in this domain and not expired."""
        ...

    async def forget(self, domain: str, pseudonyms: Sequence[str]) -> None:
        """Remove some of a domain; returns when durable.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        ...

    async def amend(self, domain: str, pseudonym: str, change: Callable[[str], str]) -> bool:
        """Change what is stored under a name and renew its life; nobody else changes it meanwhile.

        Returns whether anything is stored there. What ``change`` raises leaves it as it is; it may be called twice.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        ...

    async def begun_with(self, domain: str) -> str:
        """Return the id of the master key that mints the domain's pseudonyms; an unknown id means the one in use.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        ...


class Grants(Protocol):
    """Knows the break-glass grants."""

    async def find(self, grant: str, principal: Principal, activity: str) -> Grant:
        """Return the grant, which this caller may use now for this activity.

        Raises:
            GrantUnusableError: the message says why, and nothing about another tenant's grants.
            GrantsUnavailableError: the store cannot be reached.

        """
        ...


class Duties(Protocol):
    """Carries out what a permit obliges beside the request itself: telling people at once, opening a review."""

    async def carry_out(self, exchange: Exchange, decision: Decision, target: str) -> None:
        """Return when it is done and durable; a grant is used once per exchange, however often this is called.

        Raises:
            GrantUnusableError: the grant that lifted a rule has ended or was revoked meanwhile.
            GrantsUnavailableError, AuditUnavailableError: not durable, so nothing may be sent.

        """
        ...


class BulkCounter(Protocol):
    """Counts distinct US persons per category of 28 CFR 202 and recipient over twelve months."""

    async def count(self, sighting: Sighting, *, keep: bool = True) -> Mapping[str, int]:
        """Note who is seen, for good unless ``keep`` is false; return the largest count per category over recipients.

        Raises:
            CounterUnavailableError: nothing was counted.

        """
        ...


class TargetReply(Protocol):
    """A target's answer; the body is read at most once."""

    status: int
    content_type: str
    request_id: str
    retry_after_s: float  # what the target asks for before it is asked again; 0 where it says nothing
    headers: Mapping[str, str]  # whatever the case of their names

    @property
    def region(self) -> str:
        """Where it says it was made, in the provider's words, as far as it was read; "" where it says nothing."""
        ...

    async def read(self) -> bytes:
        """The whole body.

        Raises:
            UpstreamError, UpstreamTimeoutError: cut, reset, stalled or larger than the limit.

        """
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives; same errors as ``read``."""
        ...

    async def close(self) -> None:
        """Give the connection back, or drop it when the body was not read to its end."""
        ...


class Upstreams(Protocol):
    """Calls targets."""

    async def send(self, outbound: Outbound, sender: Sender) -> TargetReply:
        """Send and return when the response head has arrived; redirects are never followed.

        Raises:
            UpstreamError, UpstreamTimeoutError: no response head.

        """
        ...

    def available(self, target: str, sender: Sender) -> bool:
        """Whether this target may be tried on this sender's account."""
        ...

    def wait(self, target: str, sender: Sender) -> float:
        """Seconds until a failing target may be tried again; 0.0 where none is known."""
        ...


class AuditEntry(Protocol):
    """The evidence of one exchange: settled exactly once, also when cancelled."""

    def note(self, inspection: Inspection, facts: Facts, decision: Decision) -> None:
        """Stage the decision record. Nothing is written yet."""
        ...

    def fault(self, code: str, status: int) -> None:
        """Stage a decision record for a request that failed before policy was asked."""
        ...

    async def intend(self, outbound: Outbound, number: int) -> None:
        """Write the decision record (the first time) and this attempt's intent; returns when durable.

        Raises:
            AuditUnavailableError: not durable, so nothing may be sent.

        """
        ...

    def attempted(self, attempt: Attempt) -> None:
        """How the attempt ended."""
        ...

    def deny(self, denial: Denial) -> None:
        """Settle as a refusal."""
        ...

    def settle(self, outcome: Outcome) -> None:
        """Settle."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what is still unwritten; shielded from cancellation. A denial is durable when this returns."""
        ...


class AuditLog(Protocol):
    """Append-only evidence."""

    @property
    def document(self) -> InputDocument:
        """What makes the document that policy is asked with, as it is recorded."""
        ...

    def entry(self, exchange: Exchange) -> AuditEntry:
        """Open the evidence of one exchange."""
        ...


class EventLog(Protocol):
    """The audit log as the record of what happens outside exchanges: a reload, a grant, a refused key."""

    def event(self, name: str, facts: Mapping[str, Any], **columns: Any) -> bool:
        """Queue an event; return whether it was accepted. ``columns``: tenant, activity, target, revision and so on."""
        ...

    async def event_durable(self, name: str, facts: Mapping[str, Any], **columns: Any) -> None:
        """Record an event and return when it is durable.

        Raises:
            AuditUnavailableError: it is not.

        """
        ...
