from __future__ import annotations

import orjson
import pytest

from proxy.codecs.reply import ReplyTable
from proxy.codecs.whole_reply import WholeReply
from testing.fakes import reply_texts

TABLE = ReplyTable(frozenset({"type"}), needs={"said": list}, sealed=("said[*].seal",), signed=("said[*].thought",))
DOCUMENT = {"said": [{"type": "text", "thought": "of Ada", "seal": "gAAAA", "text": "to Ada"}]}
BODY = orjson.dumps(DOCUMENT)


class Keeping:
    def __init__(self, _position):
        pass

    def feed(self, text):
        return text

    def flush(self):
        return ""


class Shouting(Keeping):
    def feed(self, text):
        return text.upper()


def opened(body=BODY):
    return WholeReply(body, orjson.loads(body), TABLE)


def test_signed_texts_are_read_behind_the_others_and_stay():
    reply = opened()
    assert reply_texts(reply.texts) == ["to Ada", "of Ada"]
    (said,) = orjson.loads(reply.rewritten(Shouting))["said"]
    assert said == {**DOCUMENT["said"][0], "text": "TO ADA"}


def test_what_nothing_changes_is_the_bytes_that_came():
    reply = opened()
    assert reply.rewritten(Keeping) is reply.body


def test_sealed_and_signed_texts_are_told():
    assert sorted(opened().sealed()) == ["gAAAA", "of Ada"]


def test_a_half_of_a_character_is_written_as_it_came():
    body = b'{"said":[{"text":"to Ada \\ud83d"}]}'
    reply = WholeReply(body, {"said": [{"text": "to Ada \U0010f83d"}]}, TABLE)
    assert reply.rewritten(Shouting) == b'{"said":[{"text":"TO ADA \\ud83d"}]}'


def test_a_reply_nested_too_deep_is_refused():
    with pytest.raises(ValueError):
        opened(b'{"said":[' + b"[" * 70 + b"]" * 70 + b"]}")
