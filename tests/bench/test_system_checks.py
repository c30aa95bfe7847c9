"""The system checks: all thirty are there, each can fail, and what they search for is found in every form."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from bench.hostile.rows import Found
from bench.hostile.stand import Answer, Stand
from bench.system_checks import __main__ as command
from bench.system_checks import records, report, searching, targets
from bench.system_checks.checks import CHECKS, NotPossibleHereError, SystemCheck, golden
from bench.system_checks.searching import Search

VALUE = "Ottilie Brandt"


def test_every_check_of_the_list_is_there_once():
    assert sorted(one.id for one in CHECKS) == sorted(golden()) == [f"SC-{number:02}" for number in range(1, 31)]


def test_checks_are_chosen_by_id_and_those_that_change_the_stack_come_last():
    assert [one.id for one in command.chosen(["sc-28", "SC-05"])] == ["SC-05", "SC-28"]
    places = [one.last for one in command.chosen(None)]
    assert places == sorted(places)
    with pytest.raises(SystemExit, match="SC-31"):
        command.chosen(["SC-31"])


class Settled(Stand):
    async def settled(self, patience_s=60.0):
        return True


def made(run):
    return SystemCheck("SC-05", "Row altered", "reported", "tried", run, patience_s=0.05)


@pytest.mark.parametrize(
    ("raised", "state", "said"),
    [
        (None, report.FAILS, "column"), (NotPossibleHereError("no unshare"), report.NOT_HERE, "no unshare"),
        (TimeoutError(), report.FAILS, "not done in time"), (KeyError("x"), report.FAILS, "the check itself failed: KeyError"),
    ],
)  # fmt: skip
async def test_how_a_check_ends_is_told(raised, state, said, tmp_path):
    async def run(_stand):
        if raised is not None:
            raise raised
        return Found(False, "column")

    done = await command.tried(Settled(tmp_path), made(run), 10.0)
    assert (done.state, said in done.said) == (state, True)
    assert report.summary([done]).startswith("1 checks: 0 pass")


@pytest.mark.parametrize(
    "text",
    [
        "to Ottilie Brandt.", "OTTILIE BRANDT", "tdnarB eilittO", "Ottilie%20Brandt", VALUE.encode().hex(),
        *(base64.b64encode(b"x" * shift + VALUE.encode() + b" is here").decode() for shift in range(4)),
    ],
)  # fmt: skip
def test_a_value_is_found_in_every_form_and_nothing_else_is(text):
    search = Search(searching.written([VALUE]))
    assert search.holds(f"before {text} after")
    assert not search.holds("before Ottilia Brand after")


@pytest.mark.parametrize("kind", ["md5", "sha1", "sha256", "sha512"])
def test_an_unkeyed_digest_is_found_in_hex_and_base64(kind):
    search = Search(searching.digests([VALUE]))
    digest = hashlib.new(kind, VALUE.lower().encode()).digest()
    assert search.holds(digest.hex())
    assert search.holds(base64.b64encode(digest).decode())
    assert not search.holds(hashlib.new(kind, b"other").hexdigest())


def test_files_are_searched_but_not_what_targets_received(tmp_path: Path):
    (tmp_path / "provider").write_text(VALUE)
    (tmp_path / "state").mkdir()
    assert searching.files(tmp_path, Search(searching.written([VALUE]))) == (0, [])
    (tmp_path / "state" / "log").write_text(f"error: {VALUE}")
    assert searching.files(tmp_path, Search(searching.written([VALUE]))) == (1, ["state/log"])


KINDS = [{"kind": kind} for kind in ("decision", "attempt", "outcome")]


@pytest.mark.parametrize(
    ("skew", "log", "kinds", "holds"),
    [("-300000", "clock_skewed", KINDS, True), ("-300000", "", KINDS, False), ("0", "clock_skewed", KINDS, False),
     ("-300000", "clock_skewed", KINDS[1:], False)],
)  # fmt: skip
def test_a_skew_that_nobody_records_or_tells_fails(skew, log, kinds, holds):
    assert records._judged_skew(Answer(200), kinds, [{"skew": skew}], log).holds is holds


def attempt(target, answer=None):
    return {"target": target, "body": {"facts": {"answer": answer} if answer else {}}}


def test_an_attempt_that_policy_was_not_asked_for_is_named():
    answer = {"decision": {"targets": [{"target": "a", "permit": True}, {"target": "b", "permit": False}]}}
    decision = {"body": {"facts": answer}}
    assert list(targets._unauthorised([decision], [attempt("a"), attempt("a", answer)])) == []
    assert len(list(targets._unauthorised([decision], [attempt("b")]))) == 1
    assert len(list(targets._unauthorised([decision], [attempt("a"), attempt("a")]))) == 1
    assert len(list(targets._unauthorised([decision], [attempt("a"), attempt("b", answer)]))) == 1
