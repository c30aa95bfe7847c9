"""Sessions of coding agents that hold nobody's data: a static prompt, tool definitions, files that tools return.

A session is a list of requests, each a turn longer than the one before. What stood in one must stand in the next, byte for
byte, or the provider's prompt cache is lost.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from bench.outbound.material import FOLDER, Document, Planted, filled, packages
from bench.outbound.persons import LANGUAGES, Person
from bench.outbound.requests import DIALECTS, Request, conversation
from bench.outbound.sources import Source


@dataclass(frozen=True, slots=True)
class Session:
    """The requests of one session, in order. ``half``: "shipped" has all rules and tools, "drawn" some in any order."""

    name: str
    half: str
    requests: Sequence[Request]


@cache
def _static() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "agents.toml").read_text(encoding="utf-8"))


def sessions(seed: int, files: Sequence[Source]) -> Iterator[Session]:
    """Yield a session in each dialect, once as shipped and once drawn; ``files`` are what its tools read."""
    static = _static()
    for number, path in enumerate(DIALECTS):
        rng = random.Random(f"{seed} {path}")
        some = rng.sample(static["rules"], 16), rng.sample(static["tools"], 9)
        for half, (rules, tools) in (("shipped", (static["rules"], static["tools"])), ("drawn", some)):
            chance = rng if half == "drawn" else random.Random(number)
            turns = list(_turns(chance, files[number % len(files)]))
            system = "\n".join(rule.strip("\n") for rule in rules)
            requests = [conversation(path, system, tools, turns[:end]) for end in (1, 3, len(turns))]
            yield Session(f"{half} {path}", half, requests)


def peopled(seed: int, rounds: int) -> Iterator[tuple[Document, Request]]:
    """Yield what an agent is asked about people, so many times in each language: the names in it, and the request."""
    static = _static()
    for number, language in ((number, language) for number in range(rounds) for language in LANGUAGES):
        rng = random.Random(f"{seed} {language} {number} people")
        texts: list[str] = []
        values: list[Planted] = []
        for template in static["people"][language]:
            first, second = Person(rng, language), Person(rng, language)
            text, planted = filled(template, lambda slot, f=first, s=second: (s if slot[-1] == "2" else f).value(slot.rstrip("2")))  # fmt: skip
            texts.append(text)
            values += planted
        *asked, returned = texts
        turns = [*(("user", text) for text in asked), ("call", "fetch", {"id": 4711}), ("result", returned)]
        system = "\n".join(rng.sample(static["rules"], 3))
        yield (
            Document(f"people-{language}-{number}", "drawn", "agent", language, "\n".join(texts), tuple(values)),
            conversation(DIALECTS[number % len(DIALECTS)], system, (), turns),
        )


def _turns(rng: random.Random, source: Source) -> Iterator[tuple[Any, ...]]:
    """Yield a question and what came of it: a listing, a file, a search, a test run."""
    file = f"/srv/shop/src/{source.name}"
    yield "user", f"The build is red since yesterday. Find out why, starting with @src/{source.name}."
    yield (
        "call",
        "shell",
        {"command": ["bash", "-lc", "git status --short && ls -la src | head"], "workdir": "/srv/shop"},
    )
    yield "result", _listing(rng)
    yield "assistant", "The tree is clean but for one file. I will read the module."
    yield "call", "read", {"file_path": file, "limit": 2000}
    yield "result", "\n".join(f"{number:>6}\t{line}" for number, line in enumerate(source.text.split("\n"), 1))
    yield "call", "grep", {"pattern": rng.choice(packages()), "glob": "*.py", "output_mode": "content"}
    yield "result", _matches(rng)
    yield "call", "shell", {"command": ["bash", "-lc", "pytest -q tests/unit | tail -5"], "workdir": "/srv/shop"}
    yield "result", _tests(rng)
    yield "user", "Good. Fix the cause, not the symptom, and leave the disabled test alone."


def _listing(rng: random.Random) -> str:
    rows = [
        f"-rw-r--r-- 1 build build {rng.randint(100, 90000):>6} Nov {rng.randint(1, 28):>2} 10:1{n} {name}.py"
        for n, name in enumerate(rng.sample(packages(), 7))
    ]
    return "\n".join([" M src/queue/worker.py", "total 88", *rows])


def _matches(rng: random.Random) -> str:
    names = rng.sample(packages(), 6)
    return "\n".join(
        f"src/{name}/{rng.choice(names)}.py:{rng.randint(1, 900)}:    from {name} import {rng.choice(names)}"
        for name in names
    )


def _tests(rng: random.Random) -> str:
    name = rng.choice(packages())
    return "\n".join((
        f"FAILED tests/unit/test_{name}.py::test_{rng.choice(packages())}_is_kept - AssertionError: assert {rng.randint(2, 90)} == {rng.randint(2, 90)}",
        f"E   ModuleNotFoundError: No module named '{rng.choice(packages())}'", f"{rng.randint(1, 9)} failed, {rng.randint(20, 900)} passed in {rng.randint(2, 60)}.41s",
    ))  # fmt: skip
