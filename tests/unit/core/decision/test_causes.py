from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.decision.causes import causes
from proxy.core.decision.inspection import inspect
from proxy.core.findings import PUBLIC, Detection, Finding, SegmentFindings, Status
from proxy.core.wire import Incoming
from testing.fakes import CANARY, catalog
from tests.dialects.conversations import APIS

CATALOG = catalog(
    entity_categories={"HEALTH_CONDITION": ("health",), "EMAIL_ADDRESS": ("personal",)},
    data_document={"config": {"special": ["health"]}},
)


def caused(document, kinds, name="openai_chat", role="data_subject"):
    """Return the causes where every text has a finding of the kind that its words name."""
    payload = APIS[name].decode(Incoming(orjson.dumps({"model": "m", **document})))
    segments = tuple(
        SegmentFindings(tuple(Finding(kind, 0, 1, 0.9, "x", role) for word, kind in kinds.items() if word in span.text))
        for span in payload.spans
    )
    return causes(inspect(payload, Detection(segments, Status.COMPLETE), CATALOG.entity_categories), CATALOG)


def said(*contents):
    return {"messages": [{"role": "user", "content": content} for content in contents]}


def test_special_categories_come_before_all_else():
    kinds = {"ill": "HEALTH_CONDITION", "@": "EMAIL_ADDRESS"}
    assert [str(each) for each in caused(said("a@b", "ill"), kinds)] == ["HEALTH_CONDITION in messages[1] (user)"]
    assert [str(each) for each in caused(said("a@b", "hello"), kinds)] == ["EMAIL_ADDRESS in messages[0] (user)"]


def test_public_figures_are_no_cause():
    assert caused(said("a@b"), {"@": "EMAIL_ADDRESS"}, role=PUBLIC) == ()


def test_arguments_of_a_call_have_their_place_and_no_key():
    call = {"id": "call_a", "type": "function", "function": {"name": "save", "arguments": '{"Jane Doe": ["ill"]}'}}
    document = {"messages": [{"role": "assistant", "tool_calls": [call]}, {"role": "user", "content": "x"}]}
    [cause] = caused(document, {"ill": "HEALTH_CONDITION"})
    assert str(cause) == "HEALTH_CONDITION in messages[0].tool_calls[0].function.arguments.*[0] (tool call)"


@pytest.mark.parametrize(
    ("document", "cause"),
    [
        ({"instructions": "ill", "input": "x"}, "HEALTH_CONDITION in instructions (system prompt)"),
        ({"input": "ill"}, "HEALTH_CONDITION in input"),
        ({"input": "x", "tools": [{"type": "function", "name": "f", "description": "ill", "parameters": {}}]},
         "HEALTH_CONDITION in tools[0].description (definition of a tool)"),
        ({"input": "x", "metadata": {"Jane Doe": "ill"}}, "HEALTH_CONDITION in metadata.*"),
    ],
)  # fmt: skip
def test_what_stands_outside_messages(document, cause):
    assert [str(each) for each in caused(document, {"ill": "HEALTH_CONDITION"}, "openai_responses")] == [cause]


KEYS = st.dictionaries(st.sampled_from([CANARY, "Jane Doe", "0", "a/b", "a~b", "a#b", "["]), st.just("ill"), min_size=1)


@given(KEYS, st.sampled_from(["openai_chat", "openai_responses"]))
def test_no_key_of_the_callers_is_in_a_cause(keys, name):
    document = said("hello") if name == "openai_chat" else {"input": "hello"}
    listed = caused({**document, "metadata": keys, "unheard_of": [keys]}, {"ill": "HEALTH_CONDITION"}, name)
    words = " ".join(map(str, listed))
    assert listed
    assert not any(key in words for key in keys if len(key) > 1)
    assert "ill" not in words
