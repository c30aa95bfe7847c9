"""What replies of every dialect and framing cost grows at most in proportion: events, sizes, leaves, calls, chunks."""

from __future__ import annotations

import orjson
import pytest

from proxy.codecs.anthropic import APIS as ANTHROPIC
from proxy.codecs.framing import Frame
from proxy.codecs.framing.aws_event_stream import AwsEventStream
from proxy.codecs.framing.json_array import JsonArray
from proxy.codecs.framing.ndjson import Ndjson
from proxy.codecs.framing.plain import PlainText
from proxy.codecs.framing.sse import Sse
from proxy.codecs.openai.apis import CHAT
from proxy.core.replies.reply import ReplyFilters
from testing.dialects import stand
from testing.dialects.samples import every
from testing.fakes import DONE, FakeDetector, delta
from testing.growth import check_linear
from tests.dialects.test_streams import GROWING, Stream

FRAMINGS = [Sse(), Ndjson(), AwsEventStream(), AwsEventStream(chunks=True), JsonArray(), PlainText()]
NAMES = {"Name_BCDFGHJKLM": "Ada"}
[MESSAGES] = [api for api in ANTHROPIC if api.name == "anthropic_messages"]


def filters():
    return ReplyFilters(NAMES, frozenset({"US_SSN"}), FakeDetector().scan)


def fed(parser, body, piece):
    for at in range(0, len(body), piece):
        parser.feed(body[at : at + piece])


def body_of(framing, events, size):
    encode = framing.encoder()
    data = orjson.dumps({"text": "x" * size, "nested": [{"a": "{"}] * (size // 20)})
    opening = b"[" if isinstance(framing, JsonArray) else b""
    return opening + b"".join(encode(Frame(name="chunk"), data) for _ in range(events))


@pytest.mark.parametrize("piece", [7, 1 << 14, 1 << 30])
@pytest.mark.parametrize("framing", FRAMINGS, ids=str)
def test_events_of_a_framing(framing, piece):
    def parsed(times):
        body = body_of(framing, 60 * times, 20)
        return lambda: fed(framing.parser(), body, piece)

    check_linear(parsed)


@pytest.mark.parametrize("piece", [7, 1 << 14, 1 << 30])
@pytest.mark.parametrize("framing", FRAMINGS, ids=str)
def test_size_of_an_event(framing, piece):
    def parsed(times):
        body = body_of(framing, 1, 8_000 * times)
        return lambda: fed(framing.parser(), body, piece)

    check_linear(parsed)


@pytest.mark.parametrize(
    "unit", [b"\n", b"\r", b"\r\n", b": x\n", b":\n\n", b"data: x\n", b"data:\n\n", b"event: a\n", b" "]
)
@pytest.mark.parametrize("framing", [Sse(), Ndjson()], ids=str)
def test_lines_of_a_framing(framing, unit):
    check_linear(lambda times: lambda: fed(framing.parser(), unit * (1_000 * times), 1_000))


def streamed(api, make_filter, body, piece=1 << 14):
    stream = api.stream(make_filter)
    fed(stream, body, piece)
    stream.finish()


@pytest.mark.parametrize(("api", "sample"), GROWING)
def test_pieces_of_a_stream(api, sample):
    stream = Stream(api, sample)

    def filtered(times):
        body = stream.written(stream.divided(sample.streams[0], lambda _piece: ["somebody "] * (15 * times)))
        return lambda: streamed(api, filters().make, body)

    check_linear(filtered)


@pytest.mark.parametrize(("api", "sample"), GROWING)
def test_size_of_a_piece(api, sample):
    stream = Stream(api, sample)

    def filtered(times):
        body = stream.written(stream.divided(sample.streams[0], lambda _piece: ["somebody " * (300 * times)]))
        return lambda: streamed(api, filters().make, body)

    check_linear(filtered)


REPLIES = [pytest.param(api, sample, id=api.name) for api, sample in every() if sample.replies]


def whole(api, body):
    reply = api.opened(body)
    reply.sealed()
    reply.rewritten(filters().make)
    return [each.text for each in reply.texts]


@pytest.mark.parametrize(("api", "sample"), REPLIES)
def test_texts_of_a_reply(api, sample):
    reply = next((one for one in sample.replies if isinstance(one, dict)), None)
    if reply is None:
        pytest.skip("no reply of this API is an object")

    def read(times):
        body = orjson.dumps({**reply, "x_new": [f"of somebody {count}" for count in range(15 * times)]})
        return lambda: whole(api, body)

    check_linear(read)


@pytest.mark.parametrize(("api", "sample"), REPLIES)
def test_members_of_a_reply(api, sample):
    reply = next((one for one in sample.replies if isinstance(one, dict)), None)
    if reply is None:
        pytest.skip("no reply of this API is an object")

    def read(times):
        members = {f"lat{count}": 4111111111111111.5 + count for count in range(15 * times)}
        body = orjson.dumps({**stand.copied(reply), "x_new": members})
        return lambda: whole(api, body)

    check_linear(read)


def call(number, **more):
    function = {"name": "look_up", "arguments": '{"who": "some'}
    return {"index": 0, "id": f"call_{number}", "type": "function", "function": function, **more}


CALLS = {
    "unfinished at one index": lambda count: [delta(tool_calls=[call(number)]) for number in range(count)],
    "each at its index": lambda count: [delta(tool_calls=[call(number, index=number)]) for number in range(count)],
    "without ids": lambda count: [delta(tool_calls=[{**call(number), "id": None}]) for number in range(count)],
    "in one event": lambda count: [delta(tool_calls=[call(number, index=number) for number in range(count)])],
    "choices": lambda count: [delta(f"of {number}", index=number) for number in range(count)],
    "kinds of content": lambda count: [
        delta(content=[{"type": f"kind{number}", "text": "some"}]) for number in range(count)
    ],
    "kinds in turn": lambda count: [
        delta(content=[{"type": f"kind{number % 2}", "text": "some"}]) for number in range(count)
    ],
    "members": lambda count: [delta(**{f"reasoning{number % 60}": "some"}) for number in range(count)],
    "lists in an element": lambda count: [
        delta(tool_calls=[call(0, **{f"part{number % 60}": "some"})]) for number in range(count)
    ],
}


@pytest.mark.parametrize("kind", CALLS)
def test_channels_of_a_chat_stream(kind):
    def filtered(times):
        body = b"".join([*CALLS[kind](20 * times), delta(finish="stop"), DONE])
        return lambda: streamed(CHAT, filters().make, body)

    check_linear(filtered)


def test_blocks_of_a_messages_stream():
    def filtered(times):
        events = [
            {"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant", "content": []}}
        ]
        for index in range(30 * times):
            block = {"type": "tool_use", "id": f"toolu_{index}", "name": "look_up", "input": {}}
            events.append({"type": "content_block_start", "index": index, "content_block": block})
            piece = {"type": "input_json_delta", "partial_json": '{"who": "some'}
            events.append({"type": "content_block_delta", "index": index, "delta": piece})
        events += [{"type": "content_block_stop", "index": index} for index in range(30 * times)]
        events += [{"type": "message_delta", "delta": {"stop_reason": "tool_use"}}, {"type": "message_stop"}]
        body = b"".join(f"event: {one['type']}\ndata: ".encode() + orjson.dumps(one) + b"\n\n" for one in events)
        return lambda: streamed(MESSAGES, filters().make, body)

    check_linear(filtered)
