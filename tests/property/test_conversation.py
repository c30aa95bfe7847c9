"""What one dialect says of a conversation, the same dialect reads again: requests, replies and streams."""

from __future__ import annotations

from dataclasses import fields

import orjson
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from proxy.codecs import conversation as talk
from proxy.codecs.translatable import UntranslatableError
from testing.examples import examples
from tests.dialects.conversations import APIS, CONVERSATIONS, REPLIES, events_of, heard, said_in

#: Members of the records that a dialect may have no word for; callers know them by names of their own (``paths``).
NAMES = {one.name for one in fields(talk.GenerationOptions)} | {"format", "choice", "parallel", "turns"}
MANY = examples(60, HealthCheck.too_slow, HealthCheck.data_too_large)


@pytest.mark.parametrize("name", APIS)
@MANY
@given(conversation=CONVERSATIONS)
def test_a_request_is_read_as_it_was_said_or_refused_by_name(name, conversation):
    speech = APIS[name].conversation
    try:
        document = speech.from_conversation(conversation)
    except UntranslatableError as error:
        refused = error.detail.path
    else:
        refused = ""
    if refused:
        assert refused in NAMES
        return
    read = speech.to_conversation(orjson.loads(orjson.dumps(document)))
    assert read == said_in(name, conversation)


@pytest.mark.parametrize("name", APIS)
def test_some_conversation_of_every_kind_can_be_said(name):
    """So that the property above is one of more than refusals."""
    speech = APIS[name].conversation
    asked = talk.Turn("user", (talk.Text("hello"), talk.Blob("image/png", "iVBORw0KGgo=")))
    called = talk.Turn("assistant", (talk.Text("so"), talk.ToolCall("call_x0", "find", {"who": "her"})))
    result = talk.Turn("tool", (talk.ToolResult("call_x0", (talk.Text("found"),)),))
    conversation = talk.Conversation(
        (talk.Turn("system", (talk.Text("be brief"),)), asked, called, result),
        (talk.Tool("find", "finds", {"type": "object"}),),
        limits=talk.GenerationOptions(tokens=9, temperature=0.5),
        format=talk.Format({"type": "object"}),
    )
    assert speech.to_conversation(speech.from_conversation(conversation)).turns == conversation.turns


def of_dialect(reply, name):
    """Return what of a reply a dialect can say."""
    parts = [part for part in reply.parts if not (name == "anthropic_messages" and isinstance(part, talk.Thinking))]
    stop = reply.stop
    if name == "ollama_chat":
        stop = talk.Stop(talk.CALLS if any(isinstance(p, talk.ToolCall) for p in parts) else talk.END) if stop.why == talk.FILTERED else stop  # fmt: skip
    return talk.AssistantReply(tuple(parts), stop, reply.usage, "" if name == "ollama_chat" else reply.id, reply.model)


@pytest.mark.parametrize("name", APIS)
@MANY
@given(reply=REPLIES)
def test_a_reply_is_read_as_it_was_said(name, reply):
    speech = APIS[name].conversation
    document = orjson.loads(orjson.dumps(speech.from_reply(reply, {})))
    read, wanted = speech.to_reply(document), of_dialect(reply, name)
    assert (read.parts, read.stop, read.id, read.model) == (wanted.parts, wanted.stop, wanted.id, wanted.model)
    assert (read.usage.input, read.usage.output) == (wanted.usage.input, wanted.usage.output)


@pytest.mark.parametrize("name", APIS)
@MANY
@given(reply=REPLIES, size=st.integers(1, 9))
def test_a_stream_is_read_as_it_was_said(name, reply, size):
    speech = APIS[name].conversation
    writer, reader = speech.from_events({"stream_options": {"include_usage": True}}), speech.to_events()
    events = list(events_of(reply, lambda text: [text[at : at + size] for at in range(0, len(text), size)]))
    said = [*(one for event in events for one in writer.write(event)), *writer.end()]
    read = heard(one for name, event in said for one in reader.read(name, orjson.loads(orjson.dumps(event))))
    wanted = of_dialect(reply, name)
    assert (read.parts, read.stop, read.id, read.model) == (wanted.parts, wanted.stop, wanted.id, wanted.model)
    assert (read.usage.input, read.usage.output) == (wanted.usage.input, wanted.usage.output)
