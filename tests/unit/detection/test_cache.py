from __future__ import annotations

from proxy.core.findings import Finding, SegmentFindings
from proxy.detection.cache import FindingCache, size_of

SEGMENT = SegmentFindings((Finding("PERSON", 0, 4, 0.9, "x"),))


def test_same_text_same_name_other_scope_other_name():
    cache = FindingCache(10_000, b"k" * 32)
    assert cache.digest("a", b"s") == cache.digest("a", b"s")
    assert cache.digest("a", b"s") != cache.digest("a", b"t")
    assert cache.digest("a", b"s") != FindingCache(10_000, b"j" * 32).digest("a", b"s")


def test_scopes_without_end_leave_names_as_they_are():
    cache = FindingCache(10_000, b"k" * 32)
    first = cache.digest("a", b"0")
    names = {cache.digest("a", str(number).encode()) for number in range(3_000)}
    assert len(names) == 3_000
    assert cache.digest("a", b"0") == first


def test_entries_are_found_together_by_the_tenant_that_kept_them():
    cache = FindingCache(2 * size_of(SEGMENT), b"k" * 32)
    cache.keep({b"a": SEGMENT, b"b": SEGMENT}, "t")
    assert cache.lookup([b"a", b"x", b"a"], "t") == {b"a": SEGMENT}
    assert cache.lookup([b"a"], "u") == {}
    cache.keep({b"c": SEGMENT}, "t")
    assert list(cache.lookup([b"a", b"b", b"c"], "t")) == [b"a", b"c"]
    assert cache.bytes == len(cache) * size_of(SEGMENT) == 2 * size_of(SEGMENT)


def test_texts_named_together_have_the_names_that_each_has_alone():
    cache, texts = FindingCache(1, b"k" * 32), ["a", "", "a", "\u00e9", "\ud800"]
    assert cache.digests(texts, b"s") == [cache.digest(text, b"s") for text in texts]


def test_no_capacity_keeps_nothing():
    cache = FindingCache(0, b"k" * 32)
    cache.keep({b"n": SEGMENT}, "t")
    assert cache.lookup([b"n"], "t") == {}


def test_lone_surrogates_have_a_name():
    assert FindingCache(1, b"k" * 32).digest("\ud800", b"")
