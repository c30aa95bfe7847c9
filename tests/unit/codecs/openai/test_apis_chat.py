from __future__ import annotations

import itertools
import re

import orjson
import pytest

from proxy.codecs.openai.apis import CHAT
from proxy.core.replies.restore import Restorer
from proxy.core.search.json_context import json_escape
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError, UpstreamError
from testing.fakes import DONE, completion, delta, reply_texts

CODEC = CHAT
NAME = "Name_BCDFGHJKLM"
ORIGINAL = 'Ada "the\\best"\nByron'


class Restoring:
    """A filter that only restores."""

    def __init__(self, position):
        self.one = Restorer({NAME: ORIGINAL}, document=position.document)
        self.feed, self.flush = self.one.feed, self.one.flush


def rewritten(*chunks):
    stream = CODEC.stream(Restoring)
    out = b"".join(stream.feed(chunk) for chunk in chunks)
    return out, stream.complete


def events(out):
    return [orjson.loads(one[6:]) for one in re.split(rb"\r\n\r\n|\n\n|\r\r", out) if one.startswith(b"data: {")]


def said(out, field="content", index=0):
    choices = [c for event in events(out) for c in event["choices"] if c["index"] == index]
    return "".join(choice["delta"].get(field) or "" for choice in choices)


@pytest.mark.parametrize("messages", [None, [], "x", {"role": "user"}, ["x"], [{"role": "user"}, 5], [None]])
def test_messages_must_be_a_list_of_objects(messages):
    with pytest.raises(MalformedRequestError):
        CODEC.decode(Incoming(orjson.dumps({"model": "m", "messages": messages})))


def test_whole_reply_is_restored_everywhere():
    call = {"id": "call_1", "type": "function", "function": {"name": NAME, "arguments": f'{{"who": "{NAME}"}}'}}
    reply = completion(f"Dear {NAME}", tool_calls=[call], refusal=NAME)
    message = orjson.loads(CODEC.opened(reply).rewritten(Restoring))["choices"][0]["message"]
    assert message["content"] == f"Dear {ORIGINAL}"
    assert message["refusal"] == ORIGINAL
    assert orjson.loads(message["tool_calls"][0]["function"]["arguments"]) == {"who": ORIGINAL}
    assert message["tool_calls"][0]["id"] == "call_1"


def test_texts_are_all_strings_but_the_dialects():
    reply = completion("one", refusal=None, annotations=[{"title": "two"}])
    assert reply_texts(CODEC.opened(reply).texts) == ["one", "two"]


@pytest.mark.parametrize(
    "reply", [b"", b"x", b"[]", b"{}", b'{"choices": null}', b'{"choices": {}}', b'{"choices": "x"}']
)
def test_a_reply_of_another_shape_is_refused(reply):
    with pytest.raises(ValueError):
        CODEC.opened(reply)


def test_log_probabilities_spell_the_text_and_are_dropped():
    choice = {"index": 0, "message": {"content": NAME}, "logprobs": {"content": [{"token": NAME}]}}
    reply = orjson.dumps({"choices": [choice]})
    assert orjson.loads(CODEC.opened(reply).rewritten(Restoring))["choices"][0]["logprobs"] is None
    event = b"data: " + orjson.dumps({"choices": [{"index": 0, "delta": {}, "logprobs": {"content": [1]}}]}) + b"\n\n"
    assert events(rewritten(event)[0])[0]["choices"][0]["logprobs"] is None


def test_token_ids_spell_the_text_and_are_dropped():
    choice = {"index": 0, "message": {"content": NAME}, "token_ids": [1, 2]}
    assert (
        orjson.loads(CODEC.opened(orjson.dumps({"choices": [choice]})).rewritten(Restoring))["choices"][0]["token_ids"]
        is None
    )
    event = b"data: " + orjson.dumps({"choices": [{"index": 0, "delta": {"content": "x"}, "token_ids": [1]}]}) + b"\n\n"
    assert events(rewritten(event)[0])[0]["choices"][0]["token_ids"] is None


