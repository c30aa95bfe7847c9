from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.framing.json_array import JsonArray
from proxy.codecs.framing.ndjson import Ndjson
from proxy.codecs.framing.plain import PlainText
from proxy.codecs.framing.sse import Sse
from proxy.codecs.reply import ReplyTable
from proxy.codecs.stream import MOST_OPEN, EventRewriter, Meaning, TextPiece, TextRewriter, every_channel
from proxy.core.replies.position import Position
from proxy.core.replies.reply import ReplyFilters
from proxy.errors import UpstreamError
from proxy.exchange.streaming import Collected
from testing.fakes import FakeDetector

END = b'{"ends":true}\n'
NAME, ORIGINAL = "Name_BCDFGHJKLM", 'Ada "B\\yron"'


class Shape:
    """``{"c": channel, "say": piece}``, ``{"close": channel}``, ``{"ends": true}``; ``n`` counts."""

    table = ReplyTable(structural=frozenset({"type"}), signed=("seal",), documents=frozenset({"arguments"}))
    number = "n"

    def read(self, name, event):
        if "say" in event:
            closes = {"closes": every_channel} if event.get("last") else {}
            return Meaning(
                (TextPiece(event["c"], event, "say", Position(document=event["c"] == "json")),),
                droppable=event.get("light", False),
                **closes,
            )
        if "pair" in event:
            return Meaning(tuple(TextPiece("x", one, "say") for one in event["pair"]))
        if "many" in event:
            return Meaning(tuple(TextPiece(one["c"], one, "say") for one in event["many"]))
        if "close" in event:
            return Meaning(closes=[event["close"]])
        closes = every_channel if "ends" in event else ()
        return Meaning(closes=closes, ends="ends" in event, fails="error" in event, whole=event.get("whole"))

    def tail(self, channel, text):
        return "more", {"c": channel, "say": text}


def make(position):
    return ReplyFilters({NAME: ORIGINAL}, frozenset(), FakeDetector().scan).make(position)


def body(*events, framing="sse"):
    datas = [orjson.dumps(event) for event in events]
    if framing == "sse":
        return b"".join(b"data: " + data + b"\n\n" for data in datas)
    return b"[" + b",\n".join(datas) + b"]" if framing == "array" else b"".join(data + b"\n" for data in datas)


def rewritten(raw, framing=Sse(), cuts=(), factory=make):  # noqa: B008
    stream, out, at = EventRewriter(framing, Shape(), factory), b"", 0
    for cut in [*sorted(cuts), len(raw)]:
        out += stream.feed(raw[at:cut])
        at = cut
    return out + stream.finish()


def events(out):
    return [orjson.loads(one.split(b"data: ")[1]) for one in out.split(b"\n\n") if b"data: {" in one]


def said(out, channel):
    return "".join(event["say"] for event in events(out) if event.get("c") == channel)


ENDS = {"ends": True}


def test_pieces_are_filtered_by_channel_and_other_strings_as_a_whole():
    raw = body(
        {"c": 1, "say": NAME[:7]},
        {"c": 2, "say": NAME[:9]},
        {"c": 1, "say": NAME[7:], "note": NAME},
        {"c": 2, "say": "!"},
        ENDS,
    )
    out = rewritten(raw)
    assert (said(out, 1), said(out, 2)) == (ORIGINAL, f"{NAME[:9]}!")
    assert events(out)[2]["note"] == ORIGINAL


def test_what_is_held_back_goes_out_before_the_event_that_closes_its_channel():
    out = rewritten(body({"c": 1, "say": NAME[:7]}, {"c": 2, "say": NAME[:8]}, {"close": 1}, ENDS))
    assert events(out)[2:4] == [{"c": 1, "say": NAME[:7]}, {"close": 1}]
    assert b'event: more\ndata: {"c":2' in out
    assert events(out)[-2:] == [{"c": 2, "say": NAME[:8]}, ENDS]


def test_what_is_held_back_goes_out_with_the_last_piece_where_that_closes():
    assert events(rewritten(body({"c": 1, "say": NAME[:7], "last": True}, ENDS))) == [
        {"c": 1, "say": NAME[:7], "last": True},
        ENDS,
    ]
    pair = {"pair": [{"say": NAME[:3]}, {"say": NAME[3:8]}]}
    assert events(rewritten(body(pair, ENDS)))[0]["pair"] == [{"say": ""}, {"say": ""}]


def test_events_without_change_ids_and_comments_pass_as_they_came():
    raw = b': ping\n\nid: 7\nevent: e\ndata: { "c":1,  "say":"hello" }\n\ndata: {"ends": true}\n\ndata: {"usage": 1.0}\n\n'
    assert rewritten(raw) == raw
    changed = rewritten(b'id: 7\nevent: e\ndata: {"note": "' + NAME.encode() + b'"}\n\ndata: {"ends": true}\n\n')
    assert changed.startswith(b"event: e\nid: 7\ndata: ")


