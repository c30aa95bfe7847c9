from __future__ import annotations

import pytest

from proxy.codecs.gemini.spelling import canonical
from proxy.errors import MalformedRequestError


def test_the_dialects_members_are_read_in_one_spelling():
    assert canonical(
        {
            "system_instruction": {"parts": {"text": "s"}},
            "contents": {"role": "user", "parts": [{"inline_data": {"mime_type": "a/b", "data": "x"}}]},
            "tools": {"function_declarations": {"name": "f", "parameters": {"any_of": [{"min_items": 1}]}}},
            "generation_config": {"thinking_config": {"include_thoughts": True}},
        }
    ) == {
        "systemInstruction": {"parts": [{"text": "s"}]},
        "contents": [{"role": "user", "parts": [{"inlineData": {"mimeType": "a/b", "data": "x"}}]}],
        "tools": [{"functionDeclarations": [{"name": "f", "parameters": {"anyOf": [{"minItems": 1}]}}]}],
        "generationConfig": {"thinkingConfig": {"includeThoughts": True}},
    }


@pytest.mark.parametrize(
    "own",
    [
        {"contents": [{"parts": [{"functionCall": {"name": "f", "args": {"mime_type": 1, "mimeType": 2}}}]}]},
        {"contents": [{"parts": [{"functionResponse": {"response": {"file_uri": "x", "parts": {"a": 1}}}}]}]},
        {"contents": [{"parts": [{"partMetadata": {"part_metadata": 1}}]}]},
        {"labels": {"mime_type": "a", "mimeType": "b"}},
        {"tools": [{"functionDeclarations": [{"parametersJsonSchema": {"properties": {"any_of": {}}}}]}]},
        {"generationConfig": {"responseSchema": {"properties": {"max_items": {"type": "STRING"}, "maxItems": {}}}}},
        {"field of tomorrow": {"mime_type": 1}},
    ],
)
def test_what_is_the_callers_own_stays(own):
    assert canonical(own) == own


@pytest.mark.parametrize(
    "twice",
    [
        {"systemInstruction": {}, "system_instruction": {}},
        {"contents": [{"parts": [{"inline_data": {}, "inlineData": {}}]}]},
        {"generationConfig": {"response_schema": {"properties": {"a": {"min_items": 1, "minItems": 2}}}}},
        {"requests": [{"content": {}, "task_type": "x", "taskType": "y"}]},
    ],
)
def test_a_member_in_both_spellings_is_refused(twice):
    with pytest.raises(MalformedRequestError, match="two spellings"):
        canonical(twice)


def test_any_depth_is_read():
    node = {}
    for _ in range(900):
        node = {"items": [node]}
    assert canonical({"generationConfig": {"responseSchema": node}})
