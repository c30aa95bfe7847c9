"""The event stream of AWS: length, length of the headers, their CRC; typed headers; payload; CRC of all before.

Numbers are big-endian. Headers say what a message is: ``:message-type`` is ``event`` (named by ``:event-type``),
``exception`` (``:exception-type``) or ``error`` (``:error-code``, with text in ``:error-message``). The bounds are
those of the format: 128 KiB of headers, 24 MiB of payload.

Streams of InvokeModel (``chunks``) hold each event of the model's own dialect in base64, as ``{"bytes": "..."}`` in
events named ``chunk``; the data of such a frame is what that holds.
"""

from __future__ import annotations

import base64
import re
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from proxy.codecs.framing import Frame, FrameEncoder, FrameHeader, FrameParser, is_unchanged
from proxy.codecs.repeats import repeats

MOST_HEADERS = 128 << 10
MOST_PAYLOAD = 24 << 20
TRUE, FALSE, BYTE, SHORT, INT, LONG, BYTES, STRING, TIMESTAMP, UUID = range(10)
_PRELUDE, _CRC = struct.Struct(">II"), struct.Struct(">I")
_LEAD = _PRELUDE.size + _CRC.size
_AROUND = _LEAD + _CRC.size
_LENGTH = struct.Struct(">H")
_NUMBERS = {
    kind: struct.Struct(shape)
    for kind, shape in ((BYTE, ">b"), (SHORT, ">h"), (INT, ">i"), (LONG, ">q"), (TIMESTAMP, ">q"))
}
_UUID_BYTES = 16
_LONGEST_NAME = 255
_EVENT = "event"
_NAMED_BY = {_EVENT: ":event-type", "exception": ":exception-type", "error": ":error-code"}
_CHUNK = "chunk"
_MEMBERS = {"bytes", "p"}
_PADDING = re.compile(r"[A-Za-z]*\d{0,10}")
_NO_VALUE = "a header's value is not what its type says"
_BROKEN = "the stream is not an AWS event stream"


@dataclass(frozen=True, slots=True)
class AwsEventStream:
    """``ends_with_body`` for an API whose events do not mark the end; ``chunks`` for InvokeModel."""

    media: tuple[str, ...] = ("application/vnd.amazon.eventstream",)
    ends_with_body: bool = False
    limit: int = MOST_PAYLOAD  # bytes of one payload
    chunks: bool = False

    def parser(self) -> FrameParser:
        return _Parser(min(self.limit, MOST_PAYLOAD), _unwrap if self.chunks else _as_it_is)

    def encoder(self) -> FrameEncoder:
        return _encode_chunk if self.chunks else encode


def encode(frame: Frame, data: bytes | None) -> bytes:
    """Write a message with the frame's headers; a frame without headers becomes an event of JSON under its name.

    Raises:
        ValueError: headers or payload exceed the limits of the format, or a header has no such value.

    """
    if is_unchanged(frame, data):
        return frame.raw
    data = data or b""
    headers = _write_headers(frame.headers or _event_headers(frame.name))
    if len(headers) > MOST_HEADERS or len(data) > MOST_PAYLOAD:
        raise ValueError("a message is larger than an AWS event stream can hold")
    prelude = _PRELUDE.pack(_AROUND + len(headers) + len(data), len(headers))
    message = b"".join((prelude, _CRC.pack(zlib.crc32(prelude)), headers, data))
    return message + _CRC.pack(zlib.crc32(message))


def _encode_chunk(frame: Frame, data: bytes | None) -> bytes:
    if is_unchanged(frame, data):
        return frame.raw
    if data is not None and (frame.name or _CHUNK) == _CHUNK:
        data = orjson.dumps({"bytes": base64.b64encode(data).decode()})
    return encode(frame._replace(name=frame.name or _CHUNK, raw=b""), data)


def _event_headers(name: str) -> tuple[FrameHeader, ...]:
    values = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    return tuple(FrameHeader(key, STRING, value) for key, value in values.items())


def _write_headers(headers: Sequence[FrameHeader]) -> bytes:
    parts: list[bytes] = []
    for header in headers:
        name = header.name.encode()
        if not 0 < len(name) <= _LONGEST_NAME:
            raise ValueError("a header's name has 1 to 255 bytes")
        parts += [bytes((len(name),)), name, bytes((header.kind,)), _write_value(header.kind, header.value)]
    return b"".join(parts)


def _write_value(kind: int, value: int | str | bytes) -> bytes:
    packed = value.encode() if kind == STRING and isinstance(value, str) else value
    try:
        if kind in _NUMBERS:
            return _NUMBERS[kind].pack(packed)
        if kind in {BYTES, STRING} and isinstance(packed, bytes):
            return _LENGTH.pack(len(packed)) + packed
    except struct.error:
        raise ValueError(_NO_VALUE) from None
    if kind == UUID and isinstance(packed, bytes) and len(packed) == _UUID_BYTES:
        return packed
    if kind not in {TRUE, FALSE} or packed is not (kind == TRUE):
        raise ValueError(_NO_VALUE)
    return b""


