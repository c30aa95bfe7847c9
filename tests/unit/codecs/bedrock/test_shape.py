from __future__ import annotations

import orjson
import pytest

from proxy.codecs.bedrock.shape import CONVERSE, ConverseShape
from proxy.codecs.framing import Frame, FrameHeader
from proxy.codecs.framing.aws_event_stream import STRING, encode
from proxy.core.replies.reply import ReplyFilters
from proxy.errors import UpstreamError
from testing.fakes import FakeDetector

NAME, ORIGINAL = "Name_BCDFGHJKLM", 'Ada "B" Byron'


def restored(position):
    return ReplyFilters({NAME: ORIGINAL}, frozenset(), FakeDetector().scan).make(position)


def written(*events):
    return b"".join(encode(Frame(name=name), orjson.dumps(event)) for name, event in events)


def read(raw):
    parser = CONVERSE.framing.parser()
    return [(frame.name, orjson.loads(frame.data)) for frame in (*parser.feed(raw), *parser.finish())]


def delta(index, **said):
    return "contentBlockDelta", {"contentBlockIndex": index, "delta": said}


STOP = ("messageStop", {"stopReason": "end_turn"})
USED = ("metadata", {"usage": {"inputTokens": 1}})


def test_what_a_filter_holds_back_goes_out_before_its_block_ends():
    stream = CONVERSE.stream(restored)
    raw = written(delta(0, text=NAME), ("contentBlockStop", {"contentBlockIndex": 0}), STOP, USED)
    assert read(stream.feed(raw) + stream.finish()) == [
        delta(0, text=ORIGINAL), ("contentBlockStop", {"contentBlockIndex": 0}), STOP, USED,
    ]  # fmt: skip


def test_arguments_are_json():
    stream = CONVERSE.stream(restored)
    pieces = ['{"to": "Name_', 'BCDFGHJKLM"}']
    made = read(stream.feed(written(*(delta(1, toolUse={"input": one}) for one in pieces), STOP)) + stream.finish())
    said = "".join(event["delta"]["toolUse"]["input"] for name, event in made if name == "contentBlockDelta")
    assert orjson.loads(said) == {"to": ORIGINAL}


def test_results_that_aws_streams_are_one_text():
    pieces = (delta(3, toolResult=[{"text": one}]) for one in (NAME[:7], NAME[7:]))
    stream = CONVERSE.stream(restored)
    made = read(stream.feed(written(*pieces, STOP)) + stream.finish())
    assert made == [delta(3, toolResult=[{"text": ORIGINAL}]), STOP]


def test_usage_is_waited_for_and_may_be_missing():
    stream = CONVERSE.stream(None)
    stream.feed(written(delta(0, text="hi"), STOP))
    assert not stream.complete
    stream.finish()
    assert stream.complete
    stream = CONVERSE.stream(None)
    stream.feed(written(delta(0, text="hi"), STOP, USED))
    assert stream.complete


def test_a_message_without_an_end_is_cut():
    stream = CONVERSE.stream(None)
    stream.feed(written(delta(0, text="hi"), ("contentBlockStop", {"contentBlockIndex": 0})))
    with pytest.raises(ValueError, match="end"):
        stream.finish()


@pytest.mark.parametrize(("name", "event"), [("chunk", {}), ("contentBlockDelta", {"delta": {}}), ("contentBlockDelta", {"contentBlockIndex": 0})])  # fmt: skip
def test_what_is_no_event_is_refused(name, event):
    with pytest.raises(ValueError):
        ConverseShape().read(name, event)


def test_an_exception_inside_a_stream_is_an_error_of_the_target():
    with pytest.raises(UpstreamError):
        CONVERSE.stream(restored).feed(CONVERSE.dialect.error_event("", "code", "about Ada", "id"))


def test_further_headers_of_an_event_are_filtered_too():
    class Blank:
        def feed(self, text):
            return "" if "Ada" in text else text

        def flush(self):
            return ""

    def sent(*more):
        named = ((":event-type", "messageStart"), (":content-type", "application/json"), (":message-type", "event"))
        headers = tuple(FrameHeader(name, STRING, value) for name, value in (*named, *more))
        return encode(Frame(name="messageStart", headers=headers), b'{"role":"assistant"}')

    stream = CONVERSE.stream(lambda _position: Blank())
    assert stream.feed(sent(("x-note", "hello"))) == sent(("x-note", "hello"))
    assert stream.feed(sent(("x-note", "of Ada"))) == sent()
