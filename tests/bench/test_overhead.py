"""What the overhead bench sends: growing conversations of known texts that no cache of whole bodies can answer."""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
from dataclasses import replace

import pytest

from bench.overhead import bodies, conversations
from bench.overhead.load import Job, run
from bench.overhead.upstream import Upstream

TURNS = 60


def contents(body: bytes) -> list[str]:
    """The texts of a chat but for its system message."""
    messages = json.loads(body)["messages"]
    assert [message["role"] for message in messages] == ["system", *itertools.islice(
        itertools.cycle(("user", "assistant")), len(messages) - 1)]  # fmt: skip
    return [message["content"] for message in messages[1:]]


@pytest.mark.parametrize("length", [10, 50, 200])
def test_a_conversation_grows_by_two_messages_with_each_turn_and_no_body_repeats(length):
    sent = [contents(body) for body in itertools.islice(conversations.growing(length, 5), TURNS)]
    assert len({json.dumps(turn) for turn in sent}) == TURNS
    grown = sum(after[: len(before)] == before for before, after in itertools.pairwise(sent))
    begun = sum(len(after) < len(before) for before, after in itertools.pairwise(sent))
    assert (grown + begun, begun < TURNS / 2) == (TURNS - 1, True)
    assert sum(map(len, sent)) / TURNS == pytest.approx(length, rel=0.25)


def test_all_texts_of_a_known_conversation_are_those_of_the_warm_up():
    warmed = [text for body in conversations.known(50) for text in contents(body)]
    assert sorted(warmed) == sorted(conversations.pool())
    sent = {text for body in itertools.islice(conversations.growing(50, 5), TURNS) for text in contents(body)}
    assert sent <= set(warmed)


def test_only_the_last_message_of_a_turn_is_new():
    seen = set(conversations.pool())
    for body in itertools.islice(conversations.growing(10, 5, fresh=7_000), TURNS):
        *history, last = contents(body)
        assert seen.issuperset(history)
        assert last not in seen
        seen.add(last)


def test_connections_and_runs_send_different_conversations():
    job = Job(1, "", 2, 1.0, ["key"], messages=10, seed=100_000)
    other = Job(1, "", 2, 1.0, ["key"], messages=10, seed=200_000)
    assert len({next(each.requests(number)) for each in (job, other) for number in (0, 1)}) == 4


def test_what_is_measured_follows_the_first_turn_of_each_conversation():
    job = Job(1, "", 2, 1.0, ["key"], messages=50, seed=100_000)
    begun, measured = list(replace(job, once=True).requests(1)), job.requests(1)
    assert contents(next(measured))[: len(contents(*begun))] == contents(*begun)


@pytest.mark.heavy
@pytest.mark.parametrize(("more", "least", "most"), [
    ({"messages": 50}, 3 * 6, 3 * 6), ({"messages": 50, "seed": 1, "once": True}, 3, 3),
    ({"messages": 50, "seed": 1}, 10, 10**9), ({"once": True}, 64, 64),
])  # fmt: skip
def test_the_load_sends_under_every_key_in_turn(more, least, most):
    async def measured() -> tuple[int, int, set[bytes]]:
        presented: set[bytes] = set()

        class Noting(Upstream):
            def data_received(self, data: bytes) -> None:
                presented.update(line for line in data.split(b"\r\n") if line.startswith(b"Authorization"))
                super().data_received(data)

        server = await asyncio.get_running_loop().create_server(Noting, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        result = await run(Job(port, "2k", 3, 0.2 if least != most else 60.0, ["one", "two"], **more))
        server.close()
        return len(result.latencies), result.errors, presented

    answered, errors, presented = asyncio.run(measured())
    assert (errors, presented) == (0, {b"Authorization: Bearer one", b"Authorization: Bearer two"})
    assert least <= answered <= most


def test_what_fails_is_a_row_and_the_others_are_kept(tmp_path, monkeypatch):
    import io
    from argparse import Namespace

    from rich.console import Console

    from bench.overhead import __main__ as overhead
    from bench.overhead.targets import Target

    def load(target, *_, **__):
        if target.name == "broken":
            raise subprocess.TimeoutExpired("load", 1)
        return {"requests": 10, "per_second": 5.0, "p50_ms": 1.0, "p99_ms": 2.0, "errors": 0}

    monkeypatch.setattr(overhead, "load", load)
    options = Namespace(out=tmp_path, sizes="300", conversations="", connections="1,4", rounds=2, seconds=1.0)
    said = Console(file=io.StringIO(), width=300)
    rows = overhead.measure([Target("works", 1, list), Target("broken", 2, list)], options, said)
    assert [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()] == rows
    assert {row["target"]: row.get("failed", "") for row in rows} == {"works": "", "broken": "TimeoutExpired"}
    assert len(rows) == 8
    assert said.file.getvalue().count("broken (2 x TimeoutExpired)") == 2


def test_a_new_body_repeats_no_sentence_of_the_known_one_nor_of_another_and_is_about_as_long():
    known = bodies.make("2k")[0]
    first, second = bodies.fresh(known, 10_001), bodies.fresh(known, 10_002)
    sentences = [_sentences(body) for body in (known, first, second)]
    assert not sentences[0] & sentences[1]
    assert not sentences[1] & sentences[2]
    assert 0.8 * len(known) < len(first) <= 1.05 * len(known)


def _sentences(body):
    whole = [text.split(". ")[:-1] for message in json.loads(body)["messages"] for text in [message["content"]]]
    return {sentence for sentences in whole for sentence in sentences}
