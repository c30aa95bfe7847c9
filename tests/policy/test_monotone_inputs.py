"""Adding anything to an input never newly permits a third party, save what the key is bound to declare or a grant opens."""

from __future__ import annotations

import importlib.util
import json
import os
import random
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("monotone_inputs", Path(__file__).with_name("monotone_inputs.py"))
assert _SPEC
assert _SPEC.loader
inputs = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(inputs)
#: ``MONOTONE=100000 pytest tests/policy/test_monotone_inputs.py`` asks more than ``make test`` does.
COMPARISONS = int(os.environ.get("MONOTONE", "600"))
_PER_BASE = 6
_BATCH = 3000


def _comparisons(data, count, seed):
    """Yield (before, after, what was added)."""
    chance = random.Random(seed)
    for _ in range(count // _PER_BASE):
        before = inputs.base(chance, data)
        yield from ((before, *inputs.grown(chance, before, data)) for _ in range(_PER_BASE))


@pytest.mark.parametrize("seed", [int(os.environ.get("MONOTONE_SEED", "1"))])
def test_adding_never_permits(ask, document, seed, note):
    data = inputs.world(document("contracts/example_data_document.json"))
    third = {name for name, entry in data["targets"].items() if entry["operator"] != "self"}
    wanted = list(_comparisons(data, COMPARISONS, seed))
    opened, permitted = [], 0
    for first in range(0, len(wanted), _BATCH):
        batch = wanted[first : first + _BATCH]
        asked = [document for before, after, _ in batch for document in (before, after)]
        answers = ask({"do": "permitted", "inputs": asked, "data": data})["permitted"]
        for number, (before, after, added) in enumerate(batch):
            was, now = (set(answers[2 * number + n]) & third for n in (0, 1))
            permitted += bool(was)
            if now - was:
                opened.append((min(now - was), added, before, after))
    note(f"policy inputs: {len(wanted)} additions, {len(opened)} newly permit, {permitted} had a third party before")
    assert opened == []
    assert permitted > len(wanted) / 20, "the comparisons say something"


def _contexts(data):
    inferring = [one for one in inputs.contexts(data) if data["activities"][one[1]]["phi_context"] == "infer"]
    american = [one for one in inferring if one[0] == "hospital-open" and one[2] == "US"]
    return american[::8] + random.Random(COMPARISONS).sample(inferring, max(4, COMPARISONS // 300))


#: The world of the contexts, and those that are asked about, each in a test of its own: one takes some seconds.
DATA = inputs.world(json.loads((Path(__file__).parents[1] / "contracts" / "example_data_document.json").read_text()))


@pytest.mark.slow
@pytest.mark.parametrize("context", _contexts(DATA), ids="-".join)
def test_no_set_of_facts_permits_what_a_smaller_one_does_not(ask, context, note):
    third = {name for name, entry in DATA["targets"].items() if entry["operator"] != "self"}
    lattice = inputs.lattice(context, DATA)
    answers = ask({"do": "permitted", "inputs": list(lattice.values()), "data": DATA})["permitted"]
    permitted = {chosen: third & set(answer) for chosen, answer in zip(lattice, answers, strict=True)}
    steps = [(chosen, name) for chosen in lattice for name in chosen]
    opened = [
        (sorted(chosen - {name}), name, sorted(more))
        for chosen, name in steps
        if (more := permitted[chosen] - permitted[chosen - {name}])
    ]
    note(f"policy inputs: {len(steps)} steps from {'-'.join(context)}, {len(opened)} newly permit")
    assert opened == []
