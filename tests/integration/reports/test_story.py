"""The story of an exchange, from the records that the request path left."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from proxy.audit.access.reader import AuditReader
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.upkeep.readings import Requester
from proxy.core.decision.enforce import unfulfillable
from proxy.core.records import DeclaredFacts
from proxy.core.statuses import Attempt
from proxy.reports import story
from testing import evidence


@pytest.fixture
async def told(log, reader):
    async def tell(name):
        await log.event_durable("catalog_loaded", {})  # what was queued before is stored too
        records = await AuditReader(reader, Requester("officer")).exchange(name)
        return {section.title: "\n".join(section.lines) for section in story.sections(records)}

    return tell


async def sent(log, name, **changes):
    declared = DeclaredFacts("support", subject_refs=("hmac-sha256:k:aa",))
    async with log.entry(evidence.exchange(name, declared=declared)) as entry:
        entry.note(evidence.inspection(), evidence.facts(), evidence.decision(**changes))
        for number, target in enumerate(("us-1", "de-1"), start=1):
            await entry.intend(evidence.outbound(name, target), number)
        entry.attempted(Attempt(1, "us-1", 503, "failed", 40, 0, 9))
        entry.attempted(replace(evidence.COMPLETE, number=2, target="de-1"))
        entry.settle(evidence.DELIVERED)


async def test_a_story_goes_from_the_question_to_the_place_in_the_log(log, told):
    await sent(log, "x1")
    await Checkpointer.of(log, (), 10.0).once()
    parts = await told("x1")
    assert list(parts) == [
        "asked", "found", "decided", "candidates", "attempt 1", "attempt 2", "outcome", "place in the log",
    ]  # fmt: skip
    assert "helpdesk of acme, under support" in parts["asked"]
    assert "credential k1" in parts["asked"]
    assert "hmac-sha256:k:aa" in parts["asked"]
    assert "language en" in parts["found"]
    assert parts["decided"].startswith("redact_and_forward to us-1\npolicy rev-1, data data-1")
    assert "us.example (US, third_party)" in parts["attempt 1"]
    assert "ended failed, status 503, ms 9" in parts["attempt 1"]
    assert "ended complete, status 200, ms 12, bytes out 40, bytes in 20" in parts["attempt 2"]
    assert "delivered, status 200 to the caller\nreply deliver, values restored 1" in parts["outcome"]
    assert re.match(r"decision: test-\w+ #3, leaf \d+ of the log, [0-9a-f]{64}\n", parts["place in the log"])


async def test_each_candidate_has_the_rules_that_denied_it_with_their_citation(log, told):
    reasons = [
        {"code": "NO_DPA", "rule_id": "gdpr.dpa", "effect": "deny", "target": "de-1", "citation": ["GDPR Art. 28(3)"]},
        {"code": "NO_DPA", "rule_id": "other", "effect": "deny", "target": "jp-1"},
        {"code": "NO_DPA", "rule_id": "lifted", "effect": "deny", "target": "de-1", "waived_by": "ex-1"},
    ]
    overrides = {"break_glass": {"ticket": "INC-1", "approver": "bob", "waived": ["NO_BAA"]}, "exceptions": [{"id": "ex-1", "waived": ["NO_DPA"]}]}  # fmt: skip
    document = {**evidence.decision().document, "reasons": reasons, "overrides": overrides}
    await sent(log, "x1", document=document)
    parts = await told("x1")
    assert parts["candidates"].splitlines() == [
        "us-1 (US): permitted, rank 0",
        "  obliged: pseudonymize (o-pseudonymize), log (o-log), reidentify_response (o-restore)",
        "  transfer under GDPR from DE to US by scc SCC-7 e-1",
        "de-1 (no region): denied",
        "  NO_DPA by gdpr.dpa (GDPR Art. 28(3))",
    ]
    assert "break-glass INC-1 lifted NO_BAA, approved by bob\nexception ex-1 lifted NO_DPA" in parts["decided"]


async def test_a_refusal_has_no_attempt_and_an_open_exchange_no_outcome(log, told):
    async with log.entry(evidence.exchange("denied")) as entry:
        decision = evidence.decision(permit=False, action="block", selected=None, block_codes=("GDPR_NO_TRANSFER",))
        entry.note(evidence.inspection(), evidence.facts(), decision)
        entry.deny(evidence.DENIAL)
    parts = await told("denied")
    assert parts["decided"].startswith("block: GDPR_NO_TRANSFER")
    assert "denied, status 403 to the caller: GDPR_NO_TRANSFER" in parts["outcome"]
    assert "attempt 1" not in parts
    async with log.entry(evidence.exchange("open")) as entry:
        entry.note(evidence.inspection(), evidence.facts(), evidence.decision())
        await entry.intend(evidence.outbound("open"), 1)
        assert (await told("open"))["outcome"] == "still open"
        entry.settle(evidence.DELIVERED)


async def test_a_permit_whose_obligation_cannot_be_carried_out_is_told_as_the_refusal_that_it_is(log, told):
    async with log.entry(evidence.exchange("odd")) as entry:
        entry.note(evidence.inspection(), evidence.facts(), evidence.decision())
        entry.deny(unfulfillable(evidence.decision(), "shred"))
    parts = await told("odd")
    assert parts["decided"].startswith("refused, although policy permits ")
    assert "OBLIGATION_UNSUPPORTED" in parts["outcome"]
    assert "the obligation shred cannot be carried out" in parts["outcome"].splitlines()


async def test_a_story_holds_no_text(log, told):
    await sent(log, "x1")
    assert evidence.CANARY not in "\n".join((await told("x1")).values())
