from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.openai.media_apis import TRANSCRIPTIONS, TRANSLATIONS
from proxy.core.replies.reply import ReplyFilters
from proxy.errors import UpstreamError
from testing.fakes import FakeDetector, reply_texts

NAME = "Name_BCDFGHJKLM"


def make(position):
    return ReplyFilters({NAME: "Ada"}, frozenset(), FakeDetector().scan).make(position)


def event(kind, **more):
    return b"data: " + orjson.dumps({"type": f"transcript.text.{kind}", **more}) + b"\n\n"


def rewritten(raw, cuts=()):
    stream, out, at = TRANSCRIPTIONS.stream(make), b"", 0
    for cut in [*sorted(cuts), len(raw)]:
        out += stream.feed(raw[at:cut])
        at = cut
    return out + stream.finish()


def events(out):
    return [orjson.loads(block[6:]) for block in out.split(b"\n\n") if block]


def test_what_was_heard_is_filtered_and_its_tokens_are_dropped():
    reply = {
        "task": "transcribe", "language": "english", "duration": 8.4, "text": f"I am {NAME}",
        "segments": [{"id": 0, "start": 0.0, "text": NAME, "tokens": [50364, 440], "speaker": NAME}],
        "words": [{"word": NAME, "start": 0.0}], "logprobs": [{"token": NAME}],
    }  # fmt: skip
    made = orjson.loads(TRANSCRIPTIONS.opened(orjson.dumps(reply)).rewritten(make))
    assert (made["text"], made["words"][0]["word"], made["segments"][0]["speaker"]) == ("I am Ada", "Ada", "Ada")
    assert (made["segments"][0]["tokens"], made["logprobs"]) == (None, None)
    assert reply_texts(TRANSLATIONS.opened(b"WEBVTT\n\nhello").texts) == ["WEBVTT\n\nhello"]


RAW = b"".join([
    event("delta", delta="I am "), event("delta", delta=NAME[:6], logprobs=[{"token": NAME[:6]}]), event("delta", delta=NAME[6:]),
    event("segment", id="seg_1", text=NAME, speaker="A"), event("done", text=f"I am {NAME}", usage={"type": "tokens"}),
])  # fmt: skip


@given(st.lists(st.integers(0, len(RAW)), max_size=6))
def test_pieces_and_the_whole_agree_at_any_cut(cuts):
    made = events(rewritten(RAW, cuts))
    assert "".join(one.get("delta", "") for one in made) == made[-1]["text"] == "I am Ada"
    assert [one["text"] for one in made if one["type"].endswith("segment")] == ["Ada"]


def test_what_is_held_back_goes_out_before_the_end():
    made = events(rewritten(event("delta", delta=NAME[:8], segment_id="s") + event("done", text=NAME[:8])))
    assert made[0] == {"type": "transcript.text.delta", "delta": NAME[:8], "segment_id": "s"}


def test_a_stream_without_its_end_is_cut_and_an_error_is_the_targets():
    with pytest.raises(ValueError):
        rewritten(event("delta", delta="a"))
    with pytest.raises(ValueError):
        rewritten(b"data: {}\n\n")
    with pytest.raises(UpstreamError):
        rewritten(b'data: {"error": {"message": "m"}}\n\n')
