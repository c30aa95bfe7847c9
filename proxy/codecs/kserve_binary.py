"""The binary tensors of the Open Inference Protocol (KServe v2, Triton, MLServer): JSON, then raw tensors. Pure.

``Inference-Header-Content-Length`` says how long the JSON is. Each tensor whose ``parameters.binary_data_size`` says so
has that many bytes after it, in the order of ``inputs`` (a request) or ``outputs`` (a reply). BYTES tensors hold
elements of four bytes of little-endian length and as many bytes; other types have a fixed width. A length of 0 means
that the whole body is one tensor, about which nothing is said.

Elements that are text become ``data`` of the document, as if the tensor had come as JSON, so the walk over the document
finds them at ``/inputs/0/data/3``. Everything else stays opaque bytes. Written back, a text tensor has new sizes, and
so has the message. The JSON is written anew, so a repeated key cannot be read in two ways.

Shapes and sizes must agree, and their sum with the body. Shared memory is refused: it names bytes that never pass here.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

INPUTS, OUTPUTS = "inputs", "outputs"
#: Elements that one message may have in tensors of text, and the dimensions of a tensor.
MOST_ELEMENTS, MOST_DIMENSIONS = 20_000, 32
#: Where the text of a message without JSON stands.
RAW = "raw"
_BYTES = "BYTES"
_WIDTHS = {
    **dict.fromkeys(("BOOL", "INT8", "UINT8"), 1), **dict.fromkeys(("INT16", "UINT16", "FP16", "BF16"), 2),
    **dict.fromkeys(("INT32", "UINT32", "FP32"), 4), **dict.fromkeys(("INT64", "UINT64", "FP64"), 8),
}  # fmt: skip
_SIZE, _PARAMETERS, _DATA = "binary_data_size", "parameters", "data"
_SHARED = "shared_memory"
_LENGTH = struct.Struct("<I")
_LONGEST_HEADER = 10  # digits
_BROKEN = "a tensor's elements do not fill its bytes"


class Opaque(NamedTuple):
    """A tensor that is no text. ``pointer`` is its address in the document, ``""`` for a message without JSON."""

    pointer: str
    datatype: str
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Message:
    """A message: its document, with the texts of its tensors as ``data``, and the bytes of the others."""

    document: Mapping[str, Any]
    opaque: tuple[Opaque, ...] = ()
    side: str = INPUTS
    tensors: Mapping[int, bytes] = field(default_factory=dict, repr=False)  # by their place
    prefixed: bool = False  # without JSON: the text has its length before it


def length(header: str) -> int:
    """Return the length of the JSON that the header says, bytes.

    Raises:
        ValueError: it is no number.

    """
    if not (header.isascii() and header.isdigit() and len(header) <= _LONGEST_HEADER):
        raise ValueError("Inference-Header-Content-Length is no number of bytes")
    return int(header)


def read(body: bytes, json_bytes: int, side: str = INPUTS) -> Message:
    """Read a message of which ``json_bytes`` are JSON.

    Raises:
        ValueError: it is not what the protocol says, or names shared memory.

    """
    if not json_bytes:
        return _raw(body, side)
    if not 0 < json_bytes <= len(body):
        raise ValueError("the message is shorter than its JSON is said to be")
    document = _document(body[:json_bytes])
    _refuse_shared_memory(document)
    reader = _Reader(body, json_bytes)
    tensors = [reader.tensor(place, one, side) for place, one in enumerate(_tensors(document, side))]
    if reader.at != len(body):
        raise ValueError("the sizes of the tensors are not what the message holds")
    if tensors:
        document = {**document, side: tensors}
    return Message(document, tuple(reader.opaque), side, reader.kept)


def write(message: Message, document: Mapping[str, Any]) -> tuple[bytes, int]:
    """Write a message with a document that may have other texts; return it with the length of its JSON, bytes.

    Raises:
        ValueError: a tensor of text is no list of texts, or not as many as before.

    """
    if RAW in message.document:
        text = _packed([document[RAW]])
        return text if message.prefixed else text[_LENGTH.size :], 0
    if not message.document:
        return message.tensors[0], 0
    binary: list[bytes] = []
    tensors = [_written(message, place, one, binary) for place, one in enumerate(_tensors(document, message.side))]
    told = orjson.dumps({**document, message.side: tensors} if tensors else document)
    return b"".join([told, *binary]), len(told)


def _document(told: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(told)
    except ValueError:
        raise ValueError("the JSON of the message cannot be read") from None
    if not isinstance(document, dict) or RAW in document or not document:
        raise ValueError("the JSON of the message is not what the protocol says")
    return document


def _raw(body: bytes, side: str) -> Message:
    """Read a message that is one tensor: as a text, with its length before it or without, or as bytes."""
    prefixed = len(body) >= _LENGTH.size and _LENGTH.unpack_from(body)[0] == len(body) - _LENGTH.size
    try:
        text = body[_LENGTH.size if prefixed else 0 :].decode()
    except UnicodeDecodeError:
        return Message({}, (Opaque("", "", len(body)),), side, {0: body})
    return Message({RAW: text}, (), side, prefixed=prefixed)


def _tensors(document: Mapping[str, Any], side: str) -> list[dict[str, Any]]:
    tensors = document.get(side, [])
    if not isinstance(tensors, list) or not all(isinstance(one, dict) for one in tensors):
        raise ValueError(f"the {side} of the message are no list of tensors")
    return tensors


def _refuse_shared_memory(document: Mapping[str, Any]) -> None:
    for one in (document, *_tensors(document, INPUTS), *_tensors(document, OUTPUTS)):
        if any(name.startswith(_SHARED) for name in _parameters(one)):
            raise ValueError("tensors in shared memory are not taken: send them in the message")


def _parameters(one: Mapping[str, Any]) -> dict[str, Any]:
    parameters = one.get(_PARAMETERS)
    if parameters is not None and not isinstance(parameters, dict):
        raise ValueError("the parameters of the message or of a tensor are no object")
    return parameters or {}


class _Reader:
    """Takes the tensors off a message, one after the other."""

    __slots__ = ("_body", "_left", "at", "kept", "opaque")

    def __init__(self, body: bytes, start: int) -> None:
        self._body = body
        self._left = MOST_ELEMENTS
        self.at = start
        self.kept: dict[int, bytes] = {}
        self.opaque: list[Opaque] = []

    def tensor(self, place: int, one: dict[str, Any], side: str) -> dict[str, Any]:
        """Return a tensor as the document has it."""
        size = _parameters(one).get(_SIZE)
        if size is None:
            return one
        if type(size) is not int or size < 0 or _DATA in one or len(self._body) - self.at < size:
            raise ValueError("a tensor has no valid size, data in two places, or ends behind the message")
        content = self._body[self.at : self.at + size]
        self.at += size
        datatype, count = one.get("datatype"), _elements(one.get("shape"))
        if datatype == _BYTES and (texts := self._texts(content, count)) is not None:
            return {**one, _DATA: texts}
        if not isinstance(datatype, str) or not (datatype == _BYTES or _fits(datatype, count, size)):
            raise ValueError("a tensor's shape and type are not those of its bytes")
        self.kept[place] = content
        self.opaque.append(Opaque(f"/{side}/{place}", datatype, size))
        return one

    def _texts(self, content: bytes, count: int) -> list[str] | None:
        """Return the elements of a tensor of text, None where one of them is something else."""
        self._left -= count
        if self._left < 0:
            raise ValueError(f"the message has more than {MOST_ELEMENTS} elements of text")
        elements = list(_each(content, count))
        try:
            return [element.decode() for element in elements]
        except UnicodeDecodeError:
            return None


def _elements(shape: Any) -> int:
    """Return how many elements a tensor of this shape has."""
    if not isinstance(shape, list) or len(shape) > MOST_DIMENSIONS:
        raise ValueError("a tensor has no valid shape")
    if not all(type(one) is int and 0 <= one < 1 << 63 for one in shape):
        raise ValueError("a tensor has no valid shape")
    return math.prod(shape)


def _fits(datatype: str, count: int, size: int) -> bool:
    """Whether so many elements of a type of fixed width have this size, bytes."""
    width = _WIDTHS.get(datatype)
    return width is not None and width * count == size


def _each(content: bytes, count: int) -> Iterator[bytes]:
    at = 0
    for _ in range(count):
        start = at + _LENGTH.size
        if start > len(content):
            raise ValueError(_BROKEN)
        at = start + _LENGTH.unpack_from(content, at)[0]
        if at > len(content):
            raise ValueError(_BROKEN)
        yield content[start:at]
    if at != len(content):
        raise ValueError(_BROKEN)


def _written(message: Message, place: int, one: dict[str, Any], binary: list[bytes]) -> dict[str, Any]:
    """Return a tensor as the JSON of the message has it; its bytes are added to the others."""
    parameters = _parameters(one)
    if _SIZE not in parameters:
        return one
    content = message.tensors.get(place)
    if content is None:
        texts = one.get(_DATA)
        if not isinstance(texts, list) or len(texts) != _elements(one.get("shape")):
            raise ValueError("a tensor of text has another number of elements than its shape")
        content = _packed(texts)
    binary.append(content)
    told = {name: value for name, value in one.items() if name != _DATA}
    return {**told, _PARAMETERS: {**parameters, _SIZE: len(content)}}


def _packed(texts: list[Any]) -> bytes:
    parts: list[bytes] = []
    for text in texts:
        if not isinstance(text, str):
            raise ValueError("an element of a tensor of text is no text")  # noqa: TRY004 - a value of the wrong shape
        element = text.encode()
        parts += [_LENGTH.pack(len(element)), element]
    return b"".join(parts)
