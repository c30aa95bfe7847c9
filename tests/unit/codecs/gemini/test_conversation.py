"""Requests of ``generateContent`` as conversations; shapes of Google's SDK and documentation."""

from __future__ import annotations

import pytest

from proxy.codecs.conversation import (
    Blob,
    Conversation,
    Format,
    GenerationOptions,
    Link,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    Turn,
)
from proxy.codecs.gemini.conversation import from_conversation, to_conversation
from proxy.codecs.translatable import UntranslatableError

ASK = {"role": "user", "parts": [{"text": "a"}]}
CALL = {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"x": 1}}, "thoughtSignature": "Eq"}]}
RESULT = {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"output": "found"}}}]}


def test_a_request_is_read_as_its_sdk_writes_it():
    document = {
        "contents": [
            {"parts": [{"text": "a"}, {"inlineData": {"mimeType": "image/png", "data": "_-8="}},
                       {"fileData": {"mimeType": "image/png", "fileUri": "https://x.example/a.png"}}]},
            CALL, RESULT, {"role": "model", "parts": [{"text": "hm", "thought": True}, {"text": "b"}]}, ASK],
        "systemInstruction": {"role": "user", "parts": [{"text": "s"}]},
        "tools": [{"functionDeclarations": [{"name": "f", "description": "d", "parameters": {"type": "OBJECT"}}]}],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}},
        "generationConfig": {"maxOutputTokens": 5, "topK": 40.0, "stopSequences": ["x"], "candidateCount": 1, "responseMimeType": "application/json",
                             "responseSchema": {"type": "OBJECT", "title": "t"}, "thinkingConfig": {"thinkingBudget": 0}},
        "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "OFF"}],
    }  # fmt: skip
    assert to_conversation(document) == Conversation(
        (
            Turn("system", (Text("s"),)),
            Turn("user", (Text("a"), Blob("image/png", "/+8="), Link("https://x.example/a.png"))),
            Turn("assistant", (ToolCall("call_1", "f", {"x": 1}),)),
            Turn("tool", (ToolResult("call_1", (Text("found"),)),)),
            Turn("assistant", (Text("b"),)),
            Turn("user", (Text("a"),)),
        ),
        (Tool("f", "d"),),
        ToolChoice("one", "f"),
        GenerationOptions(tokens=5, top_k=40, stop=("x",)),
        Format({"type": "object", "title": "t"}),
    )


def test_a_signature_of_this_turn_has_no_translation():
    with pytest.raises(UntranslatableError) as refused:
        to_conversation({"contents": [ASK, CALL, RESULT]})
    assert refused.value.detail.path == "contents.parts.thoughtSignature"


@pytest.mark.parametrize(
    ("response", "wanted"),
    [
        ({"output": "x"}, ToolResult("call_1", (Text("x"),))),
        ({"result": "x"}, ToolResult("call_1", (Text("x"),))),
        ({"error": "x"}, ToolResult("call_1", (Text("x"),), failed=True)),
        ({"output": ["x", "y"]}, ToolResult("call_1", (Text("x"), Text("y")))),
        ({"temperature": 7}, ToolResult("call_1", (Text('{"temperature":7}'),))),
        ({}, ToolResult("call_1", ())),
    ],
)
def test_what_a_call_came_to_is_text(response, wanted):
    call = {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {}}}]}
    said = {"role": "function", "parts": [{"functionResponse": {"name": "f", "response": response}}]}
    assert to_conversation({"contents": [ASK, call, said]}).turns[-1].parts == (wanted,)


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"tools": [{"googleSearch": {}, "functionDeclarations": []}, {"codeExecution": {"a": 1}}]}, "tools.codeExecution"),
        ({"cachedContent": "c"}, "cachedContent"),
        ({"generationConfig": {"candidateCount": 2}}, "generationConfig.candidateCount"),
        ({"generationConfig": {"responseMimeType": "text/x.enum"}}, "generationConfig.responseMimeType"),
        ({"generationConfig": {"responseSchema": {"type": "STRING"}, "responseJsonSchema": {"a": 1}}}, "generationConfig.responseSchema"),
        ({"toolConfig": {"functionCallingConfig": {"mode": "VALIDATED"}}}, "toolConfig.functionCallingConfig"),
        ({"contents": [{"parts": [{"executableCode": {"code": "x"}}]}]}, "contents.parts"),
        ({"contents": [{"parts": [{"fileData": {"mimeType": "video/mp4", "fileUri": "gs://x"}}]}]}, "contents.parts.fileData.fileUri"),
        ({"contents": [{"parts": [{"text": "a", "videoMetadata": {"fps": 1}}]}]}, "contents.parts.videoMetadata"),
        ({"contents": [ASK, RESULT]}, "contents.parts.functionResponse"),
    ],
)  # fmt: skip
def test_what_has_no_translation_is_named(more, path):
    with pytest.raises(UntranslatableError) as refused:
        to_conversation({"contents": [ASK], **more})
    assert refused.value.detail.path == path


def test_results_name_what_was_called():
    turns = (Turn("user", (Text("a"),)), Turn("assistant", (ToolCall("1", "f", {}),)), Turn("tool", (ToolResult("1", (Text("x"),), failed=True),)))  # fmt: skip
    made = from_conversation(Conversation(turns))
    assert made["contents"][-1] == {"role": "user", "parts": [
        {"functionResponse": {"id": "1", "name": "f", "response": {"error": "x"}}}]}  # fmt: skip
