"""A call gets originals only if the tool that any client takes it to be for is declared, however its name arrives."""

from __future__ import annotations

import orjson
import pytest

from testing.dialects.samples import every
from testing.fakes import DONE, FakePdp, FakeReply, Stage, chat, completion, delta
from tests.playbooks.test_restoration import ASKED, MAIL, OBLIGED, TOOLS

MASKED, CUT, BACK = "masked", "cut", "back"


async def streamed(write):
    """Have a target stream the events that ``write`` makes of a stand-in; return the body."""
    stage = Stage(pdp=FakePdp(OBLIGED))

    def answer(outbound):
        [mail] = outbound.pseudonyms
        stage.upstreams.replies = {
            "a": FakeReply(200, "text/event-stream", [*write(mail), delta("", finish="stop"), DONE])
        }

    stage.upstreams.before = answer
    return (await stage.run(chat(ASKED, stream=True, tools=TOOLS))).body


@pytest.mark.parametrize(
    ("pieces", "result"),
    [
        ([("bash", ""), ("", "ARGS")], BACK), ([("bash", "ARGS")], BACK), ([("ba", ""), ("sh", "ARGS")], BACK), ([("ba", ""), ("sh", ""), ("", "ARGS")], BACK),
        ([("bash", ""), ("bash", "ARGS")], BACK), ([("bash", "ARGS"), ("bash", "")], BACK), ([("bash", ""), ("_x", "ARGS")], MASKED),
        ([("bash", ""), ("_x", ""), ("", "ARGS")], MASKED), ([("", "ARGS"), ("bash", "")], MASKED), ([("curl", ""), ("bash", "ARGS")], MASKED),
        ([("bash", "ARGS"), ("_x", "")], CUT), ([("bash", "ARGS"), ("_x", " ")], CUT), ([("bash", '{"a":'), ("_x", ""), ("", "ARGS}")], CUT),
    ],
)  # fmt: skip
async def test_a_name_that_grows(pieces, result):
    def write(mail):
        for name, arguments in pieces:
            function = {
                **({"name": name} if name else {}),
                "arguments": arguments.replace("ARGS", orjson.dumps(mail).decode()),
            }
            yield delta(tool_calls=[{"index": 0, "id": "call_1", "function": function}])

    body = await streamed(write)
    assert (DONE in body) is (result != CUT)
    assert (MAIL.encode() in body) is (result == BACK or (result == CUT and pieces[0][1] == "ARGS"))


@pytest.mark.parametrize("first", ["bash", "curl"])
async def test_two_calls_at_one_index(first):
    def write(mail):
        yield delta(tool_calls=[{"index": 0, "id": "call_1", "function": {"name": first, "arguments": "{}"}}])
        yield delta(tool_calls=[{"index": 0, "id": "call_2", "function": {"name": "bash", "arguments": f'"{mail}"'}}])

    received = await streamed(write)
    assert b'{"index":1,"id":"call_2","function":{"name":"bash"' in received  # a call of its own to every client
    assert MAIL.encode() in received


@pytest.mark.parametrize("stream", [False, True])
async def test_a_declared_tool_whose_name_left_with_a_stand_in(stream):
    stage = Stage(pdp=FakePdp(OBLIGED))
    declared = [{"type": "function", "function": {"name": f"to {MAIL}", "parameters": {"type": "object"}}}]

    def answer(outbound):
        [name] = [tool["function"]["name"] for tool in orjson.loads(outbound.wire.body)["tools"]]
        [mail] = outbound.pseudonyms
        assert name == f"to {mail}"
        called = {
            "index": 0,
            "id": "c",
            "type": "function",
            "function": {"name": name, "arguments": f'{{"x":"{mail}"}}'},
        }
        parts = [delta(tool_calls=[called]), delta("", finish="stop"), DONE]
        whole = FakeReply(parts=[completion(None, tool_calls=[called])])
        stage.upstreams.replies = {"a": FakeReply(200, "text/event-stream", parts) if stream else whole}

    stage.upstreams.before = answer
    body = (await stage.run(chat(ASKED, stream=stream, tools=declared))).body
    assert body.count(MAIL.encode()) == 2


RESPONSES = next(api for api, _ in every() if api.name == "openai_responses")


@pytest.mark.parametrize(
    ("item", "last", "tools"),
    [("fc_1", "bash", {"bash"}), (None, "bash", {"bash"}), ("fc_2", "bash", {""}), ("fc_1", "curl", None)],
)
def test_a_call_of_responses_is_found_by_its_place_and_its_id(item, last, tools):
    shape = RESPONSES.shape()
    added = {"id": "fc_1", "type": "function_call", "name": "bash", "arguments": ""}
    piece = {
        "type": "response.function_call_arguments.delta",
        "output_index": 0,
        "delta": "{}",
        **({"item_id": item} if item else {}),
    }
    shape.read("", {"type": "response.output_item.added", "output_index": 0, "item": added})
    found = {one.position.tool for one in shape.read("", piece).pieces}
    done = {"type": "response.output_item.done", "output_index": 0, "item": {**added, "name": last}}
    if tools is None:
        with pytest.raises(ValueError, match="another name"):
            shape.read("", done)
    else:
        shape.read("", done)
        assert found == tools
