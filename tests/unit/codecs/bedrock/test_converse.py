from __future__ import annotations

import base64

import orjson
import pytest

from proxy.codecs.bedrock.shape import CONVERSE
from proxy.core.wire import Incoming

SAID = [{"role": "user", "content": [{"text": "hi"}]}]
NOTES = base64.b64encode(b"Of Ada").decode()


def decode(**members):
    return CONVERSE.decode(Incoming(orjson.dumps({"messages": SAID, **members}), variables={"model": "m"}))


def holding(*blocks):
    return decode(messages=[{"role": "user", "content": list(blocks)}])


def texts(payload):
    return [span.text for span in payload.spans]


@pytest.mark.parametrize(
    ("members", "feature"),
    [
        ({"guardrailConfig": {"guardrailIdentifier": "g", "guardrailVersion": "1"}}, "guardrailConfig"),
        ({"promptVariables": {"who": {"text": "Ada"}}}, "promptVariables"),
        ({"toolConfig": {"tools": [{"systemTool": {"name": "nova_grounding"}}]}}, "toolConfig.tools.systemTool"),
        ({"additionalModelRequestFields": {"tools": []}}, "additionalModelRequestFields.tools"),
        ({"additionalModelRequestFields": {"anthropic_beta": ["files-api-2025-04-14"]}}, "anthropic_beta.files-api"),
        ({"projectIdentifier": "p"}, "projectIdentifier"),
        ({"messages": [{"role": "user", "content": [{"image": {"format": "png", "url": "x"}}]}]}, "messages.content.image.url"),
    ],
)  # fmt: skip
def test_what_does_more_than_tune_is_a_feature(members, feature):
    assert decode(**members).features == (feature,)


def test_a_stored_prompt_is_something_that_the_target_keeps():
    payload = decode(promptVariables={"who": {"text": "Ada"}})
    assert payload.keeps_state
    assert "Ada" in texts(payload)


def test_what_tunes_is_none():
    fields = {"top_k": 5, "thinking": {"type": "enabled"}, "anthropic_beta": ["context-1m-2025-08-07"]}
    payload = decode(
        additionalModelRequestFields=fields, requestMetadata={"team": "Ada"}, serviceTier={"type": "flex"},
        toolConfig={"tools": [{"toolSpec": {"name": "mail", "inputSchema": {"json": {}}}}], "toolChoice": {"any": {}}},
    )  # fmt: skip
    assert (payload.features, payload.tools) == ((), True)
    assert texts(payload) == ["hi", "team", "Ada", "mail"]


@pytest.mark.parametrize(
    ("word", "media"), [("txt", "text/plain"), ("md", "text/markdown"), ("html", "text/html"), ("pdf", "application/pdf")]
)  # fmt: skip
def test_a_document_is_a_file_that_is_read(word, media):
    payload = holding({"document": {"format": word, "name": "notes", "source": {"bytes": NOTES}}})
    [document] = payload.documents
    assert (document.media, document.data) == (media, NOTES)
    assert NOTES not in texts(payload)
    assert {part.media for part in payload.opaque} >= {"file"}


def test_a_picture_is_one_and_the_bytes_of_others_are_opaque():
    picture = {"image": {"format": "png", "source": {"bytes": NOTES}}}
    payload = holding(picture, {"toolResult": {"toolUseId": "x", "content": [picture]}})
    assert [one.media for one in payload.documents] == ["image/png"] * 2
    for kind, word in (("video", "mp4"), ("audio", "mp3")):
        payload = holding({kind: {"format": word, "source": {"bytes": NOTES}}})
        assert (payload.documents, {part.input for part in payload.opaque}) == ((), {kind, ""})
        assert NOTES not in texts(payload)


def test_what_stands_in_a_bucket_would_be_fetched():
    where = {"s3Location": {"uri": "s3://bucket/notes.txt"}}
    payload = holding({"document": {"format": "txt", "name": "notes", "source": where}})
    assert payload.links == ("s3://bucket/notes.txt",)
    assert payload.opaque


def test_documents_of_text_are_text():
    payload = holding(
        {"document": {"name": "a", "source": {"text": "Of Ada"}}},
        {"document": {"name": "b", "source": {"content": [{"text": "Of Eve"}]}}},
    )
    assert payload.opaque == ()
    assert texts(payload) == ["a", "Of Ada", "b", "Of Eve"]


def test_two_sources_of_one_document_are_no_text():
    payload = holding({"document": {"name": "a", "source": {"text": "Of Ada", "bytes": NOTES}}})
    assert {part.media for part in payload.opaque} == {"file"}
    assert payload.documents == ()


def test_signed_thoughts_are_sealed_and_others_are_text():
    payload = holding({"reasoningContent": {"reasoningText": {"text": "Of Ada", "signature": "EqoB"}}})
    assert ([part.media for part in payload.opaque], texts(payload)) == (["sealed"], [])
    payload = holding({"reasoningContent": {"redactedContent": "EqoB"}})
    assert ([part.media for part in payload.opaque], texts(payload)) == (["sealed"], [])
    payload = holding({"reasoningContent": {"reasoningText": {"text": "Of Ada"}}})
    assert (payload.opaque, texts(payload)) == ((), ["Of Ada"])


def test_a_part_that_says_two_things_is_unknown():
    payload = holding({"text": "hi", "image": {"format": "png", "source": {"bytes": NOTES}}})
    assert [part.media for part in payload.opaque] == ["unknown"]