def test_what_follows_the_end_is_filtered_too():
    assert events(rewritten(body(ENDS, {"usage": NAME})))[-1] == {"usage": ORIGINAL}


def test_an_end_marker_of_the_framing_ends_and_lets_go_before_it():
    out = rewritten(body({"c": 1, "say": NAME[:7]}) + b"data: [DONE]\n\n")
    assert events(out)[-1] == {"c": 1, "say": NAME[:7]}
    assert out.endswith(b"data: [DONE]\n\n")


def test_events_are_counted_as_the_client_gets_them():
    raw = body(
        {"n": 5, "c": 1, "say": "Name_", "light": True}, {"n": 6, "c": 1, "say": NAME[5:] + ",", "light": True},
        {"n": 7, "c": 1, "say": "Name_"}, {"n": 8, "close": 1}, {"n": 9, **ENDS},
    )  # fmt: skip
    assert [(event["n"], event.get("say")) for event in events(rewritten(raw))] == [
        (5, f"{ORIGINAL},"), (6, ""), (7, "Name_"), (8, None), (9, None),
    ]  # fmt: skip


def test_signed_texts_and_words_of_the_dialect_stay():
    assert events(rewritten(body({"seal": NAME, "type": "Name_BCDFGHJKLM"}, ENDS)))[0] == {"seal": NAME, "type": NAME}


def test_text_after_the_end_of_its_channel_is_refused():
    with pytest.raises(ValueError):
        rewritten(body({"c": 1, "say": "a"}, {"close": 1}, {"c": 1, "say": "b"}, ENDS))
    assert rewritten(body({"c": 1, "say": "a"}, {"close": 1}, {"c": 1, "say": ""}, ENDS))


@pytest.mark.parametrize("factory", [make, None])
@pytest.mark.parametrize(
    "raw",
    [
        b"data: {\n\n",
        b"data: 1\n\n",
        b"data: []\n\n",
        b'data: {"c":1,"say":"x"}\n\n',
        b"data: {}\n",
        b'data: {"say":"x"}\n\n',
        b'data: {"pair":5}\n\n',
    ],
)
def test_a_stream_of_another_shape_or_without_its_end_is_refused(raw, factory):
    with pytest.raises(ValueError):
        rewritten(raw, factory=factory)


@pytest.mark.parametrize("factory", [make, None])
def test_an_error_inside_the_stream_is_the_targets(factory):
    with pytest.raises(UpstreamError):
        rewritten(body({"error": {"message": "x"}}), factory=factory)


def test_a_piece_that_is_no_text_is_refused():
    with pytest.raises(ValueError):
        rewritten(body({"c": 1, "say": 5}, ENDS))


def test_unfiltered_events_pass_as_they_are():
    raw = b": hi\r\n\r\n" + body({"c": 1, "say": NAME}, ENDS).replace(b"\n", b"\r\n")
    for cut in range(len(raw)):
        assert rewritten(raw, cuts=[cut], factory=None) == raw


def test_a_body_that_ends_by_itself_needs_no_end():
    assert events(rewritten(body({"c": 1, "say": NAME[:7]}), Sse(ends_with_body=True)))[-1]["say"] == NAME[:7]


WORDS = st.lists(st.sampled_from([NAME, "Name_", "x", '{"a":"', '"}', "ü", "\n"]), max_size=5).map("".join)


@given(st.lists(st.tuples(st.sampled_from(["a", "json"]), WORDS), max_size=6), st.lists(st.integers(0, 600), max_size=6),
       st.sampled_from(["sse", "lines", "array"]))  # fmt: skip
def test_every_division_of_the_bytes_gives_what_the_undivided_stream_does(pieces, cuts, framing):
    raw = body(*[{"c": channel, "say": text} for channel, text in pieces], ENDS, framing=framing)
    chosen = {"sse": Sse(), "lines": Ndjson(), "array": JsonArray()}[framing]
    whole = rewritten(raw, chosen)
    assert rewritten(raw, chosen, [cut % (len(raw) + 1) for cut in cuts]) == whole
    told = (
        orjson.loads(whole)
        if framing == "array"
        else [orjson.loads(one.removeprefix(b"data: ")) for one in whole.split(b"\n") if b"{" in one]
    )
    for channel in ("a", "json"):
        one = make(Position(document=channel == "json"))
        wanted = "".join([one.feed(text) for name, text in pieces if name == channel]) + one.flush()
        assert "".join(event.get("say", "") for event in told if event.get("c") == channel) == wanted


@pytest.mark.parametrize("cut", range(12))
def test_a_stream_that_is_one_text(cut):
    raw = f"ü {NAME}!".encode()
    stream = TextRewriter(PlainText(), make)
    assert (stream.feed(raw[:cut]) + stream.feed(raw[cut:]) + stream.finish()).decode() == f"ü {ORIGINAL}!"
    assert stream.complete
    plain = TextRewriter(PlainText(), None)
    assert plain.feed(raw[:cut]) + plain.feed(raw[cut:]) + plain.finish() == raw


