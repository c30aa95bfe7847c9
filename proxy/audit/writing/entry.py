"""The evidence of one exchange: one decision record, one record per upstream call, one outcome, whatever happens.

The order of writing is the guarantee: ``intend`` returns only when the decision and the intent are durable, so no
byte leaves without them. The outcome of a permitted exchange is queued; should the process die first, recovery
writes it. A denial is durable when the block ends.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

from proxy.audit.records import facts as say
from proxy.audit.records.answers import AnswerBytes
from proxy.audit.records.facts import Digests
from proxy.audit.records.record import Columns, Record, StatedAnswer, make
from proxy.audit.writing.writer import ChainWriter, Unit
from proxy.core import obligations
from proxy.core.decision.reasons import is_by_policy, of_outcome
from proxy.core.records import Decision, Denial, Exchange, Facts, Inspection, Outbound
from proxy.core.statuses import DRY_RUN, Attempt, Outcome, ReusedReply
from proxy.core.usage import Used
from proxy.errors import AuditUnavailableError, ProxyError
from proxy.ports import Clock

_CLIENT_GONE = 499


class Log(Protocol):
    """What an entry needs of the log it belongs to."""

    writer: ChainWriter
    clock: Clock
    digests: Digests
    answers: AnswerBytes
    open_entries: int

    @property
    def suspended(self) -> str:
        """Why nothing may leave now, "" where it may."""

    def unrecorded(self) -> None:
        """Count an exchange whose refusal could not be recorded."""
        ...


@dataclass(slots=True)
class _Noted:
    """One answer of the policy engine and what it was asked, recordable."""

    inspection: Inspection
    facts: Facts
    decision: Decision


@dataclass(slots=True, eq=False)
class ExchangeEntry:
    """Implements ``ports.AuditEntry``."""

    log: Log
    exchange: Exchange
    _noted: list[_Noted] = field(default_factory=list)
    _denial: Denial | None = None
    _ending: Outcome | None = None
    _sent: list[Outbound] = field(default_factory=list)
    _unsent: list[int] = field(default_factory=list)
    _attempts: list[Attempt] = field(default_factory=list)
    _reused: tuple[Outbound, ReusedReply] | None = None  # the reply that answers instead of a target's
    _saved: Used = ({}, "")
    _decided: bool = False  # the decision record is durable or on its way
    _recorded: int = 0  # how many of the answers the decision record holds
    _closed: bool = False

    async def __aenter__(self) -> Self:
        self.log.open_entries += 1
        return self

    def note(self, inspection: Inspection, facts: Facts, decision: Decision) -> None:
        """Stage the decision record; of several answers before egress the last decides, all are kept."""
        self._noted.append(_Noted(inspection, say.recordable(facts, self.log.digests), decision))

    def fault(self, code: str, status: int) -> None:
        """Stage that the exchange failed with this error."""
        self._ending = Outcome(status=status, ended="failed", code=code)

    def attempted(self, attempt: Attempt) -> None:
        """Stage how an attempt ended."""
        self._attempts.append(attempt)

    def deny(self, denial: Denial) -> None:
        """Settle as a refusal."""
        self._denial = denial
        ended = "denied" if is_by_policy(denial.code) else "failed"
        self._ending = Outcome(status=denial.status, ended=ended, code=denial.code)

    def settle(self, outcome: Outcome) -> None:
        """Settle. What is said last counts: a caller may vanish after a reply was thought delivered."""
        self._ending = outcome

    async def intend(self, outbound: Outbound, number: int) -> None:
        """Make the decision and this attempt's intent durable.

        Raises:
            AuditUnavailableError: not durable, so nothing may be sent.

        """
        self._check_open()
        self._reused = None
        records = [] if self._decided else [self._decision()]
        records.append(self._attempt(outbound, number))
        unit = self.log.writer.put(records)
        self._decided = True
        try:
            await self.log.writer.durable(unit)
        except BaseException:
            self._not_sent(unit, number, len(records) > 1)
            raise
        self._sent.append(outbound)

    async def reuse(self, outbound: Outbound, reply: ReusedReply) -> None:
        """Make the decision durable that a kept reply answers.

        Raises:
            AuditUnavailableError: not durable, so nothing may be answered.

        """
        self._check_open()
        unit, self._decided = self.log.writer.put([self._decision()]), True
        try:
            await self.log.writer.durable(unit)
        except BaseException:
            self._decided = not self.log.writer.withdraw(unit)
            raise
        self._reused = outbound, reply

    def saved(self, usage: Used) -> None:
        """Stage what the target would have used."""
        self._saved = usage

    def _check_open(self) -> None:
        """Raise AuditUnavailableError where nothing may leave or be answered."""
        if self._closed or not self._noted:
            raise AuditUnavailableError("there is no decision to record")
        if self.log.suspended:
            raise AuditUnavailableError("no place outside has confirmed the records for too long")

    def _not_sent(self, unit: Unit, number: int, with_decision: bool) -> None:
        if self.log.writer.withdraw(unit):
            self._decided = self._decided and not with_decision
        else:
            self._unsent.append(number)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Queue what is unwritten, at once, so that no cancellation can come between; wait for it if nothing left.

        Raises:
            AuditUnavailableError: a refusal is not durable (only when no other error is on its way).

        """
        if self._closed:
            return
        self._closed = True
        self.log.open_entries -= 1
        outcome = self._ended(error)
        self._ending = outcome
        records = [] if self._decided else [self._decision()]
        records.append(self._settled(outcome))
        awaited = not (self._sent or self._reused) and error is None and outcome.code != AuditUnavailableError.code
        try:
            unit = self.log.writer.put(records, admitted=self._decided, instead=late, lazy=not awaited)
        except AuditUnavailableError:
            self.log.unrecorded()
            if error is None and outcome.code != AuditUnavailableError.code:
                raise
            return
        if awaited:
            await self.log.writer.durable(unit)

    def _ended(self, error: BaseException | None) -> Outcome:
        """Say how the exchange ended: what was settled, else what went wrong."""
        ending = self._ending
        interrupted = isinstance(error, asyncio.CancelledError)
        if error is None or (ending is not None and (interrupted or ending.ended != "delivered")):
            return ending or Outcome(status=500, ended="failed", code="unsettled")
        if interrupted or isinstance(error, ConnectionError):
            return Outcome(status=_CLIENT_GONE, ended="client_gone")
        if isinstance(error, ProxyError):
            return Outcome(status=error.status, ended="failed", code=error.code)
        return Outcome(status=500, ended="failed", code=ProxyError.code)

    def _columns(self, kind: str, **columns: Any) -> Columns:
        principal, declared = self.exchange.principal, self.exchange.declared
        return Columns(
            at=round(self.log.clock.now() * 1_000_000),
            kind=kind,
            exchange=self.exchange.id,
            tenant=principal.tenant,
            activity=declared.activity,
            service=principal.service,
            **columns,
        )

    def _decision(self) -> Record:
        about = say.caller(self.exchange, self.log.digests)
        if not self._noted:
            ending = self._ending or Outcome(status=500, ended="failed", code="unsettled")
            codes = (ending.code,) if ending.code else ()
            columns = self._columns("decision", action="block", status=ending.status, codes=codes)
            return make(columns, {"caller": about})
        self._recorded = len(self._noted)
        last = self._noted[-1]
        decision = last.decision
        columns = self._columns(
            "decision",
            action=DRY_RUN if self.exchange.declared.dry_run else decision.action,
            target="" if self.exchange.declared.dry_run else decision.selected or "",
            status=decision.http_status,
            codes=decision.block_codes
            if self._denial is None or is_by_policy(self._denial.code)
            else self._denial.codes,
            revision=decision.revision,
            data_revision=decision.data_revision,
        )
        answers = [self._answer(note) for note in self._noted]
        facts = {"caller": about, "inspection": say.inspected(last.inspection), **answers[-1][0]}
        facts["content"] = say.content(last.inspection.payload, self.log.digests, self.exchange.principal.tenant)
        facts |= say.retained(columns.at, self._retain_days())
        if len(answers) > 1:
            facts["earlier"] = [answer for answer, _ in answers[:-1]]
        record = make(columns, facts)
        return record._replace(stated=tuple(stated for _, stated in answers if stated is not None))

    def _answer(self, noted: _Noted) -> tuple[dict[str, Any], StatedAnswer | None]:
        """Return what a policy answer with its question says of its own, and what it names."""
        return self.log.answers.of(noted.facts, noted.decision, self.exchange.id, self.exchange.received_at)

    def _attempt(self, outbound: Outbound, number: int) -> Record:
        decision = self._noted[-1].decision
        columns = self._columns(
            "attempt",
            attempt=number,
            action=decision.action,
            target=outbound.target.id,
            revision=decision.revision,
            data_revision=decision.data_revision,
        )
        facts = say.intended(outbound, self.log.digests, self.exchange.principal.tenant)
        facts["decision_id"] = outbound.decision_id or decision.id
        if obligations.obliged(outbound.verdict, "account_disclosure"):
            facts["disclosure"] = say.disclosed(self.exchange, self._noted[-1].facts, outbound)
        renewed = self._noted[-1] if self._decided and len(self._noted) > self._recorded else None
        if renewed is None:
            return make(columns, facts)
        facts["answer"], stated = self._answer(renewed)
        record = make(columns, facts)
        return record if stated is None else record._replace(stated=(stated,))

    def _settled(self, outcome: Outcome) -> Record:
        decision = self._noted[-1].decision if self._noted else None
        action = decision.action if decision is not None and (self._sent or self._reused) else "block"
        if outcome.ended == DRY_RUN:
            action = DRY_RUN
        codes = self._denial.codes if self._denial is not None else (outcome.code,) if outcome.code else ()
        columns = self._columns(
            "outcome",
            action=action,
            target=self._attempts[-1].target if self._attempts else "",
            status=outcome.status,
            codes=codes,
            revision=decision.revision if decision is not None else "",
            data_revision=decision.data_revision if decision is not None else "",
        )
        fulfilled, unfulfilled = self._became(outcome)
        whose = of_outcome(outcome.ended, outcome.code)
        facts = {
            "ended": outcome.ended,
            "code": outcome.code,
            **({"responsibility": whose} if whose else {}),
            "attempts": [say.attempted(attempt, self.log.digests) for attempt in self._attempts],
            "unsent": self._unsent,
            **(say.reused(*self._reused, self._saved) if self._reused is not None else {}),
            "denial": say.denied(self._denial) if self._denial is not None else None,
            "response_action": outcome.response_action,
            "response_entities": say.entities(outcome.response_entities),
            "response_redacted": outcome.redacted,
            "restored": outcome.restored,
            "masked": outcome.masked,
            "obligations_fulfilled": fulfilled,
            "obligations_unfulfilled": unfulfilled,
            "duration_ms": max(0, columns.at - round(self.exchange.received_at * 1_000_000)) // 1000,
            **say.retained(columns.at, max(self._retain_days(), outcome.retain_days)),
        }
        return make(columns, facts)

    def _became(self, outcome: Outcome) -> tuple[list[str], list[str]]:
        """Return the ids of the obligations of the last target that were (fulfilled, not fulfilled)."""
        outbound = self._reused[0] if self._reused is not None else self._sent[-1] if self._sent else None
        if outbound is None:
            return [], []
        return obligations.fulfilment(outbound.verdict, outbound.fulfilled, outcome)

    def _retain_days(self) -> int:
        return max((obligations.retention_days(noted.decision.targets) for noted in self._noted), default=0)


def late(records: Sequence[Record]) -> tuple[Record, ...]:
    """Turn an outcome that recovery has already written into an event, so that nothing is lost."""
    return tuple(_late(record) for record in records if record.kind == "outcome")


def _late(record: Record) -> Record:
    names = {item.name for item in dataclasses.fields(Outcome)}
    columns = Columns(
        at=record.at,
        kind="event",
        tenant=record.tenant,
        activity=record.activity,
        service=record.service,
        action="late_outcome",
        target=record.exchange,
        status=record.status,
        codes=record.codes,
    )
    return make(columns, {"outcome": {name: value for name, value in say.read(record).items() if name in names}})
