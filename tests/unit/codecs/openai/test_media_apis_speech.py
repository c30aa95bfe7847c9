from __future__ import annotations

import orjson
import pytest

from proxy.codecs.openai.media_apis import SPEECH
from proxy.core.records import Operation
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError
from testing.fakes import SSN


def decoded(**fields):
    return SPEECH.decode(Incoming(orjson.dumps({"model": "tts-1", "voice": "ash", **fields})))


def test_what_is_to_be_said_is_read_and_policy_hears_of_a_recording():
    payload = decoded(input=f"I am {SSN}", instructions="Whisper.", response_format="mp3", speed=1.25)
    assert [span.text for span in payload.spans] == [f"I am {SSN}", "Whisper."]
    assert (payload.operation, payload.features) == (Operation.AUDIO, ())
    assert [(part.path, part.media) for part in payload.unread] == [("reply", "audio")]


def test_a_voice_that_is_kept_there_is_a_feature():
    assert decoded(input="a", voice={"id": "voice_1"}).features == ("voice.id",)


@pytest.mark.parametrize("fields", [{}, {"input": ["a"]}, {"input": "a", "stream_format": "sse"}])
def test_what_is_not_served_is_refused(fields):
    with pytest.raises(MalformedRequestError):
        decoded(**fields)


@pytest.mark.parametrize("reply", [b"ID3\x04\xff\xfb\x90", b"RIFF\0\0\0\0", b"\0\0\0\0"])
def test_a_recording_passes_unread(reply):
    assert SPEECH.opened(reply).texts == []
    assert SPEECH.opened(reply).rewritten(lambda _: None) == reply


@pytest.mark.parametrize("reply", [b"", b'{"text": "hello"}', b"a text"])
def test_a_text_in_place_of_a_recording_is_the_targets_fault(reply):
    with pytest.raises(ValueError):
        SPEECH.opened(reply)
