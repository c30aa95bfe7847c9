"""Evaluates the policy library with the real engine, in a process of its own: the engine does not survive a fork.

As a script it reads requests from standard input, one a line, and writes an answer for each, both JSON:
``{"do": "tests"}`` -> ``{"failed": [names], "passed": [names]}``;
``{"do": "permitted", "inputs": [...], "data": {...}}`` -> ``{"permitted": [[targets]]}``, in order;
``{"do": "cases", "cases": [...], "data": {...}}`` -> ``{"decisions": [...]}``, in order;
``{"do": "over", "cases": [{"input_document", "data"}], "data": {...}}`` -> the same, each over sections of its own;
of a request that raises, ``{"error": TRACEBACK}``. Engines are kept for the next request: each compiles for a second.
"""

from __future__ import annotations

import copy
import datetime as dt
import functools
import json
import re
import sys
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from opa_bindings import OpaEngine

from proxy.core.decision import lawbook
from proxy.policy.engine.engine import PolicyEngine

ROOT = Path(__file__).resolve().parents[2]
POLICIES = ROOT / "policies"
CONTRACTS = ROOT / "tests" / "contracts"
GOLDEN = ROOT / "tests" / "golden"
LEGAL = json.loads((POLICIES / "data" / "legal.json").read_text())
_EXAMPLES = "examples/"
_RUNNER = "suite.rego"
#: Engines over a data document, oldest first, and so many of them at most: each takes a second to compile.
_ENGINES: dict[str, Any] = {}
_MOST_ENGINES = 8
#: Sections of the data that one engine takes from each case instead.
OVERRIDDEN = ("as_of", "exceptions", "adequacy", "recipients", "revision", "tenants", "filed")


def sources(*, tests: bool = False, examples: bool = False) -> dict[str, str]:
    """Return module name -> source of the library, by path below the folder of the policies."""
    found = {path.relative_to(POLICIES).as_posix(): path.read_text() for path in sorted(POLICIES.rglob("*.rego"))}
    return {
        name: source
        for name, source in found.items()
        if (tests or not name.endswith("_test.rego")) and (examples or not name.startswith(_EXAMPLES))
    }


def test_names(modules: Mapping[str, str]) -> dict[str, str]:
    """Return reference of each test rule -> name of its module."""
    found = {}
    for name, source in modules.items():
        if not name.endswith("_test.rego"):
            continue
        package = re.search(r"^package (\S+)", source, re.MULTILINE)
        assert package, name
        for rule in re.findall(r"^(test_\w+)", source, re.MULTILINE):
            found[f"data.{package[1]}.{rule}"] = name
    return found


def runner(tests: Iterable[str]) -> str:
    """Return a module whose ``passed`` holds the wanted tests that pass: one preparation serves them all."""
    rules = [f'passed contains "{test}" if {{\n\tinput.wanted["{test}"]\n\t{test}\n}}\n' for test in tests]
    overrides = " ".join(f"with data.{key} as input.data.{key}" for key in OVERRIDDEN)
    decided = (
        f"decided := answer if {{\n\tanswer := data.compliance.decision with input as input.case {overrides}\n}}\n"
    )
    return "\n".join(["package suite\n\nimport rego.v1\n", decided, *rules])


def engine(modules: Mapping[str, str], data: Mapping[str, Any] | None = None) -> OpaEngine:
    """Return an engine with the modules, the library's law at ``data.data``, and a data document at the root."""
    made = OpaEngine()
    for name, source in modules.items():
        made.add_policy(name, source)
    made.add_data({**(lawbook.completed(data, LEGAL) if data else {}), "data": LEGAL})
    return made


def passing(loaded: OpaEngine, tests: Iterable[str]) -> set[str]:
    """Return the tests that pass, of an engine that holds ``runner(...)``."""
    return set(loaded.eval_document("suite.passed", {"wanted": dict.fromkeys(tests, True)}))


