"""The kept mistakes: each rule and each datum of the folder is refused or warned of, by file, line and remedy."""

from __future__ import annotations

import copy
import dataclasses
import json
import re
from pathlib import Path

import pytest
import yaml

from proxy.catalog import documents, vocabulary
from proxy.catalog.models import RegistryDocument
from proxy.cli.policy import checks
from proxy.errors import ConfigurationError
from proxy.policy.authoring import vacuous
from proxy.policy.authoring.advice import advice
from proxy.policy.authoring.check import check
from proxy.policy.authoring.suite import folder_data
from proxy.policy.bundles import tree
from proxy.policy.faults import BundleRefusedError
from proxy.policy.forms.reading import compiled
from proxy.runtime.resources import shipped
from testing.evidence_words import put

HERE = Path(__file__).parent
FOLDER = HERE / "mistakes"
RULES = {each["name"]: each for each in yaml.safe_load((FOLDER / "rules.yaml").read_text())}
FORMS = yaml.safe_load((FOLDER / "forms.yaml").read_text())
PLACES = yaml.safe_load((FOLDER / "registry.yaml").read_text())
#: Codes that only trial decisions give.
TRIED = frozenset({"inert_rule", "total_rule"})
UNPARSED = frozenset({"does_not_parse"})
HEAD = """package {package}

import rego.v1
{imports}
# METADATA
# title: A house rule
# description: A house rule of the organisation.
# related_resources:
#   - ref: https://intranet.example/policies/1
#     description: House policy 1
# custom:
#   rule_id: org.{name}
"""
DENY = """deny contains {{
	"code": "HOUSE_X",
	"rule_id": "org.{name}",
	"target": id,
	"citation": ["House policy 1"],
	"evidence": [],
}} if {{
{body}}}
"""
TWIN = "test_needed if {{\n\tcount({name}.deny) > 0\n\tcount({name}.oblige) > 0\n}}\n"
REGISTRY = {
    "providers": {"house": {"legal_name": "House", "parent_country": "FR"}},
    "targets": {"house": {"provider": "house", "operator": "third_party", "deployment": "regional", "processing_regions": ["IE"]}},
    "tenants": {"acme": {"establishments": ["DE"]}},
    "activities": {"faq": {"purpose": "dpv:CustomerCare", "legal_basis": "A6-1-b"}},
}  # fmt: skip


def sources(mistake):
    """Return the rule's module and its twin."""
    name = mistake["name"]
    imports = mistake.get("imports", ["data.compliance.lib.facts"])
    head = HEAD.format(
        package=mistake.get("package", f"org.{name}"),
        name=name,
        imports="".join(f"import {path}\n" for path in imports),
    )
    body = "".join(f"\t{line}\n" for line in mistake.get("holds", "").splitlines())
    twin = mistake.get("twin", f"import data.org.{name}\n\n{TWIN.format(name=name)}")
    tests = "\n\n".join(filter(None, [f"package org.{name}_test", "import rego.v1", twin.rstrip()])) + "\n"
    return head + mistake.get("rule", DENY.format(name=name, body=body)), tests


def overlay(mistakes):
    library = tree.read(shipped("policies"))
    made = {each["name"]: sources(each) for each in mistakes}
    modules = {f"overlay/{name}.rego": module for name, (module, _) in made.items()}
    twins = {f"overlay/{name}_test.rego": twin for name, (_, twin) in made.items()}
    return dataclasses.replace(library, modules={**library.modules, **modules}, tests={**library.tests, **twins})


def of(codes):
    return [each for each in RULES.values() if each["code"] in codes]


@pytest.fixture(scope="module")
def data():
    return json.loads((HERE.parent / "contracts" / "example_data_document.json").read_text())


@pytest.fixture(scope="module")
def reported(data):
    """All problems and warnings about the rules, by module."""
    found = []
    untried = [each for each in RULES.values() if each["code"] not in TRIED | UNPARSED]
    for mistakes in (of(UNPARSED), untried):
        found += check(overlay(mistakes))
    found += advice(overlay(untried), data, vocabulary.country_or_part)
    found += vacuous.problems(overlay(of({"empty_test"})), folder_data(shipped("policies")))
    return found


@pytest.fixture(scope="module")
def tried(data):
    """Problems and warnings of trial decisions; what denies everything leaves nothing for the others to deny."""
    whole = [RULES["always"]]
    trials = [checks.tried(overlay(each), data) for each in (whole, [e for e in of(TRIED) if e not in whole])]
    return [problem for problems, _ in trials for problem in problems], [w for _, warnings in trials for w in warnings]


def line(mistake):
    """Return the first line of the rule and the line of the mistake."""
    rows = sources(mistake)[0].splitlines()
    at = next(row for row, text in enumerate(rows, 1) if mistake["at"] in text and not text.startswith("#"))
    return max([row for row, text in enumerate(rows[:at], 1) if re.match(r"\w.*\b(contains|:=)", text)], default=at), at


def test_there_are_sixty_and_each_is_another():
    assert len(RULES) + len(FORMS) >= 60 <= len(PLACES)
    assert len({json.dumps(each, sort_keys=True) for each in PLACES}) == len(PLACES)


@pytest.mark.heavy
@pytest.mark.parametrize("name", [name for name, each in RULES.items() if each["code"] not in TRIED])
def test_a_rule_is_refused_or_warned_of(reported, name):
    assert_reported(reported, RULES[name])


@pytest.mark.heavy
@pytest.mark.parametrize("name", [name for name, each in RULES.items() if each["code"] in TRIED])
def test_what_a_rule_does_is_warned_of(tried, name):
    problems, warnings = tried
    assert problems == []
    assert_reported(warnings, RULES[name])


def assert_reported(problems, mistake):
    begins, at = line(mistake)
    module = f"overlay/{mistake['name']}.rego"
    near = [(p.row, p.message) for p in problems if p.module == module and p.code == mistake["code"]]
    assert any(begins <= row <= at and mistake["message"] in message for row, message in near), near


@pytest.mark.parametrize("number", range(len(FORMS)))
def test_a_rule_in_yaml_is_refused(number):
    with pytest.raises(BundleRefusedError) as refused:
        compiled("house", FORMS[number]["text"], "house.yaml")
    assert FORMS[number]["message"] in refused.value.detail
    assert re.match(r"house\.yaml:[1-9]\d*: ", refused.value.detail)


@pytest.mark.parametrize("number", range(len(PLACES)))
def test_a_mistyped_datum_is_refused(tmp_path, number):
    place, value, message = (PLACES[number][key] for key in ("place", "value", "message"))
    (tmp_path / "registry.yaml").write_text(
        yaml.safe_dump(put(copy.deepcopy(REGISTRY), place, value), allow_unicode=True)
    )
    with pytest.raises(ConfigurationError) as refused:
        documents.file(tmp_path / "registry.yaml", RegistryDocument)
    assert message in str(refused.value)
    assert str(refused.value).startswith(f"registry.yaml: {place.replace('/', '.')}")
    assert re.search(r"\(line \d+\)", str(refused.value))
