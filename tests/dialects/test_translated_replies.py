"""What targets answer beside what their documentation says: nothing is lost, and nothing half looks whole."""

from __future__ import annotations

import orjson
import pytest

from proxy.codecs import conversation as talk
from proxy.codecs.translatable import UntranslatableError
from tests.dialects.conversations import APIS
from tests.dialects.test_translated import PAIRS, call, document_of, heard, heard_stream, reply_of, spoken, stream_of

ASKED = talk.Conversation(
    (
        talk.Turn("user", (talk.Text("Go."),)),
        talk.Turn("assistant", (talk.ToolCall("call_1", "first", {}),)),
        talk.Turn("tool", (talk.ToolResult("call_1", (talk.Text("One."),)),)),
        talk.Turn("assistant", (talk.ToolCall("call_1", "second", {}),)),
        talk.Turn("tool", (talk.ToolResult("call_1", (talk.Text("Two."),)),)),
    )
)
ONCE = talk.Conversation(ASKED.turns[:1])
OTHERS = {
    target: [api for api in APIS.values() if api.name != target] for target in ("openai_chat", "openai_responses")
}
CALLERS = [pytest.param(api, id=api.name) for api in OTHERS["openai_chat"]]
ASKERS = [pytest.param(api, id=api.name) for api in OTHERS["openai_responses"]]


def ids(reply):
    return [part.id for part in reply.parts if isinstance(part, talk.ToolCall)]


@pytest.mark.parametrize(("caller", "target"), PAIRS)
def test_each_result_names_what_was_called_last_by_its_id(caller, target):
    sent = orjson.loads(call(caller, target, document_of(caller, ASKED)).sent.wire.body)
    named = {"gemini_generate": names_in_gemini, "ollama_chat": names_in_ollama}.get(target.name)
    known = target.conversation.to_conversation(sent).turns
    assert [part.name for turn in known for part in turn.parts if isinstance(part, talk.ToolCall)] == [
        "first",
        "second",
    ]
    assert named is None or named(sent) == ["first", "second"]


def names_in_gemini(sent):
    parts = [part for content in sent["contents"] for part in content["parts"]]
    return [part["functionResponse"]["name"] for part in parts if "functionResponse" in part]


def names_in_ollama(sent):
    return [message["tool_name"] for message in sent["messages"] if message["role"] == "tool"]


@pytest.mark.parametrize(("caller", "target"), PAIRS)
@pytest.mark.parametrize("streamed", [False, True])
def test_each_call_of_a_reply_has_an_id_of_its_own_that_the_request_does_not_have(caller, target, streamed):
    # in a stream of chat completions, pieces of one id are pieces of one call
    again = "call_2" if streamed and target.name == "openai_chat" else "call_1"
    calls = (talk.ToolCall("call_1", "third", {"k": "v"}), talk.ToolCall(again, "fourth", {}))
    reply = talk.AssistantReply(calls, talk.Stop(talk.CALLS))
    raw = stream_of(target, reply) if streamed else reply_of(target, reply)
    made = call(caller, target, document_of(caller, ASKED), lambda _sent: [raw], streamed=streamed)
    said = heard_stream(caller, made.client.body) if streamed else heard(caller, made.client.body)
    assert spoken(said) == spoken(reply)
    first, second = ids(said)
    assert len({first, second, "call_1", ""}) == 4


def events(*said, ending=b""):
    made = (b"data: " + orjson.dumps(one) + b"\n\n" for one in said)
    return b"".join(made) + ending


def chunk(delta, reason=None):
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def answered(caller, name, raw, *, streamed=True):
    return call(caller, APIS[name], document_of(caller, ONCE), lambda _sent: [raw], streamed=streamed).client


def completion(reason, **message):
    said = {"role": "assistant", "content": None, **message}
    return orjson.dumps({"id": "c", "model": "m", "choices": [{"index": 0, "message": said, "finish_reason": reason}]})


@pytest.mark.parametrize("caller", CALLERS)
def test_a_stream_that_does_not_say_why_it_ended_is_cut(caller):
    raw = events(chunk({"content": "So far, so good, and then "}), ending=b"data: [DONE]\n\n")
    client = answered(caller, "openai_chat", raw)
    assert (client.status, client.ended) in {(200, "aborted"), (502, "answered")}


