"""What the tables say that the OpenAI dialect has no use for, over a dialect of its own."""

from __future__ import annotations

import re

import orjson
import pytest

from proxy.codecs import request
from proxy.codecs.members import ANYTHING, Members
from proxy.codecs.parts import FileMembers, PartTable, PartType
from proxy.codecs.request import Keep, RequestTable
from proxy.core import documents
from proxy.core.findings import Status
from proxy.core.records import Extracted, OpaquePart, Operation, Unchanged
from proxy.errors import MalformedRequestError

_ANY = dict.fromkeys("model say keep mode id".split(), ANYTHING)
_FILE = FileMembers(
    "source.data", "source.media", "title", {"source.type": ["base64"], "cache": [None, "short"]}, frozenset({"cache"})
)
_DOCUMENT = {
    "base64": PartType("file", file=_FILE),
    "parts": PartType("text", inside=("source.parts[*]",)),
    "plain": PartType("text"),
}
TABLE = RequestTable(
    members=Members(_ANY),
    keys=frozenset("model say keep mode id type text source data media title parts thought signature seal notes".split()),
    words={"type": frozenset({"text", "call"}), "mode": frozenset({"fast"})},
    identifiers={"id": re.compile(r"id_\w{1,8}")},
    parts=PartTable(
        places=("say[*].parts[*]",),
        kinds={
            "text": PartType("text", Members(dict.fromkeys("type text seal notes".split(), ANYTHING)), sealed=("seal", "notes[*]=seal.data")),
            "thought": PartType("sealed"),
            "result": PartType("text", inside=("parts[*]",)),
            "document": PartType("file", by="source.type", variants=_DOCUMENT),
            "stored": PartType("reference"),
        },
        text={"type": "text"},
    ),
    keeps={"keep": Keep((False,), default=True, refusal=False)},
    keeping=frozenset({"thread"}),
)  # fmt: skip


def decoded(*parts, **more):
    document = {"model": "m", "say": [{"parts": list(parts)}], **more}
    return request.decode(document, TABLE, Operation.CHAT)


def texts(payload):
    return [span.text for span in payload.spans if span.kind == "value"]


def sent(payload, **changes):
    index = {span.text: number for number, span in enumerate(payload.outgoing)}
    return orjson.loads(request.encode(payload, {index[old]: new for old, new in changes.items()}, "m", TABLE))


SEALED = {"type": "thought", "thought": "Ada thought so", "signature": "c2ln", "deep": [{"text": '{"a": "Ada"}'}]}


def test_a_sealed_part_is_neither_read_nor_changed_and_told_as_opaque():
    payload = decoded(SEALED, {"type": "text", "text": "hello"})
    assert texts(payload) == ["hello"]
    assert payload.opaque == (OpaquePart("say[*].parts[*]", "sealed"),)
    assert [part.input for part in payload.opaque] == [""]
    assert sent(payload, hello="bye")["say"][0]["parts"] == [SEALED, {"type": "text", "text": "bye"}]


def test_sealed_members_of_a_part_are_opaque_by_their_place_and_not_by_their_name():
    payload = decoded(
        {"type": "text", "text": "a", "seal": "x1", "notes": [{"type": "seal", "data": "x2"}, {"data": "x3"}]},
        seal="x4",
    )
    assert texts(payload) == ["a", "seal", "x3", "x4"]
    assert [(part.path, part.media) for part in payload.opaque] == [
        ("say[*].parts[*].seal", "sealed"), ("say[*].parts[*].notes[*].data", "sealed"),
    ]  # fmt: skip


def test_what_is_sealed_is_not_searched_for_values_either():
    body = orjson.dumps({"model": "m", "say": [{"parts": [SEALED, {"type": "text", "text": "hello"}]}]})
    assert "hello" in request.body_texts(body, TABLE)
    assert not [text for text in request.body_texts(body, TABLE) if "Ada" in text]