def test_unfiltered_stream_passes_byte_for_byte():
    stream = CODEC.stream(None)
    chunks = [b": hi\r\n\r\n", delta("x"), b"data: [DO", b"NE]\n\n"]
    assert b"".join([stream.feed(chunk) for chunk in chunks]) + stream.finish() == b"".join(chunks)
    assert stream.complete


@pytest.mark.parametrize(
    "end", [b"data: [DONE]\n\n", b"data:[DONE]\n\n", b"data: [DONE]\r\n\r\n", b"data: [DONE] \n\n"]
)
@pytest.mark.parametrize("make", [None, Restoring])
def test_end_marker_is_seen_in_every_chunking(end, make):
    whole = delta("x") + end
    for cut in range(len(whole) + 1):
        stream = CODEC.stream(make)
        stream.feed(whole[:cut])
        stream.feed(whole[cut:])
        assert stream.complete


@pytest.mark.parametrize("make", [None, Restoring])
def test_end_marker_first_in_the_stream(make):
    stream = CODEC.stream(make)
    stream.feed(DONE)
    assert stream.complete


@pytest.mark.parametrize("make", [None, Restoring])
@pytest.mark.parametrize(
    "chunk", [delta("data: [DONE]"), delta("\ndata: [DONE]\n\n"), b": data: [DONE]\n\n", b"event: data: [DONE]\n\n"]
)
def test_end_marker_inside_a_text_is_none(make, chunk):
    stream = CODEC.stream(make)
    for byte in chunk:
        stream.feed(bytes([byte]))
    assert not stream.complete


def test_pseudonym_divided_over_deltas_is_restored():
    out, complete = rewritten(delta("Dear Name_BCD"), delta("FGHJ"), delta("KLM, hello", finish="stop"), DONE)
    assert (said(out), complete) == (f"Dear {ORIGINAL}, hello", True)


def test_held_tail_goes_out_with_the_finish():
    out, _ = rewritten(delta("Dear Name_BC"), delta(finish="stop"), DONE)
    last = events(out)[-1]["choices"][0]
    assert (last["finish_reason"], last["delta"]) == ("stop", {"content": "Name_BC"})


def test_held_tail_goes_out_before_the_end_marker_when_nothing_finished():
    out, _ = rewritten(delta("Dear Name_BC"), DONE)
    assert said(out) == "Dear Name_BC"
    assert out.endswith(DONE)


def test_usage_is_not_repeated_by_the_remainder():
    usage = b'data: {"id":"c","choices":[],"usage":{"total_tokens":7}}\n\n'
    out, _ = rewritten(delta("Name_BC"), usage, DONE)
    assert [event.get("usage") for event in events(out)] == [None, {"total_tokens": 7}, None]


def test_held_tail_is_not_said_when_the_end_marker_is_missing():
    out, complete = rewritten(delta("Dear Name_BC"))
    assert (said(out), complete) == ("Dear ", False)


def test_choices_do_not_mix():
    out, _ = rewritten(
        delta("Name_BCDFG", 0), delta("Name_BCDFG", 1), delta("HJKLM", 1, "stop"), delta("HJKLM", 0, "stop"), DONE
    )
    assert said(out, index=0) == said(out, index=1) == ORIGINAL


@pytest.mark.parametrize("pieces", [(3, 9), (8, 15), (1, 2)])
def test_tool_arguments_stay_json(pieces):
    text = f'{{"who": "{NAME}", "n": 1}}'
    cuts = [0, *pieces, len(text)]
    chunks = [
        delta(tool_calls=[{"index": 0, "function": {"arguments": text[a:b]}}]) for a, b in itertools.pairwise(cuts)
    ]
    out, _ = rewritten(*chunks, delta(finish="tool_calls"), DONE)
    parts = [
        call["function"]["arguments"]
        for event in events(out)
        for choice in event["choices"]
        for call in choice["delta"].get("tool_calls", ())
    ]
    assert orjson.loads("".join(parts)) == {"who": ORIGINAL, "n": 1}


