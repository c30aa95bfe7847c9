"""A message of the Open Inference Protocol as a document: JSON alone, or with the bytes of its tensors. Pure.

In the document every text stands where the walk finds it: for a tensor whose ``content_type`` is base64 the encoded
texts, not their base64. What cannot be read is set aside: tensors of numbers (``proxy.codecs.tensors``), bytes other
than text. Shapes are set aside too: they reveal nothing that the data do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from proxy.codecs import base64_text, loose, numbers, places, pointer, tensors
from proxy.codecs.kserve import binary
from proxy.codecs.kserve.binary import BYTES, DATA, DATATYPE, INPUTS, OUTPUTS, PARAMETERS, RAW, SHAPE
from proxy.codecs.repeats import RepeatedKeyError, repeats
from proxy.codecs.reply import expect, load
from proxy.core.extent import Extent
from proxy.core.records import OpaquePart

#: The header with the length of the JSON.
LENGTH = "inference-header-content-length"
_SAID = "Inference-Header-Content-Length"
_CONTENT_TYPE, _BASE64 = "content_type", "base64"
#: Braces, and strings, whose braces do not count.
_MARKS = re.compile(rb'[{}]|"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)


def parse_request(body: bytes, header: str | None) -> tuple[dict[str, Any], tuple[OpaquePart, ...]]:
    """Read a request and its unread parts; ``header`` is the given length of its JSON.

    Raises:
        ValueError: it is not a request.
        TooMuchError: it holds more text than is read at once.

    """
    if header is None:
        return _open(_parse(body), b"")
    size = binary.length(header)
    if not size:
        document = binary.raw(body)
        return document, (tensors.part(RAW),) if isinstance(document[RAW], bytes) else ()
    if size > len(body):
        raise ValueError("the message is shorter than the given length of its JSON")
    extent = Extent(binary.MOST_TEXT)
    extent.count(body[:size])
    if extent.exceeded():
        raise binary.TooMuchError("the JSON of the message holds too much")
    return _open(_parse(body[:size]), body[size:])


def render_request(document: Mapping[str, Any]) -> tuple[bytes, Mapping[str, str]]:
    """Return a request's bytes and the headers needed to read them."""
    closed = {**document, INPUTS: [_close(tensor) for tensor in binary.tensors(document, INPUTS)]}
    json_part, content = binary.render(closed if INPUTS in document else document, INPUTS)
    if content is None:
        return numbers.dumps(json_part), {}
    text = numbers.dumps(json_part) if json_part else b""
    return text + content, {_SAID: str(len(text))}


def parse_reply(body: bytes) -> dict[str, Any]:
    """Read a whole reply: JSON, which the bytes of tensors may follow.

    Raises:
        ValueError: it is not a reply.

    """
    size = len(body)
    try:
        value = load(body)
    except RepeatedKeyError:
        raise
    except ValueError:
        size = _end_of_object(body)
        value = load(body[:size])
    document = expect(value, dict, "not a reply of this API")
    document_read = binary.read(document, body[size:], OUTPUTS)
    outputs = [_open_reply_tensor(tensor) for tensor in binary.tensors(document_read, OUTPUTS)]
    return {**document_read, OUTPUTS: outputs} if outputs else document_read


def render_reply(document: Mapping[str, Any]) -> bytes:
    """Return a reply's bytes."""
    closed = {**document, OUTPUTS: [_close(tensor) for tensor in binary.tensors(document, OUTPUTS)]}
    json_part, content = binary.render(closed if OUTPUTS in document else document, OUTPUTS)
    return numbers.dumps(json_part) + (content or b"")


def heads(body: bytes) -> Mapping[str, str]:
    """Return the header needed to read a reply with the bytes of tensors."""
    if binary.SIZE.encode() not in body:
        return {}
    size = _json_bytes(body)
    outputs = places.at(loose.loads(body[:size]), f"{OUTPUTS}[*].{PARAMETERS}.{binary.SIZE}")
    return {_SAID: str(size)} if any(outputs) else {}


def _parse(text: bytes) -> dict[str, Any]:
    try:
        document = numbers.loads(text)
    except ValueError:
        raise ValueError("the JSON of the message cannot be read") from None
    if not isinstance(document, dict) or not document:
        raise ValueError("the JSON of the message is not what the protocol says")
    if repeats(text, document):
        raise ValueError("an object of the message has the same key twice")
    return document


