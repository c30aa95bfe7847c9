"""Anthropic's SDK, for its own API and for Bedrock."""

from __future__ import annotations

from typing import Any

from bench.interop.clients.cells import BUSY, FORM, GREET, MODEL, SCHEMA, TOOL, WEATHER, cell, said
from bench.interop.clients.of_openai import user


def _messages(root: str, key: str) -> Any:
    import anthropic

    return anthropic.Anthropic(base_url=root, api_key=key, max_retries=0).messages


def _messages_of_bedrock(root: str, key: str) -> Any:
    import anthropic

    keys = {"aws_access_key": key, "aws_secret_key": "of no importance", "aws_region": "eu-west-1"}
    return anthropic.AnthropicBedrock(base_url=root, max_retries=0, **keys).messages


def _asked(text: str, **more: Any) -> dict[str, Any]:
    return {"model": MODEL, "max_tokens": 100, "messages": user(text), **more}


def _blocks(made: Any, pieces: int = 0) -> dict[str, Any]:
    text = "".join(block.text for block in made.content if block.type == "text")
    return said(text, pieces, [(block.name, block.input) for block in made.content if block.type == "tool_use"])


def _message_events(resource: Any, **asked: Any) -> dict[str, Any]:
    with resource.stream(**asked) as stream:
        pieces = sum(event.type == "content_block_delta" for event in stream)
        return _blocks(stream.get_final_message(), pieces)


CLAUDE_TOOLS = [{"name": TOOL["name"], "description": TOOL["description"], "input_schema": SCHEMA}]
_CALLING = {"tools": CLAUDE_TOOLS, "tool_choice": {"type": "any"}}
_CLAUDE_FORM = {"format": {"type": "json_schema", "schema": SCHEMA}}
for _name, _of in (("anthropic", _messages), ("anthropic bedrock", _messages_of_bedrock)):
    cell(_name, "chat")(lambda r, k, m=_of: _blocks(m(r, k).create(**_asked(GREET))))
    cell(_name, "stream")(lambda r, k, m=_of: _message_events(m(r, k), **_asked(GREET)))
    cell(_name, "tools")(lambda r, k, m=_of: _blocks(m(r, k).create(**_asked(WEATHER, **_CALLING))))
    cell(_name, "stream tools")(lambda r, k, m=_of: _message_events(m(r, k), **_asked(WEATHER, **_CALLING)))
    cell(_name, "error")(lambda r, k, m=_of: _blocks(m(r, k).create(**_asked(BUSY))))
    cell(_name, "structured")(lambda r, k, m=_of: _blocks(m(r, k).create(**_asked(FORM, output_config=_CLAUDE_FORM))))
