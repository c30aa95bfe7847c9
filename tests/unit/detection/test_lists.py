from __future__ import annotations

from proxy.core.records import Finding
from proxy.detection.lists import ListFilter, TenantLists


def test_allowed_values_are_dropped_whatever_their_case():
    lists = ListFilter(TenantLists(allow=frozenset({"ACME Corp"})))
    assert lists.apply("acme corp", (Finding("ORGANIZATION", 0, 9, 0.9, "x"),)) == ()


def test_an_allow_list_never_hides_a_checked_number():
    lists = ListFilter(TenantLists(allow=frozenset({"521-44-9382"})))
    finding = Finding("US_SSN", 0, 11, 0.9, "x")
    assert lists.apply("521-44-9382", (finding,)) == (finding,)


def test_denied_values_are_found_as_whole_words():
    lists = ListFilter(TenantLists(deny={"Project Falcon": "ORGANIZATION"}))
    text = "about project falcon and falconry"
    assert [(f.entity_type, text[f.start : f.end]) for f in lists.apply(text, ())] == [
        ("ORGANIZATION", "project falcon")
    ]


def test_digest_names_the_state_of_the_lists():
    assert TenantLists(allow=frozenset({"a"})).digest() != TenantLists(deny={"a": "PERSON"}).digest()
    assert TenantLists(allow=frozenset({"a", "b"})).digest() == TenantLists(allow=frozenset({"b", "a"})).digest()
