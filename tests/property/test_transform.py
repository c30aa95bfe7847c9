from __future__ import annotations

import itertools
from datetime import date, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from proxy.core.deidentification.edits import splice
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.residual import left_of_values
from proxy.core.deidentification.transform import transform
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.records import Obligation, Operation, Payload, TextSpan, Transformed
from proxy.core.replies.restore import Restorer
from testing.examples import examples

KINDS = {"PERSON": "direct", "EMAIL_ADDRESS": "direct", "PHONE_NUMBER": "direct", "US_SSN": "govid", "DATE": "quasi"}
VALUES = {
    "PERSON": ["Maria Schmidt", "Mrs Schmidt", "SCHMIDT", "Bo Li", "Price"],
    "EMAIL_ADDRESS": ["maria@firm.de", "Maria@Firm.de"],
    "PHONE_NUMBER": ["(512) 555-0142", "512 555 0142"],
    "US_SSN": ["212-45-6789"],
    "DATE": ["2026-02-03"],
}
PSEUDONYMIZE = Obligation("p", "pseudonymize", entities=("PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER"))
REDACT = Obligation("r", "redact", entities=("US_SSN",))
PIECES = st.one_of(
    st.sampled_from([(t, v) for t, values in VALUES.items() for v in values]),
    st.tuples(
        st.just(""),
        st.sampled_from([" ", ", ", " and ", "212456789", "maria", "5125550142", "price", "x", "\n", "%40"]),
    ),
)
MESSAGES = st.lists(st.tuples(st.lists(PIECES, max_size=8), st.booleans()), min_size=1, max_size=5)
KEY = b"k" * 32


def build(message: list[tuple[str, str]], detected: bool = True) -> tuple[str, SegmentFindings]:
    text, findings = "", []
    for entity_type, value in message:
        if entity_type and detected:
            findings.append(Finding(entity_type, len(text), len(text) + len(value), 0.9, "test"))
        text += value + " "
    return text, SegmentFindings(tuple(findings))


def run(parts: list[tuple[str, SegmentFindings]], *obligations: Obligation) -> tuple[Transformed, list[str]]:
    spans = tuple(TextSpan(f"/{n}", "messages[*].content", text) for n, (text, _) in enumerate(parts))
    payload = Payload({}, Operation.CHAT, "m", stream=False, stateful=False, tools=False, spans=spans)
    changed = transform(payload, tuple(s for _, s in parts), obligations, Minter(KEY), KINDS)
    return changed, [changed.texts.get(n, text) for n, (text, _) in enumerate(parts)]


#: A half of a name between two halves that were found alone.
BETWEEN = ([("PERSON", "SCHMIDT"), ("", "maria"), ("PERSON", "SCHMIDT"), ("PERSON", "Maria Schmidt")], True)


@examples(120)
@example([BETWEEN])
@given(MESSAGES)
def test_nothing_removed_is_left_and_pseudonyms_restore_exactly(messages: list) -> None:
    """Whatever detection missed elsewhere in the payload, no removed value leaves, and the way back is exact."""
    parts = [build(message, detected) for message, detected in messages]
    changed, texts = run(parts, PSEUDONYMIZE, REDACT)
    assert left_of_values(texts, changed) == 0
    for value in changed.removed:
        assert len(value) < 5 or value.isalpha() or not any(value.lower() in text.lower() for text in texts)
    for (text, _), masked in zip(parts, texts, strict=True):
        redacted = text.replace("212-45-6789", "[US_SSN]")
        if "[US_SSN]" not in masked:
            assert Restorer(changed.pseudonyms).whole(masked) == text
        elif "212456789" not in text:
            assert Restorer(changed.pseudonyms).whole(masked) in {redacted, text}


@examples(80)
@given(MESSAGES)
def test_masked_prefix_of_a_growing_conversation_is_byte_stable(messages: list) -> None:
    """What an earlier turn sent is sent again unchanged when detection has found all of it."""
    parts = [build([piece for piece in message if piece[0]]) for message, _ in messages]
    turns = [run(parts[:count], PSEUDONYMIZE, REDACT)[1] for count in range(1, len(parts) + 1)]
    for earlier, later in itertools.pairwise(turns):
        assert later[: len(earlier)] == earlier


@given(
    st.text(max_size=40), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5), st.text(max_size=3)), max_size=6)
)
def test_splice_equals_replacing_from_the_back(text: str, edits: list[tuple[int, int, str]]) -> None:
    """One join does what repeated slicing does."""
    disjoint, end = [], 0
    for start, size, new in sorted(edits):
        if start >= end and start + size <= len(text):
            disjoint.append((start, start + size, new))
            end = start + size
    expected = text
    for start, stop, new in reversed(disjoint):
        expected = expected[:start] + new + expected[stop:]
    assert splice(text, disjoint) == expected


@given(
    st.lists(st.dates(date(1950, 1, 1), date(2090, 12, 31)), min_size=1, max_size=8, unique=True),
    st.dates(date(1950, 1, 13), date(2090, 12, 31)).filter(lambda day: day.day > 12),
    st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%Y-%m-%d"]),
    st.sampled_from(["en", "en-GB", "de", "und"]),
)
def test_dates_of_one_layout_keep_order_and_intervals_and_come_back(days, proof, layout, language):
    days = [*dict.fromkeys((*days, proof))]
    texts = [f"{day:{layout}}" for day in days]
    parts = [
        (text, SegmentFindings((Finding("DATE", 0, len(text), 0.9, "test"),), language=language)) for text in texts
    ]
    changed, sent = run(parts, Obligation("d", "pseudonymize", entities=("DATE",), method="date_shift"))
    moved = [datetime.strptime(text, layout).date() for text in sent]  # noqa: DTZ007 -- a day alone
    assert len({day - before for day, before in zip(days, moved, strict=True)}) == 1
    assert Restorer(changed.pseudonyms).whole("\n".join(sent)).split("\n") == texts


def test_a_moved_date_that_would_be_written_as_another_one_is_a_token():
    texts = [("20/03/2024 05/06/2024", "en"), ("03/20/2024 06/05/2024", "en")]
    parts = [
        (
            text,
            SegmentFindings((Finding("DATE", 0, 10, 0.9, "test"), Finding("DATE", 11, 21, 0.9, "test")), language=of),
        )
        for text, of in texts
    ]
    changed, sent = run(parts, Obligation("d", "pseudonymize", entities=("DATE",), method="date_shift"))
    assert Restorer(changed.pseudonyms).whole("\n".join(sent)).split("\n") == [text for text, _ in texts]
