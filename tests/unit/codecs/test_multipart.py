from __future__ import annotations

import httpx
import pytest
from aiohttp import FormData

from proxy.codecs.multipart import MOST_PARTS, Form, FormPart, read, write

TYPE = "multipart/form-data; boundary=b"
FIELD = b'Content-Disposition: form-data; name="a"'


def body(*parts: bytes) -> bytes:
    """A form of parts, each its headers, a blank line and its content."""
    return b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"


def field(name: str, text: str) -> bytes:
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n{text}'.encode()


def test_fields_and_files_in_order_and_repeated_names_are_kept() -> None:
    form = read(
        TYPE,
        body(
            field("a[]", "one"),
            field("a[]", "zwei\r\nGrüße"),
            b'content-type: IMAGE/png\r\ncontent-disposition:form-data;name=f; filename="p.png"\r\n\r\n\x89PNG\r\n\r\n',
        ),
    )
    assert [(part.name, part.text) for part in form.parts] == [("a[]", "one"), ("a[]", "zwei\r\nGrüße"), ("f", None)]
    file = form.parts[2]
    assert (file.filename, file.media, file.content) == ("p.png", "image/png", b"\x89PNG\r\n\r\n")


def test_what_clients_write_is_read() -> None:
    request = httpx.Request(
        "POST",
        "http://x",
        data={"prompt": "Grüße"},
        files={"file": ('a"ü.txt', b"abc", "text/plain"), "i": ("i.png", b"\xff")},
    )
    parts = read(request.headers["content-type"], request.read()).parts
    assert [(part.name, part.filename, part.content) for part in parts] == [
        ("prompt", None, "Grüße".encode()),
        ("file", "a%22ü.txt", b"abc"),
        ("i", "i.png", b"\xff"),
    ]


async def test_what_another_client_writes_is_read() -> None:
    data = FormData()
    data.add_field("prompt", "Grüße")
    data.add_field("options", '{"a":1}', content_type="application/json")
    data.add_field("file", b"abc", filename="x.csv", content_type="text/csv")
    writer = data()
    written = _Written()
    await writer.write(written)
    parts = read(writer.headers["content-type"], bytes(written.body)).parts
    assert [(part.text, part.filename) for part in parts] == [("Grüße", None), ('{"a":1}', None), (None, "x.csv")]


class _Written:
    def __init__(self) -> None:
        self.body = bytearray()

    async def write(self, data: bytes) -> None:
        self.body += data


@pytest.mark.parametrize("ending", [b"", b"\r\n"])
def test_unchanged_form_is_the_same_bytes(ending: bytes) -> None:
    raw = body(b'content-disposition : form-data; name="a"'.replace(b" :", b":") + b"\r\n\r\nx", field("b", ""))
    raw = raw.removesuffix(b"\r\n") + ending
    assert write(read(TYPE, raw)) == raw


def test_changed_part_has_new_lengths_and_the_others_their_bytes() -> None:
    sized = FIELD + b"\r\ncontent-length: 3\r\nContent-Type: text/plain;charset=UTF-8\r\n\r\nold"
    form = read(TYPE, body(sized, field("b", "x")))
    one, two = form.parts
    new = Form(form.boundary, (one.changed(content="länger".encode()), two), form.ending)
    changed = FIELD + "\r\ncontent-length: 7\r\nContent-Type: text/plain;charset=UTF-8\r\n\r\nlänger".encode()
    assert write(new) == body(changed, field("b", "x"))


def test_file_may_become_its_text_under_another_name() -> None:
    (file,) = read(TYPE, body(FIELD + b'; filename="Max.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF')).parts
    new = file.changed(content=b"text", filename='P "1"\r\n\\', media="text/plain")
    (again,) = read(TYPE, write(Form("b", (new,)))).parts
    assert (again.filename, again.media, again.charset) == ("P %221%22%0D%0A%5C", "text/plain", "utf-8")
    assert again.content == b"text"


def test_part_made_here_can_be_read() -> None:
    made = (FormPart("a", None, "text/plain", b"x"), FormPart("f", "n", "audio/webm", b"\xff"))
    again = read(TYPE, write(Form("b", made))).parts
    assert [(p.name, p.filename, p.media, p.content) for p in again] == [
        (p.name, p.filename, p.media, p.content) for p in made
    ]


def test_media_type_is_added_where_there_was_none() -> None:
    (file,) = read(TYPE, body(FIELD + b'; filename="x"\r\n\r\nx')).parts
    (again,) = read(TYPE, write(Form("b", (file.changed(media="application/json"),)))).parts
    assert (again.media, again.charset) == ("application/json", "utf-8")


