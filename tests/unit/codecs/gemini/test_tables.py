"""What stands where in requests and replies of Gemini's APIs, and what is the dialect's own."""

from __future__ import annotations

import base64

import orjson
import pytest

from proxy.codecs.gemini import APIS
from proxy.core import documents
from proxy.core.findings import Status
from proxy.core.records import Extracted, OpaquePart
from proxy.core.replies.reply import ReplyFilters
from proxy.core.wire import Incoming
from testing.fakes import SSN, FakeDetector, reply_texts

GENERATE = APIS[0]
NAME, ORIGINAL = "Name_BCDFGHJKLM", 'Ada "B\\yron"'
BYTES = base64.b64encode(bytes(range(256))).decode()
MODEL = "gemini-3"


def decoded(document, api=GENERATE, **more):
    return api.decode(Incoming(orjson.dumps(document), variables={"model": MODEL}, **more))


def asked(*parts, **more):
    return decoded({"contents": [{"role": "user", "parts": list(parts or ({"text": "hi"},))}], **more})


def texts(payload):
    return [span.text for span in payload.spans]


@pytest.mark.parametrize(
    "where",
    [
        {"systemInstruction": {"parts": [{"text": SSN}]}},
        {"system_instruction": {"parts": {"text": SSN}}},
        {"systemInstruction": SSN},
        {"tools": [{"functionDeclarations": [{"name": SSN}]}]},
        {"tools": [{"functionDeclarations": [{"name": "f", "description": SSN}]}]},
        {"tools": [{"functionDeclarations": [{"name": "f", "parameters": {"properties": {SSN: {"type": "STRING"}}}}]}]},
        {"tools": [{"functionDeclarations": [{"name": "f", "parametersJsonSchema": {"description": SSN}}]}]},
        {"tools": [{"functionDeclarations": [{"name": "f", "response": {"enum": [SSN]}}]}]},
        {"tools": [{"retrieval": {"externalApi": {"endpoint": "https://x.example", "apiAuth": {"key": SSN}}}}]},
        {"toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": [SSN]}}},
        {"generationConfig": {"stopSequences": [SSN]}},
        {"generationConfig": {"responseSchema": {"type": "STRING", "enum": [SSN]}}},
        {"generationConfig": {"responseJsonSchema": {"title": SSN}}},
        {"labels": {"who": SSN}},
        {"labels": {SSN: "x"}},
        {"safetySettings": [{"category": SSN}]},
        {"serviceTier": SSN},
        {"a field of tomorrow": [{"x": SSN}]},
    ],
)
def test_text_anywhere_is_a_span(where):
    assert any(SSN in text for text in texts(asked(**where)))


