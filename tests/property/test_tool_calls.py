"""Streamed tool calls, for every way in which servers number them: each call's arguments equal the whole reply's."""

from __future__ import annotations

import itertools
import json

import orjson
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.openai.apis import CHAT
from proxy.core.replies.reply import ReplyFilters
from testing.examples import examples
from testing.fakes import DONE, SSN, FakeDetector, completion

CODEC = CHAT
NAME = "Name_BCDFGHJKLM"
ORIGINAL = 'Ada "B\\yron", "admin": true'
WORDS = st.lists(st.sampled_from([NAME, SSN, " ", "x", '"', "ü", "}", "9"]), min_size=1, max_size=5).map("".join)
ARGUMENTS = st.dictionaries(st.sampled_from("abc"), WORDS | st.integers(0, 9), max_size=3).map(json.dumps)
HABITS = ("own index", "own index, id always", "all 0", "no index", "all 0, id always, in turn", "no index, id always, in turn",
          "all 0, no ids", "no index, no ids", "index of the chunk, id always")  # fmt: skip


def make(position):
    return ReplyFilters({NAME: ORIGINAL}, frozenset({"US_SSN"}), FakeDetector().scan).make(position)


def pieces(text, cuts):
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[a:b] for a, b in itertools.pairwise(places)]


def elements(calls, cuts, habit):
    """Return the pieces of all calls, in the order and with the numbers of one server."""
    rows = []
    for number, arguments in enumerate(calls):
        row = []
        for part in pieces(arguments, cuts):
            call = {"function": {"arguments": part}}
            if not row:
                call = {"type": "function", "function": {"name": "look_up", "arguments": part}}
            if "no ids" not in habit and (not row or "id always" in habit):
                call["id"] = f"call_{number}"
            if "no index" not in habit:
                call["index"] = number if "own index" in habit else 0
            row.append(call)
        rows.append(row)
    if "in turn" in habit or "own index" in habit:
        return [call for turn in itertools.zip_longest(*rows) for call in turn if call]
    return [call for row in rows for call in row]


def collected(out, habit):
    """Put the calls together as a client does that knows the server: by id, else by index, else by the last begun."""
    found, last = {}, {}
    for event in out.split(b"\n\n"):
        if not event.startswith(b"data: {"):
            continue
        for choice in orjson.loads(event[6:])["choices"]:
            for call in choice["delta"].get("tool_calls", ()):
                index = call.get("index", 0)
                if call.get("id"):
                    last[index] = call["id"]
                elif "no ids" in habit and call["function"].get("name"):
                    last[index] = len(found)
                found[last[index]] = found.get(last[index], "") + call["function"]["arguments"]
    return list(found.values())


@examples(150)
@given(
    st.lists(ARGUMENTS, min_size=1, max_size=4),
    st.sampled_from(HABITS),
    st.lists(st.integers(0, 200), max_size=4),
    st.lists(st.integers(1, 3), max_size=6),
    st.booleans(),
)
def test_arguments_equal_those_of_the_whole_reply(calls, habit, cuts, together, finish):
    whole = [{"id": "c", "type": "function", "function": {"name": "look_up", "arguments": one}} for one in calls]
    message = orjson.loads(CODEC.opened(completion("", tool_calls=whole)).rewritten(make))["choices"][0]["message"]
    wanted = [call["function"]["arguments"] for call in message["tool_calls"]]
    todo = elements(calls, cuts, habit)
    if habit == "index of the chunk, id always":
        for number, call in enumerate(todo):
            call["index"] = number
    stream, out = CODEC.stream(make), b""
    while todo:
        size = 1 if "no index" in habit else (together.pop() if together else 1)
        chunk, todo = todo[:size], todo[size:]
        event = {"id": "c", "choices": [{"index": 0, "delta": {"tool_calls": chunk}, "finish_reason": None}]}
        out += stream.feed(b"data: " + orjson.dumps(event) + b"\n\n")
    if finish:
        out += stream.feed(b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}\n\n')
    out += stream.feed(DONE)
    assert collected(out, habit) == wanted
    assert all(set(json.loads(one)) == set(json.loads(call)) for one, call in zip(wanted, calls, strict=True))
