from __future__ import annotations

import orjson
import pytest

from proxy.codecs import multipart
from proxy.codecs.api import Address
from proxy.codecs.base import Endpoint
from proxy.codecs.form_api import MEDIA, FormApi
from proxy.codecs.members import ANYTHING, Members
from proxy.codecs.openai import DIALECT
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import RequestTable
from proxy.core.records import OpaquePart, Operation
from proxy.core.replies.reply import ReplyFilters
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError
from testing.fakes import CANARY, SSN, FakeDetector, reply_texts

NAME = "Name_BCDFGHJKLM"
FIELDS = ("model", "prompt", "names[]", "names", "format", "stream", "@files")
TABLE = RequestTable(
    members=Members(dict.fromkeys(FIELDS, ANYTHING)),
    keys=frozenset({*FIELDS, "file"}),
    words={"format": frozenset({"json"})},
)
API = FormApi(
    name="toy", dialect=DIALECT, endpoints=(Endpoint("POST", "/v1/heard", media=MEDIA),), operation=Operation.AUDIO,
    request=TABLE, reply=ReplyTable(frozenset(), needs={"text": str}), address=Address("/heard"),
    files={"file": "audio"}, plain=True, unread=(OpaquePart("reply", "audio"),),
)  # fmt: skip


def part(name, content, filename=None, media=None):
    named = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename is not None else "")
    typed = f"\r\nContent-Type: {media}" if media else ""
    return f"--b\r\nContent-Disposition: {named}{typed}\r\n\r\n".encode() + content + b"\r\n"


def incoming(*parts):
    return Incoming(b"".join(parts) + b"--b--\r\n", media=multipart.MEDIA, parameters={"boundary": "b"})


FILE = part("file", b"\xff\xfb\x90RIFF", "ada.mp3", "audio/mpeg")
MODEL = part("model", b"m")


def read(wire):
    form = multipart.read(wire.media, wire.body)
    return [(one.name, one.text if one.is_field else one.content, one.filename) for one in form.parts]


def make(position):
    return ReplyFilters({NAME: "Ada"}, frozenset(), FakeDetector().scan).make(position)


def test_fields_and_names_of_files_are_texts_and_files_are_opaque():
    payload = API.decode(incoming(FILE, MODEL, part("prompt", SSN.encode()), part("format", b"json")))
    assert [(span.path, span.text) for span in payload.spans] == [("@files[*].file", "ada.mp3"), ("prompt", SSN)]
    assert (payload.opaque, payload.other_opaque) == ((OpaquePart("file", "audio"),),) * 2
    assert payload.opaque[0].input == "audio"
    assert (payload.model, payload.features, payload.stream) == ("m", (), False)
    assert [one.media for one in payload.unread] == ["audio"]


def test_a_form_leaves_with_its_new_texts_the_targets_model_and_a_boundary_of_ours():
    payload = API.decode(
        incoming(MODEL, FILE, part("names[]", b"Ada"), part("names[]", b"Bob"), part("prompt", SSN.encode()))
    )
    texts = {n: f"X{n}" for n, span in enumerate(payload.spans)}
    wire = API.encode(payload, texts, "theirs")
    assert read(wire) == [
        ("model", "theirs", None), ("file", b"\xff\xfb\x90RIFF", "X0"), ("names[]", "X1", None), ("names[]", "X2", None),
        ("prompt", "X3", None),
    ]  # fmt: skip
    assert (wire.path, wire.media.partition(";")[0]) == ("/heard", "multipart/form-data")
    assert b"--b\r\n" not in wire.body
    assert set(API.outgoing_texts(wire)) >= {"X0", "X1", "X2", "X3"}
    assert SSN not in "".join(API.outgoing_texts(wire))


def test_a_boundary_stands_in_no_part():
    payload = API.decode(incoming(MODEL, part("prompt", b"boundary-of-this-form")))
    assert read(API.encode(payload, {}, "m"))[1][1] == "boundary-of-this-form"


def test_an_unknown_field_is_a_feature_and_its_name_a_text():
    payload = API.decode(incoming(MODEL, part(CANARY, b"x")))
    assert payload.features == (CANARY,)
    index = [span.text for span in payload.spans].index(CANARY)
    assert read(API.encode(payload, {index: "X"}, "m"))[1] == ("X", "x", None)


@pytest.mark.parametrize("one", [part("other", b"x", "x.bin"), part("prompt", b"x", "x.txt"), part("prompt", b"{}", None, "application/x")])  # fmt: skip
def test_what_is_neither_field_nor_known_file_is_opaque_of_an_unknown_kind(one):
    assert ("unknown", "*") in [(o.media, o.path) for o in API.decode(incoming(MODEL, one)).opaque]


@pytest.mark.parametrize(
    "given",
    [
        incoming(FILE),
        incoming(MODEL, MODEL),
        incoming(MODEL, part("@files", b"x")),
        incoming(MODEL, part("stream", b"true")),
        Incoming(b"", media=multipart.MEDIA, parameters={"boundary": "b"}),
        Incoming(b"{}", media=multipart.MEDIA),
    ],
)
def test_what_has_more_than_one_reading_or_none_is_refused(given):
    with pytest.raises(MalformedRequestError) as caught:
        API.decode(given)
    assert CANARY not in str(caught.value)


def test_a_model_that_the_form_repeats_is_refused_also_where_the_path_names_it():
    given = incoming(MODEL, MODEL)
    with pytest.raises(MalformedRequestError):
        API.decode(Incoming(given.body, media=given.media, parameters=given.parameters, variables={"model": "m"}))


def test_a_model_that_the_form_does_not_name_is_added():
    table = RequestTable(members=TABLE.members, keys=TABLE.keys, unnamed="usual")
    api = FormApi(
        name="toy", dialect=DIALECT, endpoints=API.endpoints, operation=Operation.IMAGE, request=table, reply=API.reply,
        address=API.address,
    )  # fmt: skip
    payload = api.decode(incoming(part("prompt", b"a")))
    assert payload.model == "usual"
    assert read(api.encode(payload, {}, "theirs")) == [("prompt", "a", None), ("model", "theirs", None)]


@pytest.mark.parametrize(
    ("reply", "texts", "rewritten"),
    [
        (orjson.dumps({"text": NAME}), [NAME], orjson.dumps({"text": "Ada"})),
        (f"1\n00:00 --> 00:01\n{NAME}".encode(), [f"1\n00:00 --> 00:01\n{NAME}"], b"1\n00:00 --> 00:01\nAda"),
        (b"[laughs] {Ada}", ["[laughs] {Ada}"], b"[laughs] {Ada}"),
    ],
)
def test_replies_are_json_or_plain_texts(reply, texts, rewritten):
    assert reply_texts(API.opened(reply).texts) == texts
    assert API.opened(reply).rewritten(make) == rewritten


@pytest.mark.parametrize(
    "reply", [b"", b"\xff\xfe", b'{"other": "x"}', b'{"text": "a", "text": "b"}', b'{"text": ["4111"]}', b'["x"]']
)
def test_a_reply_that_is_no_text_is_the_targets_fault(reply):
    with pytest.raises(ValueError):
        API.opened(reply)


@pytest.mark.parametrize("said", [[b"yes"], [b"on"], [b"no"], [b"false", b"true"], [b"true", b"true"]])
def test_a_form_that_readers_might_take_for_a_stream_or_not_is_refused(said):
    with pytest.raises(MalformedRequestError):
        API.decode(incoming(MODEL, *(part("stream", one) for one in said)))