def test_parts_inside_others_are_looked_at():
    inner = {
        "type": "result",
        "parts": [SEALED, {"type": "hologram"}, {"type": "result", "parts": [{"type": "stored"}]}],
    }
    found = [(part.path, part.media, part.input) for part in decoded(inner).opaque]
    assert found == [
        ("say[*].parts[*].parts[*]", "unknown", "unknown"),
        ("say[*].parts[*].parts[*].parts[*]", "reference", ""),
        ("say[*].parts[*].parts[*]", "sealed", ""),
    ]


def test_a_member_tells_the_variants_of_a_part_apart():
    def document(kind, **source):
        return {"type": "document", "source": {"type": kind, **source}}

    plain = decoded(document("plain", data="the words"))
    assert (texts(plain), plain.opaque, plain.documents) == (["document", "plain", "the words"], (), ())
    assert decoded(document("parts", parts=[SEALED])).opaque == (
        OpaquePart("say[*].parts[*].source.parts[*]", "sealed"),
    )
    assert OpaquePart("say[*].parts[*]", "file") in decoded(document("elsewhere")).opaque
    assert OpaquePart("say[*].parts[*]", "file") in decoded(document(["base64"])).opaque


def file(**more):
    return {
        "type": "document",
        "title": "report of Ann",
        "source": {"type": "base64", "media": "application/pdf", "data": "JVBERi0x"},
        **more,
    }


def test_a_file_is_read_where_its_part_says_no_more():
    payload = decoded(file(cache="short"))
    [document] = payload.documents
    assert (document.media, document.data) == ("application/pdf", "JVBERi0x")
    assert OpaquePart("say[*].parts[*].source.data", "application/pdf") in payload.opaque
    read = documents.with_texts(payload, [Extracted("SSN of Ann", Status.COMPLETE)])
    assert not read.opaque
    made = sent(read, **{"SSN of Ann": "SSN of X", "report of Ann": "report of X"})
    assert made["say"][0]["parts"] == [{"type": "text", "text": "[report of X]\nSSN of X", "cache": "short"}]


@pytest.mark.parametrize("more", [{"cache": "Ann"}, {"other": 1}, {"title": None}, {"title": 5}])
def test_the_bytes_of_any_other_file_are_opaque_and_no_text(more):
    payload = decoded(file(**more))
    assert payload.documents == ()
    assert OpaquePart("say[*].parts[*].source.data", "application/pdf") in payload.opaque
    assert "JVBERi0x" not in texts(payload)


@pytest.mark.parametrize(("said", "kept"), [({}, False), ({"keep": None}, False), ({"keep": True}, True)])
def test_what_a_target_keeps_by_default_is_refused_where_nobody_asked_for_it(said, kept):
    payload = decoded(**said)
    assert (payload.stateful, payload.storage_keys) == (kept, ("keep",) * kept)
    assert dict(payload.refusals) == ({"keep": False} if kept else {})
    assert orjson.loads(request.encode(payload, {}, "theirs", TABLE))["keep"] is kept


def test_words_and_identifiers_are_the_dialects_own():
    payload = decoded(mode="fast", id="id_4829")
    assert (texts(payload), [span.text for span in payload.unread_numbers]) == ([], ["id_4829"])
    assert texts(decoded(mode="Ada", id="Ada")) == ["Ada", "Ada"]


def test_the_model_may_be_named_outside_the_body():
    table = RequestTable(members=TABLE.members, keys=TABLE.keys, model="")
    payload = request.decode({"model": "Ada"}, table, Operation.CHAT, "m")
    assert (payload.model, texts(payload)) == ("m", ["Ada"])
    assert orjson.loads(request.encode(payload, {}, "theirs", table)) == {"model": "Ada"}
    with pytest.raises(MalformedRequestError):
        request.decode({}, table, Operation.CHAT, "two words")


