"""Every reason code has exactly one responsibility, and its status agrees with it."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

import proxy
from proxy import errors
from proxy.core.decision.enforce import refusal
from proxy.core.decision.matters import MATTERS
from proxy.core.decision.reasons import REASONS, UNAVAILABLE, Responsibility, of_outcome, primary, reason
from proxy.core.records import TargetVerdict
from testing.fakes import decision

POLICY, CALLER, TARGET, PROXY = Responsibility
SOURCES = Path(proxy.__file__).parent
for _path in SOURCES.rglob("*.py"):  # a module with a fault of its own
    if 'code = "' in _path.read_text() or "code: ClassVar" in _path.read_text():
        importlib.import_module(".".join(_path.relative_to(SOURCES.parent).with_suffix("").parts))


def kinds(kind=errors.ProxyError):
    return [kind, *(each for below in kind.__subclasses__() for each in kinds(below))]


def test_the_table_has_every_code_of_the_product_and_no_other():
    ours = {each.code for each in kinds() if each.__module__.startswith("proxy.")}
    others = {"abandoned", "client_gone", "unsettled", "targets_down", "targets_unconfigured"}
    others |= {"target_refused", "context_length_exceeded"}
    assert set(REASONS) == ours | others | set(MATTERS)
    written = "".join(path.read_text() for path in SOURCES.rglob("*.py") if path.name != "reasons.py")
    assert [code for code in others if f'"{code}"' not in written] == []


@pytest.mark.parametrize("kind", [each for each in kinds() if each.__module__ == "proxy.errors"])
def test_the_status_of_a_fault_agrees_with_whose_it_is(kind):
    whose = reason(kind.code).responsibility
    if kind is errors.NotCachedError:  # who asks for a kept reply only gets 504 without one (RFC 9111, 5.2.1.7)
        assert (whose, kind.status) == (CALLER, 504)
    elif whose is CALLER:
        assert 400 <= kind.status < 500
    else:
        assert kind.status >= 500 or (kind.status == 429 and (kind().retry_after_s or whose is TARGET))


def test_what_to_do_is_a_sentence_without_its_end():
    assert [code for code, each in REASONS.items() if not re.fullmatch(r"[a-z].*[^.]", each.advice)] == []


def test_a_code_of_own_rules_is_policys():
    assert reason("no_such_code").responsibility is PROXY
    assert (reason("NIGHT_SHIFT").responsibility, of_outcome("denied", "NIGHT_SHIFT")) == (POLICY, "policy")


@pytest.mark.parametrize(("ended", "code", "whose"), [
    ("delivered", "", ""), ("dry_run", "NO_BAA", ""), ("client_gone", "", "caller"), ("abandoned", "", "proxy"),
    ("cut", "upstream_cut", "target"), ("failed", "malformed_request", "caller"), ("denied", "NO_BAA", "policy"),
])  # fmt: skip
def test_an_end_is_somebodys_or_nobodys(ended, code, whose):
    assert of_outcome(ended, code) == whose


@pytest.mark.parametrize(("denials", "code", "status"), [
    ((("NO_DPA",), ("NO_BAA",)), "NO_COMPLIANT_TARGET", 403),
    ((("NO_DPA",), ("CLASSIFIER_FAILED",)), "CLASSIFIER_FAILED", 503),
    ((("CLASSIFIER_FAILED", "NO_DPA"), ("NO_DPA",)), "NO_COMPLIANT_TARGET", 403),
    ((("OPERATION_UNSUPPORTED",), ("OPERATION_UNSUPPORTED",)), "OPERATION_UNSUPPORTED", 403),
    ((("OPERATION_UNSUPPORTED",), ("NO_DPA",)), "NO_COMPLIANT_TARGET", 403),
    ((("OPERATION_UNSUPPORTED",), ("CLASSIFIER_FAILED",)), "CLASSIFIER_FAILED", 503),
    ((), "NO_COMPLIANT_TARGET", 403),
])  # fmt: skip
def test_a_refusal_is_policys_unless_nothing_of_policys_stands_in_the_way(denials, code, status):
    verdicts = tuple(TargetVerdict(f"t{n}", False, n, each) for n, each in enumerate(denials))
    codes = ("NO_COMPLIANT_TARGET", *dict.fromkeys(one for each in denials for one in each))
    assert primary(codes, denials) == code
    denial = refusal(decision(None, verdicts, "block", block_codes=codes))
    assert (denial.code, denial.status, bool(denial.retry_after_s)) == (code, status, status == 503)
    assert denial.message.startswith("refused by policy") == (reason(code).responsibility is POLICY)


def test_of_no_target_and_of_this_proxy_is_what_was_not_available():
    assert frozenset({TARGET, PROXY}) == UNAVAILABLE
