"""A message of the Open Inference Protocol as a document: JSON alone, or with the bytes of its tensors. Pure.

In the document every text stands where the walk finds it. Of a tensor whose ``content_type`` is base64 these are the
texts that it holds, not their base64. What nobody can read is put aside: tensors of numbers (``proxy.codecs.tensors``),
bytes that are no text. Shapes are put aside too: they say nothing that the data do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from proxy.codecs import base64_text, places, pointer, tensors
from proxy.codecs.kserve import binary
from proxy.codecs.kserve.binary import BYTES, DATA, DATATYPE, INPUTS, OUTPUTS, PARAMETERS, RAW, SHAPE
from proxy.codecs.repeats import repeats
from proxy.codecs.reply import expect
from proxy.core.extent import Extent
from proxy.core.records import OpaquePart

#: The header that says how long the JSON is.
LENGTH = "inference-header-content-length"
_SAID = "Inference-Header-Content-Length"
_CONTENT_TYPE, _BASE64 = "content_type", "base64"
#: What opens and closes objects, and strings, in which nothing does.
_MARKS = re.compile(rb'[{}]|"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)


def request(body: bytes, header: str | None) -> tuple[dict[str, Any], tuple[OpaquePart, ...]]:
    """Read a request and its unread parts; ``header`` is what it says of the length of its JSON.

    Raises:
        ValueError: it is none.
        TooMuchError: it holds more text than is read at once.

    """
    if header is None:
        return _opened(_parsed(body), b"")
    size = binary.length(header)
    if not size:
        document = binary.raw(body)
        return document, (tensors.part(RAW),) if isinstance(document[RAW], bytes) else ()
    if size > len(body):
        raise ValueError("the message is shorter than its JSON is said to be")
    extent = Extent(binary.MOST_TEXT)
    extent.count(body[:size])
    if extent.exceeded():
        raise binary.TooMuchError("the JSON of the message holds too much")
    return _opened(_parsed(body[:size]), body[size:])


def written(document: Mapping[str, Any]) -> tuple[bytes, Mapping[str, str]]:
    """Return a request's bytes and the headers that tell its reader how to read them."""
    closed = {**document, INPUTS: [_closed(one) for one in binary.tensors(document, INPUTS)]}
    told, content = binary.written(closed if INPUTS in document else document, INPUTS)
    if content is None:
        return orjson.dumps(told), {}
    said = orjson.dumps(told) if told else b""
    return said + content, {_SAID: str(len(said))}


def reply(body: bytes) -> dict[str, Any]:
    """Read a whole reply: JSON, behind which the bytes of tensors may stand.

    Raises:
        ValueError: it is none.

    """
    size = _json_bytes(body)
    document = expect(orjson.loads(body[:size]), dict, "not a reply of this API")
    found = binary.read(document, body[size:], OUTPUTS)
    outputs = [_quiet(one) for one in binary.tensors(found, OUTPUTS)]
    return {**found, OUTPUTS: outputs} if outputs else found


def rewritten(document: Mapping[str, Any]) -> bytes:
    """Return a reply's bytes."""
    closed = {**document, OUTPUTS: [_closed(one) for one in binary.tensors(document, OUTPUTS)]}
    told, content = binary.written(closed if OUTPUTS in document else document, OUTPUTS)
    return orjson.dumps(told) + (content or b"")


def heads(body: bytes) -> Mapping[str, str]:
    """Return the header that a reply with the bytes of tensors needs."""
    size = _json_bytes(body)
    outputs = places.at(orjson.loads(body[:size]), f"{OUTPUTS}[*].{PARAMETERS}.{binary.SIZE}")
    return {_SAID: str(size)} if any(outputs) else {}


