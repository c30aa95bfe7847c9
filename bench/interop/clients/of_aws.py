"""AWS's SDK: Bedrock's Converse and InvokeModel."""

from __future__ import annotations

import json
from typing import Any

from bench.interop.clients.cells import BUSY, FORM, GREET, MODEL, PERSON, SCHEMA, TOOL, WEATHER, cell, said
from bench.interop.clients.of_anthropic import CLAUDE_TOOLS
from bench.interop.clients.of_openai import user


def _bedrock(root: str, key: str) -> Any:
    import boto3
    from botocore.config import Config

    # the key stands where the id of an AWS key would; an API key of Bedrock the SDK sends over HTTPS only
    return boto3.client(
        "bedrock-runtime",
        region_name="eu-west-1",
        endpoint_url=root,
        aws_access_key_id=key,
        aws_secret_access_key="of no importance",
        config=Config(retries={"total_max_attempts": 1}),
    )


def _converse(text: str, **more: Any) -> dict[str, Any]:
    return {"modelId": MODEL, "messages": [{"role": "user", "content": [{"text": text}]}], **more}


def _converse_blocks(made: Any) -> dict[str, Any]:
    blocks = made["output"]["message"]["content"]
    calls = [(block["toolUse"]["name"], block["toolUse"]["input"]) for block in blocks if "toolUse" in block]
    return said("".join(block.get("text", "") for block in blocks), calls=calls)


def _converse_events(made: Any) -> dict[str, Any]:
    events = list(made["stream"])
    deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
    starts = [event["contentBlockStart"]["start"] for event in events if "contentBlockStart" in event]
    names = [start["toolUse"]["name"] for start in starts if "toolUse" in start]
    given = "".join(delta["toolUse"]["input"] for delta in deltas if "toolUse" in delta)
    return said("".join(delta.get("text", "") for delta in deltas), len(deltas), [(name, given) for name in names])


_SPEC = {"name": TOOL["name"], "description": TOOL["description"], "inputSchema": {"json": SCHEMA}}
_BEDROCK_TOOLS = {"tools": [{"toolSpec": _SPEC}]}
cell("boto3 converse", "chat")(lambda r, k: _converse_blocks(_bedrock(r, k).converse(**_converse(GREET))))
cell("boto3 converse", "stream")(lambda r, k: _converse_events(_bedrock(r, k).converse_stream(**_converse(GREET))))
cell("boto3 converse", "tools")(
    lambda r, k: _converse_blocks(_bedrock(r, k).converse(**_converse(WEATHER, toolConfig=_BEDROCK_TOOLS)))
)
cell("boto3 converse", "stream tools")(
    lambda r, k: _converse_events(_bedrock(r, k).converse_stream(**_converse(WEATHER, toolConfig=_BEDROCK_TOOLS)))
)
cell("boto3 converse", "error")(lambda r, k: _converse_blocks(_bedrock(r, k).converse(**_converse(BUSY))))


def _claude(text: str, **more: Any) -> dict[str, Any]:
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 256, "messages": user(text), **more}
    return {"modelId": "anthropic.claude-3-haiku-20240307-v1:0", "body": json.dumps(body)}


def _invoked(root: str, key: str, text: str, **more: Any) -> dict[str, Any]:
    made = json.loads(_bedrock(root, key).invoke_model(**_claude(text, **more))["body"].read())
    calls = [(block["name"], block["input"]) for block in made["content"] if block["type"] == "tool_use"]
    return said("".join(block.get("text", "") for block in made["content"]), calls=calls)


def _invoked_stream(root: str, key: str, text: str, **more: Any) -> dict[str, Any]:
    stream = _bedrock(root, key).invoke_model_with_response_stream(**_claude(text, **more))["body"]
    events = [json.loads(event["chunk"]["bytes"]) for event in stream]
    deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]
    blocks = [event["content_block"] for event in events if event["type"] == "content_block_start"]
    names = [block["name"] for block in blocks if block["type"] == "tool_use"]
    given = "".join(delta.get("partial_json", "") for delta in deltas)
    return said("".join(delta.get("text", "") for delta in deltas), len(deltas), [(name, given) for name in names])


cell("boto3 invoke", "chat")(lambda r, k: _invoked(r, k, GREET))
cell("boto3 invoke", "stream")(lambda r, k: _invoked_stream(r, k, GREET))
cell("boto3 invoke", "tools")(lambda r, k: _invoked(r, k, WEATHER, tools=CLAUDE_TOOLS))
cell("boto3 invoke", "error")(lambda r, k: _invoked(r, k, BUSY))


_FORM_SCHEMA = {"jsonSchema": {"name": "form", "schema": json.dumps(SCHEMA)}}
_CONVERSE_FORM = {"outputConfig": {"textFormat": {"type": "json_schema", "structure": _FORM_SCHEMA}}}


def _titan(root: str, key: str) -> int:
    body = json.dumps({"inputText": PERSON, "dimensions": 256, "normalize": True})
    made = _bedrock(root, key).invoke_model(modelId="amazon.titan-embed-text-v2:0", body=body)
    return len(json.loads(made["body"].read())["embedding"])


cell("boto3 converse", "structured")(
    lambda r, k: _converse_blocks(_bedrock(r, k).converse(**_converse(FORM, **_CONVERSE_FORM)))
)
cell("boto3 invoke", "stream tools")(lambda r, k: _invoked_stream(r, k, WEATHER, tools=CLAUDE_TOOLS))
cell("boto3 invoke", "structured")(
    lambda r, k: _invoked(r, k, FORM, output_config={"format": {"type": "json_schema", "schema": SCHEMA}})
)
cell("boto3 invoke", "embeddings")(_titan)
