"""Whoever asks in one dialect is answered in it by a target that speaks another; nothing is seen or lost on the way."""

from __future__ import annotations

import itertools
import json

import orjson
import pytest

from proxy.codecs import conversation as talk
from proxy.codecs.framing import Frame
from proxy.codecs.translation import Translation
from proxy.core.records import Operation, Payload
from proxy.core.replies.reply import ReplyFilters
from proxy.core.targets.capabilities import Capabilities
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError, PayloadTooLargeError, UpstreamError
from testing import fakes
from testing.dialects import stand
from testing.dialects.samples import Sample
from testing.examples import cuts
from testing.fakes import SSN
from tests.dialects import conversations
from tests.dialects.conversations import APIS, TABLES, events_of, said_in
from tests.dialects.test_malformed import spoilt

PAIRS = [
    pytest.param(caller, target, id=f"{caller.name}-{target.name}")
    for caller in APIS.values()
    for target in APIS.values()
    if caller is not target
]
NAME, FOREIGN = "Name_BCDFGHJKLM", "219-09-9999"
SCHEMA = {"type": "object", "properties": {"who": {"type": "string", "description": "whom"}}, "required": ["who"]}
#: What every dialect can say.
ASKED = talk.Conversation(
    (
        talk.Turn("system", (talk.Text("Be brief."),)),
        talk.Turn("user", (talk.Text("Hello there."),)),
        talk.Turn("assistant", (talk.Text("I look."), talk.ToolCall("call_1", "look_up", {"who": "somebody", "deep": [{"id": "this"}]}))),
        talk.Turn("tool", (talk.ToolResult("call_1", (talk.Text("Nothing."),)),)),
        talk.Turn("user", (talk.Text("Look again."),)),
    ),
    (talk.Tool("look_up", "Looks up.", SCHEMA),),
    limits=talk.GenerationOptions(tokens=64, temperature=0.5),
    format=talk.Format(SCHEMA),
)  # fmt: skip
SAID = talk.AssistantReply(
    (talk.Text("Yes, I do."), talk.ToolCall("call_2", "look_up", {"who": "anybody", "deep": {"k": ["v"]}})),
    talk.Stop(talk.CALLS),
    talk.Usage(3, 4),
    "id-1",
    "model-1",
)


def sample_of(api):
    """Return where a caller says what, beside the body."""
    table = TABLES[api.name]
    named = {} if table.model else {"model": "any"}
    return Sample([], (), [], variables=named, query={"alt": "sse"} if named else {}, table=table)


def document_of(api, conversation=ASKED):
    """Return a conversation as a caller of an API writes it."""
    named = {"model": "any"} if TABLES[api.name].model else {}
    return named | orjson.loads(orjson.dumps(api.conversation.from_conversation(conversation)))


def reply_of(api, reply=SAID):
    """Return the bytes of a reply of a target."""
    return orjson.dumps(api.conversation.from_reply(reply, {}))