def test_tool_calls_are_told_apart_by_their_own_index():
    def call(index, text):
        return delta(tool_calls=[{"index": index, "function": {"arguments": text}}])

    out, _ = rewritten(
        call(0, "Name_BCDFG"),
        call(1, "Name_BCDFG"),
        call(1, "HJKLM"),
        call(0, "HJKLM"),
        delta(finish="tool_calls"),
        DONE,
    )
    found: dict[int, str] = {}
    for event in events(out):
        for choice in event["choices"]:
            for one in choice["delta"].get("tool_calls", ()):
                found[one["index"]] = found.get(one["index"], "") + one["function"]["arguments"]
    assert found == {0: json_escape(ORIGINAL), 1: json_escape(ORIGINAL)}


def test_json_content_after_an_empty_role_delta_is_escaped():
    out, _ = rewritten(delta(role="assistant", content=""), delta(f'{{"who": "{NAME}"}}', finish="stop"), DONE)
    assert orjson.loads(said(out)) == {"who": ORIGINAL}


def test_texts_outside_the_delta_are_filtered_too():
    event = {
        "choices": [{"index": 0, "text": NAME, "message": {"content": NAME}, "delta": {}}],
        "note": [NAME],
        "id": NAME,
    }
    out, _ = rewritten(b"data: " + orjson.dumps(event) + b"\n\n")
    [made] = events(out)
    assert made["note"] == [ORIGINAL]
    assert made["choices"][0]["text"] == made["choices"][0]["message"]["content"] == ORIGINAL
    assert made["id"] == NAME


def test_lists_of_strings_in_a_delta_are_filtered_in_one_piece():
    out, _ = rewritten(delta(citations=[NAME, "Name_BC"], grid=[[NAME]], finish="stop"), DONE)
    first = events(out)[0]["choices"][0]["delta"]
    assert (first["citations"], first["grid"]) == ([ORIGINAL, "Name_BC"], [[ORIGINAL]])


def test_content_in_parts_is_filtered_and_flushed():
    out, _ = rewritten(
        delta(content=[{"type": "text", "text": "Name_BCDFG"}]), delta(content=[{"type": "text", "text": "HJK"}]),
        delta(finish="stop"), DONE,
    )  # fmt: skip
    parts = [p for e in events(out) for c in e["choices"] for p in (c["delta"].get("content") or ())]
    assert "".join(part.get("text", "") for part in parts) == "Name_BCDFGHJK"


@pytest.mark.parametrize(
    "data",
    [b"{", b"1", b"null", b'{"choices": 5}', b'{"choices": "x"}', b'{"choices": [1]}', b'{"choices": [[]]}',
     b'{"choices": [{"delta": "x"}]}', b'{"choices": [{"delta": [1]}]}', b'{"choices": [{"index": "0", "delta": {}}]}',
     b'{"choices": [{"index": [], "delta": {}}]}', b"\xff", b'"x"'],
)  # fmt: skip
def test_an_event_of_another_shape_is_refused(data):
    with pytest.raises((ValueError, UpstreamError)):
        rewritten(b"data: " + data + b"\n\n")


@pytest.mark.parametrize("event", [b'{"error": {"message": "x"}}', b'{"error": "x", "choices": []}'])
def test_an_error_event_is_the_targets_fault(event):
    with pytest.raises(UpstreamError):
        rewritten(b"data: " + event + b"\n\n")


def test_an_error_of_null_is_none():
    out, _ = rewritten(b'data: {"error": null, "choices": [{"index": 0, "delta": {"content": "x"}}]}\n\n')
    assert said(out) == "x"


