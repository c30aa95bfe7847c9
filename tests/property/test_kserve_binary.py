from __future__ import annotations

import json
import struct

from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.kserve_binary import read, write

WIDTHS = {"FP32": 4, "INT64": 8, "BOOL": 1, "FP16": 2}
TEXT = st.text(st.characters(codec="utf-8"), max_size=6)


@st.composite
def messages(draw):
    told, content, texts = [], [], {}
    for place in range(draw(st.integers(0, 4))):
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


@given(messages())
def test_every_text_is_found_and_the_message_stays_the_same(one) -> None:
    told, content, texts = one
    message = read(told + content, len(told))
    inputs = message.document["inputs"]
    assert {place: inputs[place]["data"] for place in range(len(inputs)) if "data" in inputs[place]} == texts
    body, size = write(message, message.document)
    assert (json.loads(body[:size]), body[size:]) == (json.loads(told), content)


@given(messages(), st.data())
def test_new_texts_of_any_length_are_read_back(one, data) -> None:
    told, content, _ = one
    message = read(told + content, len(told))
    inputs = [
        {**tensor, "data": [data.draw(TEXT) for _ in tensor["data"]]} if "data" in tensor else tensor
        for tensor in message.document["inputs"]
    ]
    again = read(*write(message, {**message.document, "inputs": inputs})).document["inputs"]
    assert [tensor.get("data") for tensor in again] == [tensor.get("data") for tensor in inputs]


@given(messages(), st.integers(0, 300), st.binary(max_size=3), st.integers(0, 3), st.integers(-3, 3))
def test_broken_message_is_read_or_refused(one, at, put, lost, moved) -> None:
    """Nothing but ValueError is raised, and no byte of what is taken goes unseen."""
    told, content, _ = one
    body = bytearray(told + content)
    body[at : at + lost] = put
    try:
        message = read(bytes(body), max(len(told) + moved, 0))
    except ValueError:
        return
    again = read(*write(message, message.document))
    assert (again.tensors, again.opaque) == (message.tensors, message.opaque)
    assert again.document.get("raw") == message.document.get("raw")
