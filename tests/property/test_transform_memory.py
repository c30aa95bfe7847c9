from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.decision.inspection import inspect
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.transform import TransformPlan, TransformTerms, carry_out
from proxy.core.deidentification.transform_memory import TransformMemory
from proxy.core.findings import Detection, SegmentFindings, Status
from proxy.core.records import Inspection, Obligation, Operation, Payload, TextSpan
from testing.examples import examples
from tests.property.test_transform import KINDS, MESSAGES, PSEUDONYMIZE, REDACT, build

RESTORED = Obligation("m", "mask", entities=("US_SSN",), params={"restore": "exchange"})
PLANS = [
    TransformPlan(obligations, KINDS, TransformTerms(year=2026))
    for obligations in ([PSEUDONYMIZE, REDACT], [RESTORED], [Obligation("d", "deidentify", profile="pci_mask")])
]


def inspected(parts: Sequence[tuple[str, SegmentFindings]]) -> Inspection:
    spans = tuple(TextSpan(f"/{n}", "messages[*].content", text) for n, (text, _) in enumerate(parts))
    sought = (TextSpan("/pin", "pin", "0482", "sought"),)
    payload = Payload(
        {}, Operation.CHAT, "m", stream=False, stateful=False, tools=False, spans=spans, unread_numbers=sought
    )  # fmt: skip
    names = tuple(hashlib.blake2b(span.text.encode(), digest_size=16).digest() for span in spans)
    return inspect(payload, Detection(tuple(s for _, s in parts), Status.COMPLETE, names=names), {})


@examples(100)
@given(st.lists(MESSAGES, min_size=1, max_size=3), st.sampled_from(PLANS))
def test_what_is_remembered_is_what_would_be_worked_out_again(conversations: list, plan: TransformPlan) -> None:
    """In any order and for any two domains: the same texts, the same way back, the same values to look for."""
    memory = TransformMemory()
    requests = [inspected([build(message, detected) for message, detected in told]) for told in conversations]
    for inspection in (*requests, *reversed(requests)):
        for key in (b"k" * 32, b"l" * 32):
            changed, _ = memory.transformed(plan, inspection, Minter(key), secrets.token_bytes)
            assert changed == carry_out(plan, inspection.payload, inspection.segments, Minter(key))[0]
