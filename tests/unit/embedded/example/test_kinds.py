from __future__ import annotations

import pytest

from proxy.embedded.example import kinds
from proxy.embedded.example.kinds import ExchangeKind, KeptRecords
from testing import evidence
from testing.entries import exchanges
from testing.fakes import MemoryAudit


@pytest.fixture
def audit():
    made = MemoryAudit(evidence.FixedClock())
    made.writer = KeptRecords()
    return made


async def test_what_is_recorded_of_an_exchange_is_kept(audit):
    await evidence.serve(audit, "x1")
    assert audit.writer.settled.is_set()
    kind = ExchangeKind.of({"by": "acme/helpdesk"}, "x1", audit.writer.records)
    assert [one.kind for one in kind.records] == ["decision", "attempt", "outcome"]
    assert (kind.tenant, kind.received_us) == ("acme", round((evidence.NOW - 0.5) * 1e6))
    assert kind.decisions == {"d-1"}


def test_refusals_and_failures_are_kinds_too():
    by_exchange = {}
    for record in exchanges():
        by_exchange.setdefault(record.exchange, []).append(record)
    for exchange, records in by_exchange.items():
        assert ExchangeKind.of({"by": "acme/helpdesk"}, exchange, records).received_us > 0


def test_a_kind_is_asked_for_in_its_own_words():
    chat = {"model": "m", "text": "Hello.", "for": "support", "stream": True, "subjects": {"claim": 9}}
    assert kinds._body(chat) == {"model": "m", "messages": [{"role": "user", "content": "Hello."}], "stream": True}
    headers = {"x-compliance-activity": "support", "x-compliance-subject": "claim-0001"}
    assert kinds._headers(chat, "k") == {"authorization": "Bearer k", **headers}
    embedded = {"model": "m", "text": "Hello.", "for": "support", "path": "/v1/embeddings"}
    assert kinds._body(embedded) == {"model": "m", "input": "Hello."}
    assert "x-compliance-subject" not in kinds._headers(embedded, "k")
