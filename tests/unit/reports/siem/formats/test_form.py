from __future__ import annotations

from proxy.reports.siem.formats import NDJSON, EntryFormat, present


def test_without_requests_of_its_own_a_format_sends_lines(every):
    made = EntryFormat("plain", lambda one: one.position.name.encode())
    [posting] = made.postings(every[:2])
    assert posting.body == b"".join(one.position.name.encode() + b"\n" for one in every[:2])
    assert posting.headers == {"content-type": NDJSON}


def test_what_is_empty_is_left_out_and_false_and_zero_are_not():
    assert present(a="", b=None, c=[], d=False, e=0, f="x") == {"d": False, "e": 0, "f": "x"}
