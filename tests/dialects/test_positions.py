"""Every text of a reply is said to stand where its dialect has it: in words, in an address, in what a tool receives."""

from __future__ import annotations

import contextlib
import json

import orjson
import pytest

from proxy.codecs import request
from proxy.codecs.openai import responses_tables
from proxy.core.records import Operation
from proxy.core.replies.position import OR, Position, Role
from testing.dialects import stand
from testing.dialects.samples import every, is_kept, pointers
from testing.dialects.streams import Stream
from testing.examples import share

MARK = "quince jelly"
SERVED = [pytest.param(api, sample, id=api.name) for api, sample in every()]
STREAMED = [pytest.param(api, sample, id=api.name) for api, sample in every() if sample.streams]
CALLING = [one for one in STREAMED if one.values[1].tools]


def tool_at(document, keys, calls):
    """Return the tool of the call that holds what stands at keys, "" for none."""
    return next((tool for path, tool in calls.items() if is_kept(keys, calling(document, path))), "")


def calling(document, path):
    """Return the pointers to the calls that receive something at a path."""
    above = {pointer.rpartition("/")[0] for pointer in pointers(document, [path])}
    return {pointer.removesuffix("/function").removesuffix("/custom") for pointer in above}


def role(document, keys, sample):
    if tool_at(document, keys, sample.calls):
        return Role.ARGUMENTS
    return Role.ADDRESS if is_kept(keys, pointers(document, sample.addresses)) else Role.WORDS


def marked(document, keys):
    before = stand.at(document, keys)
    return stand.planted(document, keys, json.dumps({"who": MARK}) if before.lstrip()[:1] == "{" else MARK)


@pytest.mark.parametrize(("api", "sample"), SERVED)
def test_whole_replies(api, sample):
    for reply in sample.replies:
        for keys in stand.leaves(reply):
            texts = api.opened(orjson.dumps(marked(reply, keys))).texts
            tool = tool_at(reply, keys, sample.calls)
            tool = MARK if tool and stand.at(reply, keys) == tool else tool  # its name itself
            for position in {one.position for one in texts if MARK in one.text}:
                assert (position.role, position.tool) == (role(reply, keys, sample), tool)


@pytest.mark.parametrize(("api", "sample"), [one for one in SERVED if one.values[1].calls])
def test_unknown_members_of_calls_and_their_keys(api, sample):
    for reply in sample.replies:
        for keys in stand.objects(reply):
            tool = tool_at(reply, keys, sample.calls)
            document = stand.planted(reply, (*keys, "x_new"), MARK)
            stand.at(document, keys)[f"x {MARK}"] = [{"x": MARK}]
            found = {one.position for one in api.opened(orjson.dumps(document)).texts if MARK in one.text}
            assert not tool or {(one.role, one.tool) for one in found} == {(Role.ARGUMENTS, tool)}


@pytest.mark.parametrize("call", [
    {"type": "robot_call", "action": {"do": MARK}},
    {"type": "robot_use", "x": [MARK]},
    {"type": "robotCall", "x": MARK},
    {"type": "anything", "name": "bash", "arguments": MARK},
    {"name": "bash", "input": {"who": MARK}},
    {"name": "bash", "function": {"name": "look_up"}, "arguments": MARK},
    {"tool": "bash", "args": [MARK]},
    {"name": "bash", "parameters": {"who": MARK}},
    {"tool_name": "bash", "params": MARK},
])  # fmt: skip
@pytest.mark.parametrize(("api", "sample"), [one for one in SERVED if one.values[1].calls])
def test_items_that_nobody_knows_are_calls_by_their_type_or_members(api, sample, call):
    for reply in sample.replies:
        calls = {pointer for path in sample.calls for pointer in calling(reply, path)}
        for keys in stand.objects(reply):
            address = "".join(f"/{key}" for key in keys)
            if any(pointer.startswith(f"{address}/") for pointer in calls):
                document = stand.planted(reply, (*keys, "x_new"), [call])
                found = [one.position for one in api.opened(orjson.dumps(document)).texts if MARK in one.text]
                assert found
                assert all(one.role is Role.ARGUMENTS and one.tool not in sample.tools for one in found)


class Noted:
    """A filter that notes which texts stand where."""

    def __init__(self, position, notes):
        self.position, self.notes, self.text = position, notes, ""

    def feed(self, text):
        self.text += text
        return text

    def flush(self):
        self.notes.append((self.text, self.position))
        return ""


@pytest.mark.parametrize(("api", "sample"), STREAMED)
def test_texts_beside_what_grows(api, sample):
    stream = Stream(api, sample)
    for events in sample.streams:
        for number, (name, event) in enumerate(events):
            for keys in share(stand.leaves(event)):
                notes = []
                rewriter = api.stream(lambda position, notes=notes: Noted(position, notes))
                try:
                    rewriter.feed(
                        stream.written([*events[:number], (name, marked(event, keys)), *events[number + 1 :]])
                    )
                    rewriter.finish()
                except Exception:  # noqa: BLE001 - a word that says what the event is
                    continue
                for position in {one for text, one in notes if MARK in text}:
                    assert (position.role is Role.ADDRESS) == is_kept(keys, pointers(event, sample.addresses)), keys


