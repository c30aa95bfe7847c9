from __future__ import annotations

from dataclasses import replace

import pytest

from proxy.web.api import requests
from proxy.web.api.faults import InvalidRequestError
from proxy.web.api.operations import AdminOperation, AdminRequest, validated
from testing.fakes import CANARY, PRINCIPAL


def call(**query):
    return AdminRequest("c1", PRINCIPAL, query=query)


def test_who_asks_is_the_service_and_its_key():
    assert call().actor == "crm (key1)"


@pytest.mark.parametrize(
    ("service", "recorded", "may_be"),
    [
        ("jane", "jane (oidc:1)", True),
        ("jane", "jane (k2)", True),
        ("jane (x)", "jane (x) (k1)", True),
        ("jane", "joe (k1)", False),
        ("jane", "janet (k1)", False),
        ("jane", "root", True),  # on the command line: nobody can tell who that is
        ("jane", "first start", True),
        ("jane", "", True),
        ("jane", " (k1)", True),
        ("jane", "joe (", True),
        ("", "joe (k1)", True),
    ],
)
def test_a_service_is_one_person_and_who_cannot_be_told_may_be_anybody(service, recorded, may_be):
    for key_id, tenant in (("oidc:2", "acme"), ("k1", "other")):
        asking = AdminRequest("c1", replace(PRINCIPAL, service=service, key_id=key_id, tenant=tenant))
        assert asking.may_be(recorded) is may_be


def test_numbers_and_flags_of_the_query():
    assert call().number("limit", 50, 500) == 50
    assert call(limit="7").number("limit", 50, 500) == 7
    assert call().flag("activate", default=True)
    assert not call(activate="false").flag("activate", default=True)


@pytest.mark.parametrize("text", ["-1", "1.5", "501", "", "x", "1e3", "٣", "0" * 4000 + "1", " 1"])
def test_other_numbers_are_refused(text):
    with pytest.raises(InvalidRequestError):
        call(limit=text).number("limit", 50, 500)


@pytest.mark.parametrize("text", ["yes", "True", "0", ""])
def test_other_flags_are_refused(text):
    with pytest.raises(InvalidRequestError):
        call(activate=text).flag("activate", default=True)


def test_a_refused_body_is_named_by_its_place_never_by_its_value():
    operation = AdminOperation("x", "POST", "x", frozenset(), None, "", requests.Eval)  # type: ignore[arg-type]
    with pytest.raises(InvalidRequestError) as refused:
        validated(operation, {"input": CANARY})
    assert str(refused.value).startswith("input: ")
    assert CANARY not in str(refused.value)


def test_the_end_of_a_path_is_its_parameter():
    operation = AdminOperation("x", "GET", "registry/{path}", frozenset(), None, "")  # type: ignore[arg-type]
    assert operation.parameter == "path"
    match = operation.pattern.fullmatch("registry/targets.openai/us.dpa")
    assert match is not None
    assert match["parameter"] == "targets.openai/us.dpa"