def _parsed(told: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(told)
    except ValueError:
        raise ValueError("the JSON of the message cannot be read") from None
    if not isinstance(document, dict) or not document:
        raise ValueError("the JSON of the message is not what the protocol says")
    if repeats(told):
        raise ValueError("an object of the message has the same key twice")
    return document


def _json_bytes(body: bytes) -> int:
    """Return how many bytes of a reply are JSON: all, or the object with which it begins.

    Raises:
        ValueError: it begins with none.

    """
    try:
        orjson.loads(body)
    except ValueError:
        return _end_of_object(body)
    return len(body)


def _end_of_object(body: bytes) -> int:
    """Return where the object ends with which bytes begin; what is inside its strings does not count."""
    depth, at = 0, 0
    for found in _MARKS.finditer(body):
        mark, at = found[0], found.end()
        depth += (mark == b"{") - (mark == b"}")
        if depth <= 0:
            break
    if depth or not at:
        raise ValueError("not a reply of this API")
    return at


def _opened(document: dict[str, Any], content: bytes) -> tuple[dict[str, Any], tuple[OpaquePart, ...]]:
    found = binary.read(document, content, INPUTS)
    held, opaque = tensors.members({key: value for key, value in found.items() if key != INPUTS}, (PARAMETERS,))
    read = [_tensor(one) for one in binary.tensors(found, INPUTS)]
    if any(unread for _, unread in read):
        opaque = (*opaque, tensors.part(f"{INPUTS}[*].{DATA}"))
    inputs = [one for one, _ in read]
    return {key: inputs if key == INPUTS else held[key] for key in found}, opaque


def _tensor(one: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return a tensor of a request with what is read of it, and whether there is something that is not."""
    count = binary.elements(one.get(SHAPE))
    if DATA not in one:
        raise ValueError("a tensor has no data")
    made = {**one, SHAPE: tensors.written(one[SHAPE])}
    data = one[DATA]
    if isinstance(data, bytes):
        return made, True
    listed = data if isinstance(data, list) else [data]
    if _count(listed) != count:
        raise ValueError("a tensor's shape is not that of its data")
    if is_base64(one):
        texts = _mapped(listed, _text)
        return ({**made, DATA: tensors.written(data)}, True) if texts is None else ({**made, DATA: texts}, False)
    kept, unread = tensors.aside(data)
    return {**made, DATA: kept}, unread


def _quiet(one: dict[str, Any]) -> dict[str, Any]:
    """Return a tensor of a reply as it is read: without numbers that say nothing of anybody, with what base64 holds."""
    if DATA not in one:
        return one
    if not is_base64(one) or isinstance(one[DATA], bytes):
        return {**one, DATA: tensors.aside(one[DATA], quiet=True)[0]}
    texts = _mapped(one[DATA] if isinstance(one[DATA], list) else [one[DATA]], _text)
    if texts is not None:
        return {**one, DATA: texts}
    said = {**binary.parameters(one), _CONTENT_TYPE: tensors.written(_BASE64)}  # the strings are read as they stand
    return {**one, PARAMETERS: said}


def _closed(one: dict[str, Any]) -> dict[str, Any]:
    """Return a tensor as it leaves."""
    if not (is_base64(one) and isinstance(one.get(DATA), list)):
        return one
    return {**one, DATA: _mapped(one[DATA], _in_base64)}


def is_base64(one: Mapping[str, Any]) -> bool:
    """Whether the elements of a tensor are base64."""
    return one.get(DATATYPE) == BYTES and binary.parameters(one).get(_CONTENT_TYPE) == _BASE64


def _text(data: Any) -> str | None:
    """Return the text that base64 holds; None where it is another text once it is written back."""
    found = base64_text.read(data) if isinstance(data, str) else None
    return found if found is not None and base64_text.write(found, "") == data else None


def _in_base64(text: Any) -> Any:
    return base64_text.write(text, "") if isinstance(text, str) else text


def _mapped(node: list[Any], change: Callable[[Any], Any], depth: int = 0) -> list[Any] | None:
    """Return lists of lists with each element changed, None where one of them cannot be."""
    if depth > pointer.DEPTH_LIMIT:
        raise ValueError("a tensor is nested too deep")
    made = [_mapped(one, change, depth + 1) if isinstance(one, list) else change(one) for one in node]
    return None if any(one is None for one in made) else made


def _count(node: list[Any], depth: int = 0) -> int:
    if depth > pointer.DEPTH_LIMIT:
        raise ValueError("a tensor is nested too deep")
    return sum(_count(one, depth + 1) if isinstance(one, list) else 1 for one in node)
