from __future__ import annotations

import pytest

from proxy.codecs import multipart
from proxy.codecs.openai.batch_files import FILES_API
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError, StatefulUnsupportedError
from tests.unit.codecs.batches.test_upload import chat, form


@pytest.mark.parametrize("purpose", ["user_data", "vision", "assistants", "fine-tune", "evals", "", "Batch"])
def test_a_file_for_something_else_is_refused_with_a_word(purpose):
    with pytest.raises(StatefulUnsupportedError, match="for a batch alone"):
        FILES_API.decode(form(chat(), purpose=purpose))


def test_the_files_own_name_never_leaves_and_its_expiry_does():
    fields = (("expires_after[anchor]", "created_at"), ("expires_after[seconds]", "86400"))
    payload = FILES_API.decode(form(chat(), fields=fields, name="of ada.jsonl"))
    assert [span.text for span in payload.spans] == ["hello"]
    assert payload.features == ()
    wire = FILES_API.encode(payload, {}, "m")
    assert b"ada" not in wire.body
    assert FILES_API.outgoing_texts(wire) == ["86400", "hello"]
    parts = {part.name: part for part in multipart.read(wire.media, wire.body).parts}
    assert (parts["file"].filename, parts["expires_after[seconds]"].text) == ("batch.jsonl", "86400")


def test_another_field_is_a_feature():
    assert FILES_API.decode(form(chat(), fields=(("more", "of ada"),))).features == ("more",)


@pytest.mark.parametrize("names", [(), ("image",), ("file", "file")])
def test_there_is_one_file(names):
    parts = [multipart.FormPart("purpose", None, "text/plain", b"batch")]
    parts += [multipart.FormPart(name, "a", "application/octet-stream", b"{}") for name in names]
    body = multipart.write(multipart.Form("b", tuple(parts)))
    with pytest.raises(MalformedRequestError, match="one file"):
        FILES_API.decode(Incoming(body, media=multipart.MEDIA, parameters={"boundary": "b"}))


def test_an_empty_file_holds_no_line():
    with pytest.raises(MalformedRequestError):
        FILES_API.decode(form(b""))


def test_the_form_leaves_under_a_boundary_that_stands_in_no_line():
    payload = FILES_API.decode(form(chat(said="x")))
    at = next(index for index, span in enumerate(payload.spans) if span.text == "x")
    wire = FILES_API.encode(payload, {at: "boundary-of-this-form"}, "m")
    assert wire.media.endswith("boundary=boundary-of-this-form-")
    assert "boundary-of-this-form" in FILES_API.outgoing_texts(wire)