@pytest.mark.parametrize(("api", "sample"), CALLING)
def test_unknown_members_beside_what_grows_for_a_tool(api, sample):
    stream = Stream(api, sample)
    for events in sample.streams:
        shape = stream.shape()
        for number, (name, event) in enumerate(stand.copied(events)):
            held = {id(stand.at(event, keys)): keys for keys in stand.objects(event)}
            growing = [(held[id(piece.holder)], piece.position) for piece in shape.read(name, event).pieces]
            for keys, position in growing:
                if position.role is not Role.ARGUMENTS:
                    continue
                planted = stand.planted(events[number][1], (*keys, "x_new"), MARK)
                stand.at(planted, keys)[f"x {MARK}"] = [MARK]
                notes = []
                rewriter = api.stream(lambda position, notes=notes: Noted(position, notes))
                rewriter.feed(stream.written([*events[:number], (name, planted), *events[number + 1 :]]))
                rewriter.finish()
                beside = {one for text, one in notes if MARK in text}
                assert {one.role for one in beside} == {Role.ARGUMENTS}
                assert {one.tool for one in beside} <= {position.tool, ""}


@pytest.mark.parametrize(("api", "sample"), STREAMED)
def test_what_grows_for_a_tool_names_it(api, sample):
    notes = []
    for events in sample.streams:
        rewriter = api.stream(lambda position: Noted(position, notes))
        rewriter.feed(Stream(api, sample).written(events))
        rewriter.finish()
    received = [position.tool for _, position in notes if position.role is Role.ARGUMENTS]
    assert {tool for tools in received for tool in tools.split(OR)} == set(sample.tools)
    assert not sample.tools or set(received) >= set(sample.tools)
    if sample.tools:
        assert not any('"who"' in text for text, position in notes if position.role is not Role.ARGUMENTS)


def renamed(node, tools):
    if isinstance(node, dict):
        return {key: renamed(value, tools) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return type(node)(renamed(value, tools) for value in node)
    return f"A {MARK}" if isinstance(node, str) and node in tools else node


@pytest.mark.parametrize(("api", "sample"), CALLING)
def test_the_name_of_a_called_tool_belongs_to_the_call(api, sample):
    notes = []
    for events in sample.streams:
        rewriter = api.stream(lambda position: Noted(position, notes))
        rewriter.feed(Stream(api, sample).written(renamed(events, sample.tools)))
        rewriter.finish()
    named = [position for text, position in notes if MARK in text]
    assert named
    assert all(one.role is Role.ARGUMENTS and one.tool in {f"A {MARK}", ""} for one in named)


def test_types_name_no_tools_but_those_that_the_target_runs():
    named = {"type": "function", "name": "look_up"}, {"type": "custom", "name": "run"}, {"type": "web_search_preview"}
    asked = {"model": "m", "input": "x", "tools": list(named)}
    decoded = request.decode(asked, responses_tables.RESPONSES, Operation.CHAT)
    assert decoded.tool_names == {"look_up", "run", "web_search_preview", "web_search"}


def test_an_event_that_is_a_call_stays_one_without_the_members_of_the_event_before():
    api = next(api for api, _ in every() if api.name == "openai_responses")
    notes = []
    rewriter = api.stream(lambda position: Noted(position, notes))
    for event in ({"type": "robot_call"}, {"type": "robot_call", "x": MARK}, {"type": "robot_call", "x": [MARK]}):
        rewriter.feed(b"data: " + orjson.dumps(event) + b"\n\n")
    position = Position(Role.ARGUMENTS, tool="robot")
    assert notes == [("x", position), (MARK, position)] * 2


@pytest.mark.parametrize(("api", "sample"), CALLING)
def test_a_place_at_which_two_tools_are_called_counts_as_a_call_of_both(api, sample):
    found = []
    for events in sample.streams if not api.name.startswith("gemini") else ():  # whose calls are whole
        begun = [(event, renamed(event, sample.tools)) for event in stand.copied(events)]
        twice = [each for event, other in begun for each in ((event,) if event == other else (other, event))]
        shape = api.shape()
        with contextlib.suppress(ValueError):  # another name once it has begun
            for name, event in twice:
                found += [piece.position for piece in shape.read(name, event).pieces]
    growing = [one.tool for one in found if one.role is Role.ARGUMENTS]
    assert all(set(tool.split(OR)) - set(sample.tools) for tool in growing)
    assert growing or api.name in {"mcp", "gemini_generate", "gemini_vertex"}
