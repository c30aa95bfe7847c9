from __future__ import annotations

import orjson
import pytest
from multidict import CIMultiDict

from proxy.codecs.framing import Frame
from proxy.codecs.framing.aws_event_stream import AwsEventStream
from proxy.core.targets.regions import ExpectedOrigin
from proxy.errors import UpstreamModelError
from proxy.upstreams.reports import ReplyReport, retry_after
from testing.fakes import DONE, target

IRISH = ExpectedOrigin(regions=frozenset({"IE"}))


def reports(pinned="", headers=None, **changes):
    return ReplyReport(target("a", expected=IRISH, **changes), CIMultiDict(headers or {}), pinned)


def read_through(made, stream):
    made.piece(stream)
    made.ended()


def event(**document):
    return b"event: x\ndata: " + orjson.dumps(document) + b"\n\n"


def test_a_region_in_a_header():
    made = reports(headers={"X-MS-Region": "Sweden Central"})
    assert (made.region, made.misplaced) == ("Sweden Central", True)
    assert not reports(headers={"X-MS-Region": "North Europe"}).misplaced


def test_a_header_that_the_catalog_names():
    expected = ExpectedOrigin(regions=frozenset({"IE"}), header="x-where", places={"dub7": "IE", "arn3": "SE"})
    told = [
        ReplyReport(target("a", expected=expected), CIMultiDict({"x-where": name}), "") for name in ("dub7", "arn3")
    ]
    assert [one.misplaced for one in told] == [False, True]


def test_a_region_in_the_usage_of_a_whole_reply():
    made = reports()
    made.read(orjson.dumps({"usage": {"input_tokens": 1, "inference_geo": "us"}, "content": []}))
    assert (made.region, made.misplaced) == ("us", True)


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_region_in_the_usage_of_a_stream_however_it_is_cut(size):
    stream = (
        event(type="message_start", message={"model": "m", "usage": {"inference_geo": "us"}}) + event(type="x") + DONE
    )
    made = reports()
    for start in range(0, len(stream), size):
        made.piece(stream[start : start + size])
    assert made.region == "us"


def test_what_a_model_wrote_is_no_report():
    said = {"inference_geo": "us"}
    made = reports()
    made.read(orjson.dumps({"content": [{"input": {"usage": said}, "text": '"usage":{"inference_geo":"us"}'}], **said}))
    made.piece(event(delta={"usage": said, "message": {"usage": said}}))
    assert (made.region, made.misplaced) == ("", False)


@pytest.mark.parametrize("name", ["", "x" * 65, "anna@firm.example", "a\nb", 5, None])
def test_what_is_no_name_of_a_region_is_not_kept(name):
    made = reports()
    made.read(orjson.dumps({"usage": {"inference_geo": name}}))
    assert made.region == ""


def test_what_runs_here_is_not_read_for_regions():
    made = reports(self_hosted=True)
    made.read(orjson.dumps({"usage": {"inference_geo": "us"}}))
    assert made.region == ""


@pytest.mark.parametrize(
    "document",
    [{"model": "m-1"}, {"modelVersion": "m-1"}, {"message": {"model": "m-1"}}, {"response": {"model": "m-1"}}],
)
def test_the_pinned_model_passes(document):
    made = reports("m-1")
    made.read(orjson.dumps(document))
    made = reports("m-1")
    assert made.undecided
    made.piece(event(**document))
    assert not made.undecided
    made.ended()


@pytest.mark.parametrize("body", [b'{"model": "m-2"}', b'{"model": 5}', b"{}", b"[]", b"no JSON", b""])
def test_another_model_or_none_does_not(body):
    with pytest.raises(UpstreamModelError, match="target a"):
        reports("m-1").read(body)
    made = reports("m-1")
    with pytest.raises(UpstreamModelError):
        read_through(made, b"data: " + body + b"\n\n")


AWS = "application/vnd.amazon.eventstream"
ROUTED = {"trace": {"promptRouter": {"invokedModelId": "arn:aws:bedrock:us-west-2::foundation-model/vendor.m"}}}


def aws(*messages, chunks=False):
    encode = AwsEventStream(chunks=chunks).encoder()
    return b"".join(encode(Frame(name=name), orjson.dumps(document)) for name, document in messages)


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize(
    ("stream", "region"),
    [
        (aws(("contentBlockDelta", {"delta": {"text": "x"}}), ("metadata", ROUTED)), "us-west-2"),
        (aws(("chunk", {"message": {"model": "m", "usage": {"inference_geo": "us"}}}), chunks=True), "us"),
        (aws(("contentBlockDelta", {"delta": ROUTED})), ""),
    ],
)
def test_messages_of_aws_are_looked_through(stream, region, size):
    made = reports(headers={"Content-Type": AWS})
    for start in range(0, len(stream), size):
        made.piece(stream[start : start + size])
    assert made.region == region


def test_the_region_of_a_model_that_aws_chose_for_a_whole_reply():
    made = reports()
    made.read(orjson.dumps({"output": {}, **ROUTED}))
    assert (made.region, made.misplaced) == ("us-west-2", True)
    made = reports()
    made.read(orjson.dumps({"trace": {"promptRouter": {"invokedModelId": "us-west-2"}}}))
    assert made.region == ""


def test_a_pinned_model_in_a_message_of_aws():
    made = reports("m-1", {"Content-Type": AWS})
    made.piece(aws(("chunk", {"message": {"model": "m-1"}}), chunks=True))
    assert not made.undecided
    made = reports("m-1", {"Content-Type": AWS})
    with pytest.raises(UpstreamModelError):
        read_through(made, aws(("chunk", {"message": {"model": "m-2"}}), chunks=True))


def test_nothing_is_read_after_something_broken():
    made = reports(headers={"Content-Type": AWS})
    made.piece(b"no event stream")
    made.piece(aws(("metadata", ROUTED)))
    assert made.region == ""


def test_lines_of_other_framings_are_read_too():
    made = reports("m-1")
    made.piece(b'{"model": "m-1", "done": false}\n')
    assert not made.undecided


DATE = "Thu, 26 Nov 2026 18:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0.5"}, 0.5),
        ({"Retry-After-Ms": "250", "Retry-After": "7"}, 0.25),
        ({"Retry-After": "Thu, 26 Nov 2026 18:00:30 GMT", "Date": DATE}, 30.0),
        ({"Retry-After": "Thu, 26 Nov 2026 17:00:00 GMT", "Date": DATE}, 0.0),
        ({"Retry-After": "Thu, 26 Nov 2026 18:00:30 GMT"}, 0.0),
        ({"Retry-After": "-3"}, 0.0),
        ({"Retry-After": "nan"}, 0.0),
        ({"Retry-After": "inf"}, 0.0),
        ({"Retry-After": "1e9"}, 86_400.0),
        ({"Retry-After": "soon", "Date": "now"}, 0.0),
    ],
)
def test_what_a_reply_asks_to_wait(headers, seconds):
    assert retry_after(CIMultiDict(headers)) == seconds
