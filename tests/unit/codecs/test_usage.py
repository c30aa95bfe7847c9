from __future__ import annotations

import orjson
import pytest

from proxy.codecs import usage
from proxy.codecs.bedrock import families
from proxy.codecs.endpoints import DIALECTS
from proxy.codecs.usage import NOTHING, Meter, UsageTable
from testing.fakes import CHAT

APIS = {api.name: api for _, apis in DIALECTS for api in apis}


def counted(document, headers=None, **counts):
    meter = Meter(headers or {})
    meter.table = UsageTable.of(**counts)
    meter.take(b"", document)
    return meter.counts


def test_paths_are_added_up():
    assert counted({"a": {"b": 2}, "c": 3}, input="a.b + c + d") == {"input": 5}


def test_of_alternatives_the_first_that_is_there_counts():
    assert counted({"b": 3, "c": 4}, input="a | b | c") == {"input": 3}
    assert counted({}, {"x-in": "7"}, input="a | @x-in") == {"input": 7}
    assert counted({"a": 1}, {"x-in": "7"}, input="a | @x-in") == {"input": 1}
    assert counted({}, {"x-in": "seven"}, input="a | @x-in") == {}


def test_elements_of_lists_are_added_up_or_counted():
    document = {"data": [{"n": 2}, {"n": 3}, {}]}
    assert counted(document, output="data[*].n", images="#data[*]") == {"output": 5, "images": 3}


def test_no_more_counts_than_are_named():
    with pytest.raises(ValueError, match="no counts: outputs"):
        UsageTable.of(outputs="a")


def test_a_table_for_several_kinds_takes_the_first_that_is_there():
    table = NOTHING.otherwise(UsageTable.of(input="a").within("m"), UsageTable.of(input="b", output="c"))
    meter = Meter({})
    meter.table = table
    meter.event(b'{"m":{"a":1}}', {"m": {"a": 1}})
    meter.event(b'{"b":2,"c":3}', {"b": 2, "c": 3})
    assert meter.counts == {"input": 1, "output": 3}


@pytest.mark.parametrize(
    "said", [None, 3, [], "many", {"prompt_tokens": -1}, {"prompt_tokens": True}, {"prompt_tokens": "7"},
              {"prompt_tokens": 1 << 60}, {"prompt_tokens": {"prompt_tokens": 1}}],
)  # fmt: skip
def test_what_is_no_count_is_none(said):
    meter = Meter({})
    CHAT.opened(orjson.dumps({"choices": [], "usage": said})).count(meter)
    assert meter.counts == {}


REFUSALS = [
    ("openai_chat", {"choices": [{"finish_reason": "content_filter", "message": {"content": ""}}]}, True),
    ("openai_chat", {"choices": [{"finish_reason": "stop", "message": {"refusal": "I cannot help with that."}}]}, True),
    ("openai_chat", {"choices": [{"finish_reason": "stop", "message": {"content": "x", "refusal": None}}]}, False),
    ("openai_chat", {"choices": [{"delta": {"refusal": "No"}}]}, True),
    ("openai_chat", {"choices": [{"delta": {"content": "content_filter", "refusal": None}}]}, False),
    ("openai_completions", {"choices": [{"text": "", "finish_reason": "content_filter"}]}, True),
    ("anthropic_messages", {"stop_reason": "refusal"}, True),
    ("anthropic_messages", {"type": "message_delta", "delta": {"stop_reason": "refusal"}}, True),
    ("anthropic_messages", {"stop_reason": "end_turn", "content": [{"text": "refusal"}]}, False),
    ("openai_responses", {"output": [{"content": [{"type": "refusal", "refusal": "No"}]}]}, True),
    ("openai_responses", {"response": {"incomplete_details": {"reason": "content_filter"}}}, True),
    ("openai_responses", {"response": {"incomplete_details": {"reason": "max_output_tokens"}}}, False),
    ("bedrock_converse", {"stopReason": "guardrail_intervened"}, True),
    ("gemini_generate", {"candidates": [{"finishReason": "SAFETY"}]}, True),
    ("gemini_generate", {"candidates": [{"finishReason": "LANGUAGE"}]}, True),
    ("gemini_generate", {"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL"}]}, False),
    ("gemini_generate", {"candidates": [{"finishReason": "STOP", "content": {"parts": [{"text": "SAFETY"}]}}]}, False),
    ("gemini_generate", {"promptFeedback": {"blockReason": "OTHER"}}, True),
    ("cohere_chat", {"finish_reason": "ERROR_TOXIC"}, True),
    ("cohere_chat", {"finish_reason": "COMPLETE"}, False),
    ("openai_chat", {"choices": 7, "stop_reason": "refusal", "candidates": "SAFETY"}, False),
]


@pytest.mark.parametrize(("name", "document", "refused"), REFUSALS)
def test_a_reply_says_whether_it_is_a_refusal(name, document, refused):
    whole, event = Meter({}), Meter({})
    whole.whole(orjson.dumps(document), document, APIS[name].reply.usage)
    APIS[name].stream(None, min(APIS[name].streams), None, event)
    event.event(orjson.dumps(document), document)
    assert (whole.refused, event.refused) == (refused, refused)


def test_bedrocks_families_refuse_in_words_of_their_own():
    for document in ({"messageStop": {"stopReason": "content_filtered"}}, {"stop_reason": "refusal"}, {"finish_reason": "ERROR_TOXIC"}):  # fmt: skip
        meter = Meter({})
        meter.table = families.EVENT.usage
        meter.event(orjson.dumps(document), document)
        assert meter.refused, document


def test_a_refusal_in_a_stream_that_passes_unread_is_seen():
    event = {"choices": [{"index": 0, "delta": {}, "finish_reason": "content_filter"}]}
    meter = Meter({})
    rewriter = CHAT.stream(None, "text/event-stream", None, meter)
    rewriter.feed(b"data: " + orjson.dumps(event) + b"\n\ndata: [DONE]\n\n")
    assert meter.refused


def test_events_that_refuse_nothing_are_not_searched(monkeypatch):
    searched = []
    monkeypatch.setattr(usage.places, "at", lambda *at: searched.append(at) or iter(()))
    filters = {"hate": {"filtered": False, "severity": "safe"}}
    event = {"choices": [{"index": 0, "delta": {"content": "x"}, "content_filter_results": filters, "finish_reason": None}]}  # fmt: skip
    meter = Meter({})
    CHAT.stream(None, "text/event-stream", None, meter)
    meter.event(orjson.dumps(event), event)
    assert not searched
