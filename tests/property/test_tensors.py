"""Messages with binary tensors: every text is found, and whatever is broken is read or refused, never anything else."""

from __future__ import annotations

import json
import struct

from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.kserve import GENERATE, INFER, messages
from proxy.codecs.kserve.messages import LENGTH
from proxy.codecs.tfserving import PREDICT
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError, PayloadTooLargeError
from proxy.exchange.streaming import Collected

WIDTHS = {"FP32": 4, "INT64": 8, "BOOL": 1, "FP16": 2}
TEXT = st.text(st.characters(codec="utf-8"), max_size=6)
PATH = {"template": "/v2/models/{model}/infer", "variables": {"model": "m"}}


@st.composite
def tensors(draw):
    """Messages: their JSON, the bytes that follow, the texts by the place of their tensor."""
    told, content, texts = [], [], {}
    for place in range(draw(st.integers(1, 4))):
        shape = draw(st.lists(st.integers(0, 3), max_size=3))
        count = 1
        for one in shape:
            count *= one
        datatype = draw(st.sampled_from(["BYTES", *WIDTHS]))
        if datatype == "BYTES":
            texts[place] = draw(st.lists(TEXT, min_size=count, max_size=count))
            raw = b"".join(struct.pack("<I", len(one.encode())) + one.encode() for one in texts[place])
        else:
            raw = draw(st.binary(min_size=count * WIDTHS[datatype], max_size=count * WIDTHS[datatype]))
        told.append(
            {"name": str(place), "datatype": datatype, "shape": shape, "parameters": {"binary_data_size": len(raw)}}
        )
        content.append(raw)
    return json.dumps({"id": draw(TEXT), "inputs": told}).encode(), b"".join(content), texts


def request(body: bytes, size: int) -> dict:
    return messages.parse_request(body, str(size))[0]


@given(tensors())
def test_every_text_is_found_and_the_message_stays_the_same(one) -> None:
    told, content, texts = one
    document = request(told + content, len(told))
    inputs = document["inputs"]
    assert {place: inputs[place]["data"] for place in texts} == texts
    body, headers = messages.render_request(document)
    size = int(headers["Inference-Header-Content-Length"])
    assert (json.loads(body[:size]), body[size:]) == (json.loads(told), content)


@given(tensors(), st.data())
def test_new_texts_of_any_length_are_read_back(one, data) -> None:
    told, content, texts = one
    document = request(told + content, len(told))
    new = {place: [data.draw(TEXT) for _ in given_] for place, given_ in texts.items()}
    inputs = [
        {**tensor, "data": new[place]} if place in new else tensor for place, tensor in enumerate(document["inputs"])
    ]
    body, headers = messages.render_request({**document, "inputs": inputs})
    again = request(body, int(headers["Inference-Header-Content-Length"]))["inputs"]
    assert {place: again[place]["data"] for place in new} == new


def is_taken(api, incoming: Incoming) -> bool:
    """Whether a request is read; what is read can be written, and nothing of it goes unseen. Anything else is a fault."""
    try:
        payload = api.decode(incoming)
    except (MalformedRequestError, PayloadTooLargeError):
        return False
    wire = api.encode(payload, dict.fromkeys(range(len(payload.spans)), "x"), "m")
    api.outgoing_texts(wire)
    same = api.encode(payload, {}, "m")
    again = api.decode(Incoming(same.body, headers={k.lower(): v for k, v in same.headers}, **PATH))
    assert [(one.text, one.kind) for one in again.spans] == [(one.text, one.kind) for one in payload.spans]
    assert again.opaque == payload.opaque
    return True


@given(tensors(), st.integers(0, 300), st.binary(max_size=3), st.integers(0, 3), st.integers(-3, 3))
def test_a_broken_message_is_read_or_refused(one, at, put, lost, moved) -> None:
    told, content, _ = one
    body = bytearray(told + content)
    body[at : at + lost] = put
    is_taken(INFER, Incoming(bytes(body), headers={LENGTH: str(max(len(told) + moved, 0))}, **PATH))


SIZES = st.sampled_from([0, 1, -1, 4, 2**31, 2**32, 2**63, 2**64, 10**30, 1.0, True, None, "4", [], {}])
DEEP = st.integers(1, 500).map(lambda depth: json.loads("[" * depth + "]" * depth))


@st.composite
def odd_messages(draw):
    """Messages whose sizes, shapes and data may be anything."""
    tensor = {
        "name": draw(TEXT | SIZES),
        "datatype": draw(st.sampled_from(["BYTES", "INT64", "FP32", "BOOL", "BF16", "x", 1, None, []])),
        "shape": draw(st.lists(SIZES, max_size=4) | SIZES | DEEP),
        "parameters": draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "binary_data_size": SIZES, "content_type": st.sampled_from(["base64", "str", 5]), "shared_memory_region": TEXT,
                },
            ) | SIZES
        ),
    }  # fmt: skip
    if draw(st.booleans()):
        values = st.recursive(SIZES | TEXT | st.floats(), lambda inner: st.lists(inner, max_size=3), max_leaves=6)
        tensor["data"] = draw(values | DEEP)
    side = draw(st.sampled_from([[tensor], [tensor, tensor], tensor, [], [1], None]))
    return json.dumps({"inputs": side, "id": draw(TEXT | SIZES)}).encode()


@given(odd_messages(), st.binary(max_size=12), st.sampled_from([None, 0, 1, 9]), st.booleans())
def test_any_sizes_shapes_and_data_are_read_or_refused(told, content, length, exact) -> None:
    header = str(len(told)) if exact else length
    headers = {} if header is None else {LENGTH: str(header)}
    is_taken(INFER, Incoming(told + content, headers=headers, **PATH))
    is_taken(GENERATE, Incoming(told, **PATH))


@given(odd_messages(), st.binary(max_size=12), st.integers(0, 40))
def test_any_reply_is_read_or_refused(told, content, cut) -> None:
    reply = told.replace(b'"inputs"', b'"outputs"') + content
    for body in (reply, reply[:-cut]):
        try:
            texts = INFER.opened(body).texts
        except ValueError:
            continue
        again = INFER.opened(body).rewritten(lambda _position: Collected())
        assert INFER.opened(again).texts == texts
        assert INFER.dialect.heads(again).keys() == INFER.dialect.heads(body).keys()


JSON = st.recursive(
    TEXT | SIZES | st.sampled_from([{"b64": "QW5uYQ=="}, {"b64": "/9j/"}, {"b64": "Anna!"}, {"b64": 1}, 0.5, 1234567]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT | st.just("b64"), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, st.sampled_from(["instances", "inputs", "examples"]), st.sampled_from([b"1e9", b"NaN", b"-Infinity"]))
def test_any_rows_are_read_or_refused(value, member, word) -> None:
    body = json.dumps({member: value, "signature_name": "x"}).encode().replace(b"true", word)
    is_taken(PREDICT, Incoming(body, **PATH))
