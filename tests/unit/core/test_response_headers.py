from __future__ import annotations

from dataclasses import replace

import pytest

from proxy.core import response_headers
from proxy.core.records import Obligation, Remark
from testing.evidence import outbound

SENT = outbound("x1")


def test_a_caller_is_told_who_decided_what_went_where_and_what_was_replaced():
    assert response_headers.headers(SENT, response_headers.action(SENT), oversight=False, taken=["US_SSN", "PERSON"]) == {
        "x-compliance-action": "redact_and_forward", "x-compliance-target": "us-1", "x-compliance-decision": "d-1",
        "x-compliance-redacted": "PERSON, US_SSN",
    }  # fmt: skip


@pytest.mark.parametrize(("status", "fields"), [(401, {"www-authenticate": "Bearer"}), (403, {}), (429, {})])
def test_a_reply_without_a_credential_names_the_scheme(status, fields):
    assert response_headers.challenge(status) == fields
    assert fields.items() <= response_headers.of_code(status, "invalid_api_key").items()


def test_what_does_not_hold_is_not_told():
    plain = replace(SENT, remarks=(), decision_id="")
    assert response_headers.headers(plain, response_headers.action(plain), oversight=False) == {
        "x-compliance-action": "forward", "x-compliance-target": "us-1",
    }  # fmt: skip


def test_no_value_and_no_place_of_one_is_told():
    seen = repr(response_headers.headers(replace(SENT, notice="42 CFR 2.32(a)(2)"), "forward", oversight=True))
    assert not any(value in seen for pair in SENT.pseudonyms.items() for value in pair)
    assert SENT.remarks[0].path not in seen


@pytest.mark.parametrize(("obliged", "oversight"), [(True, False), (False, True)])
def test_oversight_is_told_whichever_decision_obliges_to_it(obliged, oversight):
    verdict = replace(SENT.verdict, obligations=(Obligation("o", "human_oversight"),) * obliged)
    made = response_headers.headers(replace(SENT, verdict=verdict), "forward", oversight=oversight)
    assert made["x-compliance-oversight"] == "required"


def test_a_caller_is_told_that_its_request_was_said_in_other_words():
    sent = replace(SENT, dialect="openai_chat", translated=True)
    assert response_headers.headers(sent, "forward", oversight=False)["x-compliance-translated"] == "openai_chat"


def test_ones_own_target_is_a_pin_whatever_was_replaced():
    own = replace(SENT, target=replace(SENT.target, self_hosted=True), remarks=(Remark("a", "PERSON", "mask", "o"),))
    assert response_headers.action(own) == "pin_local"
