from __future__ import annotations

import functools

import pytest

from proxy.codecs import calls
from proxy.core.replies.position import OR


@pytest.mark.parametrize(("node", "tool"), [
    ({"name": "look_up", "arguments": "{}"}, "look_up"),
    ({"type": "function", "function": {"name": "look_up"}}, "look_up"),
    ({"type": "shell_call", "action": {}}, "shell"),
    ({"name": "look_up", "function": {"name": "bash"}}, ""),
    ({"type": ["robot_call"]}, ""), ({"tool": "look_up", "args": []}, "look_up"), ({"name": "look_up", "tool": "bash"}, ""),
])  # fmt: skip
def test_a_call_names_its_tool(node, tool):
    assert calls.called(node) == tool


@pytest.mark.parametrize(("node", "is_call"), [
    ({"type": "robot_use"}, True), ({"type": "robotCall"}, True), ({"type": "robot-call"}, True), ({"name": "x", "input": {}}, True),
    ({"type": "function_call_output", "output": ""}, False), ({"type": ["robot_call"]}, False),
    ({"name": "greet", "arguments": [{"name": "who"}]}, False), ({"input": "x"}, False),
    ({"tool": "x", "args": ["y"]}, True), ({"name": "x", "parameters": {}}, True), ({"tool_name": "x", "params": "y"}, True), ({"name": "x", "args": 1}, False),
])  # fmt: skip
def test_a_call_is_known_by_its_type_or_members(node, is_call):
    assert calls.is_call(node) is is_call


def test_a_namespace_has_to_be_declared_too():
    assert calls.called({"name": "look_up", "namespace": "crm"}) == "look_up\0crm"


def test_a_call_that_has_begun_keeps_its_name():
    named = calls.Calls()
    named.name("a", "read")
    named.name("a", "_all")
    assert named.received("a", document=True).tool == "read\0_all"
    named.name("a", "read")
    with pytest.raises(ValueError, match="another name"):
        named.name("a", "bash")


@pytest.mark.parametrize(("starts", "mixed"), [
    ([(0, "read"), None, (1, "save")], False), ([(0, None), (1, "read")], False), ([(1, "read")], True), ([(0, "read"), (1, "save")], True),
    ([(0, "read"), None, (0, "save")], True), ([(0, "read"), None, (2, "save")], True), ([(None, "read")], True), ([(5, None), (1, None)], False),
])  # fmt: skip
def test_blocks_are_mixed_up_where_clients_may_count_otherwise(starts, mixed):
    blocks = calls.Blocks()
    for start in starts:
        blocks.stop(0) if start is None else blocks.start(*start)
    tools = {blocks.tool(number) for number, tool in filter(None, starts) if tool}
    assert (blocks.mixed, len(tools) > 1) == (mixed, len(starts) == 3 and not mixed)


@pytest.mark.parametrize("address", ["/x_call~key", "/calls/0/x", "/calls~list", "/none/1"])
def test_nothing_is_named_where_no_object_stands(address):
    assert calls.tool_at({"calls": ["x"], "name": "look_up"}, address, 2, "") == ""


def test_a_call_with_too_many_names_is_for_no_tool_that_anybody_declared():
    many = "x" * 2_000
    for names in ((many, "bash"), ("bash", many), ("a" * 600, "b" * 600, "bash")):
        assert "bash" not in functools.reduce(calls.either, names).split(OR)
        assert functools.reduce(calls.either, (*names, "bash")) == OR


def test_blocks_that_overlap_are_for_the_tools_of_all():
    blocks = calls.Blocks()
    for number, tool in enumerate(("look_up", "", "run")):
        blocks.start(number, tool)
    assert blocks.tool(0) == ""
    blocks.name(1, "save")
    assert set(blocks.tool(0).split(OR)) == {"look_up", "save", "run"}


@pytest.mark.parametrize(
    ("node", "alone", "disputed"),
    [
        ({"name": "a", "Name": "b"}, False, True),
        ({"Name": "b"}, False, False),
        ({"Name": "b"}, True, True),
        ({"title": "a", "Title": "b"}, True, False),
        ({"parts": [], "PARTS": []}, False, True),
        ({"Yes": 0.1, "yes": 0.2}, True, False),
    ],
)
def test_a_key_in_other_letters_is_disputed_where_it_tells_what_is_called(node, alone, disputed):
    known = frozenset({"name", "title", "parts"})
    assert calls.differs_by_case(node, known, calls.TELLING, alone=alone) is disputed


@pytest.mark.parametrize(
    "key", ["tool_calls", "TOOL_CALLS", "FunctionCall", "functioncall", "toolUse", "executablecode"]
)
def test_a_call_is_known_in_any_letters(key):
    assert calls.is_call_key(key)


@pytest.mark.parametrize("key", ["recall", "because", "house", "use", "name", 3])
def test_other_keys_are_no_calls(key):
    assert not calls.is_call_key(key)
