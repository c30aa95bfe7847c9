"""Which replies are answers that may be given again, in every dialect with a conversation."""

from __future__ import annotations

import orjson
import pytest

from proxy.codecs import conversation as talk
from proxy.codecs.endings import is_answer
from proxy.codecs.endpoints import DIALECTS
from proxy.codecs.framing import Frame
from proxy.codecs.usage import Meter

APIS = {api.name: api for _, apis in DIALECTS for api in apis if api.conversation is not None}
TEXT, CALL = talk.Text("Yes."), talk.ToolCall("call_1", "look_up", {"who": "me"})
JSON = "application/json"


def whole(api, *parts, why=talk.END):
    return orjson.dumps(api.conversation.from_reply(talk.AssistantReply(parts, talk.Stop(why)), {}))


def stream(api, *events):
    codec = api.conversation
    writer, encode = codec.from_events({}), codec.framings[0].encoder()
    written = [*(one for event in events for one in writer.write(event)), *writer.end()]
    ending = codec.marks.get(codec.framings[0].media[0], (b"", b""))[1]
    return b"".join(encode(Frame(name=name), orjson.dumps(event)) for name, event in written) + ending


def says(api, body, *, streamed=False):
    media = api.conversation.framings[0].media[0] if streamed else JSON
    return is_answer(api, media, [body[:9], body[9:]], streamed=streamed, vectors=False)


@pytest.mark.parametrize("api", APIS.values(), ids=APIS)
def test_a_whole_reply_that_ends_by_itself_is_one_and_no_other(api):
    assert says(api, whole(api, TEXT))
    assert not says(api, whole(api, TEXT, CALL, why=talk.CALLS))
    assert not says(api, whole(api, TEXT, why=talk.LENGTH))
    assert not says(api, whole(api, TEXT)[:-1])
    assert not says(api, b"{}")


@pytest.mark.parametrize("api", APIS.values(), ids=APIS)
def test_a_stream_that_ends_by_itself_is_one_and_no_other(api):
    words, call = talk.Channel(talk.TEXT, 0), talk.Channel(talk.CALL, 1, "call_1", "look_up")
    start, said, closed = talk.Start("id", "m"), talk.Delta(words, "Yes."), talk.Close(words)
    assert says(api, stream(api, start, said, closed, talk.Stop()), streamed=True)
    called = (talk.Delta(call, '{"who": "me"}'), talk.Close(call), talk.Stop(talk.CALLS))
    assert not says(api, stream(api, start, said, closed, *called), streamed=True)
    assert not says(api, stream(api, start, said, closed, talk.Stop(talk.LENGTH)), streamed=True)
    assert not says(api, stream(api, start, talk.Stop()), streamed=True)


def test_a_reply_that_gives_no_end_is_none():
    api = APIS["openai_chat"]
    assert not says(api, b'{"finish_reason": null,' + whole(api, TEXT)[1:])


@pytest.mark.parametrize("name", [name for name in APIS if not name.startswith("ollama")])
def test_what_is_counted_as_a_refusal_is_never_given_again(name):
    api = APIS[name]
    body, meter = whole(api, TEXT, why=talk.FILTERED), Meter({})
    api.opened(body).count(meter)
    assert meter.refused
    assert not says(api, body)
    words = talk.Channel(talk.TEXT, 0)
    raw = stream(api, talk.Start("id", "m"), talk.Delta(words, "Yes."), talk.Close(words), talk.Stop(talk.FILTERED))
    seen = Meter({})
    api.stream(None, api.conversation.framings[0].media[0], None, seen).feed(raw)
    assert seen.refused
    assert not says(api, raw, streamed=True)


def test_a_model_that_refuses_in_words_gave_no_answer():
    chat, responses = APIS["openai_chat"], APIS["openai_responses"]
    assert not says(chat, whole(chat, TEXT).replace(b'"refusal":null', b'"refusal":"No."'))
    assert not says(responses, whole(responses, TEXT).replace(b'"type":"output_text","text"', b'"type":"refusal","refusal"'))  # fmt: skip


def test_words_about_refusals_are_words():
    api = APIS["openai_chat"]
    assert says(api, whole(api, talk.Text('a "refusal": "no" is a refusal, "finish_reason": null is no end')))


def test_of_other_apis_only_vectors_are_kept():
    completions = next(api for _, apis in DIALECTS for api in apis if api.name == "openai_completions")
    done = b'{"choices": [{"index": 0, "text": "Yes.", "finish_reason": "stop"}]}'
    assert not is_answer(completions, JSON, [done], streamed=False, vectors=False)
    assert is_answer(completions, JSON, [b'{"data": []}'], streamed=False, vectors=True)
    assert not is_answer(completions, "application/octet-stream", [b"\0"], streamed=False, vectors=True)
