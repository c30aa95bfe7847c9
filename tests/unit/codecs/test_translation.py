"""Which of a target's dialects is chosen for a request, and what is told where none can say it."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from proxy.codecs import translation
from proxy.codecs.endpoints import NAMES
from proxy.codecs.translation import ORDER, Translation, plan
from proxy.core import documents
from proxy.core.findings import Status
from proxy.core.kept_state import Kept
from proxy.core.records import Extracted, Operation, Payload
from proxy.core.targets.capabilities import Capabilities, Translations, Untranslatable
from proxy.core.wire import Incoming
from proxy.errors import UnsupportedDialectError, UpstreamError
from testing.fakes import target
from tests.dialects.conversations import APIS

MESSAGES = APIS["anthropic_messages"]
ASK = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "a"}]}


def payload(**more):
    return MESSAGES.decode(Incoming(orjson.dumps({**ASK, **more}), headers={"anthropic-version": "2023-06-01"}))


def speaking(name, *dialects, translated=True):
    return target(name, accepts=Capabilities(dialects=frozenset(dialects), translated=translated))


def test_every_api_that_can_be_translated_is_in_the_order():
    assert sorted(ORDER) == sorted(APIS)
    assert NAMES.issuperset(ORDER)


def test_only_targets_that_may_be_asked_in_other_words_are_looked_at():
    native, chat, closed = speaking("n", "anthropic_messages"), speaking("c", "openai_chat"), speaking("x", "openai_chat", translated=False)  # fmt: skip
    assert plan(MESSAGES, payload(), [native, chat, closed]).translations.keys() == {"c"}


def test_the_first_dialect_that_can_say_it_is_chosen():
    one = speaking("one", "openai_chat", "openai_responses")
    assert plan(MESSAGES, payload(), [one]).translations["one"].name == "openai_responses"
    made = plan(MESSAGES, payload(stop_sequences=["x"]), [one])
    assert (made.translations["one"].name, made.untranslatable) == ("openai_chat", {})


def test_what_none_can_say_is_told_by_the_callers_own_words():
    [one, other] = speaking("one", "ollama_chat"), speaking("other", "openai_embeddings")
    made = plan(MESSAGES, payload(tool_choice={"type": "any"}, tools=[{"name": "f", "input_schema": {}}]), [one, other])
    assert made.available == Translations(
        frozenset(), {"one": Untranslatable("tool_choice", "is not supported by this target")}
    )
    assert made.possible.translated == {"one"}


def test_a_feature_is_in_no_other_dialect():
    asked = payload(container="c")
    assert plan(MESSAGES, asked, [speaking("one", "openai_chat")]).untranslatable["one"].path == "container"


def test_no_path_holds_a_text():
    secret = "of somebody 078-05-1120"
    asked = payload(messages=[{"role": "user", "content": [{"type": "text", "text": "a", secret: "x"}]}])
    untold = plan(MESSAGES, asked, [speaking("one", "openai_chat")]).untranslatable["one"]
    assert (untold.path, secret in untold.why) == ("messages.content.*", False)


@pytest.mark.parametrize("content", [5, [5], [{"type": "text"}], [{"type": "tool_result", "content": 5}], None])
def test_an_odd_request_is_said_to_be_one(content):
    document = {**ASK, "messages": [{"role": "user", "content": content}]}
    odd = Payload(document, Operation.CHAT, "m", False, False, False, ())
    assert plan(MESSAGES, odd, [speaking("one", "openai_chat")]).untranslatable["one"].why


def test_what_leaves_without_a_translation_is_the_callers_fault():
    asked = payload(container="c")
    with pytest.raises(UnsupportedDialectError):
        Translation.between(MESSAGES, APIS["openai_chat"], asked).encode(asked, {}, "theirs")


def test_an_api_without_a_conversation_has_no_translation():
    [embeddings] = [api for api in translation._APIS.values() if api.name == "openai_embeddings"]
    assert Translation.between(MESSAGES, embeddings, payload()) is None
    assert Translation.between(embeddings, MESSAGES, payload()) is None


def test_a_target_of_anthropic_is_told_the_version():
    asked = APIS["openai_chat"].decode(
        Incoming(orjson.dumps({"model": "m", "messages": ASK["messages"], "stream": True}))
    )
    wire = Translation.between(APIS["openai_chat"], MESSAGES, asked).encode(asked, {}, "theirs")
    assert (wire.path, wire.headers) == ("/messages", (("anthropic-version", "2023-06-01"),))
    assert orjson.loads(wire.body) == {
        "max_tokens": 4096, "messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}],
        "stream": True, "model": "theirs"}  # fmt: skip


def test_a_streamed_request_to_gemini_asks_for_events_at_its_path():
    asked = payload(stream=True)
    wire = Translation.between(MESSAGES, APIS["gemini_generate"], asked).encode(asked, {}, "theirs")
    assert (wire.path, wire.query) == ("/models/theirs:streamGenerateContent", (("alt", "sse"),))


def test_the_notice_stands_in_the_targets_own_place():
    way = Translation.between(MESSAGES, APIS["openai_chat"], payload())
    wire = way.with_statement(way.encode(payload(), {}, "theirs"), "note")
    assert orjson.loads(wire.body)["messages"][0] == {"role": "system", "content": "note"}


def test_what_stands_for_a_file_is_said_in_its_place():
    held = {
        "type": "document",
        "title": "x",
        "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0x"},
    }
    asked = payload(messages=[{"role": "user", "content": [held, {"type": "text", "text": "a"}]}])
    read = documents.with_texts(asked, [Extracted("of somebody", Status.COMPLETE)])
    third = speaking("one", "ollama_chat")
    way = Translation.between(MESSAGES, APIS["ollama_chat"], read)
    assert way.obstacle(third) is None
    assert plan(MESSAGES, asked, [third]).untranslatable["one"].path == "messages.content"
    wire = way.encode(read, documents.sent(read, {}, third), "theirs")
    assert orjson.loads(wire.body)["messages"] == [{"role": "user", "content": "[x]\nof somebody\n\na"}]


def test_what_goes_on_with_what_a_target_keeps_goes_to_no_other():
    asked = replace(payload(), kept=Kept("h"))
    assert plan(MESSAGES, asked, [speaking("one", "openai_chat")]).untranslatable["one"].path == "previous_response_id"


def test_a_stream_without_a_reply_is_none():
    way = Translation.between(MESSAGES, APIS["openai_chat"], payload())
    stream = way.stream("text/event-stream", MESSAGES.stream(None))
    stream.feed(b"data: [DONE]\n\n")
    with pytest.raises(ValueError):
        stream.finish()


def test_an_error_inside_a_stream_is_one():
    way = Translation.between(MESSAGES, APIS["openai_chat"], payload())
    stream = way.stream("text/event-stream", MESSAGES.stream(None))
    with pytest.raises(UpstreamError):
        stream.feed(b'data: {"error": {"message": "x"}}\n\n')


@pytest.mark.parametrize("event", [b'{"choices": [{"delta": {"tool_calls": [5]}}]}', b'{"choices": 5}'])
def test_an_odd_event_is_refused(event):
    way = Translation.between(MESSAGES, APIS["openai_chat"], payload())
    with pytest.raises(ValueError):
        way.stream("text/event-stream", MESSAGES.stream(None)).feed(b"data: " + event + b"\n\n")
