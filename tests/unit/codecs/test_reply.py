from __future__ import annotations

import orjson
import pytest

from proxy.codecs import reply as replies
from proxy.codecs.reply import ReplyTable
from proxy.codecs.reply_keys import KEYS
from proxy.codecs.whole_reply import WholeReply
from testing.fakes import reply_texts

TABLE = ReplyTable(
    structural=frozenset({"id", "type"}),
    needs={"say": list, "count": int},
    documents=frozenset({"arguments"}),
    sealed=("say[*].seal", "say[*]=cite.notes[*].index", "say[*].notes.index"),
    signed=("say[*]=thought.text",),
    spelled=("say[*].logprobs",),
    free=("say[*].input",),
    encoded=("say[*].data",),
    keys=KEYS | {"say", "more", "seal", "deep", "notes", "x"},
)


class Marking:
    """A filter that shows what it saw."""

    def __init__(self, position):
        self.mark = "J" if position.document else "T"

    def feed(self, text):
        return f"{self.mark}:{text}"

    def flush(self):
        return ""


def opened(body):
    return WholeReply(body, replies.parse(body, TABLE), TABLE)


def texts(body):
    return reply_texts(opened(body).texts)


def rewritten(*said, **more):
    return orjson.loads(opened(orjson.dumps({"say": list(said), **more})).rewritten(Marking))


def test_every_string_is_filtered_but_the_dialects_words():
    made = rewritten({"id": "id_1", "text": "a", "arguments": "{}"}, id="two words", more=[["b"]])
    assert made == {"say": [{"id": "id_1", "text": "T:a", "arguments": "J:{}"}], "id": "T:two words", "more": [["T:b"]]}


def test_sealed_and_signed_members_stay_by_their_place():
    said = {"type": "thought", "text": "a", "seal": "b", "deep": {"seal": "c"}}
    assert rewritten(said)["say"] == [{**said, "deep": {"seal": "T:c"}}]
    assert rewritten({"type": "other", "text": "a", "seal": {"x": "b"}})["say"] == [
        {"type": "other", "text": "T:a", "seal": {"x": "b"}}
    ]
    cited = {"type": "cite", "notes": [{"index": "a", "text": "b"}, "c"]}
    assert rewritten(cited)["say"] == [{"type": "cite", "notes": [{"index": "a", "text": "T:b"}, "T:c"]}]
    assert rewritten({**cited, "type": "x"})["say"][0]["notes"][0]["index"] == "T:a"
    assert rewritten({"notes": {"index": "a", "text": "b"}})["say"] == [{"notes": {"index": "a", "text": "T:b"}}]


def test_what_spells_the_text_is_left_out():
    assert rewritten({"logprobs": {"tokens": ["a"]}}, logprobs="a") == {"say": [{"logprobs": None}], "logprobs": "T:a"}


def test_no_key_is_the_dialects_where_the_model_is_free():
    assert rewritten({"input": {"id": "a", "deep": [{"type": "b"}]}})["say"] == [
        {"input": {"T:id": "T:a", "T:deep": [{"T:type": "T:b"}]}}
    ]
    assert rewritten({"input": [{"id": "a"}]})["say"] == [{"input": [{"T:id": "T:a"}]}]


def test_keys_that_become_one_lose_nothing():
    class Blank(Marking):
        def feed(self, text):
            return "x"

    made = opened(b'{"say":[{"input":{"a":1,"b":2,"c":3}}]}').rewritten(Blank)
    assert list(orjson.loads(made)["say"][0]["input"].values()) == [1, 2, 3]


def test_keys_are_read_where_the_model_is_free():
    assert texts(orjson.dumps({"say": [{"input": {"say": 1}, "say": 2}]})) == ["say"]


def test_keys_that_are_not_the_dialects_are_texts_everywhere():
    assert texts(orjson.dumps({"say": [{"who": {"text": 1}}], "Ada": 2})) == ["who", "Ada"]
    assert rewritten({"Ada": {"text": "a"}}) == {"say": [{"T:Ada": {"text": "T:a"}}]}