def pieces(text):
    """Return a text in two pieces, cut in the middle of whatever it holds."""
    return [text[: len(text) // 2], text[len(text) // 2 :]]


def events_said_by(api, reply=SAID, cut=pieces):
    """Return the names and contents of the events of a streamed reply of a target."""
    writer = api.conversation.from_events({"stream_options": {"include_usage": True}})
    return [*(one for event in events_of(reply, cut) for one in writer.write(event)), *writer.end()]


def stream_of(api, reply=SAID):
    """Return the bytes of a streamed reply of a target."""
    framing = api.conversation.framings[0]
    encode, ending = framing.encoder(), api.conversation.marks.get(framing.media[0], (b"", b""))[1]
    return (
        b"".join(encode(Frame(name=name), orjson.dumps(event)) for name, event in events_said_by(api, reply)) + ending
    )


def call(caller, target, document, answer=None, *, streamed=False):
    """Send a caller's request to a target of another dialect."""
    media = target.conversation.framings[0].media[0] if streamed else "application/json"
    made = answer or (lambda _outbound: [stream_of(target) if streamed else reply_of(target)])
    takes = Capabilities(dialects=frozenset({target.name}), translated=True)
    return stand.call(caller, sample_of(caller), document, made, media, streamed=streamed, accepts=takes)


def heard(api, body):
    """Return what a caller reads in a whole reply."""
    return api.conversation.to_reply(orjson.loads(body))


def heard_stream(api, body):
    """Return what a caller reads in a stream."""
    speech = api.conversation
    reader, parser = speech.to_events(), speech.framings[0].parser()
    frames = [one for one in (*parser.feed(body), *parser.finish()) if one.data is not None and not one.ends]
    return conversations.heard(event for one in frames for event in reader.read(one.name, orjson.loads(one.data)))


def spoken(reply):
    """Return the text and the calls of a reply: pieces of either may come in turn, and ids are a dialect's own."""
    text = "".join(part.text for part in reply.parts if isinstance(part, talk.Text))
    return [text, *((part.name, part.arguments) for part in reply.parts if isinstance(part, talk.ToolCall))]


@pytest.mark.parametrize(("caller", "target"), PAIRS)
def test_a_request_says_the_same_to_the_target_and_its_reply_the_same_to_the_caller(caller, target):
    made = call(caller, target, document_of(caller))
    assert made.client.status == 200, made.client.body
    assert (made.sent.dialect, made.sent.translated) == (target.name, True)
    assert made.client.headers["x-compliance-translated"] == target.name
    asked = target.conversation.to_conversation(orjson.loads(made.sent.wire.body))
    known = caller.conversation.to_conversation(document_of(caller))
    assert asked == said_in(target.name, known)
    assert spoken(heard(caller, made.client.body)) == spoken(SAID)


@pytest.mark.parametrize(("caller", "target"), PAIRS)
def test_what_leaves_is_a_request_of_the_targets_own_dialect(caller, target):
    wire = call(caller, target, document_of(caller)).sent.wire
    query, headers = dict(wire.query), dict(wire.headers)
    assert headers == dict(target.conversation.headers)
    named = {} if TABLES[target.name].model else {"model": "theirs"}
    payload = target.decode(Incoming(wire.body, variables=named, query=query, headers=headers))
    assert (payload.model, payload.features, payload.storage_keys) == ("theirs", (), ())


@pytest.mark.parametrize(("caller", "target"), PAIRS)
@pytest.mark.parametrize("how", ["whole", "inside", "json", "key"])
def test_a_value_in_any_place_of_a_request_never_leaves(caller, target, how):
    document, served = document_of(caller), 0
    for keys in stand.leaves(document):
        before = stand.at(document, keys)
        value = {"whole": SSN, "inside": f"{before} {SSN} {before}", "json": json.dumps({"a": [f"{SSN} "]}),
                 "key": {SSN: "x"}}[how]  # fmt: skip
        made = call(caller, target, stand.planted(document, keys, value))
        assert SSN not in made.seen, keys
        assert made.sent is not None or made.client.status in {400, 403, 451}, keys
        served += made.sent is not None
    assert served or how == "key"


#: The texts of ``ASKED`` by what stands in them.
TEXTS = ("Be brief.", "Hello there.", "I look.", "somebody", "this", "Nothing.", "Look again.", "Looks up.", "whom")


@pytest.mark.parametrize(("caller", "target"), PAIRS)
def test_what_stands_for_a_value_arrives_from_every_text_and_comes_back_in_every_text(caller, target):
    document = document_of(caller)
    for keys in stand.leaves(document):
        before = stand.at(document, keys)
        for text in TEXTS:
            if text not in before:
                continue
            made = call(caller, target, stand.planted(document, keys, before.replace(text, f"{text} {SSN}")), back)
            assert made.client.status == 200, (keys, made.client.body)
            [name] = [name for name, value in made.sent.pseudonyms.items() if value == SSN]
            assert name in made.sent.wire.body.decode(), keys
            assert spoken(heard(caller, made.client.body)) == [f"for {SSN}", ("look_up", {"who": SSN, SSN: [SSN]})]


def back(outbound):
    """Answer with what stands for a value, in every place of a reply."""
    api = APIS[outbound.dialect]
    [name] = [name for name, value in outbound.pseudonyms.items() if value == SSN]
    parts = (talk.Text(f"for {name}"), talk.ToolCall("call_2", "look_up", {"who": name, name: [name]}))
    return [reply_of(api, talk.AssistantReply(parts, talk.Stop(talk.CALLS)))]


@pytest.mark.parametrize(("caller", "target"), PAIRS)
def test_a_stream_goes_through_the_proxy_and_comes_back_whole(caller, target):
    document = document_of(caller)
    keys = next(keys for keys in stand.leaves(document) if stand.at(document, keys) == "Hello there.")

    def answer(outbound):
        [name] = [name for name, value in outbound.pseudonyms.items() if value == SSN]
        parts = (talk.Text(f"for {name}"), talk.ToolCall("call_2", "look_up", {"who": name}))
        raw = stream_of(target, talk.AssistantReply(parts, talk.Stop(talk.CALLS), talk.Usage(3, 4)))
        return [raw[at : at + 7] for at in range(0, len(raw), 7)]

    made = call(caller, target, stand.planted(document, keys, f"I am {SSN}"), answer, streamed=True)
    assert made.client.ended == "clean", made.client.body
    assert made.client.media == caller.conversation.media(Incoming(b"", query={"alt": "sse"}))
    assert spoken(heard_stream(caller, made.client.body)) == [f"for {SSN}", ("look_up", {"who": SSN})]


def filters(position):
    return ReplyFilters({NAME: SSN}, frozenset({"US_SSN"}), stand.Detector().scan).make(position)


def translated(caller, target, raw, places=()):
    """Return what a caller gets of the bytes of a stream, cut at these places."""
    asked = Payload(document_of(caller), Operation.CHAT, "m", True, False, False, (), incoming=Incoming(b"", query={"alt": "sse"}))  # fmt: skip
    way = Translation.between(caller, target, asked)
    stream = way.stream(target.conversation.framings[0].media[0], caller.stream(filters, way.media))
    chunks = [raw[begin:end] for begin, end in itertools.pairwise((0, *places, len(raw)))]
    return b"".join([*map(stream.feed, chunks), stream.finish()])


@pytest.mark.parametrize(("caller", "target"), PAIRS)
def test_every_division_of_the_bytes_gives_the_same_bytes(caller, target):
    parts = (talk.Text(f"for {NAME}, not {FOREIGN}"), talk.ToolCall("call_2", "look_up", {"who": NAME}))
    raw = stream_of(target, talk.AssistantReply(parts, talk.Stop(talk.CALLS), talk.Usage(3, 4)))
    whole = translated(caller, target, raw)
    [text, called] = spoken(heard_stream(caller, whole))
    assert (text.startswith(f"for {SSN}, not "), called) == (True, ("look_up", {"who": SSN}))
    assert FOREIGN.encode() not in whole
    assert translated(caller, target, raw, range(1, len(raw))) == whole
    # where an event is cut is the target's side alone: one caller is enough to try many places
    first = next(api for api in APIS.values() if api is not target)
    for cut in cuts(len(raw), 7 if caller is first else 89):
        assert translated(caller, target, raw, [cut]) == whole, cut


@pytest.mark.parametrize(("caller", "target"), PAIRS)
def test_a_stream_that_breaks_off_never_looks_complete(caller, target):
    raw = stream_of(target)
    asked = Payload(document_of(caller), Operation.CHAT, "m", True, False, False, ())
    way = Translation.between(caller, target, asked)
    for cut in range(0, len(raw), 11):
        stream = way.stream(target.conversation.framings[0].media[0], caller.stream(None, way.media))
        stream.feed(raw[:cut])
        if not stream.complete:
            try:
                ended = stream.finish()
            except (ValueError, UpstreamError):
                continue
            assert cut >= len(raw) - len(b"data: [DONE]\n\n\n\n"), (cut, ended)


@pytest.mark.parametrize(("caller", "target"), PAIRS)
@pytest.mark.parametrize("status", [400, 404, 422])
def test_an_error_of_the_target_has_the_callers_shape_and_none_of_its_text(caller, target, status):
    takes = Capabilities(dialects=frozenset({target.name}), translated=True)
    told = orjson.dumps({"error": {"message": f"about {FOREIGN}"}})
    made = stand.call(
        caller, sample_of(caller), document_of(caller), lambda _sent: [told], status=status, accepts=takes
    )
    shown = orjson.loads(made.client.body)
    native = orjson.loads(caller.dialect.error(status, "target_refused", "x", "x"))
    assert (made.client.status, shown.keys()) == (status, native.keys())
    assert FOREIGN.encode() not in made.client.body


@pytest.mark.parametrize(("caller", "target"), PAIRS)
def test_a_reply_that_is_none_of_the_target_is_refused(caller, target):
    made = call(caller, target, document_of(caller), lambda _sent: [b'{"answer": "x"}'])
    assert made.client.status == 502


@pytest.mark.parametrize(("caller", "target"), PAIRS)
def test_any_request_is_said_or_refused(caller, target):
    said = 0
    for document in spoilt(document_of(caller)):
        try:
            payload = caller.decode(sample_of(caller).incoming(document))
        except (MalformedRequestError, PayloadTooLargeError):
            continue
        way = Translation.between(caller, target, payload)
        if way.obstacle(theirs(target)) is None:
            wire = way.encode(payload, {}, "theirs")
            target.decode(sample_of(target).incoming(orjson.loads(wire.body)))
            said += 1
    assert said


def theirs(api):
    return fakes.target("third", accepts=Capabilities(dialects=frozenset({api.name}), translated=True))


@pytest.mark.parametrize(("caller", "target"), PAIRS)
def test_any_reply_is_translated_or_refused(caller, target):
    asked = Payload(document_of(caller), Operation.CHAT, "m", False, False, False, ())
    way, said = Translation.between(caller, target, asked), 0
    for document in spoilt(orjson.loads(reply_of(target))):
        try:
            made = way.reply(orjson.dumps(document))
        except ValueError:
            continue
        caller.opened(made)
        said += 1
    assert said


@pytest.mark.parametrize("target", [pytest.param(api, id=name) for name, api in APIS.items()])
def test_any_stream_is_translated_or_refused(target):
    caller = next(api for api in APIS.values() if api is not target)
    asked = Payload(document_of(caller), Operation.CHAT, "m", True, False, False, ())
    way, media = Translation.between(caller, target, asked), target.conversation.framings[0].media[0]
    events, encode = events_said_by(target), target.conversation.framings[0].encoder()
    written = [encode(Frame(name=name), orjson.dumps(event)) for name, event in events]
    ending = target.conversation.marks.get(media, (b"", b""))[1]
    said = 0
    for number, (name, event) in enumerate(events):
        for odd in spoilt(event):
            stream = way.stream(media, caller.stream(filters, way.media))
            said_so = encode(Frame(name=name), orjson.dumps(odd))
            try:
                stream.feed(b"".join([*written[:number], said_so, *written[number + 1 :], ending]))
                stream.finish()
            except (ValueError, UpstreamError):
                continue
            said += 1
    assert said
