from __future__ import annotations

import pytest

from proxy.core.findings import Finding
from proxy.detection.lists import ANYBODY, ListedTerm, ListFilter, compiled, digest, filter_of, folded

KEY = b"k" * 32


def found(text: str, value: str, kind: str = "ORGANIZATION") -> Finding:
    start = text.index(value)
    return Finding(kind, start, start + len(value), 0.9, "x")


def lists(*entries: ListedTerm) -> ListFilter:
    return ListFilter(entries, KEY)


def allow(value: str = "", **more) -> ListedTerm:
    return ListedTerm("t", "allow", value=value, **more)


def deny(value: str = "", kind: str = "ORGANIZATION", **more) -> ListedTerm:
    return ListedTerm("t", "deny", kind, value, **more)


def kept(one: ListFilter, text: str, *findings: Finding) -> list[tuple[str, str]]:
    return [(f.entity_type, text[f.start : f.end]) for f in one.apply(text, findings)]


@pytest.mark.parametrize("value", ["acme corp", "ACME  Corp", "Acme-Corp.", "«acme corp»"])
def test_allowed_values_are_dropped_whatever_their_case_and_punctuation(value):
    text = f"at {value} today"
    for entry in (allow("ACME Corp"), allow(digest=digest(KEY, "t", "ACME Corp"))):
        assert kept(lists(entry), text, found(text, value)) == []


def test_an_entry_of_a_type_allows_that_type_only():
    text = "May"
    one = lists(allow("May", type="PERSON"))
    assert kept(one, text, found(text, "May", "PERSON")) == []
    assert kept(one, text, found(text, "May", "LOCATION")) == [("LOCATION", "May")]


def test_a_part_of_an_allowed_value_is_not_allowed():
    text = "ACME Corp International"
    assert kept(lists(allow("ACME Corp")), text, found(text, text)) == [("ORGANIZATION", text)]


def test_a_checked_number_is_hidden_by_a_forced_entry_only():
    text = "521-44-9382"
    number = found(text, text, "US_SSN")
    assert kept(lists(allow(text)), text, number) == [("US_SSN", text)]
    assert kept(lists(allow(text, forced=True)), text, number) == []


def test_an_entry_may_ask_for_a_word_nearby():
    one = lists(allow("Falcon", near="rocket"))
    for text, expected in (
        ("the rocket Falcon flew", []),
        ("Mrs Falcon flew", ["Falcon"]),
        ("rocketry of Falcon", ["Falcon"]),
    ):
        assert [value for _, value in kept(one, text, found(text, "Falcon"))] == expected


@pytest.mark.parametrize("entry", [deny("Project Falcon"), deny(digest=digest(KEY, "t", "Project Falcon"), words=2)])
def test_denied_values_are_found_as_whole_words(entry):
    text = "about project-falcon and falconry, PROJECT FALCON!"
    assert kept(lists(entry), text) == [("ORGANIZATION", "project-falcon"), ("ORGANIZATION", "PROJECT FALCON")]


def test_what_is_denied_stands_over_what_is_allowed_and_guessed():
    text = "about Falcon"
    one = lists(allow("Falcon"), deny("Falcon", "PERSON"))
    assert kept(one, text, found(text, "Falcon")) == [("PERSON", "Falcon")]


def test_a_digest_belongs_to_one_tenant_and_one_key():
    text = "at ACME"
    for entry in (allow(digest=digest(KEY, "other", "ACME")), allow(digest=digest(b"j" * 32, "t", "ACME"))):
        assert kept(lists(entry), text, found(text, "ACME")) == [("ORGANIZATION", "ACME")]


def test_anybodys_entries_are_for_every_tenant():
    held = compiled([ListedTerm(ANYBODY, "allow", value="ACME"), ListedTerm("a", "allow", value="Berlin")], KEY)
    text = "ACME Berlin"
    findings = (found(text, "ACME"), found(text, "Berlin", "LOCATION"))
    for tenant, expected in (("a", []), ("b", [("LOCATION", "Berlin")])):
        chosen = filter_of(held, tenant)
        assert chosen is not None
        assert kept(chosen, text, *findings) == expected
    assert filter_of(compiled([allow("x")], KEY), "other") is None


def test_the_version_names_the_state_of_the_lists_under_the_key():
    one = lists(allow("a"), allow("b"))
    assert one.version == lists(allow("b"), allow("a")).version
    assert (
        len(
            {
                one.version,
                lists(allow("a")).version,
                lists(deny("a")).version,
                ListFilter([allow("a")], b"j" * 32).version,
            }
        )
        == 4
    )
    assert one.version.id == "lists"
    assert len(one.version.ruleset_sha256) == 64


def test_folding():
    assert folded("  Straße 5-7, Łódź ") == "strasse 5 7 łódź"
    assert folded("+++") == ""
    assert folded("Cafe\u0301") == folded("Café") == folded("ＣＡＦÉ")


def test_without_entries_nothing_changes():
    text = "at ACME"
    findings = (found(text, "ACME"),)
    assert lists().apply(text, findings) == findings


@pytest.mark.parametrize(
    ("value", "text"),
    [("İstanbul Depo", "at İstanbul Depo today"), ("Jos\u00e9 Ni\u00f1o", "by Jose\u0301 Nin\u0303o himself")],
)
def test_a_value_is_found_whatever_its_composition(value, text):
    for entry in (deny(value), deny(digest=digest(KEY, "t", value), words=2)):
        assert [kind for kind, _ in kept(lists(entry), text)] == ["ORGANIZATION"]
