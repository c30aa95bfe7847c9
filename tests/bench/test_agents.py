"""The bench of coding agents must be able to fail, and an agent of ours in every dialect plays its sessions through the running product."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from bench.agents import product, synthetic
from bench.agents.dialects import dialect_of
from bench.agents.installing import installed
from bench.agents.judge import Result, damage, judged
from bench.agents.programs import PROGRAMS
from bench.agents.provider import Provider, Record, Relay, listening
from bench.agents.report import page, row
from bench.agents.scenarios import scenarios
from bench.agents.session import Session
from bench.agents.synthetic import SHAPES, Place
from proxy.cli.use.agents import AGENTS
from proxy.cli.use.answers import Service, asked
from proxy.core.targets.clients import CLIENTS

SCENARIOS = {scenario.name: scenario for scenario in scenarios(12)}
BODY = {
    "model": "m",
    "messages": [{"role": "user", "content": "def f():\n    return 1\nask Orla Quist"}],
    "tools": [
        {"type": "function", "function": {"name": "grep", "parameters": {"properties": {"args": {"enum": ["a"]}}}}}
    ],
}


def record(body, **options):
    return Record("POST", "/v1/chat/completions", {}, json.loads(json.dumps(body)), **{"status": 200, **options})


def session(sent, received, files=None, code=0, output=""):
    return Session(code, output, 1.0, files or {}, sent, received)


def damaged(old, new):
    received = record(json.loads(json.dumps(BODY).replace(old, new)))
    return damage(session([record(BODY)], [received]), ["Orla Quist"])


@pytest.mark.parametrize(
    ("old", "new", "changed", "keys", "names", "keywords"),
    [
        ("Orla Quist", "Name_B", 0, 0, 0, 0),
        ("return", "Name_B", 1, 0, 0, 1),
        ('"grep"', '"name_b"', 1, 0, 1, 0),
        ('"args"', '"name_b"', 0, 2, 0, 0),
        ('["a"]', '["name_b"]', 1, 0, 1, 0),
    ],
)
def test_damage_is_counted_by_what_was_hit(old, new, changed, keys, names, keywords):
    total = damaged(old, new)
    counted = (len(total.changed), len(total.keys), len(total.names), len(total.keywords))
    assert counted == (changed, keys, names, keywords)


def test_a_line_that_names_an_author_is_a_credit():
    received = record(json.loads(json.dumps(BODY).replace("return 1", "return 2")))
    sent = record(json.loads(json.dumps(BODY).replace("ask Orla", "Copyright 2020 Orla")))
    total = damage(session([sent], [received]), [])
    assert ([line for _, line, _ in total.changed], total.credits) == (["    return 1"], 1)


def result(proxied, direct=None) -> Result:
    return judged("codex", SCENARIOS["person"], direct or proxied, proxied)


def test_a_session_completes_only_as_the_direct_one_does():
    said = " ".join(SCENARIOS["person"].said)
    asked = record(BODY)
    good = session([asked], [asked], {"notes.md": "x"}, output=said)
    assert result(good).completed
    assert not result(session([asked], [asked], {"notes.md": "y"}, output=said), good).completed
    assert not result(session([asked], [asked], {"notes.md": "x"}, output="nothing"), good).completed
    assert not result(session([asked], [asked, asked], {"notes.md": "x"}, output=said), good).completed
    assert not result(session([record(BODY, status=403)], [asked], {"notes.md": "x"}, output=said), good).completed
    assert not result(session([asked], [asked], {"notes.md": "x"}, code=None, output=said), good).completed


def test_a_planted_value_anywhere_at_the_provider_is_a_leak():
    sent = record(BODY)
    leaking = record({**BODY, "metadata": {"user": SCENARIOS["person"].planted["mail"]}})
    assert result(session([sent], [leaking])).leaked == {"mail": 1}
    assert result(session([sent], [record(BODY)])).leaked == {}


def test_the_providers_cache_counts_whole_parts_of_the_longest_prefix():
    provider, dialect = Provider(), dialect_of("/v1/chat/completions")
    longer = {**BODY, "messages": [*BODY["messages"], {"role": "assistant", "content": "yes"}]}
    other = {**longer, "tools": []}
    first, second, third = (provider._usage(dialect, body) for body in (BODY, longer, other))
    assert (first.cached, second.cached, third.cached) == (0, first.tokens, 0)


def test_what_cannot_be_installed_is_skipped_with_the_reason(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "aider").mkdir()
    (tmp_path / "aider" / "bin").write_text("no folder")
    usable, skipped = installed(PROGRAMS[:1], tmp_path)
    assert usable == []
    assert "npm: No such file" in skipped["claude-code"]


def test_every_program_is_pointed_by_the_command():
    assert {program.agent or program.name for program in PROGRAMS} == set(AGENTS) - {"env"}


def test_the_page_names_what_was_not_tried():
    asked = record(BODY)
    former = page([judged("aider", SCENARIOS["edit"], session([], []), session([], []))], {}, 5)
    shown = page([result(session([asked], [asked]))], {"opencode": "npm failed"}, 5, former)
    assert "| codex | person | no |" in shown
    assert "| aider | edit |" in shown  # of an earlier run
    assert "Not tried: opencode (npm failed)." in shown
    assert row(result(session([asked], [asked])))[5] == "0"


@pytest.mark.heavy
@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_agents_of_every_dialect_work_through_the_running_product(tmp_path):
    provider = Provider()
    async with (
        listening(provider) as address,
        product.running(address, tmp_path, own_models=False) as (root, key),
        Relay(root) as relay,
        listening(relay) as front,
    ):
        for name in CLIENTS:
            assert await asked(root, key, name) == Service(), name
        for name, shape in SHAPES.items():
            for scenario in (SCENARIOS["edit"], SCENARIOS["person"], SCENARIOS["long"], SCENARIOS["health"]):
                straight = Place(tmp_path / "work", address, key, provider, [])
                direct = await synthetic.run(shape, scenario, straight)
                through = replace(straight, address=front, sent=relay.records)
                proxied = await synthetic.run(shape, scenario, through)
                judgement = judged(name, scenario, direct, proxied)
                where = (
                    f"{name} {scenario.name}: {row(judgement)} {judgement.damage.changed[:9]} {proxied.output[:900]}"
                )
                assert direct.code == 0, where
                assert judgement.completed or scenario.planted, where
                assert proxied.code == 0, where
                assert judgement.leaked == {}, where
                assert (judgement.damage.keys, judgement.damage.names) == ([], []), where
                if scenario.special:
                    assert judgement.completed, where
                    continue
                assert prefixes_stay(proxied.received), where
                share = judgement.cached[1] / judgement.cached[0]
                assert share > 0.9, where


def prefixes_stay(records):
    """Whether what stood in a turn stands in the next, byte for byte and in the same order."""
    prefixes = [[json.dumps(part) for part in dialect_of(one.path).prefix(one.body)] for one in records]
    return all(turn == later[: len(turn)] for turn, later in pairwise(prefixes))