@pytest.mark.parametrize("caller", [one for one in CALLERS if one.id != "ollama_chat"])  # has no such word
@pytest.mark.parametrize("reason", ["error", "abort", "insufficient_system_resource"])
def test_a_reason_that_nobody_knows_is_no_end_of_what_was_to_be_said(caller, reason):
    whole = answered(caller, "openai_chat", completion(reason, content="So far"), streamed=False)
    assert heard(caller, whole.body).stop.why == talk.FILTERED
    raw = events(chunk({"content": "So far"}), chunk({}, reason), ending=b"data: [DONE]\n\n")
    assert heard_stream(caller, answered(caller, "openai_chat", raw).body).stop.why == talk.FILTERED


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize(
    "said",
    [{"function_call": {"name": "pay", "arguments": "{}"}}, {"content": [{"type": "text", "text": "x"}]}, {"content": 1}],
)  # fmt: skip
def test_what_cannot_be_said_is_refused_and_not_left_out(caller, said):
    assert answered(caller, "openai_chat", completion("stop", **said), streamed=False).status == 502
    raw = events(chunk(said), chunk({}, "stop"), ending=b"data: [DONE]\n\n")
    assert answered(caller, "openai_chat", raw).status == 502


MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
           "content": [{"type": "output_text", "text": "It is said.", "annotations": []}]}  # fmt: skip
CALL = {"id": "fc_1", "type": "function_call", "call_id": "c1", "name": "pay", "arguments": '{"k":"v"}'}


def begun():
    return {"type": "response.created", "response": {"id": "resp_1", "model": "m", "output": []}}


def done(status="completed", output=(MESSAGE, CALL)):
    return {
        "type": "response.completed",
        "response": {"id": "resp_1", "model": "m", "status": status, "output": output},
    }


def item(kind, place, said):
    return {"type": f"response.output_item.{kind}", "output_index": place, "item": said}


def grown(text):
    return {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "item_id": "m", "delta": text}


@pytest.mark.parametrize("caller", ASKERS)
@pytest.mark.parametrize(
    "between",
    [
        [],
        [item("done", 0, MESSAGE), item("done", 1, CALL)],
        [item("added", 0, {**MESSAGE, "content": []}), grown("It is"), item("added", 1, {**CALL, "arguments": ""})],
        [grown("It is said."), item("added", 1, {**CALL, "arguments": '{"k"'}), item("done", 1, CALL)],
    ],
)
def test_what_stands_only_in_a_complete_item_is_said_once(caller, between):
    client = answered(caller, "openai_responses", events(begun(), *between, done()))
    assert client.ended == "clean", client.body
    assert spoken(heard_stream(caller, client.body)) == ["It is said.", ("pay", {"k": "v"})]


@pytest.mark.parametrize("caller", ASKERS)
@pytest.mark.parametrize("status", ["failed", "cancelled", "in_progress", "queued"])
def test_a_response_that_has_not_ended_is_none(caller, status):
    assert answered(caller, "openai_responses", orjson.dumps(done(status)["response"]), streamed=False).status == 502


@pytest.mark.parametrize(
    "target", [pytest.param(APIS[one], id=one) for one in ("anthropic_messages", "gemini_generate")]
)
def test_an_instruction_that_is_no_text_has_no_translation(target):
    turn = talk.Turn("system", (talk.Text("Look."), talk.Link("https://pictures.example/a.png")))
    with pytest.raises(UntranslatableError, match="not text"):
        target.conversation.from_conversation(talk.Conversation((turn, *ONCE.turns)))


@pytest.mark.parametrize(
    "caller", [pytest.param(one, id=one.name) for one in APIS.values() if one.name != "ollama_chat"]
)
def test_a_line_that_goes_on_is_no_whole_reply(caller):
    line = {"model": "m", "message": {"role": "assistant", "content": "So far"}, "done": False}
    assert answered(caller, "ollama_chat", orjson.dumps(line), streamed=False).status == 502


@pytest.mark.parametrize(
    "caller", [pytest.param(one, id=one.name) for one in APIS.values() if one.name != "anthropic_messages"]
)
@pytest.mark.parametrize(("block", "ended"), [({"type": "redacted_thinking", "data": "EmwK"}, True), (None, False)])
def test_a_piece_of_a_block_that_never_began_is_refused(caller, block, ended):
    started = {"type": "message_start", "message": {"id": "msg_1", "model": "m", "content": []}}
    first = [{"type": "content_block_start", "index": 0, "content_block": block}] if block else []
    piece = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "It is said."}}
    last = [
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {}},
        {"type": "message_stop"},
    ]
    client = answered(caller, "anthropic_messages", events(started, *first, piece, *last))
    assert (client.ended == "clean") is ended, client.body
