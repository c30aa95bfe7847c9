from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.decision.causes import causes, of_pin
from proxy.core.decision.inspection import inspect
from proxy.core.findings import PUBLIC, Detection, Finding, SegmentFindings, Status
from proxy.core.records import TargetVerdict
from proxy.core.targets.capabilities import NO_REQUIREMENTS, Requirements
from proxy.core.wire import Incoming
from testing.fakes import CANARY, catalog, decision
from tests.dialects.conversations import APIS

CATALOG = catalog(
    entity_categories={"HEALTH_CONDITION": ("health",), "EMAIL_ADDRESS": ("personal",)},
    data_document={"config": {"special": ["health"]}},
)


def inspected(document, kinds, name="openai_chat", role="data_subject", status=Status.COMPLETE):
    """Return a request where every text has a finding of the kind that its words name; "child" says a minor."""
    payload = APIS[name].decode(Incoming(orjson.dumps({"model": "m", **document})))
    segments = tuple(
        SegmentFindings(
            tuple(Finding(kind, 0, 1, 0.9, "x", role) for word, kind in kinds.items() if word in span.text),
            Status.PARTIAL if "illegible" in span.text else Status.COMPLETE,
            minor="child" in span.text,
        )
        for span in payload.spans
    )
    return inspect(payload, Detection(segments, status), CATALOG.entity_categories)


def caused(
    document, kinds, name="openai_chat", role="data_subject", codes=("NO_COMPLIANT_TARGET",), needs=NO_REQUIREMENTS
):
    """Return the causes of these codes."""
    return causes(codes, inspected(document, kinds, name, role), CATALOG, needs)


def said(*contents):
    return {"messages": [{"role": "user", "content": content} for content in contents]}


def test_special_categories_come_before_all_else():
    kinds = {"ill": "HEALTH_CONDITION", "@": "EMAIL_ADDRESS"}
    assert [str(each) for each in caused(said("a@b", "ill"), kinds)] == ["HEALTH_CONDITION in messages[1] (user)"]
    assert [str(each) for each in caused(said("a@b", "hello"), kinds)] == ["EMAIL_ADDRESS in messages[0] (user)"]


KINDS = {"ill": "HEALTH_CONDITION", "@": "EMAIL_ADDRESS", "child": "AGE"}
URL = {"url": "data:image/png;base64,iVBORw0KGgo="}
PICTURES = [
    {"type": "text", "text": "look"},
    {"type": "image_url", "image_url": URL},
    {"type": "image_url", "image_url": URL},
]
LACKING = Requirements(lacking=(("far", ("modalities", "image", "embedding")),))


@pytest.mark.parametrize(
    ("code", "document", "needs", "listed"),
    [
        ("MINOR_LOCAL_ONLY", said("a@b", "child"), (), ["AGE, minor in messages[1] (user)"]),
        ("MINOR_LOCAL_ONLY", said("a@b"), (), ["minor in x-compliance-minor"]),
        ("STATEFUL_STORAGE", {**said("a@b"), "store": True}, (), ["stored in store"]),
        ("OPERATION_UNSUPPORTED", said("a@b"), LACKING, [
            "unsupported in modalities", "unsupported in image", "unsupported in embedding"]),
        ("OPERATION_UNSUPPORTED", said("a@b", PICTURES), LACKING, [
            "unsupported in modalities", "image/png in messages[1].content[1] (user)",
            "image/png in messages[1].content[2] (user)", "unsupported in embedding"]),
        ("OPAQUE_CONTENT", said(PICTURES, "a@b"), (), [
            "image/png in messages[0].content[1] (user)", "image/png in messages[0].content[2] (user)"]),
        ("CLASSIFIER_PARTIAL", said("a@b", "illegible"), (), ["unread in messages[1] (user)"]),
        ("AI_ACT_PROHIBITED", said("a@b"), (), ["activity in x-compliance-activity"]),
        ("PURPOSE_MISSING", said("a@b"), (), ["activity in x-compliance-activity"]),
        ("CONSENT_WITHDRAWN", said("a@b"), (), ["withdrawn consent in x-compliance-consent"]),
        ("SUBJECT_RESTRICTED", said("a@b"), (), ["restriction in x-compliance-subject"]),
        ("NO_DPA", said("a@b", "ill"), (), ["EMAIL_ADDRESS in messages[0] (user)", "HEALTH_CONDITION in messages[1] (user)"]),
        ("NO_DPA", said("a@b", "illegible"), (), ["unread in messages[1] (user)"]),
        ("NO_BAA", said("a@b", "ill"), (), ["HEALTH_CONDITION in messages[1] (user)"]),
        ("CRIMINAL_LOCAL_ONLY", said("a@b"), (), ["EMAIL_ADDRESS in messages[0] (user)"]),
        ("TARGET_UNREGISTERED", said("a@b"), (), []),
        ("ACTOR_ACCESS_TRANSFER", said("a@b"), (), []),
    ],
)  # fmt: skip
def test_each_code_names_what_it_is_about(code, document, needs, listed):
    codes = ("NO_COMPLIANT_TARGET", code)
    assert [str(each) for each in caused(document, KINDS, codes=codes, needs=needs or NO_REQUIREMENTS)] == listed


def test_several_codes_name_one_position_once():
    codes = ("NO_COMPLIANT_TARGET", "MINOR_LOCAL_ONLY", "SPECIAL_CATEGORY_LOCAL_ONLY", "NO_DPA", "STATEFUL_STORAGE")
    listed = caused({**said("a@b", "ill child"), "store": True}, KINDS, codes=codes)
    assert [str(each) for each in listed] == ["AGE, HEALTH_CONDITION, minor in messages[1] (user)", "stored in store"]


@pytest.mark.parametrize(
    ("far", "listed"),
    [
        (TargetVerdict("a", True, 0), ["unavailable: a"]),
        (TargetVerdict("a", False, 0, ("SPECIAL_CATEGORY_LOCAL_ONLY",)), ["HEALTH_CONDITION in messages[1] (user)"]),
        (TargetVerdict("a", True, 2), []),
    ],
)
def test_a_pin_is_about_a_target_that_is_down_or_about_what_third_parties_deny(far, listed):
    made = decision("local", (far, TargetVerdict("local", True, 1)), "pin_local")
    assert [str(each) for each in of_pin(made, inspected(said("a@b", "ill"), KINDS), CATALOG)] == listed


def test_a_target_without_an_address_explains_nothing():
    unset = replace(CATALOG, targets={**CATALOG.targets, "a": replace(CATALOG.targets["a"], base_url="")})
    for verdict in (TargetVerdict("a", True, 0), TargetVerdict("a", False, 0, ("NO_DPA",))):
        made = decision("local", (verdict, TargetVerdict("local", True, 1)), "pin_local")
        assert of_pin(made, inspected(said("a@b"), KINDS), unset) == ()


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
