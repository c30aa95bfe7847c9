from __future__ import annotations

from proxy.core.decision import contents
from proxy.core.decision.contents import Contents
from testing.fakes import FakeDetector

KINDS = {"EMAIL_ADDRESS": "direct", "US_SSN": "govid", "DATE": "quasi"}


def read(*texts, own=()):
    return contents.read(texts, FakeDetector().scan, lambda _kind, value: value in own, KINDS)


def test_what_the_request_explains_is_told_apart():
    held = read("a@b.example and c@d.example", "078-05-1120", own=("078-05-1120", "a@b.example"))
    assert [(one.type, one.count) for one in held.entities] == [("EMAIL_ADDRESS", 2), ("US_SSN", 1)]
    assert (held.echoed, held.foreign) == (frozenset({"EMAIL_ADDRESS", "US_SSN"}), frozenset({"EMAIL_ADDRESS"}))
    assert read("nothing") == contents.NOTHING


def test_types_that_nobody_guards_count_and_need_no_explanation():
    held = contents.read(["078-05-1120"], FakeDetector().scan, lambda *_: False, {"US_SSN": "quasi"})
    assert ([one.type for one in held.entities], held.echoed, held.foreign) == (["US_SSN"], frozenset(), frozenset())


def test_what_detection_found_beyond_the_patterns_is_foreign():
    held = read("078-05-1120", own=("078-05-1120",))
    assert held.with_named({}) is held
    named = held.with_named({"Ada": "PERSON", "Bob": "PERSON", "x": "US_SSN"})
    assert [(one.type, one.count) for one in named.entities] == [("PERSON", 2), ("US_SSN", 1)]
    assert (named.echoed, named.foreign) == (frozenset(), frozenset({"PERSON", "US_SSN"}))
    assert isinstance(named, Contents)
