from __future__ import annotations

import pytest

from proxy.reports.render import words


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("A6-1-b", "GDPR Art. 6(1)(b)"),
        ("eu-gdpr:A46-2-c", "GDPR Art. 46(2)(c)"),
        ("eu-gdpr:A9-2-h", "GDPR Art. 9(2)(h)"),
        ("scc", "standard contractual clauses (GDPR Art. 46(2)(c))"),
        ("dpv:CustomerCare", "customer care"),
        ("us-1", "us-1"),
        ("A4", "A4"),
        ("Acme AI Inc.", "Acme AI Inc."),
    ],
)
def test_a_code_is_said_in_words_with_its_citation(code, said):
    assert words.in_words(code) == said


def test_only_columns_of_codes_are_put_in_words():
    assert words.of("mechanism", ["scc", "x"]) == ["standard contractual clauses (GDPR Art. 46(2)(c))", "x"]
    assert words.of("tenant", "scc") == "scc"
    assert words.of("mechanism", None) is None


def test_references_that_end_alike_are_told_apart():
    full: dict[str, str] = {}
    one, two = (f"01997b9c-0000-7000-8000-{start}deadbeef" for start in ("0001", "0002"))
    assert [words.shortened(f"of {text}", full) for text in (one, two, one)] == [
        "of \u2026deadbeef", "of \u20260002deadbeef", "of \u2026deadbeef",
    ]  # fmt: skip
    assert set(full.values()) == {one, two}
