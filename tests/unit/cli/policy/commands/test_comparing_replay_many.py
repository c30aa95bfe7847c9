"""``policy replay-many`` reports what ``policy replay`` would, and writes what became of each input."""

from __future__ import annotations

import json

from proxy.cli.policy import options
from proxy.cli.policy.commands import comparing
from proxy.policy.authoring.parallel import Policy

DECIDED = "package compliance\nimport rego.v1\n"
FORWARD = 'decision := {"action": "forward", "selected_target": "a", "targets": [], "policy": {}}\n'
BLOCK = 'decision := {"action": "block", "selected_target": null, "block_codes": ["X"], "targets": [], "policy": {}}\n'


def policy(folder, rule):
    folder.mkdir()
    (folder / "main.rego").write_text(DECIDED + rule)
    return Policy(folder, None, {"revision": "d"})


def test_changes_are_counted_and_each_input_has_its_line(tmp_path, monkeypatch):
    live, candidate = policy(tmp_path / "live", FORWARD), policy(tmp_path / "candidate", BLOCK)
    monkeypatch.setattr(options, "policy_source", lambda *_: live)
    monkeypatch.setattr(options, "candidate_source", lambda *_: candidate)
    document = {"tenant": {"id": "t"}, "activity": {"id": "a"}}
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"input": document, "id": f"r{n}"}) + "\n" for n in range(5)))
    out = tmp_path / "out"
    answer = comparing.replay_many([str(tmp_path / "in.jsonl")], str(out), fail_on_change=True)
    assert not answer.ok
    assert (answer.document["total"], answer.document["changed"]) == (5, 5)
    assert answer.document["groups"][0]["samples"] == ["r0", "r1", "r2"]
    assert sum(len(part.read_text().splitlines()) for part in out.glob("part-*")) == 5
