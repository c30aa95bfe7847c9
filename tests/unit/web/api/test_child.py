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

RULE = "package shop\n\nimport rego.v1\n\n# METADATA\n# title: Cheap\ncheap if input.price < 10\n"
SLOW = """package compliance

import rego.v1

decision := {"n": count([1 | some a in numbers.range(1, 20000); some b in numbers.range(1, 20000); a == b + 30000])}
"""
CHECK = PolicyCommand(
    ("check", "--json", PathArgument("policies", "--policies")), {"policies/a/a.rego": RULE.encode()}, ("policies",)
)
EVAL = PolicyCommand(
    (
        "eval",
        "--json",
        PathArgument("policies", "--policies"),
        PathArgument("data.json", "--data"),
        PathArgument("input.json"),
    ),
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
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += [entry.parent.name] if str(place).encode() in entry.read_bytes() else []
        except OSError:
            continue
    return found


async def test_a_command_answers_and_leaves_nothing(place, children):
    ended = await child.run(CHECK, children)
    said = orjson.loads(ended.out)
    assert (ended.status, said["modules"]) == (1, 1)
    assert {problem["file"] for problem in said["problems"]} == {"policies/a/a.rego"}
    assert str(place).encode() not in ended.out + ended.err
    assert left(place) == []


async def test_it_gets_secrets_only_where_the_plan_says_so(place, children, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-leak")
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere")
    needs = ("shadow", "--json")
    without = await child.run(PolicyCommand(needs), children)
    assert b"no database" in without.err
    with_them = await child.run(PolicyCommand(needs, needs_secrets=True), children)
    assert b"Connect call failed" in with_them.err  # it knows the address, so it had the secret
    assert b"secret@" not in with_them.err + with_them.out


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
