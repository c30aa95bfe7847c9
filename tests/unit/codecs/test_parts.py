from __future__ import annotations

import orjson
import pytest

from proxy.codecs.openai.apis import CHAT
from proxy.core.wire import Incoming
from testing.fakes import chat

SINK = "http://169.254.169.254/latest"


def links(content="hi", **message):
    body = {"model": "m", "messages": [{"role": "user", "content": content, **message}]}
    return CHAT.decode(Incoming(orjson.dumps(body))).links


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": SINK}},
        {"type": "image_url", "image_url": SINK},
        {"type": "input_image", "image_url": SINK},
        {"type": "input_file", "file_url": SINK},
        {"type": "input_audio", "input_audio": {"url": SINK}},
        {"type": "input_audio", "input_audio": {"data": SINK}},
        {"type": "file", "file": {"file_data": SINK}},
        {"type": "video_url", "video_url": {"url": SINK}},
        {"type": "input_audio", "input_audio": {"data": "\u200b" + SINK}},
        {"type": "hologram", "deep": [{"source": {"anything": SINK}}]},
        {"image_url": {"url": SINK}},
    ],
)
def test_addresses_in_parts_that_are_no_text_are_links(part):
    [link] = links([part])
    assert links(part) == (link,)
    assert link.lstrip("\u200b") == SINK


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", " FILE:/etc/passwd", "//sink.example/a", r"\\sink\a", "gopher:x", "a.png"]
)
def test_every_other_scheme_is_a_link_too(address):
    assert links([{"type": "image_url", "image_url": {"url": address}}]) == (address,)


def test_pictures_beside_the_content_and_predictions():
    assert links(images=[SINK]) == (SINK,)
    held = [{"type": "image_url", "image_url": {"url": SINK}}]
    assert CHAT.decode(Incoming(chat(prediction={"type": "content", "content": held}))).links == (SINK,)


def test_data_and_text_are_no_links():
    assert links([{"type": "text", "text": SINK}]) == ()
    assert links([{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}}]) == ()
    assert links([{"type": "file", "file": {"filename": "http://x.txt", "file_data": "QUJD"}}]) == ()
    assert links(SINK) == ()


def test_prose_in_a_part_of_an_unknown_type_is_no_link():
    assert links([{"type": "thinking", "thinking": f"I looked at {SINK} before."}]) == ()


def test_kinds_of_content_are_told():
    def inputs(*content, **message):
        body = {"model": "m", "messages": [{"role": "user", "content": list(content), **message}]}
        return [part.input for part in CHAT.decode(Incoming(orjson.dumps(body))).opaque if part.input]

    assert inputs({"type": "video_url", "video_url": {"url": "data:video/mp4;base64,AA"}}) == ["video"]
    assert inputs({"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}) == ["image"]
    assert inputs({"type": "hologram"}) == ["unknown"]
    assert inputs(images=[SINK]) == ["image"]
    assert inputs({"type": "text", "text": "hi"}) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("//" + " " * 200_000 + "!", 1),
        ("//" + " " * 200_000, 0),
        (" " * 200_000 + "x", 0),
        ("a" * 63 + "://" + "b" * 200_000 + " !", 0),
    ],
    ids=["blanks", "base64", "letter", "words"],
)
def test_long_runs_are_looked_through_once_for_addresses(text, found):
    assert len(links([{"type": "input_audio", "input_audio": {"data": text}}])) == found
