from __future__ import annotations

import asyncio
from dataclasses import replace

from aiohttp import BodyPartReader, MultipartReader, StreamReader
from aiohttp.base_protocol import BaseProtocol
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.multipart import Form, FormPart, read, write

NAMES = st.text(st.characters(codec="utf-8", exclude_characters='"\\\x7f', min_codepoint=32), min_size=1, max_size=9)
TEXTS = st.text(st.characters(codec="utf-8") | st.sampled_from("\r\n-b:"), max_size=20)
FIELDS = st.builds(
    FormPart, NAMES, st.none(), st.sampled_from(["text/plain", "application/json"]), TEXTS.map(str.encode)
)
FILES = st.builds(
    FormPart, NAMES, NAMES, st.sampled_from(["text/csv", "image/png", "text/plain"]), st.binary(max_size=20)
)
FORMS = st.lists(FIELDS | FILES, min_size=1, max_size=4).map(lambda parts: Form("b-0", tuple(parts)))
TYPE = "multipart/form-data; boundary=b-0"


def told(parts) -> list[tuple[str, str | None, str, bytes]]:
    return [(part.name, part.filename, part.media, part.content) for part in parts]


@given(FORMS)
def test_written_form_reads_back_and_stays_the_same_bytes(form) -> None:
    raw = write(form)
    again = read(TYPE, raw)
    assert told(again.parts) == told(form.parts)
    assert write(again) == raw


@given(FORMS, st.data())
def test_only_the_changed_part_is_another(form, data) -> None:
    form = read(TYPE, write(form))
    at = data.draw(st.integers(0, len(form.parts) - 1))
    new = form.parts[at].changed(content=data.draw(TEXTS).encode(), name=data.draw(NAMES))
    parts = (*form.parts[:at], new, *form.parts[at + 1 :])
    assert told(read(TYPE, write(replace(form, parts=parts))).parts) == told(parts)


@st.composite
def odd(draw) -> bytes:
    """A form with bytes changed, lost or added: the words of the format among them."""
    made = bytearray(write(draw(FORMS)))
    words = [b"\r\n", b"\n", b"--b-0", b"--", b'"', b";", b"\\", b" ", b"\r\n\r\n", b":", b"filename*=", b"\t", b"\0"]
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(made)))
        made[at : at + draw(st.integers(0, 4))] = draw(st.sampled_from(words) | st.binary(max_size=3))
    return bytes(made)


@given(odd())
def test_odd_form_is_refused_or_read_as_another_reader_reads_it(raw) -> None:
    """Nothing but ValueError is raised; what is taken goes on as it came, and aiohttp sees the same in it."""
    try:
        form = read(TYPE, raw)
    except ValueError:
        return
    assert write(form) == raw
    assert [(bare(part.name), bare(part.filename), part.content) for part in form.parts] == asyncio.run(theirs(raw))


def bare(name: str | None) -> str:
    """A name without the slashes before it, which aiohttp drops."""
    return (name or "").lstrip("/")


async def theirs(raw: bytes) -> list[tuple[str, str, bytes]]:
    loop = asyncio.get_running_loop()
    stream = StreamReader(BaseProtocol(loop), 1 << 16, loop=loop)
    stream.feed_data(raw)
    stream.feed_eof()
    found = []
    async for part in MultipartReader({"Content-Type": TYPE}, stream):
        assert isinstance(part, BodyPartReader)
        found.append((bare(part.name), bare(part.filename), bytes(await part.read(decode=False))))
    return found
