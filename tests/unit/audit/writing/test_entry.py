"""What an entry writes, against a writer that only remembers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import orjson
import pytest

from proxy.audit.records.answers import AnswerBytes
from proxy.audit.records.facts import Digests, plain
from proxy.audit.records.record import Record
from proxy.audit.writing.entry import ExchangeEntry
from proxy.core.statuses import Outcome
from proxy.errors import AuditUnavailableError, DetectionError
from testing import evidence


@dataclass
class MemoryWriter:
    units: list[list[Record]] = field(default_factory=list)
    down: bool = False  # nothing becomes durable
    full: bool = False  # nothing is accepted
    withdrawable: bool = True

    def put(self, records, *, admitted=False, instead=None, lazy=False):
        if self.full and not admitted:
            raise AuditUnavailableError
        self.units.append(list(records))
        return self.units[-1]

    def withdraw(self, unit):
        if self.withdrawable:
            self.units[:] = [one for one in self.units if one is not unit]
        return self.withdrawable

    async def durable(self, unit):
        await asyncio.sleep(0)
        if self.down:
            raise AuditUnavailableError


@dataclass
class MemoryLog:
    writer: MemoryWriter = field(default_factory=MemoryWriter)
    clock: evidence.FixedClock = field(default_factory=evidence.FixedClock)
    digests: Digests = field(default_factory=lambda: Digests(evidence.KEYRING))
    answers: AnswerBytes = field(default_factory=lambda: AnswerBytes(plain))
    open_entries: int = 0
    lost: int = 0
    suspended: str = ""

    def unrecorded(self):
        self.lost += 1

    @property
    def kinds(self):
        return [record.kind for unit in self.writer.units for record in unit]

    @property
    def records(self):
        return [record for unit in self.writer.units for record in unit]


@pytest.fixture
def log():
    return MemoryLog()


def entry(log) -> ExchangeEntry:
    return ExchangeEntry(log, evidence.exchange("x1"))


def noted(log) -> ExchangeEntry:
    made = entry(log)
    made.note(evidence.inspection(), evidence.facts(), evidence.decision())
    return made


def told(record) -> dict:
    return orjson.loads(record.body)["facts"]


async def test_permitted_exchange_writes_decision_and_intent_before_and_outcome_after(log):
    async with noted(log) as made:
        await made.intend(evidence.outbound("x1"), 1)
        assert log.kinds == ["decision", "attempt"]
        made.attempted(evidence.COMPLETE)
        made.settle(evidence.DELIVERED)
    assert log.kinds == ["decision", "attempt", "outcome"]
    outcome = log.records[2]
    assert (outcome.status, outcome.action, outcome.target) == (200, "redact_and_forward", "us-1")
    assert told(outcome)["attempts"][0]["upstream_request_id"] == "req_1"
    assert log.open_entries == 0


async def test_second_attempt_writes_no_second_decision(log):
    async with noted(log) as made:
        await made.intend(evidence.outbound("x1"), 1)
        await made.intend(evidence.outbound("x1", "us-2"), 2)
        made.settle(evidence.DELIVERED)
    assert log.kinds == ["decision", "attempt", "attempt", "outcome"]


async def test_denial_writes_decision_and_outcome_together(log):
    async with noted(log) as made:
        made.deny(evidence.DENIAL)
    assert [len(unit) for unit in log.writer.units] == [2]
    assert told(log.records[1])["denial"]["codes"] == ["GDPR_NO_TRANSFER"]
    assert log.records[1].action == "block"


async def test_denial_that_is_not_durable_raises(log):
    log.writer.down = True
    with pytest.raises(AuditUnavailableError):
        async with noted(log) as made:
            made.deny(evidence.DENIAL)


async def test_fault_before_the_decision_is_recorded_as_refusal(log):
    async with entry(log) as made:
        made.fault("detection_unavailable", 503)
    decision, outcome = log.records
    assert (decision.action, decision.status, decision.codes) == ("block", 503, ("detection_unavailable",))
    assert told(outcome)["ended"] == "failed"


async def test_intent_without_a_decision_is_refused(log):
    with pytest.raises(AuditUnavailableError):
        await entry(log).intend(evidence.outbound("x1"), 1)


async def test_nothing_leaves_while_the_log_is_suspended_and_the_refusal_is_recorded(log):
    log.suspended = "witness witness.example"
    async with noted(log) as made:
        with pytest.raises(AuditUnavailableError, match="no place outside"):
            await made.intend(evidence.outbound("x1"), 1)
        made.fault("audit_unavailable", 503)
    assert log.kinds == ["decision", "outcome"]


async def test_intent_that_is_withdrawn_leaves_a_decision_and_no_attempt(log):
    log.writer.down = True
    async with noted(log) as made:
        with pytest.raises(AuditUnavailableError):
            await made.intend(evidence.outbound("x1"), 1)
        made.fault("audit_unavailable", 503)
    assert log.kinds == ["decision", "outcome"]


async def test_intent_of_unknown_fate_is_named_unsent(log):
    log.writer.down, log.writer.withdrawable = True, False
    async with noted(log) as made:
        with pytest.raises(AuditUnavailableError):
            await made.intend(evidence.outbound("x1"), 1)
        made.fault("audit_unavailable", 503)
    assert log.kinds == ["decision", "attempt", "outcome"]
    assert told(log.records[2])["unsent"] == [1]


async def test_refusal_that_cannot_even_wait_is_counted(log):
    log.writer.full = True
    with pytest.raises(AuditUnavailableError):
        async with noted(log) as made:
            made.deny(evidence.DENIAL)
    assert log.lost == 1


async def test_outcome_of_an_admitted_exchange_enters_a_full_queue(log):
    async with noted(log) as made:
        await made.intend(evidence.outbound("x1"), 1)
        log.writer.full = True
        made.settle(evidence.DELIVERED)
    assert log.kinds == ["decision", "attempt", "outcome"]


@pytest.mark.parametrize(
    ("error", "ended", "status"),
    [
        (asyncio.CancelledError(), "client_gone", 499),
        (ConnectionResetError(), "client_gone", 499),
        (DetectionError(), "failed", 503),
        (ZeroDivisionError(), "failed", 500),
    ],
)
async def test_any_exception_settles_once_and_passes_on(log, error, ended, status):
    async def serve():
        async with noted(log) as made:
            await made.intend(evidence.outbound("x1"), 1)
            raise error

    with pytest.raises(type(error)):
        await serve()
    assert log.kinds == ["decision", "attempt", "outcome"]
    assert (told(log.records[2])["ended"], log.records[2].status) == (ended, status)


async def test_cancellation_during_the_wait_for_a_denial_loses_nothing(log):
    async def serve():
        async with noted(log) as made:
            made.deny(evidence.DENIAL)

    task = asyncio.ensure_future(serve())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log.kinds == ["decision", "outcome"]


async def test_unsettled_exchange_is_recorded_as_failed(log):
    async with noted(log):
        pass
    assert told(log.records[1])["code"] == "unsettled"


async def test_settled_twice_keeps_the_last(log):
    async with noted(log) as made:
        await made.intend(evidence.outbound("x1"), 1)
        made.settle(evidence.DELIVERED)
        made.settle(Outcome(499, "client_gone"))
    assert log.kinds.count("outcome") == 1
    assert told(log.records[2])["ended"] == "client_gone"


async def test_earlier_answers_of_policy_are_kept_in_the_one_decision(log):
    async with noted(log) as made:
        made.note(
            evidence.inspection(), evidence.facts(phase="post_transform"),
            evidence.decision(id="d-2", permit=False, action="block", selected=None, block_codes=("RESIDUAL_PII",)),
        )  # fmt: skip
        made.deny(evidence.DENIAL)
    decision = log.records[0]
    assert decision.codes == ("RESIDUAL_PII",)
    assert told(decision)["decision_id"] == "d-2"
    assert [one["decision_id"] for one in told(decision)["earlier"]] == ["d-1"]


async def test_no_record_holds_payload_or_the_callers_free_text(log):
    async with noted(log) as made:
        await made.intend(evidence.outbound("x1"), 1)
        made.settle(evidence.DELIVERED)
    everything = b"".join(record.body for record in log.records)
    assert b"Canaryson" not in everything
    assert b"conversation with a name" not in everything
