"""The binary tensors of the Open Inference Protocol (KServe v2, Triton): JSON, then raw tensors. Pure.

``Inference-Header-Content-Length`` is the length of the JSON. Each tensor with ``parameters.binary_data_size`` has that
many bytes after it, in the order of ``inputs`` (a request) or ``outputs`` (a reply). BYTES tensors hold elements of a
four-byte little-endian length and as many bytes; other types have a fixed width. A length of 0 means that the whole
body is one undescribed tensor.

Elements that are text become ``data`` of the document, as if the tensor had come as JSON, so the walk over the document
finds them at ``/inputs/0/data/3``. So does the number of a tensor that holds a single one. Everything else stands there
as bytes, which are not walked. Written back, a text tensor has new sizes, and so has the message.

Shapes and sizes must agree, and their sum with the body. Shared memory is refused: its bytes never pass through here.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

INPUTS, OUTPUTS = "inputs", "outputs"
#: Limits: elements in tensors of text of one message, their bytes together, dimensions of a tensor.
MOST_ELEMENTS, MOST_TEXT, MOST_DIMENSIONS = 20_000, 4 << 20, 32
#: Key of the text of a message without JSON; in a list if length-prefixed.
RAW = "raw"
BYTES = "BYTES"
SIZE, PARAMETERS, DATA, SHAPE, DATATYPE = "binary_data_size", "parameters", "data", "shape", "datatype"
_WIDTHS = {
    **dict.fromkeys(("BOOL", "INT8", "UINT8"), 1), **dict.fromkeys(("INT16", "UINT16", "FP16", "BF16"), 2),
    **dict.fromkeys(("INT32", "UINT32", "FP32"), 4), **dict.fromkeys(("INT64", "UINT64", "FP64"), 8),
}  # fmt: skip
#: Formats of ``struct`` by type; it has none for BF16.
_FORMATS = {
    "BOOL": "<?", "INT8": "<b", "UINT8": "<B", "INT16": "<h", "UINT16": "<H", "INT32": "<i", "UINT32": "<I",
    "INT64": "<q", "UINT64": "<Q", "FP16": "<e", "FP32": "<f", "FP64": "<d",
}  # fmt: skip
#: Digits of a fraction, from few to many: the shortest that preserves the number is read.
_DIGITS = (5, 7, 9, 17)
_SHARED = "shared_memory"
_LENGTH = struct.Struct("<I")
_LONGEST_HEADER = 10  # digits
_BROKEN = "a tensor's elements do not fill its bytes"
#: Control characters but white space: in undescribed bytes they reveal numbers.
_CONTROL = frozenset(map(chr, range(32))) - frozenset("\t\n\r\f\v") | {"\x7f"}


class TooMuchError(ValueError):
    """A message holds more text than is read at once."""


def length(header: str) -> int:
    """Return the length of the JSON given by the header, bytes.

    Raises:
        ValueError: it is not a number.

    """
    if not (header.isascii() and header.isdigit() and len(header) <= _LONGEST_HEADER):
        raise ValueError("Inference-Header-Content-Length is not a number of bytes")
    return int(header)


def read(document: Mapping[str, Any], content: bytes, side: str = INPUTS) -> dict[str, Any]:
    """Return a message's document with the data of all its tensors; ``content`` is what follows the JSON.

    Raises:
        ValueError: it violates the protocol, or names shared memory.
        TooMuchError: its tensors hold too much text.

    """
    if RAW in document:
        raise ValueError("the JSON of the message is not what the protocol says")
    _refuse_shared_memory(document)
    reader = _Reader(content)
    tensors_read = [reader.tensor(tensor) for tensor in tensors(document, side)]
    if reader.at != len(content):
        raise ValueError("the sizes of the tensors are not what the message holds")
    return {**document, side: tensors_read} if tensors_read else dict(document)


def raw(body: bytes) -> dict[str, Any]:
    """Return the document of a message that is one tensor: a text, a length-prefixed text in a list, or bytes.

    Raises:
        TooMuchError: it holds too much text.

    """
    prefixed = len(body) >= _LENGTH.size and _LENGTH.unpack_from(body)[0] == len(body) - _LENGTH.size
    try:
        text = body[_LENGTH.size if prefixed else 0 :].decode()
    except UnicodeDecodeError:
        return {RAW: body}
    if not _CONTROL.isdisjoint(text):
        return {RAW: body}
    if len(body) > MOST_TEXT:
        raise TooMuchError(f"the message holds more than {MOST_TEXT} bytes of text")
    return {RAW: [text] if prefixed else text}


def render(document: Mapping[str, Any], side: str = INPUTS) -> tuple[dict[str, Any], bytes | None]:
    """Return a document as the JSON of its message, and what follows; None if all of it is JSON.

    The document is empty for a message that is one tensor, without JSON.
    """
    if RAW in document:
        raw_value = document[RAW]
        return {}, raw_value if isinstance(raw_value, bytes) else _pack(raw_value) if isinstance(
            raw_value, list
        ) else str(raw_value).encode()
    content: list[bytes] = []
    rendered = [_render_tensor(raw_value, content) for raw_value in tensors(document, side)]
    return {**document, side: rendered} if rendered else dict(document), b"".join(content) if content else None


def tensors(document: Mapping[str, Any], side: str) -> list[dict[str, Any]]:
    """Return the tensors of a document.

    Raises:
        ValueError: it holds anything else in their place.

    """
    listed = document.get(side)
    if listed is None:
        return []
    if not isinstance(listed, list) or not all(isinstance(tensor, dict) for tensor in listed):
        raise ValueError(f"the {side} of the message are not a list of tensors")
    return listed


def parameters(holder: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a message or a tensor.

    Raises:
        ValueError: they are not an object.

    """
    members = holder.get(PARAMETERS)
    if members is not None and not isinstance(members, dict):
        raise ValueError("the parameters of the message or of a tensor are not an object")
    return members or {}