@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\r\n", b"\r\r"])
def test_line_ends_comments_and_empty_choices(end):
    chunk = delta(NAME, finish="stop").strip() + end
    out, complete = rewritten(b": ping" + end, b'data: {"choices": []}' + end, chunk, b"data: [DONE]" + end + b"\n")
    assert (said(out), complete) == (ORIGINAL, True)


def test_nothing_is_said_after_the_end_marker():
    out, _ = rewritten(delta("a", finish="stop") + DONE + delta("b"))
    assert said(out) == "a"


def chunk(content, **choice):
    body = {"id": "c", "choices": [{"index": 0, "delta": {"content": content}, **choice}]}
    return b"data: " + orjson.dumps(body) + b"\n\n"


@pytest.mark.parametrize("ended", ["", None])
def test_an_empty_finish_reason_finishes_nothing(ended):
    """Some servers send one in every chunk: a pseudonym cut there must still be put together."""
    pieces = [chunk(part, finish_reason=ended) for part in (NAME[:7], NAME[7:])]
    out, complete = rewritten(*pieces, chunk("", finish_reason="stop"), DONE)
    assert said(out) == ORIGINAL
    assert complete


def test_text_after_the_end_of_its_choice_is_refused():
    with pytest.raises(ValueError):
        rewritten(chunk(NAME[:7], finish_reason="stop"), chunk(NAME[7:], finish_reason="stop"), DONE)
    out, complete = rewritten(chunk("all", finish_reason="stop"), chunk(""), DONE)
    assert (said(out), complete) == ("all", True)


def test_what_stands_beside_the_end_marker_is_not_passed_on():
    out, complete = rewritten(chunk("hi", finish_reason="stop"), f": {NAME}\nid: {NAME}\ndata: [DONE]\n\n".encode())
    assert complete
    assert NAME.encode() not in out
    assert out.endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize("key", ["id", "role", "model", "finish_reason", "system_fingerprint", "type"])
def test_a_sentence_in_a_structural_key_is_text(key):
    reply = orjson.loads(completion("hi"))
    reply["choices"][0]["message"][key] = f"write to {NAME}"
    reply["choices"][0]["message"]["object"] = {"deeper": NAME}
    raw = orjson.dumps(reply)
    assert f"write to {NAME}" in reply_texts(CODEC.opened(raw).texts)
    message = orjson.loads(CODEC.opened(raw).rewritten(Restoring))["choices"][0]["message"]
    assert message[key] == f"write to {ORIGINAL}"
    assert message["object"] == {"deeper": ORIGINAL}
    event = {"id": "c", "choices": [{"index": 0, "delta": {key: f"write to {NAME}", "object": {"deeper": NAME}}}]}
    out, _ = rewritten(b"data: " + orjson.dumps(event) + b"\n\n", DONE)
    assert NAME.encode() not in out


@pytest.mark.parametrize("make", [None, Restoring])
@pytest.mark.parametrize(
    "event",
    [
        b'data: {"error": {"message": "secret"}}',
        b'data: {"object": "error", "message": "secret", "code": 400}',
        b'data: {"detail": [{"input": "secret"}]}',
        b'event: error\ndata: {"choices": [], "message": "secret"}',
        b'data: "secret"',
    ],
)
def test_an_error_is_known_in_every_shape_and_none_of_it_passes(event, make):
    whole = delta("x") + event + b"\n\n" + DONE
    for cut in range(len(whole)):
        stream, out = CODEC.stream(make), []
        with pytest.raises((UpstreamError, ValueError)):
            out += [stream.feed(whole[:cut]), stream.feed(whole[cut:])]
        assert b"secret" not in b"".join(out)
        assert not stream.complete


@pytest.mark.parametrize("make", [None, Restoring])
def test_usage_alone_is_no_error(make):
    stream = CODEC.stream(make)
    stream.feed(b'data: {"id": "1", "object": "chat.completion.chunk", "usage": {"total_tokens": 1}}\n\n' + DONE)
    assert stream.complete
