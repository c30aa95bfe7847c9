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


def test_least_recently_used_goes_first_and_bytes_stay_bounded():
    size = size_of(SEGMENT)
    cache = FindingCache(3 * size, b"k" * 32)
    names = [bytes([i]) * 16 for i in range(4)]
    for name in names[:3]:
        cache.keep(name, SEGMENT)
    assert cache.find(names[0]) is SEGMENT
    cache.keep(names[3], SEGMENT)
    assert cache.find(names[1]) is None
    assert cache.find(names[0]) is SEGMENT
    assert cache.bytes == len(cache) * size <= 3 * size


def test_entries_are_found_together_each_counted_once_and_made_the_most_recent():
    cache = FindingCache(2 * size_of(SEGMENT), b"k" * 32)
    for name in (b"a", b"b"):
        cache.keep(name, SEGMENT)
    assert cache.found([b"a", b"x", b"a"]) == {b"a": SEGMENT}
    assert (cache.hits, cache.misses) == (1, 1)
    cache.keep(b"c", SEGMENT)
    assert list(cache.found([b"a", b"b", b"c"])) == [b"a", b"c"]


def test_texts_named_together_have_the_names_that_each_has_alone():
    cache, texts = FindingCache(1, b"k" * 32), ["a", "", "a", "\u00e9", "\ud800"]
    assert cache.digests(texts, b"s") == [cache.digest(text, b"s") for text in texts]


def test_no_capacity_keeps_nothing():
    cache = FindingCache(0, b"k" * 32)
    cache.keep(b"n" * 16, SEGMENT)
    assert cache.find(b"n" * 16) is None


def test_lone_surrogates_have_a_name():
    assert FindingCache(1, b"k" * 32).digest("\ud800", b"")
