from __future__ import annotations

import orjson
import pytest

from proxy.codecs.bedrock.guardrail import APPLY
from proxy.core.records import Operation
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError

ARN = "arn:aws:bedrock:eu-central-1:123456789012:guardrail/ab12cd34ef56"
SAID = [{"text": {"text": "Of Ada", "qualifiers": ["query"]}}]


def decode(guardrail=ARN, version="DRAFT", **members):
    body = orjson.dumps({"source": "INPUT", "content": SAID, **members})
    return APPLY.decode(Incoming(body, variables={"guardrail": guardrail, "version": version}))


def test_what_a_guardrail_reads_is_text():
    payload = decode(outputScope="FULL")
    assert ([span.text for span in payload.spans], payload.features) == (["Of Ada"], ())
    assert (payload.operation, payload.model) == (Operation.MODERATION, "bedrock-guardrail")
    wire = APPLY.encode(payload, {0: "Of Name_1"}, "theirs")
    assert (
        wire.path
        == "/guardrail/arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aguardrail%2Fab12cd34ef56/version/DRAFT/apply"
    )
    assert APPLY.outgoing_texts(wire) == ["Of Name_1"]


def test_a_picture_is_opaque():
    payload = decode(content=[{"image": {"format": "png", "source": {"bytes": "iVBORw0KGgo="}}}])
    assert "image" in {part.input for part in payload.opaque}


def test_what_is_not_known_is_a_feature():
    assert decode(notify="somebody").features == ("notify",)


@pytest.mark.parametrize("content", [None, [], ["Ada"]])
def test_what_is_no_content_is_refused(content):
    with pytest.raises(MalformedRequestError):
        decode(content=content)


@pytest.mark.parametrize(
    ("guardrail", "version"),
    [("Anna Schmidt", "1"), ("anna@acme.example", "1"), ("ab12/../x", "1"), (ARN, "of Anna"), ("ab12", "078051120")],
)
def test_a_path_that_says_something_else_is_refused(guardrail, version):
    with pytest.raises(MalformedRequestError):
        decode(guardrail, version)
