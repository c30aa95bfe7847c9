from __future__ import annotations

from rich.console import Console

from proxy.cli import tour
from proxy.embedded.demo import DEMO_REQUESTS
from proxy.embedded.tour import TourStop

CHAIN = {"writer": "w", "seq": 4, "hash": "ab" * 32}


def record(kind, action="", target="", status=0, codes=(), attempt=0, **facts):
    columns = {"kind": kind, "attempt": attempt, "action": action, "target": target, "status": status}
    return {**columns, "codes": list(codes), **CHAIN, "body": {"facts": facts}}


def stop(records, received=(), index=0):
    return tour._stop(TourStop(DEMO_REQUESTS[index], 200, "reply", "e" * 32, "m", received), records)


def text(shown, width):
    console = Console(width=width, record=True, highlight=False, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(tour._table(shown, has_standin=True, side_by_side=width >= tour._WIDE))
    console.file.close()
    return " ".join(console.export_text().split())


def test_stop_is_as_expected_only_by_its_decision():
    assert stop([record("decision", "forward"), record("outcome")])["as_expected"]
    assert not stop([record("decision", "block")])["as_expected"]
    assert not stop([])["as_expected"]


def test_nothing_left_when_there_was_no_attempt():
    shown = stop([record("decision", "block", codes=["NO_DPA"]), record("outcome", status=403, ended="denied")])
    for width in (80, 200):
        said = text(shown, width)
        assert "nothing: the request was not sent" in said
        assert "because: NO_DPA" in said
        assert "outcome: 403 denied" in said


def test_provider_view_is_its_own_journal():
    shown = stop([record("decision", "forward"), record("attempt", target="a/eu", bytes=7, attempt=1)], ("what came",))
    assert tour._received(shown, has_standin=True) == "what came"


def test_self_hosted_view_says_what_the_provider_did_not_get():
    shown = stop([record("decision", "pin_local"), record("attempt", target="local/eu", bytes=7, attempt=1)])
    assert tour._received(shown, has_standin=True) == "the provider received nothing\nlocal/eu received 7 bytes"
    assert tour._received(shown, has_standin=False) == "local/eu received 7 bytes"


def test_evidence_lists_what_was_found():
    found = {"classification": {"entities": [{"type": "PERSON", "count": 2}]}}
    lines = tour._evidence(stop([record("decision", "forward", "a/eu", input=found)])["evidence"])
    assert "found: PERSON x2" in lines
    assert "chain: w #4 abababab" in lines
