"""The harness must be able to fail: rows are complete, evil bytes are evil, the quiet tenant's figures are judged."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from types import SimpleNamespace

import pytest

from bench.hostile import __main__ as command
from bench.hostile import report
from bench.hostile.behaviours import BEHAVIOURS, CONTAINED_STREAM, CONTAINED_WHOLE
from bench.hostile.provider import Provider
from bench.hostile.quiet import Waited, _between, _held
from bench.hostile.rows import ROWS, Found, Row
from bench.hostile.stand import CALLERS, Stand
from bench.hostile.wire import completion, stream_events
from testing.processes import free_port


def test_every_row_says_what_is_tried_and_what_must_hold():
    assert len(ROWS) >= 35
    assert len({row.name for row in ROWS}) == len(ROWS)
    assert all(row.tried and row.must for row in ROWS)


def test_rows_that_leave_the_stack_changed_come_last():
    order = [row.last for row in command.chosen(None)]
    assert order == sorted(order)
    assert command.chosen(None)[-1].name == "tampering"


def test_unknown_row_is_named():
    with pytest.raises(SystemExit, match="no row is called nothing"):
        command.chosen(["nothing"])


async def test_row_that_breaks_or_takes_too_long_does_not_hold():
    async def breaks(_):
        raise ValueError

    async def hangs(_):
        await asyncio.sleep(60)

    async def settled(_):
        return True

    stand = SimpleNamespace(settled=settled)
    made = [Row("x", "g", "t", "m", run, patience_s=0.2) for run in (breaks, hangs)]
    done = [await command.tried(stand, row, 60.0) for row in made]
    late = await command.tried(stand, made[0], 0.0)
    assert [one.state for one in (*done, late)] == [report.NOT] * 3
    assert "not tried" in late.found.said


def test_known_row_waits_and_others_do_not():
    known, other = (Row("x", "g", "t", "m", None, known=known) for known in (True, False))
    assert report.Done(known, Found(False, ""), 1).state == report.WAITS
    assert report.Done(other, Found(False, ""), 1).state == report.NOT
    assert report.Done(other, Found(True, ""), 1).state == report.OK


@pytest.mark.parametrize(
    ("attacked", "refused", "holds"),
    [([0.02] * 50, [], True), ([0.02] * 50 + [0.05], [], False), ([0.01] * 50, ["503 NO_COMPLIANT_TARGET"], False)],
)
def test_quiet_tenant_must_be_served_within_twice_its_own_time(attacked, refused, holds):
    assert _held(Waited([0.02] * 60), Waited(attacked, refused), []).holds is holds


def test_looks_at_health_are_no_answers_to_the_quiet_tenant():
    answers = [[1.0, 0.5, 200, "200", "text"], [1.1, 2.0, 200, "200", "health"], [9.0, 0.1, 200, "200", "text"]]
    assert _between(answers, 0.0, 5.0).seconds == [0.5]
    assert _between(answers, 0.0, 5.0, "health").seconds == [2.0]


async def test_a_reply_of_sealed_blocks_and_one_of_choices_are_whole():
    for name in ("sealed", "choices", "megabytes"):
        reader = asyncio.StreamReader()
        await BEHAVIOURS[name](SimpleNamespace(write=reader.feed_data, drain=lambda: asyncio.sleep(0)))
        reader.feed_eof()
        assert json.loads((await reader.read()).split(b"\r\n\r\n", 1)[1])


def test_what_must_be_contained_exists():
    assert set(CONTAINED_WHOLE) | set(CONTAINED_STREAM) <= set(BEHAVIOURS)


async def test_targets_keep_what_they_receive_and_repeat_it():
    port = free_port()
    server = await asyncio.start_server(Provider().serve, "127.0.0.1", port, limit=1 << 24)
    body = {"model": "say", "messages": [{"role": "user", "content": "hello"}], "metadata": {"a": "b"}}

    def ask(path, payload=None):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", payload and json.dumps(payload).encode()) as got:
            return json.load(got)

    async with server:
        said = await asyncio.to_thread(ask, "/standin/v1/chat/completions", body)
        picture = {
            **body,
            "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}],
        }
        with pytest.raises(urllib.error.HTTPError, match="500"):
            await asyncio.to_thread(ask, "/local/v1/chat/completions", picture)
        journal = await asyncio.to_thread(ask, "/journal?from=0")
    assert said["choices"][0]["message"]["content"].split("\n")[-3:] == ["metadata", "a", "b"]
    assert [one["target"] for one in journal] == ["standin", "local"]


def test_stream_says_what_the_whole_reply_says():
    events = [json.loads(event[6:]) for event in stream_events("Grüße an alle", call=True) if event[6:7] == b"{"]
    arguments = "".join(
        call["function"]["arguments"] for event in events for call in event["choices"][0]["delta"].get("tool_calls", ())
    )
    whole = completion("Grüße an alle", call=True)["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"]
    assert arguments == whole


@pytest.mark.stack
@pytest.mark.slow
async def test_one_row_of_the_running_stack(tmp_path):
    stand = Stand(tmp_path, shared_models=True)
    row = next(row for row in ROWS if row.name == "framing")
    try:
        await stand.start({name: CALLERS[name] for name in ("loud", "quiet")})
        done = await command.tried(stand, row, 60)
    finally:
        await stand.stop()
    assert "row itself failed" not in done.found.said
    assert "shows nothing" not in done.found.said
    assert sum(done.found.figures.values()) >= 20
