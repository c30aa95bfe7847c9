from __future__ import annotations

import base64

import orjson
import pytest

from proxy.codecs import files
from proxy.codecs.openai.apis import CHAT
from proxy.core import documents
from proxy.core.findings import Status
from proxy.core.records import Extracted, OpaquePart
from proxy.core.wire import Incoming
from testing.fakes import chat, target

CODEC = CHAT
DATA = base64.b64encode(b"%PDF-1.4 the bytes of a file").decode()
UNREAD = (
    OpaquePart("messages[*].content[*]", "file"),
    OpaquePart("messages[*].content[*].file.file_data", "application/pdf"),
)


def part(data: str = f"data:application/pdf;base64,{DATA}", name: str | None = "report of Ann.pdf", **more):
    held = {"file_data": data, **more}
    return {"type": "file", "file": held if name is None else {**held, "filename": name}}


def decoded(*parts):
    return CODEC.decode(Incoming(chat([{"type": "text", "text": "read this"}, *parts])))


def test_a_file_is_a_document_and_opaque_until_read():
    payload = decoded(part())
    [document] = payload.documents
    assert (document.pointer, document.media, document.data) == ("/messages/0/content/1", "application/pdf", DATA)
    assert (payload.opaque, payload.other_opaque) == (UNREAD, ())
    assert [span.text for span in payload.spans] == ["read this", "report of Ann.pdf"]
    assert DATA not in repr(payload.documents)


@pytest.mark.parametrize(
    ("made", "media"),
    [
        (part(DATA, "notes.txt"), "text/plain"),
        (part(f"data:;base64,{DATA}", "table.CSV"), "text/plain"),
        (part(f"data:application/octet-stream;base64,{DATA}", "x.bin"), "application/octet-stream"),
        (part(f"data:text/csv;charset=utf-8;base64,{DATA}", None), "text/csv"),
    ],
)
def test_media_types(made, media):
    assert [document.media for document in decoded(made).documents] == [media]


@pytest.mark.parametrize(
    "made",
    [
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "file", "file": {"file_id": "file-1", "file_data": DATA}},
        {"type": "file", "file": {"file_data": 5}},
        {"type": "file", "file": {"file_data": DATA, "filename": 5}},
        {"type": "file", "file": {"file_data": "data:application/pdf,plain"}},
        {"type": "file", "file": {"file_data": ""}},
        {"type": "file", "file": DATA},
        {"type": "file"},
        {"type": "file", "file": {"file_data": DATA}, "cache_control": {"type": "ephemeral"}},
        {"type": "input_file", "file_data": DATA},
        part(f"data:image/png;base64,{DATA}"),
        {"type": "image_url", "image_url": {"url": "https://pictures.example/a.png"}},
        {"type": "image_url", "image_url": f"data:image/png;base64,{DATA}"},
        {"type": "image_url", "image_url": {"url": f"data:application/pdf;base64,{DATA}"}},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{DATA}", "detail": "of Ann"}},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{DATA}", "more": 1}},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{DATA}"}, "cache_control": {}},
        {"type": "image_url", "image_url": {"url": 5}},
        {"type": "image_url"},
        {"type": "input_audio", "input_audio": {"data": DATA, "format": "wav"}},
    ],
)
def test_everything_else_stays_opaque(made):
    payload = decoded(made)
    assert payload.documents == ()
    assert payload.opaque
    assert payload.opaque == payload.other_opaque


def test_a_part_that_is_no_element_of_a_list_stays_opaque():
    payload = CODEC.decode(Incoming(chat(part())))
    assert (payload.documents, bool(payload.opaque)) == ((), True)


def test_more_files_than_are_read_stay_opaque():
    payload = decoded(*[part() for _ in range(files.MOST + 1)])
    assert len(payload.documents) == files.MOST
    assert payload.other_opaque == UNREAD


