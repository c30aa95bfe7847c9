from __future__ import annotations

import orjson
import pytest

from proxy.codecs.usage import NOTHING, Meter, UsageTable
from testing.fakes import CHAT


def counted(document, headers=None, **counts):
    meter = Meter(headers or {})
    meter.table = UsageTable.of(**counts)
    meter.take(document)
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
    "usage", [None, 3, [], "many", {"prompt_tokens": -1}, {"prompt_tokens": True}, {"prompt_tokens": "7"},
              {"prompt_tokens": 1 << 60}, {"prompt_tokens": {"prompt_tokens": 1}}],
)  # fmt: skip
def test_what_is_no_count_is_none(usage):
    meter = Meter({})
    CHAT.opened(orjson.dumps({"choices": [], "usage": usage})).count(meter)
    assert meter.counts == {}


@pytest.mark.parametrize(
    ("document", "refused"),
    [
        ({"choices": [{"finish_reason": "content_filter", "message": {"content": ""}}]}, True),
        ({"choices": [{"finish_reason": "stop", "message": {"refusal": "I cannot help with that."}}]}, True),
        ({"choices": [{"finish_reason": "stop", "message": {"content": "x", "refusal": None}}]}, False),
        ({"choices": [{"delta": {"refusal": "No"}}]}, True),
        ({"choices": [{"delta": {"content": "content_filter", "refusal": None}}]}, False),
        ({"stop_reason": "refusal"}, True),
        ({"type": "message_delta", "delta": {"stop_reason": "refusal"}}, True),
        ({"stop_reason": "end_turn", "content": [{"text": "refusal"}]}, False),
        ({"output": [{"content": [{"type": "refusal", "refusal": "No"}]}]}, True),
        ({"response": {"incomplete_details": {"reason": "content_filter"}}}, True),
        ({"response": {"incomplete_details": {"reason": "max_output_tokens"}}}, False),
        ({"stopReason": "guardrail_intervened"}, True),
        ({"messageStop": {"stopReason": "content_filtered"}}, True),
        ({"candidates": [{"finishReason": "SAFETY"}]}, True),
        ({"candidates": [{"finishReason": "STOP", "content": {"parts": [{"text": "SAFETY"}]}}]}, False),
        ({"promptFeedback": {"blockReason": "OTHER"}}, True),
        ({"finish_reason": "ERROR_TOXIC"}, True),
        ({"finish_reason": "COMPLETE"}, False),
        ({"choices": [], "stop_reason": 7, "candidates": "SAFETY"}, False),
    ],
)
def test_a_reply_says_whether_it_is_a_refusal(document, refused):
    whole, event = Meter({}), Meter({})
    whole.whole(orjson.dumps(document), document, NOTHING)
    event.event(orjson.dumps(document), document)
    assert (whole.refused, event.refused) == (refused, refused)
