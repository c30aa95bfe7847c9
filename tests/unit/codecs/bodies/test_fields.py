from __future__ import annotations

import pytest

from proxy.codecs import multipart
from proxy.codecs.bodies.fields import URLENCODED, Multipart, UrlEncoded
from proxy.core.records import OpaquePart
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError

FORM = UrlEncoded()


def form(body, **parameters):
    return Incoming(body, media=URLENCODED, parameters=parameters)


def parts(*made):
    return Incoming(multipart.write(multipart.Form("b", made)), media=multipart.MEDIA, parameters={"boundary": "b"})


def test_fields_are_members_and_repeated_ones_are_lists():
    read = FORM.read(form(b"text=Gr%C3%BC%C3%9Fe+an+alle&to=de&to=fr&only[]=x&empty=&alone"))
    assert read.document == {
        "text": "Grüße an alle", "to": ["de", "fr"], "only[]": ["x"], "empty": "", "alone": "",
    }  # fmt: skip
    assert read.opaque == ()


def test_a_form_that_nobody_changed_leaves_byte_for_byte():
    incoming = form(b"a=%7e&&b=+%2b&")
    old = FORM.read(incoming).document
    assert FORM.write(incoming, old, dict(old)) == (incoming.body, URLENCODED)


def test_changed_fields_leave_in_order_under_their_new_names_and_with_the_model():
    incoming = form(b"b=1&a=x&b=2")
    old = FORM.read(incoming).document
    body, media = FORM.write(incoming, old, {"b": ["1 & 1", "2"], "who": "ä=", "model": "m"})
    assert (body, media) == (b"b=1+%26+1&who=%C3%A4%3D&b=2&model=m", URLENCODED)


@pytest.mark.parametrize(
    "incoming",
    [
        form(b"a=%"),
        form(b"a=%zz"),
        form(b"a=%ff"),
        form(b"\xff=1"),
        form(b"@files=1"),
        form(b"a=1", charset="utf-16"),
        form(b"&".join([b"a=1"] * 1001)),
    ],
)
def test_what_readers_take_differently_is_refused(incoming):
    with pytest.raises(MalformedRequestError):
        FORM.read(incoming)


def test_what_a_file_is_is_declared_or_told_by_its_media_type():
    incoming = parts(
        multipart.FormPart("data", "cat.jpg", "image/jpeg", b"\xff\xd8"),
        multipart.FormPart("more", "x.bin", "application/octet-stream", b"\xff\xd8"),
        multipart.FormPart("text", None, "text/plain", b"hello"),
    )
    read = Multipart({"data": "file"}, by_media=True).read(incoming)
    assert read.document == {"@files": [{"data": "cat.jpg"}, {"more": "x.bin"}], "text": "hello"}
    assert read.opaque == (OpaquePart("data", "file", "file"), OpaquePart("*", "file", "file"))
    told = Multipart(by_media=True).read(incoming).opaque
    assert [(one.media, one.input) for one in told] == [("image", "image"), ("file", "file")]
    assert {one.media for one in Multipart().read(incoming).opaque} == {"unknown"}


def test_names_of_files_and_fields_change_in_their_places():
    incoming = parts(
        multipart.FormPart("text", None, "text/plain", b"hello"),
        multipart.FormPart("data", "ada.jpg", "image/jpeg", b"\xff"),
    )
    old = Multipart().read(incoming).document
    new = {"@files": [{"data": "x.jpg"}], "text": "bye", "model": "m"}
    body, media = Multipart().write(incoming, old, new)
    found = [(one.name, one.filename, one.content) for one in multipart.read(media, body).parts]
    assert found == [("text", None, b"bye"), ("data", "x.jpg", b"\xff"), ("model", None, b"m")]
