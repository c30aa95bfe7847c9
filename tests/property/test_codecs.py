from __future__ import annotations

import base64
import itertools
from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs import media, pointer, request
from proxy.codecs.openai.apis import CHAT
from proxy.core.records import Unchanged
from proxy.core.replies.reply import ReplyFilters
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError, UpstreamError
from testing.fakes import DONE, SSN, FakeDetector, completion
from testing.walks import walked_leaves

CODEC = CHAT
TOKEN = "zq078-05-1120qz"
NUMBER = 4111111111111111
_BYTES = base64.b64encode(bytes(range(256))).decode()
BINARY = [
    "data:a/b,",
    " data:image/png;base64,AA",
    "\u2003DATA:,x",
    "Data:",
    "day",
    _BYTES,
    _BYTES + "\r\n",
    "a" * 300,
    "b " * 200,
]
#: Keys and words of the dialect and such that nobody knows.
KEYS = st.sampled_from(
    "content text role type id user metadata arguments tools function name file data input_audio url image_url "
    "parameters stop seed tool_call_id other Ada".split()
) | st.text(max_size=6)
SCALARS = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=8)


def _nested(children):
    documents = st.dictionaries(KEYS, children, max_size=3) | st.lists(children, max_size=3)
    blanks = st.sampled_from(["", " ", "\n"])
    text = st.tuples(blanks, documents).map(lambda pair: pair[0] + orjson.dumps(pair[1]).decode())
    return documents | text


DOCUMENTS = st.recursive(SCALARS, _nested, max_leaves=8)


@st.composite
def planted(draw):
    """A document with the token somewhere: as a value, inside a value, a key, a number, or inside JSON text."""
    planting = draw(st.sampled_from(["value", "inside", "key", "number"]))
    made = {
        "value": TOKEN,
        "inside": draw(st.text(max_size=5)) + TOKEN + draw(st.text(max_size=5)),
        "key": {TOKEN: draw(DOCUMENTS)},
        "number": NUMBER,
    }[planting]
    for _ in range(draw(st.integers(0, 5))):
        around = draw(st.sampled_from(["object", "list", "text", "blank text"]))
        if around == "object":
            made = {**draw(st.dictionaries(KEYS, DOCUMENTS, max_size=2)), draw(KEYS): made}
        elif around == "list":
            made = [*draw(st.lists(DOCUMENTS, max_size=2)), made]
        elif isinstance(made, dict | list):
            made = (" \n" if around == "blank text" else "") + orjson.dumps(made).decode()
    return made, str(NUMBER) if planting == "number" else TOKEN


@given(planted(), st.sampled_from(["content", "metadata", "user", "tools", "field of tomorrow", "part"]))
def test_a_planted_token_is_seen_and_goes(found, where):
    value, token = found
    body: dict = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    if where == "content":
        body["messages"][0]["content"] = value
    elif where == "part":
        body["messages"][0]["content"] = [{"type": "text", "text": value}]
    else:
        body[where] = value
    payload = CODEC.decode(Incoming(orjson.dumps(body)))
    seen = [index for index, span in enumerate(payload.spans) if token in span.text]
    assert seen or payload.opaque
    replaced = CODEC.encode(payload, {index: f"[{index}]" for index in range(len(payload.spans))}, "m").body
    if not payload.opaque:
        assert token.encode() not in replaced


@given(DOCUMENTS, st.data())
def test_replacing_one_leaf_changes_that_leaf_only(document, data):
    leaves = walked_leaves({"root": document}, frozenset({"root"}))
    values = [leaf for leaf in leaves if leaf.kind == "value"]
    if not values:
        return
    leaf = data.draw(st.sampled_from(values))
    changed = pointer.replace({"root": document}, {leaf.pointer: "no json at all"})
    after = walked_leaves(changed, frozenset({"root"}))
    assert [one.text if one.pointer != leaf.pointer else None for one in leaves] == [
        one.text if one.pointer != leaf.pointer else None for one in after
    ]


@given(st.lists(DOCUMENTS, max_size=4))
def test_what_a_tree_of_sites_keeps_changes_nothing(contents):
    """A table that has read other documents reads the next one like a table that has read none, and so again."""
    document = {"model": "m", "messages": [{"role": "user", "content": content} for content in contents]}
    anew = request.decode(document, replace(CODEC.request), CODEC.operation)
    body = orjson.dumps(document)
    for _ in range(2):
        assert request.decode(document, CODEC.request, CODEC.operation) == anew
        assert request.body_texts(body, CODEC.request) == request.body_texts(body, replace(CODEC.request))


@given(st.lists(DOCUMENTS, max_size=4), st.randoms(use_true_random=False))
def test_a_written_request_without_its_free_texts_says_everything_else(contents, chance):
    body = orjson.dumps({"model": "m", "messages": [{"role": "user", "content": content} for content in contents]})
    every = request.body_texts(body, CODEC.request)
    free = frozenset(chance.sample(every, chance.randint(0, len(every))))
    told = request.body_texts(body, CODEC.request, Unchanged(free))
    assert [text for text in told if text not in free] == [text for text in every if text not in free]
    assert len(told) <= len(every)


@given(
    st.text(max_size=12)
    | st.sampled_from(BINARY).flatmap(lambda text: st.just(text) | st.text(max_size=3).map(text.__add__))
)
def test_a_text_that_is_plain_at_once_is_neither_binary_nor_json(text):
    if media.is_plain(text):
        assert media.data_url_media(text) is None
        assert not media.is_binary(text)
        assert pointer.nested(text) is None