class _Parser:
    __slots__ = ("_beside", "_block", "_buffer", "_content", "_headers", "_kind", "_most", "_name")

    def __init__(self, most: int, content: Callable[[str, bytes], bytes | None]) -> None:
        self._buffer = bytearray()
        self._most = most
        self._content = content
        self._block: bytes | None = None
        self._headers: tuple[FrameHeader, ...] = ()
        self._kind = self._name = self._beside = ""

    def feed(self, chunk: bytes) -> list[Frame]:
        buffer = self._buffer
        buffer += chunk
        frames: list[Frame] = []
        start = 0
        while len(buffer) - start >= _LEAD:
            total, headers = self._prelude(bytes(buffer[start : start + _LEAD]))
            if len(buffer) - start < total:
                break
            frames.append(self._message(bytes(buffer[start : start + total]), headers))
            start += total
        del buffer[:start]
        return frames

    def finish(self) -> list[Frame]:
        if self._buffer:
            raise ValueError("the stream ended inside a message")
        return []

    def _prelude(self, lead: bytes) -> tuple[int, int]:
        """Return the lengths of a message and of its headers."""
        total, headers = _PRELUDE.unpack_from(lead)
        if _CRC.unpack_from(lead, _PRELUDE.size)[0] != zlib.crc32(lead[: _PRELUDE.size]):
            raise ValueError(_BROKEN)
        payload = total - headers - _AROUND
        if headers > MOST_HEADERS or not 0 <= payload <= self._most:
            raise ValueError("a message of the stream is larger than the limit, or shorter than its headers")
        return total, headers

    def _message(self, raw: bytes, size: int) -> Frame:
        if _CRC.unpack_from(raw, len(raw) - _CRC.size)[0] != zlib.crc32(memoryview(raw)[: -_CRC.size]):
            raise ValueError(_BROKEN)
        if (block := raw[_LEAD : _LEAD + size]) != self._block:  # most are equal to the one before
            self._headers = _headers(block)
            self._kind, self._name = _kind_and_name(self._headers)
            headers = _event_headers(self._name)
            self._beside = "\n".join(f"{each.name}: {each.value!s}" for each in self._headers if each not in headers)
            self._block = block
        content = self._content(self._name, raw[_LEAD + size : -_CRC.size])
        fails = self._kind != _EVENT
        return Frame(content, raw, self._name, headers=self._headers, fails=fails, beside=self._beside)


def _as_it_is(_name: str, payload: bytes) -> bytes | None:
    return payload or None


def _unwrap(name: str, payload: bytes) -> bytes | None:
    """Return the content of an event of InvokeModel. Besides it there is at most padding that hides its length."""
    if name != _CHUNK:
        return payload or None
    try:
        document: Any = orjson.loads(payload)
        content = base64.b64decode(document["bytes"], validate=True)
        is_plain = (
            document.keys() <= _MEMBERS and _PADDING.fullmatch(document.get("p", "")) and not repeats(payload, document)
        )
    except (ValueError, TypeError, KeyError):
        is_plain, content = False, b""
    if not is_plain:
        raise ValueError("a chunk of the stream holds something other than bytes")
    return content or None


def _kind_and_name(headers: Sequence[FrameHeader]) -> tuple[str, str]:
    """Return the kind of a message, and its name."""
    values = {header.name: header.value for header in headers}
    if len(values) != len(headers):
        raise ValueError("a header of the stream is there twice")
    for kind, by in _NAMED_BY.items():
        name = values.get(by)
        if values.get(":message-type") == kind and isinstance(name, str):
            return kind, name
    raise ValueError("a message of the stream does not say what it is")


def _headers(block: bytes) -> tuple[FrameHeader, ...]:
    headers: list[FrameHeader] = []
    at = 0
    try:
        while at < len(block):
            after = at + 1 + block[at]
            name, kind = block[at + 1 : after].decode(), block[after]
            if not name:
                raise ValueError(_BROKEN)
            value, at = _value(block, after + 1, kind)
            headers.append(FrameHeader(name, kind, value))
    except (IndexError, struct.error, UnicodeDecodeError):
        raise ValueError(_BROKEN) from None
    return tuple(headers)


def _value(block: bytes, at: int, kind: int) -> tuple[int | str | bytes, int]:
    """Return a header's value, and where it ends."""
    if kind in {TRUE, FALSE}:
        return kind == TRUE, at
    if number := _NUMBERS.get(kind):
        return number.unpack_from(block, at)[0], at + number.size
    if kind not in {BYTES, STRING, UUID}:
        raise ValueError(_BROKEN)
    size, at = (_UUID_BYTES, at) if kind == UUID else (_LENGTH.unpack_from(block, at)[0], at + _LENGTH.size)
    value = block[at : at + size]
    if len(value) != size:
        raise ValueError(_BROKEN)
    return value.decode() if kind == STRING else value, at + size
