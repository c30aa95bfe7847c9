from __future__ import annotations

import orjson
import pytest

from proxy.codecs.endpoints import TABLE
from proxy.codecs.huggingface import DIALECT, TokenShape
from proxy.codecs.stream import every_channel


@pytest.mark.parametrize(
    ("status", "kind"), [(403, "validation"), (429, "overloaded"), (503, "overloaded"), (500, "generation")]
)
def test_errors_name_their_type(status, kind):
    told = orjson.loads(DIALECT.error(status, "denied", "refused by policy", "r1"))
    assert told == {"error": "refused by policy", "error_type": kind, "code": "denied"}


def test_an_error_in_a_stream_is_an_event():
    data = DIALECT.error_event("text/event-stream", "cut", "it broke", "r1").removeprefix(b"data: ")
    assert orjson.loads(data)["error"] == "it broke"


@pytest.mark.parametrize(
    ("path", "name", "variables"),
    [
        ("/", "tgi_root", {}),
        ("/generate", "tgi_generate", {}),
        ("/models/org/bge", "tgi_root", {"model": "org/bge"}),
        ("/models/org/bge/generate_stream", "tgi_generate", {"model": "org/bge"}),
        ("/models/org/bge/embed", "tei_embed", {"model": "org/bge"}),
        ("/embed_sparse", "tei_embed_sparse", {}),
    ],
)
def test_a_path_may_name_the_model(path, name, variables):
    found = TABLE.find("POST", path, {})
    assert (found.served.api.name, found.variables) == (name, variables)


@pytest.mark.parametrize("path", ["/decode", "/chat_tokenize", "/invocations", "/vertex"])
def test_what_is_not_served_is_unknown(path):
    assert TABLE.find("POST", path, {}).served is None


def token(text, **more):
    return {"index": 1, "token": {"id": 5, "text": text, "special": False}, "generated_text": None, **more}


def test_the_texts_of_tokens_grow():
    meaning = TokenShape().read("", token("a"))
    assert [(piece.channel, piece.holder[piece.key]) for piece in meaning.pieces] == [("text", "a")]
    assert (meaning.ends, meaning.droppable) == (False, True)


@pytest.mark.parametrize("more", [{"generated_text": "ab"}, {"generated_text": ""}, {"details": {"seed": 1}}])
def test_the_last_token_ends_the_text(more):
    meaning = TokenShape().read("", token("b", **more))
    assert (meaning.ends, meaning.droppable, meaning.closes) == (True, False, every_channel)


def test_a_special_token_is_no_piece_of_the_text():
    meaning = TokenShape().read("", {"token": {"text": "</s>", "special": True}, "generated_text": "ab"})
    assert (meaning.pieces, meaning.ends) == ((), True)


def test_an_error_is_one():
    assert TokenShape().read("", {"error": "it broke", "error_type": "generation"}).fails


def test_what_is_added_is_read_as_a_token():
    _, event = TokenShape().tail("text", "a")
    assert [piece.holder[piece.key] for piece in TokenShape().read("", event).pieces] == ["a"]


@pytest.mark.parametrize("event", [{}, {"token": "a"}])
def test_what_is_no_event_is_refused(event):
    with pytest.raises(ValueError):
        TokenShape().read("", event)
