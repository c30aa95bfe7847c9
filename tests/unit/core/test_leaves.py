"""Which texts of a request are read together, under which key, and in which nothing is guessed."""

from __future__ import annotations

import json

import pytest

from proxy.codecs import request
from proxy.codecs.anthropic.tables import MESSAGES
from proxy.codecs.gemini.tables import GENERATE
from proxy.codecs.openai.tables import CHAT
from proxy.core.leaves import leaves
from proxy.core.records import Operation

PERSON = {"fullName": "Ada Byl", "city": "Ulm", "phones": ["0731 44", "0731 45"]}


def read(table, **members):
    payload = request.decode({"model": "m", "max_tokens": 9, **members}, table, Operation.CHAT, "m")
    return {leaf.text: leaf for leaf in leaves(payload.spans, payload.tool_names)}


def chat(content, **members):
    return read(CHAT, messages=[{"role": "user", "content": "Hello"}, {"role": "user", "content": content}], **members)


def test_json_in_a_string_is_a_document():
    found = chat(json.dumps({"rows": [PERSON, {"name": "Bo"}]}))
    assert {found[text].document for text in ("Ada Byl", "Ulm", "0731 45", "Bo")} == {"/messages/1/content"}
    assert [found[text].label for text in ("Ada Byl", "0731 45", "Bo")] == ["full name", "phones", "name"]
    assert found["Hello"].document == ""


@pytest.mark.parametrize(
    ("table", "members"),
    [
        (CHAT, {"messages": [{"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": {
            "name": "f", "arguments": json.dumps({"name": "Ada Byl", "text": "Ulm"})}}]}]}),
        (MESSAGES, {"messages": [{"role": "assistant", "content": [
            {"type": "tool_use", "id": "c", "name": "f", "input": {"name": "Ada Byl", "text": "Ulm"}}]}]}),
        (GENERATE, {"contents": [{"role": "model", "parts": [
            {"functionCall": {"name": "f", "args": {"name": "Ada Byl", "text": "Ulm"}}}]}]}),
        (CHAT, {"messages": [], "metadata": {"name": "Ada Byl", "text": "Ulm"}}),
        (CHAT, {"messages": [], "crm": {"person": {"name": "Ada Byl"}, "text": "Ulm"}}),
    ],
)  # fmt: skip
def test_what_the_caller_wrote_is_a_document(table, members):
    found = read(table, **members)
    assert found["Ada Byl"].document == found["Ulm"].document != ""


def test_the_dialects_own_objects_are_no_documents():
    found = read(MESSAGES, system="Be kind", messages=[{"role": "user", "content": [{"type": "text", "text": "Ulm"}]}])
    assert not any(leaf.document for leaf in found.values())


def test_two_results_are_two_documents():
    block = {"type": "tool_result", "tool_use_id": "t"}
    content = [{**block, "content": json.dumps({"city": city})} for city in ("Ulm", "Bonn")]
    found = read(MESSAGES, messages=[{"role": "user", "content": content}])
    assert len({found["Ulm"].document, found["Bonn"].document}) == 2


SCHEMA = {"type": "object", "title": "Ada", "required": ["mark"], "properties": {"mark": {
    "type": "string", "description": "Whom to ask", "enum": ["opus", "grep"]}}}  # fmt: skip


@pytest.mark.parametrize(
    ("table", "members"),
    [
        (CHAT, {"tools": [{"type": "function", "function": {"name": "f", "parameters": SCHEMA}}]}),
        (CHAT, {"functions": [{"name": "f", "parameters": SCHEMA}]}),
        (CHAT, {"response_format": {"type": "json_schema", "json_schema": {"name": "f", "schema": SCHEMA}}}),
        (MESSAGES, {"tools": [{"name": "f", "input_schema": SCHEMA}]}),
        (MESSAGES, {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}),
    ],
)
def test_nothing_is_guessed_in_definitions(table, members):
    found = read(table, messages=[{"role": "user", "content": "Hello"}], **members)
    assert not any(found[text].guessed for text in ("Ada", "mark", "Whom to ask", "opus", "grep"))
    assert found["Hello"].guessed


def test_nothing_is_guessed_in_keys_and_names_of_tools():
    call = {"type": "tool_use", "id": "c", "name": "grep", "input": {"marc": "Ada"}}
    found = read(
        MESSAGES, messages=[{"role": "assistant", "content": [call]}], tools=[{"name": "grep", "input_schema": {}}]
    )
    assert not found["grep"].guessed
    assert not found["marc"].guessed
    assert found["Ada"].guessed
