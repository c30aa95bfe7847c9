from __future__ import annotations

import orjson
import pytest

from proxy.codecs.bedrock.invoke import INVOKE
from proxy.codecs.bedrock.invoke_shape import InvokeShape
from proxy.codecs.framing import Frame
from proxy.core.replies.reply import ReplyFilters
from proxy.errors import UpstreamError
from testing.fakes import FakeDetector

NAME, ORIGINAL = "Name_BCDFGHJKLM", 'Ada "B" Byron'
USED = {"amazon-bedrock-invocationMetrics": {"inputTokenCount": 1}}


def restored(position):
    return ReplyFilters({NAME: ORIGINAL}, frozenset(), FakeDetector().scan).make(position)


def written(*events):
    encode = INVOKE.framing.encoder()
    return b"".join(encode(Frame(name="chunk"), orjson.dumps(event)) for event in events)


def filtered(*events):
    stream = INVOKE.stream(restored)
    made = stream.feed(written(*events)) + stream.finish()
    parser = INVOKE.framing.parser()
    return [orjson.loads(frame.data) for frame in (*parser.feed(made), *parser.finish())]


def test_claudes_events_are_anthropics():
    made = filtered(
        {"type": "message_start", "message": {"content": []}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": NAME[:7]}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": NAME[7:]}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_stop", **USED},
    )
    assert "".join(one.get("delta", {}).get("text", "") for one in made) == ORIGINAL
    assert made[-1] == {"type": "message_stop", **USED}


def test_novas_events_are_those_of_converse_under_their_names():
    made = filtered(
        {"messageStart": {"role": "assistant"}},
        *({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": one}}} for one in (NAME[:7], NAME[7:])),
        {"contentBlockStop": {"contentBlockIndex": 0}}, {"messageStop": {"stopReason": "end_turn"}}, {"metadata": {}, **USED},
    )  # fmt: skip
    assert "".join(one["contentBlockDelta"]["delta"]["text"] for one in made if "contentBlockDelta" in one) == ORIGINAL
    assert made[-1] == {"metadata": {}, **USED}


@pytest.mark.parametrize(
    "event",
    [
        lambda text: {"outputText": text, "index": 0},
        lambda text: {"generation": text},
        lambda text: {"outputs": [{"text": text, "stop_reason": None}]},
        lambda text: {"choices": [{"index": 0, "delta": {"content": text}}]},
        lambda text: {"event_type": "text-generation", "text": text},
    ],
)
def test_texts_at_one_place_are_one_text(event):
    made = filtered(event(NAME[:7]), event(NAME[7:]), {"stop_reason": "stop", **USED})
    assert NAME[:7] not in str(made)
    assert orjson.dumps(made).decode().replace('\\"', '"').count(ORIGINAL) == 1
    assert made[-1] == {"stop_reason": "stop", **USED}


def test_calls_are_told_apart_by_their_numbers():
    def call(number, given):
        calls = [{"index": number, "function": {"arguments": given}}]
        return {"choices": [{"index": 0, "delta": {"tool_calls": calls}}]}

    made = filtered(call(0, '{"to": "Name_'), call(1, '{"of": "'), call(0, 'BCDFGHJKLM"}'), call(1, f'{NAME}"}}'), USED)
    given = {0: "", 1: ""}
    for one in made[:-1]:
        [said] = one["choices"][0]["delta"]["tool_calls"]
        given[said["index"]] += said["function"]["arguments"]
    assert [orjson.loads(text) for text in given.values()] == [{"to": ORIGINAL}, {"of": ORIGINAL}]


def test_a_stream_ends_with_what_was_used():
    stream = INVOKE.stream(None)
    stream.feed(written({"generation": "hi"}))
    assert not stream.complete
    with pytest.raises(ValueError, match="end"):
        stream.finish()
    stream.feed(written({"generation": "", **USED}))
    assert stream.complete


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("messageStart", {}), ("chunk", {"type": "response.created"}), ("chunk", {"type": 5}),
        ("chunk", {"messageStart": {}, "messageStop": {}}),
    ],
)  # fmt: skip
def test_what_is_no_event_is_refused(name, event):
    with pytest.raises(ValueError):
        InvokeShape().read(name, event)


def test_an_error_inside_a_stream_is_one_of_the_target():
    with pytest.raises(UpstreamError):
        filtered({"error": {"message": "about Ada"}})