def elements(shape: Any) -> int:
    """Return the number of elements of a tensor of this shape.

    Raises:
        ValueError: it is not a shape.

    """
    if isinstance(shape, orjson.Fragment):
        shape = orjson.loads(orjson.dumps(shape))
    if not isinstance(shape, list) or len(shape) > MOST_DIMENSIONS:
        raise ValueError("a tensor has no valid shape")
    if not all(type(size) is int and 0 <= size < 1 << 63 for size in shape):
        raise ValueError("a tensor has no valid shape")
    return math.prod(shape)


def _refuse_shared_memory(document: Mapping[str, Any]) -> None:
    for holder in (document, *tensors(document, INPUTS), *tensors(document, OUTPUTS)):
        if any(name.startswith(_SHARED) for name in parameters(holder)):
            raise ValueError("tensors in shared memory are not taken: send them in the message")


class _Reader:
    """Takes one tensor after the other off what follows the JSON."""

    __slots__ = ("_content", "_elements", "_text", "at")

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._elements, self._text = MOST_ELEMENTS, MOST_TEXT
        self.at = 0

    def tensor(self, tensor: dict[str, Any]) -> dict[str, Any]:
        """Return a tensor with its data."""
        if SIZE not in parameters(tensor):
            return tensor
        size = parameters(tensor)[SIZE]
        if type(size) is not int or size < 0 or DATA in tensor or len(self._content) - self.at < size:
            raise ValueError("a tensor has no valid size, data in two places, or ends behind the message")
        content = self._content[self.at : self.at + size]
        self.at += size
        datatype, count = tensor.get(DATATYPE), elements(tensor.get(SHAPE))
        data = self._texts(content, count) if datatype == BYTES else _numbers(datatype, count, content)
        sized = {**parameters(tensor), SIZE: orjson.Fragment(b"0")}  # written anew
        return {**tensor, PARAMETERS: sized, DATA: data}

    def _texts(self, content: bytes, count: int) -> list[str] | bytes:
        """Return the elements of a tensor of text, its bytes if one of them is anything else."""
        self._elements -= count
        if self._elements < 0:
            raise TooMuchError(f"the message has more than {MOST_ELEMENTS} elements of text")
        decoded = list(_each(content, count))
        try:
            texts = [element.decode() for element in decoded]
        except UnicodeDecodeError:
            return content
        self._text -= len(content)
        if self._text < 0:
            raise TooMuchError(f"the message holds more than {MOST_TEXT} bytes of text")
        return texts


def _numbers(datatype: Any, count: int, content: bytes) -> list[Any] | bytes:
    """Return the number of a tensor that holds a single one, else its bytes."""
    width = _WIDTHS.get(datatype) if isinstance(datatype, str) else None
    if width is None or width * count != len(content):
        raise ValueError("a tensor's shape and type are not those of its bytes")
    form = _FORMATS.get(datatype)
    if count != 1 or form is None:
        return content
    number = struct.unpack(form, content)[0]
    if isinstance(number, float):
        number = next((near for near in _near(number) if struct.pack(form, near) == content), None)
    return content if number is None or struct.pack(form, number) != content else [number]


def _near(number: float) -> Iterator[float]:
    if math.isfinite(number):
        yield from (float(f"{number:.{digits}g}") for digits in _DIGITS)


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


def _render_tensor(tensor: dict[str, Any], content: list[bytes]) -> dict[str, Any]:
    """Return a tensor as the JSON of the message has it, and append its bytes to ``content``."""
    members = parameters(tensor)
    if SIZE not in members:
        return tensor
    packed = _content(tensor)
    if packed is None:  # a number replaced by a text
        left = {name: value for name, value in members.items() if name != SIZE}
        return {**tensor, PARAMETERS: left}
    content.append(packed)
    without_data = {name: value for name, value in tensor.items() if name != DATA}
    if (
        tensor[DATATYPE] == BYTES
        and isinstance(tensor[DATA], list)
        and len(tensor[DATA]) != elements(tensor.get(SHAPE))
    ):
        without_data[SHAPE] = [len(tensor[DATA])]
    return {**without_data, PARAMETERS: {**members, SIZE: len(packed)}}


def _content(tensor: Mapping[str, Any]) -> bytes | None:
    data = tensor[DATA]
    if isinstance(data, bytes):
        return data
    if tensor[DATATYPE] == BYTES:
        return _pack(data)
    try:
        return struct.pack(_FORMATS[tensor[DATATYPE]], *data)
    except (struct.error, OverflowError):
        return None


def _pack(texts: list[Any]) -> bytes:
    encoded = [str(text).encode() for text in texts]
    return b"".join(part for element in encoded for part in (_LENGTH.pack(len(element)), element))