def test_what_is_signed_is_read_and_what_is_sealed_is_not():
    body = {"say": [{"type": "thought", "text": "a", "seal": "b"}, {"logprobs": ["c"]}]}
    assert texts(orjson.dumps(body)) == ["a", "c"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"say": {}}', b'{"count": "1"}', b'{"say": null}'])
def test_a_reply_of_another_shape_is_refused(body):
    with pytest.raises(ValueError):
        texts(body)
    assert texts(b'{"count": 1}') == []


@pytest.mark.parametrize("place", ["say", "more"])
def test_a_reply_nested_too_deep_is_refused(place):
    deep = b"[" * 900 + b"]" * 900
    with pytest.raises(ValueError):
        texts(b'{"count": 1, "' + place.encode() + b'": [{"x": ' + deep + b"}]}")


def test_long_numbers_are_read_where_the_model_is_free():
    said = {"a": 4111111111111111, "b": [5, 12.5, True, None], "c": 1234567.25}
    assert "4111111111111111" in texts(orjson.dumps({"say": [{"input": said}]}))
    made = list(rewritten({"input": said})["say"][0]["input"].values())
    assert made == ["T:4111111111111111", [5, 12.5, True, None], "T:1234567.25"]


@pytest.mark.parametrize("number", [0.12345678, -0.5, 123456, 999999.25, [0.1] * 1536, [[0.1, 5] * 20] * 20])
def test_fractions_and_short_numbers_are_no_texts(number):
    assert texts(orjson.dumps({"say": [{"x": number}]})) == []


@pytest.mark.parametrize(("key", "number", "read"), [
    ("created", 1741476542, False), ("created", 4111111111111111, True), ("total_duration", 123456789012, False),
    ("x", 1741476542, True), ("x", -1741476542, True), ("x", 4111111111111111.0, True), ("tokens", [12345678] * 3, False),
])  # fmt: skip
def test_long_numbers_are_texts_unless_they_count(key, number, read):
    assert bool(texts(orjson.dumps({"say": [{key: number}]}))) is read


@pytest.mark.parametrize(
    ("data", "said"),
    [("aGk=", "VDpoaQ=="), ("aGk", "VDpoaQ"), ("iVBORw0KGgo=", "iVBORw0KGgo="), ("no, none", "T:no, none"), ("", "T:")],
)
def test_a_text_in_base64_is_one_of_the_reply_and_other_bytes_stay(data, said):
    assert rewritten({"data": data, "text": data}) == {"say": [{"data": said, "text": f"T:{data}"}]}
    assert rewritten({"data": {"data": "aGk="}})["say"] == [{"data": {"data": "T:aGk="}}]


def test_a_text_in_base64_is_read_and_stays_where_nothing_changes():
    reply = orjson.dumps({"say": [{"data": "77u/aGk="}]})
    assert texts(reply) == ["hi"]

    class Nothing(Marking):
        def feed(self, text):
            return text

    assert opened(reply).rewritten(Nothing) is reply


@pytest.mark.parametrize(
    "value",
    ["219-09-9999", "4111111111111111", "+49151123456", "192.0.2.17", "DE89370400440532013000", "ada@acme.example"],
)
def test_what_may_be_somebodys_is_no_word_of_a_dialect(value):
    assert rewritten({"type": value}, id=value) == {"say": [{"type": f"T:{value}"}], "id": f"T:{value}"}


@pytest.mark.parametrize(
    "word",
    [
        "",
        "stop",
        "gpt-4o-2024-08-06",
        "chatcmpl-1234567890",
        "us.anthropic/claude:1",
        "claude@20240620",
        "2b0c4e8a-1111-4222-8333-123456789012",
    ],
)
def test_words_and_identifiers_of_a_dialect_stay(word):
    assert rewritten({"type": word}) == {"say": [{"type": word}]}


def test_what_only_looks_like_base64_is_a_text():
    assert rewritten({"data": "219-09-9999"}) == {"say": [{"data": "T:219-09-9999"}]}
    assert rewritten({"data": "/9j/4AAQSkZJRgABAQ" * 8}) == {"say": [{"data": "/9j/4AAQSkZJRgABAQ" * 8}]}