@given(st.binary(max_size=60) | DOCUMENTS.map(orjson.dumps))
def test_any_body_is_read_or_refused(body):
    try:
        payload = CODEC.decode(Incoming(body))
    except MalformedRequestError:
        return
    orjson.loads(CODEC.encode(payload, {}, "m").body)


@given(DOCUMENTS, st.sampled_from(["messages", "content", "tools", "model", "store", "stream"]))
def test_any_value_in_a_known_place_is_read_or_refused(value, place):
    message = {"role": "user", "content": value if place == "content" else "x"}
    body = {"model": "m", "messages": [message]}
    if place != "content":
        body[place] = value
    try:
        CODEC.decode(Incoming(orjson.dumps(body)))
    except MalformedRequestError:
        return


NAME = "Name_BCDFGHJKLM"
ORIGINAL = 'Ada "B\\yron"'
WORDS = st.lists(
    st.sampled_from([NAME, "Name_", "_BCDF", SSN, "078-05", " ", "\n", "Dear ", "{", "}", ".", "ü", "9", "-", "A"]),
    max_size=10,
).map("".join)


def filters():
    return ReplyFilters({NAME: ORIGINAL}, frozenset({"US_SSN"}), FakeDetector().scan)


def whole(text, key, content):
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": text}}
    message = {"tool_calls": [call]} if key == "arguments" else {key: text}
    reply = orjson.loads(CODEC.opened(completion(content, **message)).rewritten(filters().make))
    message = reply["choices"][0]["message"]
    return message["content"], message["tool_calls"][0]["function"]["arguments"] if key == "arguments" else message[key]


def pieces(text, cuts):
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[a:b] for a, b in itertools.pairwise(places)]


def chunk(key, text, finish=None):
    said = {"tool_calls": [{"index": 0, "function": {"arguments": text}}]} if key == "arguments" else {key: text}
    choice = {"index": 0, "delta": said if text else {}, "finish_reason": finish}
    return orjson.dumps({"id": "c", "choices": [choice]})


@given(
    WORDS,
    WORDS,
    st.sampled_from(["arguments", "refusal", "reasoning_content"]),
    st.lists(st.integers(0, 200), max_size=6),
    st.lists(st.integers(0, 5000), max_size=12),
    st.sampled_from([b"\n\n", b"\r\n\r\n"]),
    st.booleans(),
)
def test_stream_equals_whole_for_every_division(content, text, key, cuts, byte_cuts, end, finish):
    wanted = whole(text, key, content)
    parts = [("content", part) for part in pieces(content, cuts)]
    for place, part in enumerate(pieces(text, cuts[::-1])):
        parts.insert(min(2 * place, len(parts)), (key, part))
    datas = [b'{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}']
    datas += [chunk(*part) for part in parts]
    datas += [chunk("content", "", "stop")] if finish else []
    datas += [b'{"id":"c","choices":[],"usage":{"total_tokens":1}}', b"[DONE]"]
    body = b": hello" + end + b"".join(b"data: " + data + end for data in datas)
    stream, out = CODEC.stream(filters().make), b""
    for piece in pieces(body, byte_cuts):
        out += stream.feed(piece)
    assert stream.complete
    assert (collected(out, "content"), collected(out, key)) == wanted
    assert out.rstrip().endswith(DONE.rstrip())


def collected(out, key):
    found = []
    for event in out.replace(b"\r\n", b"\n").split(b"\n\n"):
        if not event.startswith(b"data: {"):
            continue
        for choice in orjson.loads(event[6:])["choices"]:
            said = choice["delta"]
            if key == "arguments":
                found += [call["function"]["arguments"] for call in said.get("tool_calls", ())]
            else:
                found.append(said.get(key) or "")
    return "".join(found)


@given(DOCUMENTS, st.sampled_from(["event", "choices", "choice", "delta", "tool_calls", "index", "error"]))
def test_any_event_is_rewritten_or_refused(value, place):
    choice: dict = {"index": 0, "delta": {"content": "x"}}
    event: object = {"choices": [choice]}
    if place in {"delta", "index"}:
        choice[place] = value
    elif place == "tool_calls":
        choice["delta"]["tool_calls"] = value
    elif place == "event":
        event = value
    else:
        event = {"choices": [value]} if place == "choice" else {"choices": [], place: value}
    stream = CODEC.stream(filters().make)
    try:
        out = stream.feed(b"data: " + orjson.dumps(event) + b"\n\n") + stream.feed(DONE)
    except (ValueError, UpstreamError):
        return
    assert out.rstrip().endswith(DONE.rstrip())


@given(DOCUMENTS, st.sampled_from(["reply", "choices", "choice", "message"]))
def test_any_reply_is_rewritten_or_refused(value, place):
    reply = {"choices": [{"message": value}]}
    reply = {"reply": value, "choices": {"choices": value}, "choice": {"choices": [value]}, "message": reply}[place]
    try:
        CODEC.opened(orjson.dumps(reply)).rewritten(filters().make)
    except ValueError:
        return


@pytest.mark.parametrize("make", [b"[" * 900 + b"]" * 900, b'{"a":' * 900 + b"1" + b"}" * 900])
def test_a_reply_nested_too_deep_is_refused(make):
    with pytest.raises(ValueError):
        CODEC.opened(b'{"choices": [' + make + b"]}")
    with pytest.raises(ValueError):
        CODEC.stream(filters().make).feed(b'data: {"choices": [{"index": 0, "delta": {"x": ' + make + b"}}]}\n\n")
