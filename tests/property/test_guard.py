from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.findings import Finding
from proxy.core.replies.guard import StreamGuard
from testing.examples import examples

PATTERNS = (
    ("CREDIT_CARD", re.compile(r"(?<!\d)\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}(?!\d)")),
    ("US_SSN", re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")),
    ("BANK_ACCOUNT", re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?!\w)")),
    ("CREDENTIAL", re.compile(r"(?<!\w)(?:sk-[A-Za-z0-9]{8,}|gh_[a-z0-9]{8,})")),
    ("CREDENTIAL", re.compile(r"-----BEGIN KEY-----[^-]*-----END KEY-----")),
    ("CVV", re.compile(r"(?<=CVV )\d{3}(?!\d)")),
    ("EMAIL_ADDRESS", re.compile(r"\w+@\w+\.\w+")),
)
GUARDED = ("CREDIT_CARD", "US_SSN", "BANK_ACCOUNT", "CREDENTIAL", "CVV")


def scan(text: str) -> tuple[Finding, ...]:
    return tuple(Finding(t, m.start(), m.end(), 1.0, "test") for t, p in PATTERNS for m in p.finditer(text))


WORDS = st.one_of(
    st.sampled_from(
        [
            "4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111111", "212-45-6789", "CVV 737", "sk-abcDEF12345",
            "DE89 3704 0044 0532 0130 00", "gh_0123456789", "-----BEGIN KEY-----\nAB CD\nEF gh\n-----END KEY-----",
            "a@b.de", "the", "in", "2026", "A", "B12", "total", "12", "cost.", "7/10", "DE", "CVV", "737", "sk-", "(see", "1)",
            "4111%201111%201111%201111", "sk&#45;abcDEF12345", "411111\u200b1111111111", "MjEyLTQ1LTY3ODk=", "\\u0034111111111111111",
        ]
    ),
    st.text("abAB01- ", max_size=6),
)  # fmt: skip
TEXTS = st.lists(st.tuples(WORDS, st.sampled_from([" ", "\n", ". ", ", "])), max_size=12).map(
    lambda parts: "".join(word + mark for word, mark in parts)
)


def whole(text: str) -> str:
    return StreamGuard(scan, GUARDED).whole(text)


@examples(400)
@given(TEXTS, st.lists(st.integers(0, 200), max_size=12))
def test_every_chunking_equals_the_whole_text(text: str, cuts: list[int]) -> None:
    """Values within the windows are redacted the same however the stream is cut."""
    guard = StreamGuard(scan, GUARDED)
    edges = sorted({min(cut, len(text)) for cut in cuts})
    chunks = [text[a:b] for a, b in zip([0, *edges], [*edges, len(text)], strict=True)]
    assert "".join(map(guard.feed, chunks)) + guard.flush() == whole(text)


@examples(100)
@given(TEXTS)
def test_character_by_character_equals_the_whole_text(text: str) -> None:
    """The slowest stream."""
    guard = StreamGuard(scan, GUARDED)
    assert "".join(map(guard.feed, text)) + guard.flush() == whole(text)


@examples(100)
@given(st.lists(st.sampled_from(["the", "quick", "fox", "jumps", "over", "lazy"]), min_size=2, max_size=30))
def test_plain_words_are_held_for_one_word_only(words: list[str]) -> None:
    """Ordinary prose is released word by word."""
    guard = StreamGuard(scan, GUARDED)
    sent = ""
    for position, word in enumerate(words):
        sent += guard.feed(word if position == 0 else " " + word)
        assert sent == "".join(w + " " for w in words[:position])
