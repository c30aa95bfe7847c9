from __future__ import annotations

import orjson
import pytest

from proxy.codecs.openai.responses import RESPONSES
from proxy.core.wire import Incoming
from testing.fakes import SSN


def body(given="hello", **more):
    return orjson.dumps({"model": "gpt-5", "input": given, **more})


def decoded(given="hello", api=RESPONSES, **more):
    return api.decode(Incoming(body(given, **more)))


def item(kind, **more):
    return {"type": kind, **more}


@pytest.mark.parametrize(
    ("given", "feature"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"conversation": {"id": "conv_1"}}, "conversation"),
        ({"prompt": {"id": "pmpt_1", "variables": {"who": SSN}}}, "prompt"),
        ({"input": [{"id": "msg_1"}]}, "input.id"),
        ({"input": [item("item_reference", id="msg_1")]}, "input.item_reference"),
        ({"input": [item("mcp_approval_response", approve=True, approval_request_id="mcpr_1")]}, "input.mcp_approval_response"),
        ({"input": [item("code_interpreter_call", code="1", container_id="cntr_1")]}, "input.container_id"),
        ({"input": [{"role": "user", "content": [item("input_file", file_id="file_1")]}]}, "input.content.file_id"),
        ({"input": [{"role": "user", "content": [item("input_image", file_id="file_1")]}]}, "input.content.file_id"),
        ({"input": [item("function_call_output", output=[item("input_file", file_id="f")])]}, "input.output.file_id"),
    ],
)  # fmt: skip
def test_what_the_target_keeps_or_kept_is_a_feature(given, feature):
    payload = RESPONSES.decode(Incoming(orjson.dumps({"model": "m", "input": "a", "store": False} | given)))
    assert feature in payload.features
    assert payload.keeps_state
    assert payload.stateful


@pytest.mark.parametrize(
    "tool",
    [
        "web_search", "web_search_preview", "file_search", "code_interpreter", "image_generation", "computer", "shell",
        "computer_use_preview", "mcp", "tool_search", "programmatic_tool_calling", "a tool of tomorrow",
    ],
)  # fmt: skip
def test_what_the_provider_runs_or_calls_is_a_feature_wherever_it_is_listed(tool):
    for given in ({"tools": [{"type": tool}]}, {"input": [item("additional_tools", tools=[{"type": tool}])]}):
        payload = RESPONSES.decode(Incoming(orjson.dumps({"model": "m", "input": "a"} | given)))
        assert any(name.endswith(f"tools.{tool}") for name in payload.features)
    assert f"tool_choice.{tool}" in decoded(tool_choice={"type": tool}).features


def test_servers_connectors_and_credentials_of_tools_are_features():
    tool = {"type": "mcp", "server_url": "https://x.test", "connector_id": "connector_gmail", "authorization": "secret"}
    features = decoded(tools=[tool]).features
    assert {"tools.mcp", "tools.server_url", "tools.connector_id", "tools.authorization"} <= set(features)


def test_tools_of_the_caller_are_none():
    tools = [
        {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": True},
        {"type": "custom", "name": "c", "format": {"type": "grammar", "syntax": "lark", "definition": "start: WORD"}},
        {"type": "namespace", "name": "n", "tools": [{"type": "function", "name": "g"}]},
        {"type": "local_shell"},
    ]
    payload = decoded(tools=tools)
    assert (payload.features, payload.tools) == ((), True)
    assert [span.text for span in payload.spans] == ["hello", "f", "c", "start: WORD", "n", "g"]