def test_part_that_holds_the_delimiter_is_not_written() -> None:
    form = read(TYPE, body(field("a", "x")))
    with pytest.raises(ValueError, match="delimiter"):
        write(Form("b", (form.parts[0].changed(content=b"x--b--"),)))


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data", "multipart/form-data; boundary=", 'multipart/form-data; boundary=""',
        "multipart/mixed; boundary=b", "multipart/form-data; boundary=b; boundary=b", "text/plain; boundary=b",
        'multipart/form-data; boundary="b "', "multipart/form-data; boundary=" + "b" * 71, "multipart/form-data; boundary=b;",
        "multipart/form-data; boundary*=utf-8''b", "multipart/form-data; boundary*0=b", "multipart/form-data boundary=b",
        "multipart/form-data; boundary=b, multipart/form-data; boundary=c", 'multipart/form-data; boundary="\\b"',
        "multipart/form-data; boundary=b; note=x", "multipart/form-data; boundary=b; charset=utf-16", "",
        'multipart/form-data; boundary="ü"',
    ],
)  # fmt: skip
def test_content_type_with_more_than_one_reading_is_refused(content_type: str) -> None:
    with pytest.raises(ValueError):
        read(content_type, body(field("a", "x")))


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"--b--", b"--b--\r\n", b"hidden\r\n" + body(field("a", "x")), body(field("a", "x")) + b"hidden",
        b"\r\n" + body(field("a", "x")), body(field("a", "x")).removesuffix(b"--\r\n"), body(field("a", "x"))[:-3],
        body(field("a", "x")) + b"\r\n", body(field("a", "x")).replace(b"\r\n", b"\n"),
        b"--b \r\n" + field("a", "x") + b"\r\n--b--", b"--b\r\n" + field("a", "x") + b"\n--b--",
        body(field("a", "x\n--b\n" + field("c", "y").decode())), body(field("a", "x\r\n--bb\r\ny")), body(field("a", "x--b")),
        body(b"x"), body(b"\r\n\r\nx"), body(b"", field("a", "x")),
    ],
)  # fmt: skip
def test_form_with_more_than_one_reading_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):
        read(TYPE, raw)


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: text/plain", b"Content-Disposition: form-data", b'Content-Disposition: form-data; name=""',
        b'Content-Disposition: attachment; name="a"', FIELD + b"\r\n" + FIELD, FIELD + b"\r\nX-Note: hidden",
        FIELD + b'; name="b"', FIELD + b"; filename*=utf-8''x", FIELD + b'; filename="x"; filename*=utf-8\'\'y',
        FIELD + b'; filename="a\\"b"', FIELD + b'; filename="C:\\a"', FIELD + b'; other="x"', FIELD + b";", FIELD + b'; filename="x',
        FIELD + b'; filename="\xff"', FIELD + b'; filename="a\x00"', FIELD + b'; filename="a\nb"', FIELD + b"\r\n folded",
        FIELD + b";\r\n filename=x", FIELD + b"\r\nContent-Type : text/plain", FIELD + b"\r\nno colon",
        FIELD + b"\r\nContent-Transfer-Encoding: base64", FIELD + b"\r\nContent-Transfer-Encoding: quoted-printable",
        FIELD + b"\r\nContent-Length: 2", FIELD + b"\r\nContent-Length: 01", FIELD + b"\r\nContent-Type: multipart/mixed; boundary=c",
        FIELD + b"\r\nContent-Type: text", FIELD + b"\r\nContent-Type: text/plain; note=x",
        FIELD + b"\r\nContent-Type: text/plain; charset=utf-16", FIELD + b'\r\nContent-Type: text/plain; charset="a hidden text"',
        FIELD + b"\r\nContent-Type: text/plain" + b" " * 9000, FIELD + b"\r\nContent-Type: text/plain" + b" " * 8000 + b"\x01",
    ],
)  # fmt: skip
def test_headers_with_more_than_one_reading_are_refused(head: bytes) -> None:
    with pytest.raises(ValueError):
        read(TYPE, body(head + b"\r\n\r\nx"))


def test_field_that_is_no_unicode_is_refused_and_a_file_may_be_anything() -> None:
    for part in (
        FIELD + b"\r\n\r\n\xff",
        field("_charset_", "utf-16"),
        FIELD + b"\r\nContent-Type: text/csv\r\n\r\n\xff",
    ):
        with pytest.raises(ValueError, match="UTF-8") as refused:
            read(TYPE, body(part))
        assert type(refused.value) is ValueError
    (file,) = read(TYPE, body(FIELD + b'; filename="x"\r\nContent-Type: text/csv; charset=latin1\r\n\r\n\xff')).parts
    assert (file.content, file.charset, file.text) == (b"\xff", "latin1", None)


def test_form_of_too_many_parts_is_refused() -> None:
    assert len(read(TYPE, body(*[field("a", "")] * MOST_PARTS)).parts) == MOST_PARTS
    with pytest.raises(ValueError, match="more than"):
        read(TYPE, body(*[field("a", "")] * (MOST_PARTS + 1)))