def test_its_text_takes_the_place_of_a_file_with_the_name_as_changed():
    read = documents.with_texts(decoded(part(), part(name=None)), [Extracted("SSN of Ann", Status.COMPLETE)] * 2)
    assert [(span.kind, span.text) for span in read.spans[1:]] == [
        ("value", "report of Ann.pdf"), ("document", "SSN of Ann"), ("document", "SSN of Ann"),
    ]  # fmt: skip
    sent = orjson.loads(CODEC.encode(read, {1: "report of X.pdf", 2: "SSN of X", 3: "SSN of X"}, "m").body)
    assert sent["messages"][0]["content"] == [
        {"type": "text", "text": "read this"},
        {"type": "text", "text": "[report of X.pdf]\nSSN of X"},
        {"type": "text", "text": "[file]\nSSN of X"},
    ]


def test_a_file_nobody_changes_is_sent_as_it_is():
    read = documents.with_texts(decoded(part()), [Extracted("hello", Status.COMPLETE)])
    assert orjson.loads(CODEC.encode(read, {}, "m").body)["messages"][0]["content"][1] == part()


def test_a_cut_text_says_so():
    read = documents.with_texts(decoded(part()), [Extracted("hello", Status.PARTIAL, "cut")])
    sent = orjson.loads(CODEC.encode(read, {2: "hello"}, "m").body)
    assert sent["messages"][0]["content"][1]["text"].endswith("hello\n[The rest of this file was not read.]")


PICTURE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{DATA}", "detail": "low"}}
UNSEEN = (
    OpaquePart("messages[*].content[*]", "image"),
    OpaquePart("messages[*].content[*].image_url.url", "image/png"),
)


def test_an_image_is_a_document_and_opaque_until_read():
    payload = decoded(PICTURE)
    [document] = payload.documents
    assert (document.pointer, document.media, document.data) == ("/messages/0/content/1", "image/png", DATA)
    assert (payload.opaque, payload.other_opaque) == (UNSEEN, ())
    assert [span.text for span in payload.spans] == ["read this"]


def test_images_do_not_take_the_places_of_files():
    payload = decoded(*[PICTURE] * (files.MOST + 1), part())
    assert len(payload.documents) == files.MOST + 1
    assert (payload.documents[0].media, payload.other_opaque) == ("application/pdf", UNSEEN)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (Extracted("SSN of X", Status.COMPLETE), "[Text in an image]\nSSN of X"),
        (Extracted("", Status.COMPLETE), "[Text in an image]\n[No text was found in it.]"),
        (Extracted("a", Status.PARTIAL, "unsure"), "[Text in an image]\na\n[Not all of this image was read.]"),
    ],
)
def test_third_parties_get_an_image_as_text_and_local_targets_as_it_is(answer, text):
    read = documents.with_texts(decoded(PICTURE), [answer])
    third, own = (documents.sent(read, {}, target("a", self_hosted=own)) for own in (False, True))
    assert orjson.loads(CODEC.encode(read, third, "m").body)["messages"][0]["content"][1] == {
        "type": "text",
        "text": text,
    }
    assert orjson.loads(CODEC.encode(read, own, "m").body)["messages"][0]["content"][1] == PICTURE


def test_bytes_in_the_url_safe_alphabet_are_read_too():
    data = base64.b64encode(b"~~~>?\xff\xfe").decode()
    bare = data.translate(str.maketrans("+/", "-_")).rstrip("=")
    assert bare != data
    payload = decoded(part(f"data:text/plain;base64,{bare}"))
    assert [one.data for one in payload.documents] == [data]


def test_long_runs_of_blanks_in_what_is_no_base64_are_passed_over_once():
    part = {"type": "file", "file": {"filename": "a.txt", "file_data": "A" + " " * 200_000 + "!"}}
    body = {"model": "m", "messages": [{"role": "user", "content": [part]}]}
    assert CHAT.decode(Incoming(orjson.dumps(body))).documents == ()
