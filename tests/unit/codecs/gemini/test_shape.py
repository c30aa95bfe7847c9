from __future__ import annotations

import orjson
import pytest

from proxy.codecs.framing.sse import EventParser, encode
from proxy.codecs.gemini import APIS
from proxy.core.replies.reply import ReplyFilters
from proxy.errors import UpstreamError
from testing.fakes import SSN, FakeDetector

GENERATE = APIS[0]
NAME, ORIGINAL = "Name_BCDFGHJKLM", 'Ada "B\\yron"'
SSE, ARRAY = "text/event-stream", "application/json"
USAGE = {"usageMetadata": {"totalTokenCount": 3}, "modelVersion": "gemini-3", "responseId": "r1"}


def make(position):
    return ReplyFilters({NAME: ORIGINAL}, frozenset({"US_SSN"}), FakeDetector().scan).make(position)


def event(*parts, index=0, finish=None, **more):
    said = {"content": {"parts": list(parts), "role": "model"}, "index": index}
    return {"candidates": [said | ({"finishReason": finish} if finish else {}) | more], **USAGE}


def text(said, **more):
    return {"text": said, **more}


def call(**more):
    return {"functionCall": more}


def argument(path, said, **more):
    return {"jsonPath": path, "stringValue": said, **more}


def body(events, media):
    datas = [orjson.dumps(one) for one in events]
    return b"".join(map(encode, datas)) if media == SSE else b"[" + b",\n".join(datas) + b"\n]"


def rewritten(events, media=SSE, cut=None, factory=make):
    raw, stream = body(events, media), GENERATE.stream(factory, media)
    out = stream.feed(raw[:cut]) + (stream.feed(raw[cut:]) if cut is not None else b"")
    return out + stream.finish()


def read(out, media=SSE):
    return [orjson.loads(one.data) for one in EventParser().feed(out)] if media == SSE else orjson.loads(out)


def parts(out, media=SSE, index=0):
    return [
        part
        for one in read(out, media)
        for candidate in one.get("candidates", ())
        if candidate.get("index", 0) == index
        for part in candidate.get("content", {}).get("parts", ())
    ]


def said(held, thought=False):
    return "".join(part["text"] for part in held if "text" in part and part.get("thought", False) is thought)


STREAM = (
    event(text("I think of ", thought=True)),
    event(text(NAME[:8], thought=True)),
    event(text(NAME[8:], thought=True), text("Dear ")),
    event(text(NAME[:7])),
    event(text(NAME[7:] + ", " + SSN[:4])),
    event(text(SSN[4:], thoughtSignature=NAME)),
    event(call(name=NAME, args={"who": NAME, "role": NAME})),
    event(call(name="g", willContinue=True)),
    event(call(partialArgs=[argument("$.to", NAME[:6], willContinue=True)], willContinue=True)),
    event(call(partialArgs=[argument("$.to", NAME[6:], willContinue=True)], willContinue=True)),
    event(call(partialArgs=[argument("$.to", "", willContinue=False), argument("$.cc", NAME)], willContinue=True)),
    event(call()),
    event({"executableCode": {"language": "PYTHON", "code": f"print('{NAME}')"}}),
    event(text("See " + NAME[:9])),
    event(finish="STOP", groundingMetadata={"webSearchQueries": [NAME], "searchEntryPoint": {"sdkBlob": NAME}}),
)  # fmt: skip


@pytest.mark.parametrize("media", [SSE, ARRAY])
def test_every_division_gives_the_same_stream(media):
    whole = rewritten(STREAM, media)
    for cut in range(0, len(body(STREAM, media)), 5):
        assert rewritten(STREAM, media, cut) == whole


@pytest.mark.parametrize("media", [SSE, ARRAY])
def test_what_is_said_thought_and_called_is_restored_and_guarded(media):
    out = rewritten(STREAM, media)
    held = parts(out, media)
    assert (said(held, thought=True), said(held)) == (
        f"I think of {ORIGINAL}",
        f"Dear {ORIGINAL}, [US_SSN]See {NAME[:9]}",
    )
    calls = [part["functionCall"] for part in held if "functionCall" in part]
    assert calls[0] == {"name": ORIGINAL, "args": {"who": ORIGINAL, "role": ORIGINAL}}
    grown = {}
    for one in calls:
        for told in one.get("partialArgs", ()):
            grown[told["jsonPath"]] = grown.get(told["jsonPath"], "") + told["stringValue"]
    assert grown == {"$.to": ORIGINAL, "$.cc": ORIGINAL}
    assert [part["executableCode"]["code"] for part in held if "executableCode" in part] == [f"print('{ORIGINAL}')"]
    assert [part["thoughtSignature"] for part in held if "thoughtSignature" in part] == [NAME]
    last = read(out, media)[-1]["candidates"][0]["groundingMetadata"]
    assert last == {"webSearchQueries": [ORIGINAL], "searchEntryPoint": {"sdkBlob": NAME}}


