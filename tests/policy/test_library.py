from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from testing import contracts

_ROOT = Path(__file__).resolve().parents[2]
_POLICIES = _ROOT / "policies"
_LEGAL = _POLICIES / "data" / "legal.json"
_SPEAKS = re.compile(r"^(deny|gate|obligation|transfers|oblige) contains ", re.MULTILINE)
_IMPURE = ("http.send", "time.now_ns", "rand.intn", "uuid.rfc4122", "opa.runtime", "net.lookup_ip_addr", "io.jwt")
#: Given by the combining rules, not by a rule of the library.
_COMBINED = {"NO_COMPLIANT_TARGET", "OBLIGATION_UNSUPPORTED"}

_MODULES = sorted(p for p in _POLICIES.rglob("*.rego") if not p.name.endswith("_test.rego"))
_RULES = [p for p in _MODULES if p.is_relative_to(_POLICIES / "rules")]


def _blocks(source: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (the line after it, metadata) of each METADATA block."""
    for match in re.finditer(r"^# METADATA\n((?:#.*\n)+)(.*)", source, re.MULTILINE):
        text = "\n".join(line[2:] if line.startswith("# ") else line[1:] for line in match[1].splitlines())
        yield match[2], yaml.safe_load(text)


def _speaking(path: Path) -> dict[str, dict[str, Any]]:
    """Return the contributing rule's name -> its metadata."""
    found = {}
    for line, metadata in _blocks(path.read_text()):
        if match := _SPEAKS.match(line):
            found[match[1]] = metadata
    return found


@pytest.fixture(scope="module")
def outcome(ask):
    return ask({"do": "tests"})


def test_every_rego_test_passes(outcome):
    print(f"{len(outcome['passed'])} Rego tests pass")
    assert outcome["failed"] == []
    assert len(outcome["passed"]) > 100


@pytest.mark.parametrize("path", _MODULES, ids=lambda p: p.relative_to(_POLICIES).as_posix())
def test_module_has_a_twin_and_its_own_folder(path):
    twin = path.with_name(f"{path.stem}_test.rego")
    assert twin.exists()
    package = re.search(r"^package (\S+)", path.read_text(), re.MULTILINE)[1]
    assert f"package {package}_test" in twin.read_text()
    assert "import rego.v1" in path.read_text()
    if path.name != "main.rego":
        assert path.parent.name == path.stem
        assert package.endswith(f".{path.stem}") or package == f"org.{path.stem}"


@pytest.mark.parametrize("path", _RULES, ids=lambda p: p.relative_to(_POLICIES).as_posix())
def test_rule_is_documented(path):
    family = path.parent.parent.name
    codes = contracts.contract("vocabulary")["reason_codes"]
    source = path.read_text()
    rules = _speaking(path)
    assert rules, "contributes nothing"
    for name, metadata in rules.items():
        assert metadata["title"]
        assert metadata["description"]
        assert metadata["custom"]["rule_id"] == f"{family}.{path.stem}"
        if name in {"deny", "gate"}:
            declared = metadata["custom"]["codes"]
            assert set(declared) <= codes.keys()
            operational = all(codes[code]["basis"] in {"ops", "-"} for code in declared)
            assert operational or metadata["related_resources"], "no legal article"
            assert f'"rule_id": "{family}.{path.stem}"' in source
            literal = set(re.findall(r'"code": "([A-Z0-9_]+)"', source))
            assert literal <= set(declared)
        if name == "obligation":
            types = contracts.contract("vocabulary")["obligation_types"]
            assert set(metadata["custom"]["obligations"]) <= types.keys()


def test_rule_ids_are_unique():
    ids = [next(iter(_speaking(path).values()))["custom"]["rule_id"] for path in _RULES]
    assert len(ids) == len(set(ids))


def test_every_reason_code_is_declared_by_a_rule_and_expected_by_a_test():
    known = contracts.contract("vocabulary")["reason_codes"].keys()
    declared = {c for p in _RULES for m in _speaking(p).values() for c in m["custom"].get("codes", ())}
    assert declared | _COMBINED == known
    tested = " ".join(p.read_text() for p in _POLICIES.rglob("*_test.rego"))
    assert [code for code in known if f'"{code}"' not in tested] == []


def test_waivable_codes_are_those_of_the_vocabulary():
    known = contracts.contract("vocabulary")["reason_codes"]
    source = (_POLICIES / "lib" / "codes" / "codes.rego").read_text()
    waivable = set(re.findall(r'"(\w+)"', re.search(r"^waivable := \{(.*)\}", source, re.MULTILINE)[1]))
    law = set(re.findall(r'"(\w+)"', re.search(r"^law := \{(.*?)^\}", source, re.MULTILINE | re.DOTALL)[1]))
    assert waivable == {code for code, facts in known.items() if facts["waivable"]}
    assert law == {code for code, facts in known.items() if not facts["waivable"]}


def test_overlay_knows_the_obligation_types_of_the_vocabulary():
    source = (_POLICIES / "lib" / "duties" / "duties.rego").read_text()
    types = set(re.findall(r'"(\w+)"', re.search(r"^types := \{(.*?)^\}", source, re.MULTILINE | re.DOTALL)[1]))
    assert types == contracts.contract("vocabulary")["obligation_types"].keys()


@pytest.mark.parametrize("path", _MODULES, ids=lambda p: p.relative_to(_POLICIES).as_posix())
def test_module_is_pure_and_tidy(path):
    source = path.read_text()
    assert [name for name in _IMPURE if name in source] == []
    assert [line for line in source.splitlines() if line != line.rstrip()] == []
    assert source.endswith("\n")
    assert not source.endswith("\n\n")


def test_legal_data_fits_the_data_contract(document):
    legal = json.loads(_LEGAL.read_text())
    document = {**document("contracts/example_data_document.json"), **legal}
    schema = jsonschema.Draft202012Validator(contracts.contract("data.schema"))
    assert [error.message for error in schema.iter_errors(document)] == []


def test_legal_data_is_that_of_the_reference_tables(document):
    legal, reference = json.loads(_LEGAL.read_text()), document("contracts/reference_data.json")
    assert legal["regions"]["EEA"] == {"members": reference["eea"], "territories": reference["eu_territories"]}
    assert [e for e in legal["adequacy"]["eu"] if "code" in e] == reference["adequacy_eu"]
    assert [e["code"] for e in legal["adequacy"]["uk"]] == reference["adequacy_uk"]
    assert [e["code"] for e in legal["adequacy"]["ch"]] == reference["adequacy_ch"]
    assert legal["doj"] == reference["doj"]
    assert legal["hipaa"]["zip3_restricted"] == reference["hipaa"]["zip3_restricted_union"]
    kinds = {name: entry["kind"] for name, entry in reference["entity_map"].items()}
    assert {name: entry["kind"] for name, entry in legal["entity_map"].items() if name in kinds} == kinds


def test_entity_categories_are_those_of_the_input_contract():
    known = contracts.contract("input.schema")["properties"]["classification"]["properties"]["categories"]
    legal = json.loads(_LEGAL.read_text())
    given = {category for entry in legal["entity_map"].values() for category in entry["categories"]}
    assert given <= set(known["items"]["enum"])
    personal = {"direct", "govid", "fin", "pan"}
    for name, entry in legal["entity_map"].items():
        assert ("personal" in entry["categories"]) == (entry["kind"] in personal), name


def test_no_null_in_the_legal_data():
    assert "null" not in _LEGAL.read_text()
