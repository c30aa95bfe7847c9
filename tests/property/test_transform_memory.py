from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.decision.inspection import inspect
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.residual import disguised, left_of_values
from proxy.core.deidentification.transform import carry_out, carry_out_again
from proxy.core.deidentification.transform_memory import TransformMemory
from proxy.core.deidentification.transform_plan import TransformPlan, TransformTerms
from proxy.core.findings import Detection, SegmentFindings, Status
from proxy.core.records import Inspection, Obligation, Operation, Payload, TextSpan, Transformed
from testing.examples import examples
from tests.property.test_transform import KINDS, PIECES, PSEUDONYMIZE, REDACT, VALUES, build

RESTORED = Obligation("m", "mask", entities=("US_SSN",), params={"restore": "exchange"})
PLANS = [
    TransformPlan(obligations, KINDS, TransformTerms(year=2026))
    for obligations in ([PSEUDONYMIZE, REDACT], [RESTORED], [Obligation("d", "deidentify", profile="pci_mask")])
]
#: What holds values in other spellings, in part or not at all.
SPELLED = [
    "cv_maria_schmidt.pdf", "/maria-schmidt/", "s c h m i d t", "\\u0040", "bWFyaWFAZmlybS5kZSBhbmQ=", "maria firm.de",
    "_schmidt", "Schmidts", "Bo", "bo.li", "\U0001d42c\U0001d41c", "@",
]  # fmt: skip
TOLD = st.lists(
    st.tuples(st.lists(st.one_of(PIECES, st.tuples(st.just(""), st.sampled_from(SPELLED))), max_size=8), st.booleans()),
    min_size=1, max_size=5,
)  # fmt: skip


def inspected(parts: Sequence[tuple[str, SegmentFindings]]) -> Inspection:
    spans = tuple(TextSpan(f"/{n}", "messages[*].content", text) for n, (text, _) in enumerate(parts))
    sought = (TextSpan("/pin", "pin", "0482", "sought"),)
    payload = Payload(
        {}, Operation.CHAT, "m", stream=False, stateful=False, tools=False, spans=spans, unread_numbers=sought
    )  # fmt: skip
    names = tuple(hashlib.blake2b(span.text.encode(), digest_size=16).digest() for span in spans)
    return inspect(payload, Detection(tuple(s for _, s in parts), Status.COMPLETE, names=names), {})


def again(memory: TransformMemory, plan: TransformPlan, inspection: Inspection, key: bytes) -> Transformed:
    return carry_out_again(
        plan, inspection.payload, inspection.segments, Minter(key), memory, inspection.names
    )  # fmt: skip


@examples(150)
@given(st.lists(TOLD, min_size=1, max_size=3), st.sampled_from(PLANS))
def test_what_is_remembered_is_what_would_be_worked_out_again(conversations: list, plan: TransformPlan) -> None:
    """In any order and for any two domains: the same texts, the same way back, the same values to look for."""
    memory = TransformMemory()
    requests = [inspected([build(message, detected) for message, detected in told]) for told in conversations]
    for inspection in (*requests, *reversed(requests)):
        for key in (b"k" * 32, b"l" * 32):
            whole = carry_out(plan, inspection.payload, inspection.segments, Minter(key))
            remembered = again(memory, plan, inspection, key)
            assert (remembered, remembered.named) == (whole, whole.named)


@examples(150)
@given(TOLD, TOLD, st.sampled_from(PLANS), st.randoms(use_true_random=False))
def test_a_growing_conversation_is_transformed_as_if_it_were_new(
    told: list, other: list, plan: TransformPlan, chance: random.Random
) -> None:
    """Turn by turn, beside another conversation with some of its texts, with all memory or hardly any."""
    for memory in (TransformMemory(), TransformMemory(8_000)):
        for end in range(1, len(told) + 1):
            mixed = chance.sample(told[:end] + other, chance.randint(1, end + len(other)))
            for messages in (told[:end], mixed):
                inspection = inspected([build(message, detected) for message, detected in messages])
                whole = carry_out(plan, inspection.payload, inspection.segments, Minter(b"k" * 32))
                assert again(memory, plan, inspection, b"k" * 32) == whole


@examples(100)
@given(TOLD, st.sets(st.sampled_from([value for values in VALUES.values() for value in values])), st.booleans())
def test_what_is_left_of_values_is_found_whatever_was_searched_before(
    told: list, leaking: set[str], known: bool
) -> None:
    """A request as written is searched for every value that was not searched for in each of its texts."""
    memory, plan = TransformMemory(), PLANS[0]
    for end in range(1, len(told) + 1):
        inspection = inspected([build(message, detected) for message, detected in told[:end]])
        changed = carry_out(plan, inspection.payload, inspection.segments, Minter(b"k" * 32))
        sent = [changed.texts.get(n, span.text) for n, span in enumerate(inspection.payload.spans)]
        for texts in ([*sent] if known else [], [*sent, *sorted(leaking)]):
            for _ in range(2):
                left = memory.left(texts, changed, b"d" * 32)
                plainly = left_of_values(texts, changed)
                assert left == plainly or (not plainly and left > 0 < disguised([*changed.free, *texts], changed))


@examples(150)
@given(TOLD, st.sampled_from(PLANS))
def test_no_unchanged_text_holds_a_removed_value(told: list, plan: TransformPlan) -> None:
    """Nor do those of the next turns, whatever was remembered of them by then."""
    memory = TransformMemory()
    for end in (*range(1, len(told) + 1), len(told)):
        inspection = inspected([build(message, detected) for message, detected in told[:end]])
        changed = again(memory, plan, inspection, b"k" * 32)
        spans = inspection.payload.outgoing
        assert set(changed.free) == {span.text for index, span in enumerate(spans) if index not in changed.texts}
        assert left_of_values(sorted(changed.free), changed) == 0


def test_digits_of_two_values_are_remembered_for_both() -> None:
    """A text that holds the bare digits of a number, met with one spelling of it removed, then with the other."""
    plan, memory = PLANS[0], TransformMemory()
    both = [("", "5125550142"), ("PHONE_NUMBER", "512 555 0142")]
    first, second = ([([("PHONE_NUMBER", "(512) 555-0142")], True), (both, True)], [(both, True)])
    for told in (first, second):
        inspection = inspected([build(message, detected) for message, detected in told])
        whole = carry_out(plan, inspection.payload, inspection.segments, Minter(b"k" * 32))
        assert again(memory, plan, inspection, b"k" * 32) == whole
    assert "5125550142" not in str(whole.texts)