def _json_bytes(body: bytes) -> int:
    """Return the length of the JSON in a reply: all, or the object at its beginning.

    Raises:
        ValueError: it begins with none.

    """
    try:
        loose.loads(body)
    except ValueError:
        return _end_of_object(body)
    return len(body)


def _end_of_object(body: bytes) -> int:
    """Return the end of the object at the beginning of bytes; braces inside strings do not count."""
    depth, at = 0, 0
    for match in _MARKS.finditer(body):
        mark, at = match[0], match.end()
        depth += (mark == b"{") - (mark == b"}")
        if depth <= 0:
            break
    if depth or not at:
        raise ValueError("not a reply of this API")
    return at


def _open(document: dict[str, Any], content: bytes) -> tuple[dict[str, Any], tuple[OpaquePart, ...]]:
    document_read = binary.read(document, content, INPUTS)
    members, opaque = tensors.members(
        {key: value for key, value in document_read.items() if key != INPUTS}, (PARAMETERS,)
    )
    read = [_open_tensor(tensor) for tensor in binary.tensors(document_read, INPUTS)]
    if any(unread for _, unread in read):
        opaque = (*opaque, tensors.part(f"{INPUTS}[*].{DATA}"))
    inputs = [tensor for tensor, _ in read]
    return {key: inputs if key == INPUTS else members[key] for key in document_read}, opaque


def _open_tensor(tensor: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return a tensor of a request with what is read of it, and whether it has unread content."""
    count = binary.elements(tensor.get(SHAPE))
    if DATA not in tensor:
        raise ValueError("a tensor has no data")
    opened = {**tensor, SHAPE: tensors.set_aside(tensor[SHAPE])}
    data = tensor[DATA]
    if isinstance(data, bytes):
        return opened, True
    listed = data if isinstance(data, list) else [data]
    if _count(listed) != count:
        raise ValueError("a tensor's shape is not that of its data")
    if is_base64(tensor):
        texts = _map_elements(listed, _text)
        return ({**opened, DATA: tensors.set_aside(data)}, True) if texts is None else ({**opened, DATA: texts}, False)
    reduced, unread = tensors.without_tensors(data)
    return {**opened, DATA: reduced}, unread


def _open_reply_tensor(tensor: dict[str, Any]) -> dict[str, Any]:
    """Return a tensor of a reply as it is read: without numbers that identify nobody, with base64 decoded."""
    if DATA not in tensor:
        return tensor
    if not is_base64(tensor) or isinstance(tensor[DATA], bytes):
        return tensor
    texts = _map_elements(tensor[DATA] if isinstance(tensor[DATA], list) else [tensor[DATA]], _text)
    if texts is not None:
        return {**tensor, DATA: texts}
    parameters = {
        **binary.parameters(tensor),
        _CONTENT_TYPE: tensors.set_aside(_BASE64),
    }  # the strings are read as they stand
    return {**tensor, PARAMETERS: parameters}


def _close(tensor: dict[str, Any]) -> dict[str, Any]:
    """Return a tensor as it is sent."""
    if not (is_base64(tensor) and isinstance(tensor.get(DATA), list)):
        return tensor
    return {**tensor, DATA: _map_elements(tensor[DATA], _in_base64)}


def is_base64(tensor: Mapping[str, Any]) -> bool:
    """Whether the elements of a tensor are base64."""
    return tensor.get(DATATYPE) == BYTES and binary.parameters(tensor).get(_CONTENT_TYPE) == _BASE64


def _text(data: Any) -> str | None:
    """Return the text of base64; None if encoding it again gives other base64."""
    decoded = base64_text.read(data) if type(data) is str else None
    return decoded if decoded is not None and base64_text.write(decoded, "") == data else None


def _in_base64(text: Any) -> Any:
    return base64_text.write(text, "") if type(text) is str else text


def _map_elements(node: list[Any], change: Callable[[Any], Any], depth: int = 0) -> list[Any] | None:
    """Return nested lists with each element changed, None if one of them cannot be."""
    if depth > pointer.DEPTH_LIMIT:
        raise ValueError("a tensor is nested too deep")
    changed = [
        _map_elements(element, change, depth + 1) if isinstance(element, list) else change(element) for element in node
    ]
    return None if any(element is None for element in changed) else changed


def _count(node: list[Any], depth: int = 0) -> int:
    if depth > pointer.DEPTH_LIMIT:
        raise ValueError("a tensor is nested too deep")
    return sum(_count(element, depth + 1) if isinstance(element, list) else 1 for element in node)
