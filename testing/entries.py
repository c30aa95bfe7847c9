"""Records as the stream tells them: every kind, made by the real entry of the log, and records of any text."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import orjson
from hypothesis import strategies as st

from proxy.audit.records.answers import AnswerBytes
from proxy.audit.records.record import Columns, Record, genesis, link, make
from proxy.core.statuses import Outcome
from proxy.errors import DetectionError
from proxy.policy.decision.document import input_document
from proxy.reports.siem import entry
from proxy.reports.siem.entry import LogPlace, StreamEntry
from testing import evidence
from testing.fakes import MemoryAudit

ORIGIN = "audit.acme.example/eu1"
WRITER = "node-1-0123456789abcdef~2"
SUBJECT = "hmac-sha256:k-00000000:" + "ab" * 32
_UNFULFILLED = replace(evidence.DELIVERED, response_action="")


def told(records: Sequence[Record], leaf: int | None = 7, writer: str = WRITER) -> list[StreamEntry]:
    """Return records as one chain."""
    head, made = genesis(writer).hash, []
    for seq, record in enumerate(records, 1):
        head = link(head, record.body)
        place = LogPlace(ORIGIN, writer, seq, leaf, head)
        made.append(entry.read(place, record.body, orjson.loads(evidence.whole(record).body)))
    return made


def event(name: str, facts: dict[str, Any] | None = None, **columns: Any) -> Record:
    return make(Columns(round(evidence.NOW * 1_000_000), "event", action=name, **columns), facts or {})


EVENTS = (
    event("writer_started", {"clock_skew_ms": -3, "certificate": {"host": "node-1", "not_after": 1_790_000_000}}),
    event("log_read", {"by": "officer", "command": "audit show", "rows": 3, "filter": {"exchange": "x1"}, "purpose": ""}),
    event("key_created", {"by": "root", "key_id": "k2", "roles": ["auditor"]}, tenant="acme", target="k2"),
    event("key_revoked", {"by": "root", "key_id": "k2"}, tenant="acme", target="k2"),
    event("registry_changed", {"by": "root", "revision": "0" * 20}),
    event("target_quarantined", {"reported": "US"}, target="eu-1"),
    event("checkpoints_refused", {"reason": "the log of 3 seals is not the one that was signed before"}),
    event("authentication_failed", {"count": 12, "credential": True}, codes=("unauthenticated",), status=401),
    event("vault_purged", {"pseudonyms": 4, "by": "expiry"}),
)  # fmt: skip


def exchanges() -> list[Record]:
    """Return the records of exchanges that were delivered, refused, cut off, undecided, and owed something."""
    audit = MemoryAudit(evidence.FixedClock())  # type: ignore[arg-type]
    audit.answers = AnswerBytes(input_document)
    work = (_delivered(audit, "x1"), _refused(audit), _failed(audit), _undecided(audit), _owing(audit))
    with ThreadPoolExecutor(1) as apart:  # from a test's own event loop
        apart.submit(asyncio.run, _all(work)).result()
    return audit.records()


async def _all(work: Sequence[Coroutine[Any, Any, None]]) -> None:
    for one in work:
        with contextlib.suppress(DetectionError):
            await one


async def _delivered(audit: MemoryAudit, identity: str, outcome: Outcome = evidence.DELIVERED) -> None:
    declared = replace(evidence.exchange(identity).declared, subject_refs=(SUBJECT,))
    async with audit.entry(evidence.exchange(identity, declared=declared)) as one:
        one.note(evidence.inspection(), evidence.facts(), evidence.decision())
        await one.intend(evidence.outbound(identity), 1)
        one.attempted(evidence.COMPLETE)
        one.settle(outcome)


async def _refused(audit: MemoryAudit) -> None:
    async with audit.entry(evidence.exchange("x2")) as one:
        refusal = {
            "permit": False,
            "action": "block",
            "selected": None,
            "block_codes": ("GDPR_NO_TRANSFER",),
            "http_status": 403,
        }
        one.note(evidence.inspection(), evidence.facts(), evidence.decision(**refusal))
        one.deny(evidence.DENIAL)


async def _failed(audit: MemoryAudit) -> None:
    async with audit.entry(evidence.exchange("x3")) as one:
        one.note(evidence.inspection(), evidence.facts(), evidence.decision())
        await one.intend(evidence.outbound("x3"), 1)
        one.attempted(replace(evidence.COMPLETE, status=0, ended="cut"))
        one.settle(Outcome(502, "failed", code="upstream_unavailable"))


async def _undecided(audit: MemoryAudit) -> None:
    async with audit.entry(evidence.exchange("x4")):
        raise DetectionError


async def _owing(audit: MemoryAudit) -> None:
    await _delivered(audit, "x5", _UNFULFILLED)


def every(leaf: int | None = 7) -> list[StreamEntry]:
    """Return a chain with records of every kind."""
    return told([*exchanges(), *EVENTS], leaf)


#: What a record may hold: storable text with what formats escape.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12) | st.sampled_from(
    ["|", "\\", "=", "\n", "\r\n", "]", '"', '\\"', "a=b|c\\d", "%20", " ", "ä€😀", "CEF:0|", '[x y="z"]']
)  # fmt: skip
_FACTS = st.dictionaries(
    TEXTS, TEXTS | st.lists(TEXTS, max_size=2) | st.integers(-(2**63), 2**63) | st.none() | st.booleans(), max_size=4
)


@st.composite
def any_event(draw: st.DrawFn) -> StreamEntry:
    """Return an event whose texts are anything that a record may hold."""
    names = ("action", "tenant", "activity", "service", "target", "revision")
    columns = {name: draw(TEXTS) for name in names} | {"codes": tuple(draw(st.lists(TEXTS, max_size=2)))}
    [made] = told([make(Columns(draw(st.integers(0, 4 * 10**15)), "event", **columns), draw(_FACTS))])
    return made
