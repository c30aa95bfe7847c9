"""Streams as OpenAI documents them (API reference, streaming events), with a pseudonym in every text."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.openai.responses import RESPONSES
from proxy.core.replies.reply import ReplyFilters
from proxy.errors import UpstreamError
from testing.fakes import FakeDetector

NAME, ORIGINAL = "Name_BCDFGHJKLM", 'Ada "B\\yron"'
ARGUMENTS = '{"to":"' + NAME + '"}'


def make(position):
    return ReplyFilters({NAME: ORIGINAL}, frozenset(), FakeDetector().scan).make(position)


def response(status, *output):
    return {"id": "resp_1", "object": "response", "status": status, "model": "gpt-5", "output": list(output)}


def stream(*events):
    made = []
    for number, (kind, more) in enumerate(events):
        name = kind if kind == "error" else f"response.{kind}"
        data = orjson.dumps({"type": name, "sequence_number": number, **more})
        made.append(b"event: " + name.encode() + b"\ndata: " + data + b"\n\n")
    return b"".join(made)


def pieces(text, kind, at):
    cuts = [text[:5], text[5:13], text[13:]]
    return [(f"{kind}.delta", {**at, "delta": cut, "obfuscation": "x7Q"}) for cut in cuts if cut]


TEXT, MESSAGE = f"Hello {NAME}!", {"item_id": "msg_1", "output_index": 1, "content_index": 0}
REASON, CALL = {"item_id": "rs_1", "output_index": 0, "summary_index": 0}, {"item_id": "fc_1", "output_index": 2}
CUSTOM, SHELL = {"item_id": "ctc_1", "output_index": 3}, {"output_index": 4, "command_index": 0}
SAID = {"type": "output_text", "text": TEXT, "annotations": []}
ITEMS = [
    {
        "id": "rs_1",
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": NAME}],
        "encrypted_content": f"gA{NAME}",
    },
    {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [SAID]},
    {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "mail", "arguments": ARGUMENTS},
    {"id": "ctc_1", "type": "custom_tool_call", "call_id": "call_2", "name": "c", "input": NAME},
]
EVENTS = [
    ("created", {"response": response("in_progress")}),
    ("in_progress", {"response": response("in_progress")}),
    ("output_item.added", {"output_index": 0, "item": {"id": "rs_1", "type": "reasoning", "summary": []}}),
    ("reasoning_summary_part.added", {**REASON, "part": {"type": "summary_text", "text": ""}}),
    *pieces(NAME, "reasoning_summary_text", REASON),
    ("reasoning_summary_text.done", {**REASON, "text": NAME}),
    ("reasoning_summary_part.done", {**REASON, "part": {"type": "summary_text", "text": NAME}}),
    ("output_item.done", {"output_index": 0, "item": ITEMS[0]}),
    ("output_item.added", {"output_index": 1, "item": {"id": "msg_1", "type": "message", "content": []}}),
    ("content_part.added", {**MESSAGE, "part": {"type": "output_text", "text": "", "annotations": []}}),
    *pieces(TEXT, "output_text", MESSAGE),
    ("output_text.annotation.added", {**MESSAGE, "annotation_index": 0, "annotation": {"type": "url_citation", "title": NAME}}),
    ("output_text.done", {**MESSAGE, "text": TEXT, "logprobs": [{"token": NAME}]}),
    ("content_part.done", {**MESSAGE, "part": SAID}),
    ("output_item.done", {"output_index": 1, "item": ITEMS[1]}),
    ("output_item.added", {"output_index": 2, "item": {**ITEMS[2], "arguments": ""}}),
    *pieces(ARGUMENTS, "function_call_arguments", CALL),
    ("function_call_arguments.done", {**CALL, "name": "mail", "arguments": ARGUMENTS}),
    ("output_item.done", {"output_index": 2, "item": ITEMS[2]}),
    ("output_item.added", {"output_index": 3, "item": {**ITEMS[3], "input": NAME[:4]}}),
    ("custom_tool_call_input.delta", {**CUSTOM, "delta": NAME[4:]}),
    ("custom_tool_call_input.done", {**CUSTOM, "input": NAME}),
    ("output_item.done", {"output_index": 3, "item": ITEMS[3]}),
    ("shell_call_command.added", {**SHELL, "command": NAME[:6]}),
    ("shell_call_command.delta", {**SHELL, "delta": NAME[6:]}),
    ("shell_call_command.done", {**SHELL, "command": NAME}),
    ("shell_call_output_content.delta", {**SHELL, "item_id": "sh_1", "delta": {"stdout": NAME[:3], "stderr": NAME[:9]}}),
    ("shell_call_output_content.delta", {**SHELL, "item_id": "sh_1", "delta": {"stdout": NAME[3:], "stderr": "?"}}),
    ("shell_call_output_content.done", {**SHELL, "item_id": "sh_1", "output": [{"stdout": NAME, "stderr": f"{NAME[:9]}?"}]}),
    ("completed", {"response": response("completed", *ITEMS)}),
]  # fmt: skip
RAW = stream(*EVENTS)


def rewritten(raw, cuts=(), factory=make):
    rewriter, out, at = RESPONSES.stream(factory), b"", 0
    for cut in [*sorted(cuts), len(raw)]:
        out += rewriter.feed(raw[at:cut])
        at = cut
    return out + rewriter.finish()


def events(out):
    return [orjson.loads(block.partition(b"data: ")[2]) for block in out.split(b"\n\n") if block]


def joined(out, kind, member=None):
    found = [event["delta"] for event in events(out) if event["type"] == f"response.{kind}.delta"]
    return "".join(one if member is None else one[member] for one in found)


def check(out):
    found = events(out)
    by_type = {event["type"].removeprefix("response."): event for event in found}
    assert [event["sequence_number"] for event in found] == list(range(len(found)))
    assert joined(out, "reasoning_summary_text") == by_type["reasoning_summary_text.done"]["text"] == ORIGINAL
    assert joined(out, "output_text") == by_type["output_text.done"]["text"] == f"Hello {ORIGINAL}!"
    assert joined(out, "function_call_arguments") == by_type["function_call_arguments.done"]["arguments"]
    assert orjson.loads(joined(out, "function_call_arguments")) == {"to": ORIGINAL}
    begun = next(event["item"]["input"] for event in found if event.get("item", {}).get("id") == "ctc_1")
    assert begun + joined(out, "custom_tool_call_input") == by_type["custom_tool_call_input.done"]["input"] == ORIGINAL
    command = by_type["shell_call_command.added"]["command"] + joined(out, "shell_call_command")
    assert command == by_type["shell_call_command.done"]["command"] == ORIGINAL
    [output] = by_type["shell_call_output_content.done"]["output"]
    assert joined(out, "shell_call_output_content", "stdout") == output["stdout"] == ORIGINAL
    assert by_type["output_text.done"]["logprobs"] is None
    assert by_type["output_text.annotation.added"]["annotation"]["title"] == ORIGINAL
    reasoning, message, call, custom = by_type["completed"]["response"]["output"]
    assert (reasoning["summary"][0]["text"], reasoning["encrypted_content"]) == (ORIGINAL, f"gA{NAME}")
    assert (message["content"][0]["text"], custom["input"]) == (f"Hello {ORIGINAL}!", ORIGINAL)
    assert orjson.loads(call["arguments"]) == {"to": ORIGINAL}
    assert out.replace(f"gA{NAME}".encode(), b"").count(NAME.encode()) == 0


def test_every_text_is_restored_and_what_repeats_it_agrees():
    check(rewritten(RAW))


@given(st.lists(st.integers(0, len(RAW)), max_size=6))
def test_any_cut_gives_the_same_texts(cuts):
    check(rewritten(RAW, cuts))


def test_byte_by_byte():
    check(rewritten(RAW, range(1, len(RAW))))


def test_what_is_held_back_goes_out_before_its_text_is_done():
    at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    half = NAME[:8]
    out = rewritten(
        stream(
            ("output_text.delta", {**at, "delta": half}),
            ("output_text.done", {**at, "text": half}),
            ("completed", {"response": response("completed")}),
        )
    )
    made = events(out)
    assert made[0] == {
        "type": "response.output_text.delta", "sequence_number": 0, **at, "logprobs": [], "delta": half,
    }  # fmt: skip
    assert [(event["type"], event["sequence_number"]) for event in made[1:]] == [
        ("response.output_text.done", 1), ("response.completed", 2),
    ]  # fmt: skip
    assert out.startswith(b"event: response.output_text.delta\n")


@pytest.mark.parametrize(
    "closing",
    [
        ("content_part.done", {"output_index": 0, "content_index": 0, "part": {"type": "output_text", "text": NAME[:8]}}),
        ("output_item.done", {"output_index": 0, "item": {"type": "message"}}),
        ("incomplete", {"response": response("incomplete")}),
        ("failed", {"response": {**response("failed"), "error": {"code": "server_error", "message": "sorry"}}}),
    ],
)  # fmt: skip
def test_a_text_without_its_done_ends_with_what_holds_it(closing):
    at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    ends = () if closing[0] in {"incomplete", "failed"} else (("completed", {"response": response("completed")}),)
    out = rewritten(stream(("output_text.delta", {**at, "delta": NAME[:8]}), closing, *ends))
    assert [event["type"].removeprefix("response.") for event in events(out)][:2] == ["output_text.delta", closing[0]]
    assert joined(out, "output_text") == NAME[:8]


def test_texts_of_several_parts_are_apart():
    one = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    other = {**one, "content_index": 1}
    out = rewritten(
        stream(
            ("output_text.delta", {**one, "delta": NAME[:8]}),
            ("output_text.delta", {**other, "delta": "Name"}),
            ("output_text.delta", {**one, "delta": NAME[8:]}),
            ("content_part.done", {**other, "part": {"type": "output_text", "text": "Name"}}),
            ("output_text.delta", {**one, "delta": "."}),
            ("output_text.done", {**one, "text": f"{NAME}."}),
            ("completed", {"response": response("completed")}),
        )
    )
    said = {
        at: "".join(e["delta"] for e in events(out) if e.get("content_index") == at and "delta" in e) for at in (0, 1)
    }
    assert said == {0: f"{ORIGINAL}.", 1: "Name"}


def test_without_a_filter_bytes_pass_as_they_came():
    assert rewritten(RAW, factory=None) == RAW


@pytest.mark.parametrize("factory", [make, None])
@pytest.mark.parametrize("raw", [stream(*EVENTS[:-1]), stream(("created", {})), b'data: {"a": 1}\n\n', b"data: [\n\n"])
def test_a_stream_without_its_end_or_of_another_shape_is_cut(raw, factory):
    with pytest.raises(ValueError):
        rewritten(raw, factory=factory)


@pytest.mark.parametrize("factory", [make, None])
@pytest.mark.parametrize(
    "event",
    [("error", {"code": "server_error", "message": "m", "param": None}), ("error", {"error": {"message": "m"}})],
)
def test_an_error_inside_the_stream_is_the_targets(event, factory):
    with pytest.raises(UpstreamError):
        rewritten(stream(EVENTS[0], event), factory=factory)
    with pytest.raises(UpstreamError):
        rewritten(b'data: {"error": {"message": "m"}}\n\n', factory=factory)


def test_an_end_marker_of_another_api_after_the_end_is_no_fault():
    assert rewritten(RAW + b"data: [DONE]\n\n").endswith(b"data: [DONE]\n\n")


def test_a_place_that_is_no_word_of_the_dialect_is_not_repeated_unread():
    at = {"item_id": f"of {NAME}", "output_index": 0, "content_index": 0}
    end = ("completed", {"response": response("completed")})
    made = events(
        rewritten(
            stream(
                ("output_text.delta", {**at, "delta": "say "}), ("output_text.delta", {**at, "delta": NAME[:8]}), end
            )
        )
    )
    assert [event.get("item_id") for event in made] == [f"of {ORIGINAL}", f"of {ORIGINAL}", None, None]
    assert made[2]["delta"] == NAME[:8]


@pytest.mark.parametrize(
    "event",
    [
        ("output_item.added", {"item": {"type": ["function_call"]}, "output_index": 0}),
        ("output_text.delta", {"item_id": ["x"], "output_index": 0, "content_index": 0, "delta": "a"}),
        ("output_text.delta", {"item_id": "x", "output_index": 0, "content_index": 0}),
    ],
)
def test_an_odd_event_is_read(event):
    assert events(rewritten(stream(event, ("completed", {"response": response("completed")}))))


@pytest.mark.parametrize("place", [[], {}, "0", 0.5])
def test_a_place_that_is_no_number_is_refused(place):
    with pytest.raises(ValueError):
        rewritten(
            stream(("output_text.delta", {"item_id": "m", "output_index": place, "content_index": 0, "delta": "a"}))
        )
