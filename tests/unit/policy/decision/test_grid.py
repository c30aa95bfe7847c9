from __future__ import annotations

import itertools
import json

import jsonschema
import pytest

from proxy.core.decision import lawbook
from proxy.policy.decision import grid
from proxy.policy.decision.summary import permitted
from proxy.runtime.resources import shipped

NOW = "2026-11-26T10:00:00Z"


@pytest.fixture
def data(data):
    """The example with the library's law, as an evaluator has it."""
    legal = json.loads((shipped("policies") / "data" / "legal.json").read_text())
    return lawbook.completed(data, legal)


@pytest.fixture
def asked(data):
    return list(grid.questions(data, NOW))


def test_every_question_follows_the_contract(asked, schema):
    validator = jsonschema.Draft202012Validator(schema("input"))
    assert [error.message for question in asked for error in validator.iter_errors(question)] == []


def test_everything_the_document_names_is_asked_about(asked, data):
    assert {question["tenant"]["id"] for question in asked} == set(data["tenants"])
    assert {question["activity"]["id"] for question in asked} == set(data["activities"])
    assert {one["target"] for question in asked for one in question["candidates"]} == set(data["targets"])
    types = {entity["type"] for question in asked for entity in question["classification"]["entities"]}
    assert types == set(data["entity_map"])


def test_phases_meet_origins_and_kinds_of_data(asked, data):
    kinds = {entry["kind"] for entry in data["entity_map"].values()}
    met = set()
    for question in asked:
        found = {data["entity_map"][entity["type"]]["kind"] for entity in question["classification"]["entities"]}
        origin = "".join(region["code"] for region in question["data_subjects"]["regions"])
        met |= {(question["phase"], origin, kind) for kind in found}
    origins = ("AT", "GB", "CH", "BR", "US", "")  # those of the laws with most gates
    assert set(itertools.product(("request", "response", "cache_lookup"), origins, kinds)) <= met


def test_people_of_every_law_are_asked_about(asked, data):
    laws = set()
    for question in asked:
        if question["classification"]["entities"]:
            codes = [region["code"] for region in question["data_subjects"]["regions"]]
            laws |= {(question["phase"], law) for code in codes for law in data["scopes"].get(code, ())}
    phases = {question["phase"] for question in asked}
    assert laws == set(itertools.product(phases, data["regimes"]))


def test_people_of_no_known_law_are_asked_about(data):
    data["reviewed_origins"] = [{"country": "KZ", "who": "Anna", "until": "2027-01-01", "note": "x"}]
    questions = grid.questions(data, NOW)
    origins = {region["code"] for question in questions for region in question["data_subjects"]["regions"]}
    assert {"KZ", "ZZ"} <= origins
    assert not {"KZ", "ZZ"} & data["scopes"].keys()


def test_equal_documents_give_equal_questions(asked, data):
    assert asked == list(grid.questions(data, NOW))


def test_the_library_both_permits_and_denies(asked, library):
    outcomes = [library.outcome(question) for question in asked if question["phase"] == "request"]
    assert {bool(permitted(outcome)) for outcome in outcomes} == {True, False}


def test_an_empty_document_is_asked_about_too():
    questions = list(grid.questions({}, NOW))
    assert questions
    assert questions[0]["candidates"] == [{"target": "none", "available": False}]


def test_extremes_hold_all_there_is_and_nothing():
    data = {"entity_map": {"PERSON": {"kind": "direct"}}, "targets": {f"a/{n}": {} for n in range(60)}}
    documents = list(grid.extremes(data))
    assert [d["phase"] for d in documents] == ["request"] * 3 + ["response"] * 3
    assert [len(d["classification"]["entities"]) for d in documents] == [1, 1, 0] * 2
    assert {len(d["candidates"]) for d in documents} == {50}
    for path in (("operation", "stream"), ("operation", "stateful"), ("data_subjects", "restricted")):
        assert {d[path[0]][path[1]] for d in documents} == {True, False}