def test_parts_without_a_discriminator_are_known_by_their_one_member():
    kinds = {"text": PartType("text"), "inline": PartType("image"), "call": PartType("text")}
    table = RequestTable(
        members=TABLE.members, keys=TABLE.keys, parts=PartTable(places=("say[*]",), kinds=kinds, discriminator="")
    )

    def opaque(*said):
        return [part.media for part in request.decode({"model": "m", "say": list(said)}, table, Operation.CHAT).opaque]

    assert opaque({"text": "a", "note": 1}, {"inline": {}}, {"text": "a", "inline": {}}, {"other": 1}) == [
        "image",
        "unknown",
        "unknown",
    ]
    assert opaque({"text": "a"}, {"call": {"text": "b"}}) == []


def test_a_part_nested_deeper_than_anybody_reads_is_refused():
    node: object = "x"
    for _ in range(900):
        node = {"a": node}
    with pytest.raises(MalformedRequestError):
        decoded({"type": "hologram", "deep": node})


NAMED = RequestTable(
    members=Members({"say": ANYTHING, "all": ANYTHING, "tune": ANYTHING}),
    keys=frozenset("say all model tune top seed".split()),
    parameters=frozenset({"tune.top"}), chosen=frozenset({"tune.seed"}), model="", named=("model", "all[*].model"),
)  # fmt: skip


def test_a_model_that_the_body_repeats_is_the_targets_when_it_leaves():
    payload = request.decode(
        {"model": "a/b", "all": [{"model": "models/a/b", "say": "model"}, {"say": "x"}]}, NAMED, Operation.CHAT, "a/b"
    )
    assert texts(payload) == ["model", "x"]
    made = orjson.loads(request.encode(payload, {}, "own", NAMED))
    assert made == {"model": "own", "all": [{"model": "models/own", "say": "model"}, {"say": "x"}]}
    assert "models/own" not in request.body_texts(orjson.dumps(made), NAMED)


@pytest.mark.parametrize("name", ["b", "models/b", "other/a", {"x": "a"}, None])
def test_a_body_that_names_another_model_than_the_path_is_refused(name):
    with pytest.raises(MalformedRequestError):
        request.decode({"all": [{"model": name}]}, NAMED, Operation.CHAT, "a")


def test_parameters_may_stand_below_others():
    payload = request.decode({"tune": {"top": 1234567, "seed": 12345678, "say": 7654321}}, NAMED, Operation.CHAT, "a")
    assert [span.text for span in payload.spans] == ["12345678", "7654321"]
    payload = request.decode(
        {"tune": {"top": 1234567, "seed": 1234, "say": {"top": 7654321}}}, NAMED, Operation.CHAT, "a"
    )
    assert ([span.text for span in payload.spans], [span.text for span in payload.unread_numbers]) == (
        ["7654321"],
        ["1234"],
    )


def test_an_object_of_a_list_is_read_again_unless_it_is_as_it_was_and_was_not_to_be_changed():
    said = [{"parts": [{"type": "text", "text": text}]} for text in ("one", "two", "three")]
    before, after = (
        {"model": "m", "say": said},
        {"model": "m", "say": [said[0], said[1], {"text": "new"}, {"id": "x y"}]},
    )
    written = orjson.dumps(after)
    assert request.body_texts(written, TABLE, Unchanged(document=before)) == ["new", "x y"]
    edited = Unchanged(document=before, edited=frozenset({"/say/1"}))
    assert request.body_texts(written, TABLE, edited) == ["two", "new", "x y"]
    assert request.body_texts(written, TABLE) == ["one", "two", "new", "x y"]


@pytest.mark.parametrize("before", [[1, 2, 3], ["one", "two"], {"a": "one"}, "one"])
def test_only_objects_in_lists_are_left_out(before):
    body = orjson.dumps({"model": "m", "say": before})
    assert request.body_texts(body, TABLE, Unchanged(document={"say": before})) == request.body_texts(body, TABLE)
