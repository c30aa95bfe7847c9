"""Very many replayed inputs are counted as ``policy replay`` counts them."""

from __future__ import annotations

import json

import pytest

from proxy.policy.authoring.bulk import ReplayWork, counted
from proxy.policy.authoring.compare import compare
from proxy.policy.authoring.parallel import Policy
from proxy.policy.authoring.replay import UnreadableInputError, from_lines

LIVE = """package compliance
import rego.v1
decision := {"action": "forward", "selected_target": "a", "targets": [], "policy": {}}
"""
CANDIDATE = """package compliance
import rego.v1
decision := {"action": "block", "selected_target": null, "block_codes": ["X"], "targets": [], "policy": {}} if input.n > 5
else := {"action": "forward", "selected_target": "a", "targets": [], "policy": {}}
"""


@pytest.fixture
def policies(rego, tmp_path):
    live = Policy(rego({"main.rego": LIVE}), None, {"revision": "d"})
    other = tmp_path / "other"
    other.mkdir()
    (other / "main.rego").write_text(CANDIDATE)
    return live, Policy(other, None, {"revision": "d"})


def line(number):
    document = {"n": number, "tenant": {"id": "t"}, "activity": {"id": "a"}, "request_id": f"r{number}"}
    return json.dumps({"input": document, "id": f"r{number}"})


def test_counts_and_groups_are_those_of_a_plain_replay(policies):
    live, candidate = policies
    lines = [line(number) for number in range(10)]
    answers = ReplayWork(live, candidate).open()(lines)
    assert len(answers) == 10
    questions = list(from_lines("\n".join(lines).encode()))
    with live.open() as before, candidate.open() as after:
        plain = compare(
            questions,
            [before.outcome(one.document) for one in questions],
            [after.outcome(one.document) for one in questions],
        )
    assert counted(answers) == plain
    assert plain.changed == 4


def test_a_line_that_is_no_input_is_refused_and_another_policy_is_another_run(policies):
    live, candidate = policies
    with pytest.raises(UnreadableInputError):
        ReplayWork(live, candidate).open()(["{}"])
    assert ReplayWork(live, candidate).identity != ReplayWork(live, live).identity


def test_files_that_change_places_are_another_run(policies, tmp_path):
    """Equal files under equal names, of another package or part of the policy, are not the same policy."""
    live, _ = policies

    def run(policy_file, overlay_file):
        folders = [tmp_path / str(len(list(tmp_path.iterdir()))) / part for part in ("policy", "overlay")]
        for folder, file in zip(folders, (policy_file, overlay_file), strict=True):
            folder.mkdir(parents=True)
            if file:
                (folder / file).parent.mkdir(exist_ok=True)
                (folder / file).write_text(LIVE)
        return ReplayWork(live, Policy(folders[0], folders[1], {})).identity

    assert run("a/main.rego", "") == run("a/main.rego", "")
    assert len({run("a/main.rego", ""), run("b/main.rego", ""), run("", "a/main.rego")}) == 3
