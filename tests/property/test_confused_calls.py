"""Whatever order a target gives the events of calls in, no client takes an original for what an undeclared tool receives.

Clients find a call by its number, by its place in the order of beginnings, or take the one that began last; names are
put together or replaced. A stream that is cut is no call of anybody's.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.anthropic.shape import AnthropicShape
from proxy.codecs.bedrock.shape import ConverseShape
from proxy.codecs.cohere.shape import ChatShape
from proxy.codecs.framing.sse import Sse
from proxy.codecs.openai.chat_shape import ChoicesShape
from proxy.codecs.openai.responses_stream import ResponsesShape
from proxy.codecs.stream import EventRewriter
from proxy.core.replies.placement import Permissions
from proxy.core.replies.reply import ReplyFilters
from testing.examples import examples

NAME, ORIGINAL = "Name_BCDFGHJKLM", "Annaxq"
DECLARED = frozenset({"read", "save"})
PLACES = st.integers(0, 2)
TOOLS = st.sampled_from(["read", "save", "bash", "_all"])
STEPS = st.lists(
    st.tuples(st.just("start"), PLACES, TOOLS)
    | st.tuples(st.just("piece"), PLACES, st.sampled_from([f"{NAME} ", "{}", '{"a":"', '"}']))
    | st.tuples(st.just("stop"), PLACES, st.just("")),
    min_size=2,
    max_size=9,
)


def anthropic(kind, place, said):
    block = {"type": "tool_use", "id": f"t{place}", "name": said, "input": {}}
    delta = {"type": "input_json_delta", "partial_json": said}
    member = {"start": {"content_block": block}, "piece": {"delta": delta}, "stop": {}}[kind]
    name = "content_block_" + {"piece": "delta"}.get(kind, kind)
    return name, {"type": name, "index": place, **member}


def converse(kind, place, said):
    tool = {"toolUse": {"toolUseId": f"t{place}", "name": said}}
    member = {"start": {"start": tool}, "piece": {"delta": {"toolUse": {"input": said}}}, "stop": {}}[kind]
    return f"contentBlock{ {'piece': 'Delta'}.get(kind, kind.capitalize()) }", {"contentBlockIndex": place, **member}


def cohere(kind, place, said):
    function = {"name": said, "arguments": ""} if kind == "start" else {"arguments": said}
    delta = {} if kind == "stop" else {"delta": {"message": {"tool_calls": {"function": function}}}}
    name = "tool-call-" + {"piece": "delta", "stop": "end"}.get(kind, kind)
    return name, {"type": name, "index": place, **delta}


def responses(kind, place, said):
    item = {"type": "function_call", "id": f"fc_{place}", "call_id": f"c{place}", "name": said, "arguments": ""}
    name = (
        "response."
        + {"start": "output_item.added", "piece": "function_call_arguments.delta", "stop": "output_item.done"}[kind]
    )
    member = {"start": {"item": item}, "piece": {"item_id": f"fc_{place}", "delta": said}, "stop": {"item": {}}}[kind]
    return name, {"type": name, "output_index": place, **member}


def chat(kind, place, said, index=int):
    function = {"name": said, "arguments": ""} if kind == "start" else {"arguments": said}
    calls = [{"index": index(place), "function": function}] if kind != "stop" else []
    return "", {"choices": [{"index": 0, "delta": {"tool_calls": calls}}]}


def told(dialect, name, event):
    """Return (kind, number, text) of an event that the client gets."""
    if dialect is chat:
        calls = event["choices"][0]["delta"].get("tool_calls") or []
        pieces = [(one.get("index"), one["function"]) for one in calls]
        return [
            (kind, number, function[key])
            for number, function in pieces
            for kind, key in (("start", "name"), ("piece", "arguments"))
            if function.get(key)
        ]
    tool = (
        event.get("content_block")
        or (event["item"] if name.endswith("added") else None)
        or (event.get("start") or {}).get("toolUse")
    )
    delta = event.get("delta", {})
    number = event.get("index", event.get("contentBlockIndex", event.get("output_index")))
    if dialect is cohere:
        function = delta.get("message", {}).get("tool_calls", {}).get("function", {})
        tool, delta = (function, {}) if name.endswith("start") else (None, function)
    if tool:
        return [("start", number, tool["name"])]
    text = delta if isinstance(delta, str) else delta.get("partial_json", delta.get("arguments"))
    text = delta["toolUse"]["input"] if "toolUse" in delta else text
    return [("piece", number, text)] if text else []


def clients(dialect, events):
    """Yield (name of the tool, what it receives) as each client has it."""
    by_number, merged, renamed, in_order, last = {}, {}, {}, [], None
    for kind, number, text in (one for name, event in events for one in told(dialect, name, event)):
        if number not in merged if dialect is chat else kind == "start":  # in a chat, any piece begins a call
            in_order.append(["", ""])
            by_number.setdefault(number, []).append(["", ""])
        position = number if dialect is chat else -1
        together = merged.setdefault(number, ["", ""])
        if kind == "start":
            last = [text, ""]
            together[0] += text if text != together[0] else ""  # some servers repeat the name with every piece
            renamed.setdefault(number, ["", ""])[0] = by_number[number][-1][0] = text
            if position < len(in_order):
                in_order[position][0] = text
            continue
        for found in (by_number.get(number, [None])[-1], together, renamed.get(number), last):
            if found is not None:
                found[1] += text
        if isinstance(number, int) and number < len(in_order):
            in_order[number][1] += text
    yield from (tuple(one) for held in by_number.values() for one in held)
    yield from map(tuple, (*renamed.values(), *in_order))
    yield from map(tuple, merged.values() if dialect is chat else [last] if last else ())


SHAPES = {
    anthropic: AnthropicShape,
    converse: ConverseShape,
    cohere: ChatShape,
    responses: ResponsesShape,
    chat: ChoicesShape,
}


@examples(300)
@given(st.sampled_from(list(SHAPES)), STEPS, st.booleans())
def test_no_client_gives_an_original_to_an_undeclared_tool(dialect, steps, floats):
    filters = ReplyFilters({NAME: ORIGINAL}, frozenset(), lambda _text: (), permissions=Permissions(tools=DECLARED))
    stream = EventRewriter(Sse(), SHAPES[dialect](), filters.make, None)
    out = b""
    try:
        for step in steps:
            name, event = chat(*step, float) if dialect is chat and floats else dialect(*step)
            out += stream.feed(b"event: %b\ndata: %b\n\n" % (name.encode(), json.dumps(event).encode()))
    except ValueError:
        return
    blocks = [block.split(b"\n") for block in out.decode().encode().split(b"\n\n") if block]
    events = [(lines[0][7:].decode() if len(lines) > 1 else "", json.loads(lines[-1][6:])) for lines in blocks]
    for tool, received in clients(dialect, events):
        assert ORIGINAL not in received or tool in DECLARED, (tool, received)


@pytest.mark.parametrize("dialect", SHAPES)
def test_calls_that_follow_each_other_are_their_own(dialect):
    filters = ReplyFilters({NAME: ORIGINAL}, frozenset(), lambda _text: (), permissions=Permissions(tools=DECLARED))
    stream = EventRewriter(Sse(), SHAPES[dialect](), filters.make, None)
    out = b""
    for place, tool in enumerate(("read", "bash", "save")):
        for step in (("start", place, tool), ("piece", place, f"{NAME} x y z"), ("stop", place, "")):
            name, event = dialect(*step)
            out += stream.feed(b"event: %b\ndata: %b\n\n" % (name.encode(), json.dumps(event).encode()))
    assert out.count(ORIGINAL.encode()) == 2
