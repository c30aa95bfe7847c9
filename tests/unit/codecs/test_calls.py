from __future__ import annotations

import pytest

from proxy.codecs import calls


@pytest.mark.parametrize(("node", "tool"), [
    ({"name": "look_up", "arguments": "{}"}, "look_up"),
    ({"type": "function", "function": {"name": "look_up"}}, "look_up"),
    ({"type": "shell_call", "action": {}}, "shell"),
    ({"name": "look_up", "function": {"name": "bash"}}, ""),
    ({"type": ["robot_call"]}, ""),
])  # fmt: skip
def test_a_call_names_its_tool(node, tool):
    assert calls.called(node) == tool


@pytest.mark.parametrize(("node", "is_call"), [
    ({"type": "robot_use"}, True), ({"type": "robotCall"}, True), ({"type": "robot-call"}, True), ({"name": "x", "input": {}}, True),
    ({"type": "function_call_output", "output": ""}, False), ({"type": ["robot_call"]}, False),
    ({"name": "greet", "arguments": [{"name": "who"}]}, False), ({"input": "x"}, False),
])  # fmt: skip
def test_a_call_is_known_by_its_type_or_members(node, is_call):
    assert calls.is_call(node) is is_call


@pytest.mark.parametrize("address", ["/x_call~key", "/calls/0/x", "/calls~list", "/none/1"])
def test_nothing_is_named_where_no_object_stands(address):
    assert calls.tool_at({"calls": ["x"], "name": "look_up"}, address, 2, "") == ""