def adjusted(data: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of the data document with a case's overrides applied; an unavailable policy has no data."""
    if overrides.get("policy_status") == "unavailable":
        return {}
    document = copy.deepcopy(dict(data))
    document["exceptions"] = overrides.get("exceptions", document["exceptions"])
    if "dpf_revoked_at" in overrides:
        for entry in document["adequacy"]["eu"]:
            if entry.get("code") == "US":
                entry["revoked_at"] = overrides["dpf_revoked_at"]
    document = _merged(document, overrides.get("merge", {}))
    if "data_age_days" in overrides:
        age = dt.timedelta(days=overrides["data_age_days"])
        document["as_of"] = (dt.date.fromisoformat(document["as_of"]) - age).isoformat()
    return document


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
    return new


def kept(make: Callable[[Mapping[str, Any]], Any], data: Mapping[str, Any]) -> Any:
    """Return the engine that ``make`` makes over a data document; the oldest goes when there are too many."""
    key = f"{make.__name__} {json.dumps(data, sort_keys=True)}"
    if key not in _ENGINES:
        if len(_ENGINES) == _MOST_ENGINES:
            _ENGINES.pop(next(iter(_ENGINES))).close()
        _ENGINES[key] = make(data)
    return _ENGINES[key]


def _deciding(data: Mapping[str, Any]) -> OpaEngine:
    return engine(sources(), data)


def _deciding_over(data: Mapping[str, Any]) -> OpaEngine:
    return engine({**sources(), _RUNNER: runner(())}, data)


def _permitting(data: Mapping[str, Any]) -> PolicyEngine:
    return PolicyEngine(sources(), lawbook.completed(data, LEGAL))


def decisions(cases: Iterable[Mapping[str, Any]], data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the decision on each case's input document."""
    grouped: defaultdict[str, list[tuple[int, Any]]] = defaultdict(list)
    for number, case in enumerate(cases):
        grouped[json.dumps(case.get("data_overrides") or {})].append((number, case["input_document"]))
    made = {}
    for overrides, documents in grouped.items():
        loaded = kept(_deciding, adjusted(data, json.loads(overrides)))
        made |= {number: loaded.eval_document("compliance.decision", document) for number, document in documents}
    return [made[number] for number in sorted(made)]


def decided_over(cases: Iterable[Mapping[str, Any]], data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the decision on each case over the data with the sections that the case brings, by one engine."""
    base = lawbook.completed(data, LEGAL)
    loaded = kept(_deciding_over, data)
    return [
        loaded.eval_document(
            "suite.decided",
            {
                "case": case["input_document"],
                "data": {key: case["data"].get(key, base.get(key, {})) for key in OVERRIDDEN},
            },
        )
        for case in cases
    ]


def permitted(inputs: Iterable[Mapping[str, Any]], data: Mapping[str, Any]) -> list[list[str]]:
    """Return the targets that each input document is permitted; none where a gate refuses it."""
    loaded = kept(_permitting, data)
    decide = functools.cache(lambda document: loaded.evaluate("compliance/decision", document))
    made = [decide(json.dumps(document).encode()) for document in inputs]
    return [[verdict["target"] for verdict in one["targets"] if verdict["permit"]] for one in made]


def differences(expect: Mapping[str, Any], decision: Mapping[str, Any]) -> list[str]:
    """Return where a decision is not what a worked case expects (``how_to_run.matching`` of the cases)."""
    verdicts = sorted((v for v in decision["targets"] if v["permit"]), key=lambda verdict: verdict["rank"])
    denials = {verdict["target"]: set(verdict["denials"]) for verdict in decision["targets"]}
    selected = [v for v in decision["targets"] if expect["selected_target"] in {None, v["target"]}]
    duties = [duty for verdict in selected for duty in verdict["obligations"]]
    mechanisms = {crossing["mechanism"] for verdict in selected for crossing in verdict["transfers"]}
    wrong = [
        f"{name}: {expect[name]} expected, {got} found"
        for name, got in {
            "action": decision["action"],
            "selected_target": decision["selected_target"],
            "permitted_targets": [verdict["target"] for verdict in verdicts],
            "http_status": decision["http_status"],
        }.items()
        if got != expect[name] and not (name == "permitted_targets" and expect[name] is None)
    ]
    wrong += [
        f"denied {t}: {codes}" for t, codes in expect["denied"].items() if not set(codes) <= denials.get(t, set())
    ]
    wrong += [f"no block code {code}" for code in expect["block_codes"] if code not in decision["block_codes"]]
    wrong += [f"no obligation {w}" for w in expect["obligations_include"] if not any(_matches(d, w) for d in duties)]
    wrong += [f"obligation {t}" for t in expect["obligations_exclude_types"] if any(d["type"] == t for d in duties)]
    if expect["transfer_mechanism"] and expect["transfer_mechanism"] not in mechanisms:
        wrong.append(f"no mechanism {expect['transfer_mechanism']}")
    return wrong


def _matches(duty: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    for key, value in wanted.items():
        given = duty.get(key, duty.get("params", {}).get(key))
        if key == "entities":
            met = set(value) <= set(given or ())
        elif key == "min_days":
            met = given is not None and given >= value
        else:
            met = given == value
        if not met:
            return False
    return True


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one request of the script."""
    if request["do"] == "cases":
        return {"decisions": decisions(request["cases"], request["data"])}
    if request["do"] == "over":
        return {"decisions": decided_over(request["cases"], request["data"])}
    if request["do"] == "permitted":
        return {"permitted": permitted(request["inputs"], request["data"])}
    modules = sources(tests=True, examples=True)
    tests = test_names(modules)
    loaded = engine({**modules, _RUNNER: runner(tests)})
    passed = passing(loaded, tests)
    return {"passed": sorted(passed), "failed": sorted(tests.keys() - passed)}


def main() -> None:
    """Answer requests until there are no more."""
    for line in sys.stdin:
        try:
            answered = answer(json.loads(line))
        except Exception:  # noqa: BLE001 - whoever asked is told, and goes on asking
            answered = {"error": traceback.format_exc()}
        print(json.dumps(answered), flush=True)


if __name__ == "__main__":
    main()
