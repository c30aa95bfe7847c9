from __future__ import annotations

import orjson
import pytest

from proxy.codecs.anthropic import APIS
from proxy.codecs.framing.sse import EventParser, encode
from proxy.core.replies.reply import ReplyFilters
from proxy.errors import UpstreamError
from testing.fakes import SSN, FakeDetector

MESSAGES = APIS[0]
NAME, ORIGINAL = "Name_BCDFGHJKLM", 'Ada "B\\yron"'


def make(position):
    return ReplyFilters({NAME: ORIGINAL}, frozenset({"US_SSN"}), FakeDetector().scan).make(position)


def event(kind, **more):
    return encode(orjson.dumps({"type": kind, **more}), kind)


def start(index, **block):
    return event("content_block_start", index=index, content_block=block)


def delta(index, kind, **more):
    return event("content_block_delta", index=index, delta={"type": kind, **more})


def stop(index):
    return event("content_block_stop", index=index)


HEAD = event(
    "message_start", message={"id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": "m"}
)
TAIL = event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 5})
END = event("message_stop")


def rewritten(*events, factory=make, cut=None):
    raw = b"".join(events)
    stream = MESSAGES.stream(factory)
    out = stream.feed(raw[:cut]) + (stream.feed(raw[cut:]) if cut is not None else b"")
    return out + stream.finish()


def read(out):
    return [orjson.loads(one.data) for one in EventParser().feed(out) if one.data]


def said(out, index, kind):
    member = {"text_delta": "text", "input_json_delta": "partial_json", "thinking_delta": "thinking"}[kind]
    held = [one for one in read(out) if one.get("index") == index]
    begun = [one["content_block"].get(member, "") for one in held if one["type"] == "content_block_start"]
    deltas = [one["delta"][member] for one in held if one.get("delta", {}).get("type") == kind]
    return "".join([*begun, *deltas])


CALL = '{"who": "Name_BCDFGHJKLM", "n": 1}'
STREAM = (
    HEAD,
    event("ping"),
    start(0, type="thinking", thinking="", signature=""),
    delta(0, "thinking_delta", thinking=NAME[:8]),
    delta(0, "thinking_delta", thinking=NAME[8:]),
    delta(0, "signature_delta", signature=NAME),
    stop(0),
    start(1, type="text", text="Dear "),
    delta(1, "text_delta", text=NAME[:7]),
    delta(1, "text_delta", text=NAME[7:] + ", " + SSN[:4]),
    delta(1, "text_delta", text=SSN[4:]),
    delta(1, "citations_delta", citation={"type": "char_location", "cited_text": NAME, "encrypted_index": NAME}),
    stop(1),
    start(2, type="tool_use", id="toolu_01", name=NAME, input={}),
    *(delta(2, "input_json_delta", partial_json=CALL[at : at + 5]) for at in range(0, len(CALL), 5)),
    stop(2),
    start(
        3,
        type="web_search_tool_result",
        content=[{"type": "web_search_result", "title": NAME, "encrypted_content": NAME}],
    ),
    stop(3),
    TAIL,
    END,
)


def test_every_division_gives_the_same_stream():
    whole = rewritten(*STREAM)
    for cut in range(0, len(b"".join(STREAM)), 3):
        assert rewritten(*STREAM, cut=cut) == whole


def test_texts_and_arguments_are_restored_and_guarded_and_what_is_signed_stays():
    out = rewritten(*STREAM)
    assert (said(out, 0, "thinking_delta"), said(out, 1, "text_delta")) == (NAME, f"Dear {ORIGINAL}, [US_SSN]")
    assert orjson.loads(said(out, 2, "input_json_delta")) == {"who": ORIGINAL, "n": 1}
    events = read(out)
    blocks = {one["index"]: one["content_block"] for one in events if one["type"] == "content_block_start"}
    assert (blocks[2]["name"], blocks[2]["id"]) == (ORIGINAL, "toolu_01")
    assert blocks[3]["content"][0] == {"type": "web_search_result", "title": ORIGINAL, "encrypted_content": NAME}
    [cited] = [one["delta"]["citation"] for one in events if one.get("delta", {}).get("type") == "citations_delta"]
    assert (cited["cited_text"], cited["encrypted_index"]) == (ORIGINAL, NAME)
    assert delta(0, "signature_delta", signature=NAME) in out


def test_names_of_events_are_those_of_their_types():
    for one in EventParser().feed(rewritten(*STREAM)):
        assert one.name == orjson.loads(one.data)["type"]


def test_what_is_held_back_is_said_before_its_block_ends():
    out = rewritten(HEAD, start(0, type="text", text=""), delta(0, "text_delta", text=NAME[:7]), stop(0), TAIL, END)
    assert [one["type"] for one in read(out)][-4:] == [
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert said(out, 0, "text_delta") == NAME[:7]


def test_blocks_do_not_mix():
    out = rewritten(
        HEAD, start(0, type="text", text=""), start(1, type="text", text=""), delta(0, "text_delta", text=NAME[:7]),
        delta(1, "text_delta", text=NAME[:9]), delta(0, "text_delta", text=NAME[7:]), stop(0),
        delta(1, "text_delta", text=NAME[9:]), stop(1), TAIL, END,
    )  # fmt: skip
    assert said(out, 0, "text_delta") == said(out, 1, "text_delta") == ORIGINAL


def test_a_stream_nothing_changes_in_passes_as_it_came():
    raw = (
        HEAD,
        event("ping"),
        b": hi\n\n",
        start(0, type="text", text=""),
        delta(0, "text_delta", text="Hello."),
        stop(0),
        TAIL,
        END,
    )
    assert rewritten(*raw) == rewritten(*raw, factory=None) == b"".join(raw)


@pytest.mark.parametrize("factory", [make, None])
@pytest.mark.parametrize("raw", [(HEAD,), (HEAD, TAIL), (HEAD, delta("x", "text_delta", text="a"), END), (b"data: {}\n\n", END),
                                 (event("content_block_delta", index=0, delta=5), END), (event("content_block_stop"), END)])  # fmt: skip
def test_a_stream_of_another_shape_or_without_its_end_is_refused(raw, factory):
    with pytest.raises(ValueError):
        rewritten(*raw, factory=factory)


@pytest.mark.parametrize("factory", [make, None])
def test_an_error_in_the_stream_is_the_targets(factory):
    with pytest.raises(UpstreamError):
        rewritten(HEAD, event("error", error={"type": "overloaded_error", "message": "x"}), factory=factory)


@pytest.mark.parametrize("factory", [None, make])
def test_an_event_named_error_is_one_whatever_it_holds(factory):
    with pytest.raises(UpstreamError):
        rewritten(HEAD, b'event: error\ndata: {"type": "overloaded", "error": {"message": "x"}}\n\n', factory=factory)