@pytest.mark.parametrize("factory", [make, None])
@pytest.mark.parametrize(("framing", "kind"), [(Sse(), "sse"), (JsonArray(ends_with_body=False), "array")])
def test_without_an_end_marker_the_last_event_says_whether_all_is_there(framing, kind, factory):
    for said in ((True,), (False, True)):
        raw = body(*({"whole": one} for one in said), framing=kind)
        stream = EventRewriter(framing, Shape(), factory)
        assert stream.feed(raw[:-1]) + stream.feed(raw[-1:]) + stream.finish() == raw
    for said in ((False,), (True, False)):
        raw, stream = body(*({"whole": one} for one in said), framing=kind), EventRewriter(framing, Shape(), factory)
        out = stream.feed(raw[:-1])
        assert not out.endswith(b"]")
        with pytest.raises(ValueError):
            stream.feed(raw[-1:]) + stream.finish()


def test_such_a_stream_is_read_to_the_end_of_its_body():
    stream = EventRewriter(Sse(), Shape(), make)
    stream.feed(body({"whole": True}))
    assert not stream.complete
    stream.finish()
    assert stream.complete


@pytest.mark.parametrize("factory", [make, None])
def test_an_array_reaches_the_client_object_by_object(factory):
    stream = EventRewriter(JsonArray(), Shape(), factory)
    assert stream.feed(b"[") + stream.feed(b'{"a":1') == b""
    assert stream.feed(b'},\n{"a"') == b'[{"a":1}'


def test_a_text_in_events_ends_with_its_marker_and_says_an_error_as_one():
    stream = TextRewriter(Sse(), make)
    said = stream.feed(b": here\n\ndata: Hello\n\ndata: [DONE]\n\n") + stream.finish()
    assert said.endswith(b"data: [DONE]\n\n")
    assert said.startswith(b": here\n\n")
    for raw in (b"event: error\ndata: no\n\n", b"data: [DONE]\n\ndata: more\n\n", b"data: cut\n\n"):
        broken = TextRewriter(Sse(), make)
        with pytest.raises((ValueError, UpstreamError)):
            broken.feed(raw) + broken.finish()


SCALARS = st.none() | st.booleans() | st.integers(-9, 10**16) | st.sampled_from([1.0, 52.520008, NAME, "stop", "4"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "x"]), inner),
    max_leaves=4,
)
MEMBERS = st.sampled_from(["type", "id", "index", "latitude", "longitude", "created", "seal", "x"])


@given(st.lists(st.dictionaries(MEMBERS, VALUES, max_size=4), min_size=1, max_size=3))
def test_an_event_is_filtered_whatever_came_before_it(events):
    alone = b"".join(rewritten(body(event, framing="lines") + END, Ndjson()).removesuffix(END) for event in events)
    assert rewritten(2 * body(*events, framing="lines") + END, Ndjson()) == 2 * alone + END


def test_members_that_are_a_place_together_are_read_together():
    latitude, longitude = {"latitude": 52.520008}, {"longitude": 13.404954}
    places = [latitude, {"longitude": 9.993682}, latitude | longitude]
    read = []

    class Reading(Shape):
        table = ReplyTable(structural=frozenset({"latitude", "longitude"}))

    def collect(_position):
        read.append(Collected())
        return read[-1]

    EventRewriter(Ndjson(), Reading(), collect).feed(body(*places, framing="lines"))
    assert "52.520008, 13.404954" in [text for collected in read for text in collected.pieces]


@pytest.mark.parametrize("data", [b'{"choices":[],"error":{}}', b'{"choices":[],"\\u0065rror":{}}'])
def test_an_event_that_nobody_filters_may_report_an_error_in_any_spelling(data):
    class Piecewise(Shape):
        table = ReplyTable(structural=frozenset(), piece=b'"choices"')

    stream = EventRewriter(Sse(), Piecewise(), None)
    assert stream.feed(b'data: {"choices":[1]}\n\n') == b'data: {"choices":[1]}\n\n'
    with pytest.raises(UpstreamError):
        stream.feed(b"data: " + data + b"\n\n")


@pytest.mark.parametrize("shape", ["one after the other", "in one event"])
def test_only_so_many_texts_are_open_at_once(shape):
    def opened(count):
        if shape == "in one event":
            return body({"many": [{"c": number, "say": "Na"} for number in range(count)]}, ENDS)
        return body(*({"c": number, "say": "Na"} for number in range(count)), ENDS)

    assert len(events(rewritten(opened(MOST_OPEN)))) > 1
    with pytest.raises(ValueError, match="open at once"):
        rewritten(opened(MOST_OPEN + 1))


def test_texts_that_have_ended_count_no_more():
    pairs = ([{"c": number, "say": "Na"}, {"close": number}] for number in range(MOST_OPEN + 1))
    assert len(events(rewritten(body(*(event for pair in pairs for event in pair), ENDS)))) > MOST_OPEN
