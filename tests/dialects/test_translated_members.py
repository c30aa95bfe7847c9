"""No member of a request is lost in translation: it is said, refused by name, or left out for a reason that is written down."""

from __future__ import annotations

import importlib
from dataclasses import fields, is_dataclass, replace

import orjson
import pytest

from proxy.codecs import conversation as talk
from proxy.codecs.translatable import TranslatableMembers, UntranslatableError
from testing.dialects import stand
from tests.dialects.conversations import APIS, TABLES
from tests.dialects.test_translated import ASKED, document_of

NAMES = list(APIS)
VALUES = ("canary", 7, 0.25, True, ["canary"], {"canary": "canary"}, [{"type": "canary"}])
#: Parts that each dialect can say, by their type, and where parts stand.
PNG = "iVBORw0KGgo="
PARTS = {
    "openai_chat": {
        "text": {"type": "text", "text": "x"},
        "refusal": {"type": "refusal", "refusal": "x"},
        "image_url": {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
        "input_audio": {"type": "input_audio", "input_audio": {"data": PNG, "format": "wav"}},
        "file": {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{PNG}", "filename": "x.pdf"}},
    },
    "openai_responses": {
        "input_text": {"type": "input_text", "text": "x"},
        "output_text": {"type": "output_text", "text": "x"},
        "input_image": {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"},
        "input_file": {"type": "input_file", "file_data": f"data:application/pdf;base64,{PNG}", "filename": "x.pdf"},
    },
    "anthropic_messages": {
        "text": {"type": "text", "text": "x"},
        "image": {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
        "document": {"type": "document", "title": "x", "source": {"type": "text", "media_type": "text/plain", "data": "x"}},
        "search_result": {"type": "search_result", "source": "x", "title": "x", "content": [{"type": "text", "text": "x"}]},
    },
    "gemini_generate": {
        "text": {"text": "x"},
        "inlineData": {"inlineData": {"mimeType": "image/png", "data": PNG}},
        "fileData": {"fileData": {"mimeType": "image/png", "fileUri": "https://pictures.example/a.png"}},
    },
    "ollama_chat": {},
}  # fmt: skip
CONTENT = {
    "openai_chat": ("messages", -1, "content"),
    "openai_responses": ("input", -1, "content"),
    "anthropic_messages": ("messages", -1, "content"),
    "gemini_generate": ("contents", -1, "parts"),
}
#: The model's name and the stream are said beside the conversation, and what is asked of a stream by the caller's writer.
BESIDE = {("model",), ("stream",), ("stream_options", "include_usage")}


def reasons(name):
    """Return the members that a dialect's request leaves out, with their reasons, and values that ask for nothing."""
    found = [one for _, one in APIS[name].conversation.translatable]
    assert found
    return {key: why for one in found for key, why in one.omitted.items()}, {
        key: values for one in found for key, values in one.plain.items()
    }


def is_harmless(name, path, value):
    """Whether a member stands for nothing, or stands or lies below what is left out for a reason."""
    omitted, plain = reasons(name)
    return path in BESIDE or not omitted.keys().isdisjoint(path) or value in plain.get(path[-1], ())


def holders(node, path):
    """Return the objects at a path, through lists; one is made where there is none."""
    if not path:
        return [node]
    below = node.get(path[0])
    if below is None:
        below = node[path[0]] = {}
    elements = below if isinstance(below, list) else [below]
    return [one for element in elements if isinstance(element, dict) for one in holders(element, path[1:])]


def members(known, path=()):
    """Yield the paths of all members that a table knows."""
    for key, below in known.by_name.items():
        yield (*path, key)
        if below is not None:
            yield from members(below, (*path, key))


def lost(name, before, after):
    """Whether something was planted in a request, and nothing is heard of it."""
    heard = APIS[name].conversation.to_conversation
    try:
        return before != after and heard(after) == heard(before)
    except UntranslatableError:
        return False
    except (TypeError, LookupError, AttributeError, ValueError):
        return False  # it is refused as what its documentation does not know


@pytest.mark.parametrize("name", NAMES)
def test_every_known_member_is_said_or_refused_or_left_out_for_a_reason(name):
    document = document_of(APIS[name])
    tried, silent = 0, []
    for path in members(TABLES[name].members):
        for number in range(len(holders(stand.copied(document), path[:-1]))):
            for value in VALUES:
                made = stand.copied(document)
                before = stand.copied(made)
                holders(before, path[:-1])
                holders(made, path[:-1])[number][path[-1]] = value
                tried += 1
                if not is_harmless(name, path, value) and lost(name, before, made):
                    silent.append((path, value))
    assert (silent, tried > 100) == ([], True)


@pytest.mark.parametrize("name", CONTENT)
def test_every_part_and_its_members_are_said_or_refused_or_left_out_for_a_reason(name):
    table = TABLES[name].parts
    for kind, part in table.kinds.items():
        whole = PARTS[name].get(kind, {"type": kind} if table.discriminator else {kind: {"canary": "x"}})
        document = document_of(APIS[name])
        before = stand.planted(document, CONTENT[name], [{**PARTS[name][next(iter(PARTS[name]))]}])
        said = stand.copied(before)
        stand.at(said, CONTENT[name]).append(whole)
        assert not lost(name, before, said), kind
        if kind in PARTS[name]:
            assert APIS[name].conversation.to_conversation(said)  # it can be said as such
        silent = []
        for path in members(part.members) if kind in PARTS[name] else ():
            for value in VALUES:
                made = stand.copied(said)
                holders(stand.at(made, CONTENT[name])[-1], path[:-1])[0][path[-1]] = value
                if not is_harmless(name, path, value) and lost(name, said, made):
                    silent.append((kind, path, value))
        assert silent == []


@pytest.mark.parametrize("name", NAMES)
def test_every_reason_is_one(name):
    assert all(len(why.split()) > 3 for why in (*reasons(name)[0].values(), *APIS[name].conversation.omitted.values()))


def changes(node):
    """Yield (name, node with that field changed) for every field of a record, and of those in it."""
    kind = type(node).__name__
    for one in fields(node):
        value = getattr(node, one.name)
        if is_dataclass(value):
            yield from ((name, replace(node, **{one.name: made})) for name, made in changes(value))
        elif isinstance(value, tuple) and value and is_dataclass(value[-1]):
            for at, inner in enumerate(value):
                for name, made in changes(inner):
                    yield name, replace(node, **{one.name: (*value[:at], made, *value[at + 1 :])})
        elif (other := another(one.name, value)) is not None:
            yield f"{kind}.{one.name}", replace(node, **{one.name: other})


def another(name, value):
    """Return another value of a field, None where there is none to try."""
    if name in {"role", "media", "data", "id", "stream"}:
        return None
    if name == "mode":
        return "any"
    if name == "url":
        return "https://other.example/"
    if value is None:
        return {"strict": True, "schema": {"type": "object"}}.get(name, 1)
    made = {
        bool: lambda: not value,
        dict: lambda: {**value, "canary": "x"},
        tuple: lambda: (*value, "canary"),
        str: lambda: f"{value}canary",
    }
    return made.get(type(value), lambda: value + 1)()


@pytest.mark.parametrize("name", NAMES)
def test_whatever_the_records_hold_is_said_or_refused_or_known_to_have_no_word(name):
    speech = APIS[name].conversation
    asked = replace(ASKED, format=talk.Format(ASKED.format.schema, "n", "d", None))
    before = orjson.dumps(speech.from_conversation(asked))
    tried = set()
    for field, conversation in changes(asked):
        tried.add(field)
        try:
            made = orjson.dumps(speech.from_conversation(conversation))
        except UntranslatableError:
            continue
        assert made != before or field in speech.omitted or field == "ToolChoice.name", field
    assert {"Text.text", "ToolCall.name", "ToolCall.arguments", "ToolResult.failed", "Tool.schema", "GenerationOptions.seed", "Format.name"} <= tried  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_a_dialect_knows_is_what_it_looks_at(name):
    """The table of the documentation is the one by which requests are read."""
    folder = {"openai_chat": "openai.conversation", "openai_responses": "openai.responses_conversation"}.get(
        name, f"{name.partition('_')[0]}.conversation"
    )
    values = vars(importlib.import_module(f"proxy.codecs.{folder}")).values()
    held = [one for value in values for one in (value.values() if isinstance(value, dict) else [value])]
    used = [one for one in held if isinstance(one, TranslatableMembers)]
    assert {id(one) for one in used} == {id(one) for _, one in APIS[name].conversation.translatable}