def test_what_is_held_back_stays_before_what_came_after_it():
    out = rewritten([event(text(NAME[:7])), event(call(name="f", args={})), event(text("b"), finish="STOP")])
    assert parts(out) == [text(NAME[:7]), call(name="f", args={}), text("b")]


def test_an_event_whose_text_is_held_back_is_left_out():
    out = rewritten([event(text(NAME[:7])), event(text(NAME[7:])), event(text("."), finish="STOP")])
    assert all(part["text"] for part in parts(out))
    assert said(parts(out)) == f"{ORIGINAL}."
    assert len(read(out)) < 3


def test_an_event_that_says_more_than_text_stays():
    out = rewritten([event(text(NAME[:7], thoughtSignature="x")), event(text(NAME[7:]), finish="STOP")])
    assert parts(out) == [text("", thoughtSignature="x"), text(ORIGINAL)]


def test_an_event_that_says_who_speaks_in_other_words_stays():
    other = event(text(NAME[:7]))
    other["candidates"][0]["content"]["role"] = f"of {NAME}"
    out = rewritten([other, event(text(NAME[7:]), finish="STOP")])
    assert read(out)[0]["candidates"][0]["content"]["role"] == f"of {ORIGINAL}"


@pytest.mark.parametrize("factory", [make, None])
@pytest.mark.parametrize("reason", ["STOP", "OF_TOMORROW", [], 5])
def test_any_reason_to_end_is_one(reason, factory):
    events = [{"candidates": [{"finishReason": reason}], **USAGE}]
    assert rewritten(events, factory=factory) == body(events, SSE)


def test_candidates_do_not_mix():
    out = rewritten(
        [event(text(NAME[:7])), event(text(NAME[:9]), index=1), event(text(NAME[7:]), finish="STOP"),
         event(text(NAME[9:]), index=1, finish="MAX_TOKENS")],
    )  # fmt: skip
    assert said(parts(out)) == said(parts(out, index=1)) == ORIGINAL


@pytest.mark.parametrize("factory", [make, None])
@pytest.mark.parametrize("media", [SSE, ARRAY])
@pytest.mark.parametrize(
    "events",
    [
        [event(text("a"))],
        [event(text("a"), finish="STOP"), event(text("b"), index=1)],
        [event(text("a"), finish="FINISH_REASON_UNSPECIFIED")],
        [{**USAGE}],
        [{"promptFeedback": {}, **USAGE}],
    ],
)
def test_a_stream_in_which_not_every_candidate_ended_never_looks_complete(events, media, factory):
    stream, raw = GENERATE.stream(factory, media), body(events, media)
    out = stream.feed(raw[:-1])
    assert not out.rstrip().endswith(b"]") or media == SSE
    with pytest.raises(ValueError):
        stream.feed(raw[-1:]) + stream.finish()


@pytest.mark.parametrize("media", [SSE, ARRAY])
@pytest.mark.parametrize(
    "events",
    [
        [event(text("Hello."), finish="STOP"), {**USAGE}],
        [event(text("a."), finish="STOP"), event(text("b."), index=1, finish="SAFETY")],
        [{"promptFeedback": {"blockReason": "SAFETY"}, **USAGE}],
    ],
)
def test_a_stream_that_ended_passes_as_it_came(events, media):
    assert rewritten(events, media) == rewritten(events, media, factory=None) == body(events, media)


def test_what_follows_the_last_candidate_is_read_too():
    stream = GENERATE.stream(make, SSE)
    stream.feed(body([event(finish="STOP")], SSE))
    assert not stream.complete
    assert (
        ORIGINAL
        in read(stream.feed(body([{**USAGE, "modelStatus": {"message": NAME}}], SSE)))[0]["modelStatus"].values()
    )


@pytest.mark.parametrize("factory", [make, None])
@pytest.mark.parametrize("media", [SSE, ARRAY])
def test_an_error_in_the_stream_is_the_targets(media, factory):
    with pytest.raises(UpstreamError):
        rewritten([event(text("a")), {"error": {"code": 503, "message": "x"}}], media, factory=factory)


@pytest.mark.parametrize("factory", [make, None])
@pytest.mark.parametrize(
    "one",
    [{}, {"choices": []}, {"candidates": 5}, {"candidates": [5]}, {"candidates": [{"content": 5}]}, event(5),
     {"candidates": [{"content": {"parts": 5}}]}, {"candidates": [{"index": []}]}, event(call(name="f", partialArgs={})), event(call(partialArgs=5)), event(call(partialArgs=[5])),
     event({"functionCall": 5}), event(index="x"), {"candidates": {"content": {}}}],
)  # fmt: skip
def test_a_stream_of_another_shape_is_refused(one, factory):
    with pytest.raises(ValueError):
        rewritten([one, event(finish="STOP")], factory=factory)
