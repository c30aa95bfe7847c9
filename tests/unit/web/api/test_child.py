"""Real processes; ``policy eval`` and ``policy check`` of small folders stand for all."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

import orjson
import pytest

from proxy.web.api import child
from proxy.web.api.child import Children
from proxy.web.api.commands import PathArgument, PolicyCommand
from proxy.web.api.faults import CommandFailedError, DeadlineError

pytestmark = pytest.mark.heavy


RULE = "package shop\n\nimport rego.v1\n\n# METADATA\n# title: Cheap\ncheap if input.price < 10\n"
SLOW = """package compliance

import rego.v1

decision := {"n": count([1 | some a in numbers.range(1, 20000); some b in numbers.range(1, 20000); a == b + 30000])}
"""
CHECK = PolicyCommand(
    "check", {"policies": PathArgument("policies")}, {"policies/a/a.rego": RULE.encode()}, ("policies",)
)
EVAL = PolicyCommand(
    "eval",
    {"policies": PathArgument("policies"), "data": PathArgument("data.json"), "document": PathArgument("input.json")},
    {"policies/main.rego": SLOW.encode(), "data.json": b'{"revision": "d"}', "input.json": b"{}"},
)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Where private folders are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def children(tmp_path):
    plain = {"PATH": os.environ["PATH"], "PROXY_STATE_DIR": str(tmp_path / "state")}
    return Children(plain, {"DATABASE_URL": "postgres://u:secret@127.0.0.1:1/x"}, 60)


def left(place):
    return [path for path in place.iterdir() if path.name.startswith("compliance-proxy-admin-")]


def processes(place):
    """Commands that still run on a private folder here."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            found += [entry.parent.name] if f"TMPDIR={place}".encode() in entry.read_bytes() else []
        except OSError:
            continue
    return found


async def test_a_command_answers_and_leaves_nothing(place, children):
    printed = await child.run(CHECK, children)
    answer = orjson.loads(printed)
    assert (answer["ok"], answer["result"]["modules"]) == (False, 1)
    assert {problem["file"] for problem in answer["result"]["problems"]} == {"policies/a/a.rego"}
    assert str(place).encode() not in printed
    assert left(place) == []


async def test_it_gets_secrets_only_where_the_plan_says_so(place, children, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-leak")
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere")
    without = await child.run(PolicyCommand("shadow"), children)
    assert "no database" in orjson.loads(without)["refused"]
    with_them = await child.run(PolicyCommand("shadow", needs_secrets=True), children)
    assert "Connect call failed" in orjson.loads(with_them)["refused"]  # it knows the address, so it had the secret
    assert b"secret@" not in with_them


async def test_it_is_killed_at_its_deadline(place, children):
    short = Children(children.environment, {}, 2.5)
    with pytest.raises(DeadlineError):
        await child.run(EVAL, short)
    assert (processes(place), left(place)) == ([], [])


async def test_it_is_killed_when_nobody_waits_any_more(place, children):
    waiting = asyncio.ensure_future(child.run(EVAL, children))
    async with asyncio.timeout(20):
        while not processes(place):
            await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (processes(place), left(place)) == ([], [])


async def test_a_command_that_gives_up_in_the_middle_says_why(place, children):
    slow = PolicyCommand("eval", {**EVAL.parameters, "deadline": 0.5}, EVAL.files)
    assert orjson.loads(await child.run(slow, children)) == {"refused": "no decision within 0.5 s"}


async def test_a_command_that_breaks_answers_nothing(place, children):
    assert await child.run(PolicyCommand("no-such-command"), children) == b""
    assert left(place) == []


async def test_a_command_that_prints_without_end_is_ended(place, children, monkeypatch):
    monkeypatch.setattr(child, "_LONGEST", 20)
    with pytest.raises(CommandFailedError):
        await child.run(CHECK, children)
    assert left(place) == []


async def test_files_are_for_this_account_alone(place, children, monkeypatch):
    seen = {}
    original = child._write

    def write(root, files, folders):
        original(root, files, folders)
        seen.update({path.relative_to(root).as_posix(): path.stat().st_mode & 0o777 for path in root.rglob("*")})
        seen["."] = root.stat().st_mode & 0o777

    monkeypatch.setattr(child, "_write", write)
    await child.run(CHECK, children)
    assert seen == {".": 0o700, "policies": 0o700, "policies/a": 0o700, "policies/a/a.rego": 0o600}


QUICK = PolicyCommand(
    "check", {"overlay": PathArgument("overlay"), "quick": True}, {"overlay/a/a.rego": b"package org.a\n\nx := {\n"},
    ("overlay",),
)  # fmt: skip


async def test_a_warm_process_serves_one_draft_and_the_next_one_waits(place, children):
    warm, started = child.WarmChild(), []
    real = child.child_process.started

    async def counted(*given, **more):
        started.append(await real(*given, **more))
        return started[-1]

    child.child_process.started = counted
    try:
        warm.prepare(children)
        warm.prepare(children)
        for number in (1, 2):
            answer = orjson.loads(await warm.run(QUICK, children))
            assert [problem["code"] for problem in answer["result"]["problems"]] == ["does_not_parse"]
            assert answer["result"]["problems"][0]["file"] == "overlay/a/a.rego"
            assert len(started) in {number, number + 1}
            assert started[number - 1].returncode is not None, "it served one, and has ended"
        await warm.close()
        assert len(started) == 3
        assert all(process.returncode is not None for process in started)
        assert left(place) == []
    finally:
        child.child_process.started = real


async def test_a_warm_process_that_nobody_asks_ends(place, children):
    warm = child.WarmChild(idle_s=0.0)
    warm.prepare(children)
    waiting = await warm._next
    async with asyncio.timeout(60):
        await waiting.wait()
    await warm.close()


async def test_a_warm_process_that_died_tells_nothing(place, children):
    warm = child.WarmChild()
    warm.prepare(children)
    process = await warm._next
    process.kill()
    await process.wait()
    assert await warm.run(QUICK, children) == b""
    await warm.close()