@pytest.mark.parametrize(
    "part",
    [
        {"text": SSN},
        {"text": SSN, "thought": True},
        {"functionCall": {"name": "f", "args": {"who": {"ssn": SSN}}}},
        {"functionCall": {"name": "f", "args": {SSN: 1}}},
        {"function_call": {"name": SSN, "args": {}}},
        {"functionResponse": {"name": "f", "response": {"result": [SSN]}}},
        {"functionResponse": {"id": SSN, "name": "f", "response": {}}},
        {"executableCode": {"language": "PYTHON", "code": SSN}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": SSN}},
        {"toolCall": {"toolType": "URL_CONTEXT", "args": {"url": SSN}}},
        {"toolResponse": {"toolType": "URL_CONTEXT", "response": {"x": SSN}}},
        {"audioTranscription": {"text": SSN}},
        {"text": "x", "partMetadata": {"who": SSN}},
    ],
)
def test_text_in_every_part_is_a_span_and_no_such_part_is_opaque(part):
    payload = asked(part)
    assert any(SSN in text for text in texts(payload))
    assert (payload.opaque, payload.features) == ((), ())


def test_the_dialects_own_words_and_numbers_are_no_spans():
    payload = asked(
        {"text": "hi"},
        generationConfig={
            "maxOutputTokens": 4096, "temperature": 0.123456789, "topK": 400, "seed": 1234567890,
            "responseMimeType": "application/json", "responseModalities": ["TEXT"],
            "responseSchema": {"type": "OBJECT", "properties": {}, "propertyOrdering": []},
            "thinkingConfig": {"includeThoughts": True, "thinkingBudget": 8192, "thinkingLevel": "LOW"},
        },
        safetySettings=[{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
        toolConfig={"functionCallingConfig": {"mode": "AUTO"}},
        tools=[{"functionDeclarations": [{"name": "g", "parameters": {"type": "OBJECT"}}]}],
    )  # fmt: skip
    assert texts(payload) == ["hi", "g"]
    assert [span.text for span in payload.unread_numbers] == ["1234567890"]
    assert (payload.opaque, payload.features, payload.links, payload.stateful) == ((), (), (), False)
    assert (payload.stream, payload.tools, payload.model) == (False, True, MODEL)


@pytest.mark.parametrize(
    "part",
    [{"text": "x", "thoughtSignature": SSN}, {"functionCall": {"name": "x", "args": {}}, "thought_signature": SSN}],
)
def test_what_is_signed_is_told_as_sealed_and_never_changed(part):
    payload = asked(part)
    assert payload.opaque == (OpaquePart("contents[*].parts[*].thoughtSignature", "sealed"),)
    assert texts(payload) == ["x"]
    wire = GENERATE.encode(payload, {0: "X"}, "own")
    assert orjson.loads(wire.body)["contents"][0]["parts"][0]["thoughtSignature"] == SSN
    assert SSN not in GENERATE.outgoing_texts(wire)


def test_a_signature_elsewhere_is_text():
    payload = asked({"functionCall": {"name": "f", "args": {"thoughtSignature": SSN}}})
    assert (SSN in texts(payload), payload.opaque) == (True, ())


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        ("image/png", "image"),
        ("audio/wav", "audio"),
        ("video/mp4", "video"),
        ("application/pdf", "file"),
        ("x/y", "file"),
    ],
)
def test_bytes_are_opaque_and_told_by_their_media_type(media, kind):
    payload = asked({"text": "see"}, {"inlineData": {"mimeType": media, "data": BYTES, "displayName": "of Ann"}})
    assert kind in {part.input for part in payload.opaque}
    assert "of Ann" in texts(payload)
    assert BYTES not in texts(payload)


@pytest.mark.parametrize("media", ["text/plain", "text/csv", "application/json"])
def test_the_text_of_a_file_is_read_and_takes_its_place(media):
    data = base64.urlsafe_b64encode(f"~~~? {SSN}".encode()).decode()
    payload = asked({"inlineData": {"mimeType": media, "data": data, "displayName": "a.txt"}})
    [document] = payload.documents
    assert base64.b64decode(document.data).decode() == f"~~~? {SSN}"
    read = documents.with_texts(payload, [Extracted(f"~~~? {SSN}", Status.COMPLETE)])
    at = next(number for number, span in enumerate(read.spans) if span.kind == "document")
    [part] = orjson.loads(GENERATE.encode(read, {at: "~~~? X"}, "m").body)["contents"][0]["parts"]
    assert part == {"text": "[a.txt]\n~~~? X"}


def test_bytes_in_the_result_of_a_tool_are_opaque_and_addresses_links():
    payload = asked(
        {
            "functionResponse": {
                "name": "f",
                "response": {},
                "parts": [
                    {"inlineData": {"mimeType": "image/png", "data": "aGk="}},
                    {"fileData": {"mimeType": "image/png", "fileUri": "gs://bucket/a.png"}},
                ],
            }
        }
    )
    assert [part.path for part in payload.opaque] == ["contents[*].parts[*].functionResponse.parts[*].inlineData.data"]
    assert payload.links == ("gs://bucket/a.png",)


@pytest.mark.parametrize("address", ["gs://b/a.pdf", "https://x.example/a.pdf", "files/abc"])
def test_addresses_of_files_are_links(address):
    payload = asked({"file_data": {"mime_type": "application/pdf", "file_uri": address}})
    assert payload.links == (address,)
    assert OpaquePart("contents[*].parts[*]", "file", "file") in payload.opaque


@pytest.mark.parametrize(
    "part", [{}, {"unheard": {"text": SSN}}, {"text": "x", "functionCall": {}}, {"thought": True}, 5]
)
def test_a_part_of_another_kind_is_opaque(part):
    assert OpaquePart("contents[*].parts[*]", "unknown", "unknown") in asked(part).opaque


@pytest.mark.parametrize(
    ("more", "feature", "stateful"),
    [
        *(
            ({"tools": [{name: {}}]}, f"tools.{name}", name == "fileSearch")
            for name in """
            googleSearch googleSearchRetrieval enterpriseWebSearch urlContext googleMaps codeExecution fileSearch
            computerUse parallelAiSearch exaAiSearch retrieval mcpServers
            """.split()
        ),
        ({"tools": [{"google_search": {}}]}, "tools.googleSearch", False),
        ({"cachedContent": "cachedContents/x"}, "cachedContent", True),
        ({"cached_content": "cachedContents/x"}, "cachedContent", True),
        ({"continuationToken": "x"}, "continuationToken", True),
        ({"modelArmorConfig": {"promptTemplateName": "x"}}, "modelArmorConfig", False),
        ({"outputConfig": {"outputUriPrefix": "gs://x"}}, "outputConfig", False),
        ({"generationConfig": {"modelSelectionConfig": {}}}, "generationConfig.modelSelectionConfig", False),
        ({"generationConfig": {"routingConfig": {}}}, "generationConfig.routingConfig", False),
        ({"generationConfig": {"speechConfig": {"voiceConfig": {"replicatedVoiceConfig": {}}}}},
         "generationConfig.speechConfig.voiceConfig.replicatedVoiceConfig", False),
        ({"extra": 1}, "extra", False),
    ],
)  # fmt: skip
def test_what_moves_data_or_keeps_it_is_a_feature(more, feature, stateful):
    payload = asked(**more)
    assert payload.features == (feature,)
    assert payload.stateful is stateful


def test_a_request_to_store_is_state_that_can_be_refused():
    assert (asked(store=True).storage_keys, asked(store=True).refusals) == (("store",), {"store": False})
    assert asked(store=False).storage_keys == asked().storage_keys == ()


def make(position):
    return ReplyFilters({NAME: ORIGINAL}, frozenset({"US_SSN"}), FakeDetector().scan).make(position)


def test_a_whole_reply_is_restored_everywhere_but_in_what_is_signed():
    reply = {
        "candidates": [
            {
                "content": {
                    "role": "model",
                    "parts": [
                        {"text": f"Dear {NAME}", "thought": True, "thoughtSignature": NAME},
                        {"functionCall": {"name": NAME, "args": {"role": NAME, "thoughtSignature": NAME}}},
                        {"inlineData": {"mimeType": "image/png", "data": NAME}},
                    ],
                },
                "finishReason": "STOP",
                "finishMessage": NAME,
                "index": 0,
                "logprobsResult": {"chosenCandidates": [{"token": "Name_"}]},
                "groundingMetadata": {"groundingSupports": [{"segment": {"text": NAME}}]},
                "citationMetadata": {"citations": [{"title": NAME}]},
            }
        ],
        "usageMetadata": {"totalTokenCount": 7},
        "modelVersion": MODEL,
    }
    made = orjson.loads(GENERATE.opened(orjson.dumps(reply)).rewritten(make))
    [candidate] = made["candidates"]
    thought, call, picture = candidate["content"]["parts"]
    assert thought == {"text": f"Dear {ORIGINAL}", "thought": True, "thoughtSignature": NAME}
    assert call["functionCall"] == {"name": ORIGINAL, "args": {"role": ORIGINAL, "thoughtSignature": ORIGINAL}}
    assert picture["inlineData"]["data"] == NAME
    assert (candidate["finishMessage"], candidate["logprobsResult"]) == (ORIGINAL, None)
    assert candidate["groundingMetadata"]["groundingSupports"] == [{"segment": {"text": ORIGINAL}}]
    assert candidate["citationMetadata"]["citations"] == [{"title": ORIGINAL}]
    assert (made["usageMetadata"], made["modelVersion"]) == ({"totalTokenCount": 7}, MODEL)


@pytest.mark.parametrize("reply", [b"", b"[]", b"{}", b'{"candidates": "x"}', b'{"choices": []}'])
def test_a_reply_of_another_shape_is_refused(reply):
    with pytest.raises(ValueError):
        GENERATE.opened(reply)


def test_a_prompt_that_was_refused_is_a_reply():
    assert reply_texts(
        GENERATE.opened(b'{"promptFeedback": {"blockReason": "SAFETY", "blockReasonMessage": "why"}}').texts
    ) == ["why"]
