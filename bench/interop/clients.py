"""Calls of real SDKs, run by the environment that has them: ``clients.py CLIENT ROOT KEY [MODEL]`` prints what became of each.

``ROOT`` is the address without a path. The last line is a JSON object, cell -> what a service gets: the text, calls of
tools, whether it came in pieces, the size of an embedding, or the class of the error that the SDK raised and its status.
Without arguments it lists the clients. Nothing here knows the proxy.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

PERSON = "My name is Katarzyna Wisniewska, katarzyna.wisniewska@example.com, phone +48 601 234 567."
GREET = f"{PERSON} Please say the greeting."
WEATHER = f"{PERSON} Please look up the weather."
FORM = f"{PERSON} Please fill in the form."
BUSY = f"{PERSON} Please be too busy."
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
TOOL = {"name": "get_weather", "description": "Weather of a city", "parameters": SCHEMA}
MODEL, EMBEDDER = sys.argv[4] if len(sys.argv) > 4 else "gpt-4o-mini", "text-embedding-3-small"

Cell = Callable[[str, str], Any]
CELLS: dict[str, dict[str, Cell]] = {}


def cell(client: str, name: str) -> Callable[[Cell], Cell]:
    """Register what one client does for one cell."""

    def registered(function: Cell) -> Cell:
        CELLS.setdefault(client, {})[name] = function
        return function

    return registered


def said(text: Any, pieces: int = 0, calls: Any = ()) -> dict[str, Any]:
    """Return what came; arguments of calls as values, whatever their spelling."""
    told = [(name, json.loads(given) if isinstance(given, str) else dict(given)) for name, given in calls]
    return {"text": text or "", "calls": told, "streamed": pieces > 0}


# --- OpenAI ---------------------------------------------------------------------------------------------------------


def _openai(root: str, key: str) -> Any:
    import openai

    return openai.OpenAI(base_url=f"{root}/v1", api_key=key, max_retries=0)


def _user(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def _chat(root: str, key: str, text: str, **more: Any) -> Any:
    return _openai(root, key).chat.completions.create(model=MODEL, messages=_user(text), **more)


def _calls(message: Any) -> list[tuple[str, str]]:
    return [(call.function.name, call.function.arguments) for call in message.tool_calls or ()]


def _streamed(chunks: Any) -> dict[str, Any]:
    text, pieces, calls = "", 0, {}
    for chunk in chunks:
        for choice in chunk.choices:
            text += choice.delta.content or ""
            pieces += bool(choice.delta.content or choice.delta.tool_calls)
            for call in choice.delta.tool_calls or ():
                name, given = calls.get(call.index, ("", ""))
                calls[call.index] = (name or call.function.name, given + (call.function.arguments or ""))
    return said(text, pieces, calls.values())


_OPENAI_TOOLS = [{"type": "function", "function": TOOL}]
_FORMAT = {"type": "json_schema", "json_schema": {"name": "form", "schema": SCHEMA, "strict": True}}
cell("openai chat", "chat")(lambda r, k: said(_chat(r, k, GREET).choices[0].message.content))
cell("openai chat", "stream")(lambda r, k: _streamed(_chat(r, k, GREET, stream=True)))
cell("openai chat", "tools")(
    lambda r, k: said("", calls=_calls(_chat(r, k, WEATHER, tools=_OPENAI_TOOLS).choices[0].message))
)
cell("openai chat", "stream tools")(lambda r, k: _streamed(_chat(r, k, WEATHER, tools=_OPENAI_TOOLS, stream=True)))
cell("openai chat", "structured")(
    lambda r, k: said(_chat(r, k, FORM, response_format=_FORMAT).choices[0].message.content)
)
cell("openai chat", "error")(lambda r, k: said(_chat(r, k, BUSY).choices[0].message.content))
cell("openai chat", "embeddings")(
    lambda r, k: len(_openai(r, k).embeddings.create(model=EMBEDDER, input=[PERSON]).data[0].embedding)
)


def _responses(root: str, key: str, asked: str, **more: Any) -> Any:
    return _openai(root, key).responses.create(model=MODEL, input=asked, store=False, **more)


def _response(made: Any, pieces: int = 0) -> dict[str, Any]:
    calls = [(item.name, item.arguments) for item in made.output if item.type == "function_call"]
    return said(made.output_text, pieces, calls)


def _response_events(events: Any) -> dict[str, Any]:
    pieces, done = 0, None
    for event in events:
        pieces += event.type.endswith(".delta")
        done = event.response if event.type == "response.completed" else done
    return _response(done, pieces)


_RESPONSES_TOOLS = [{"type": "function", **TOOL, "strict": True}]
_TEXT = {"format": {"type": "json_schema", "name": "form", "schema": SCHEMA, "strict": True}}
cell("openai responses", "chat")(lambda r, k: _response(_responses(r, k, GREET)))
cell("openai responses", "stream")(lambda r, k: _response_events(_responses(r, k, GREET, stream=True)))
cell("openai responses", "tools")(lambda r, k: _response(_responses(r, k, WEATHER, tools=_RESPONSES_TOOLS)))
cell("openai responses", "stream tools")(
    lambda r, k: _response_events(_responses(r, k, WEATHER, tools=_RESPONSES_TOOLS, stream=True))
)
cell("openai responses", "structured")(lambda r, k: _response(_responses(r, k, FORM, text=_TEXT)))
cell("openai responses", "error")(lambda r, k: _response(_responses(r, k, BUSY)))


@cell("openai-agents", "chat")
def _agent(root: str, key: str) -> dict[str, Any]:
    import agents
    import openai

    agents.set_tracing_disabled(True)
    client = openai.AsyncOpenAI(base_url=f"{root}/v1", api_key=key, max_retries=0)
    agent = agents.Agent(name="greeter", model=agents.OpenAIResponsesModel(MODEL, client))
    return said(asyncio.run(agents.Runner.run(agent, GREET)).final_output)


@cell("instructor", "structured")
def _instructor(root: str, key: str) -> dict[str, Any]:
    import instructor
    from pydantic import BaseModel

    class Form(BaseModel):
        city: str
        days: int

    client = instructor.from_openai(_openai(root, key), mode=instructor.Mode.JSON)
    form = client.chat.completions.create(model=MODEL, messages=_user(FORM), response_model=Form, max_retries=0)
    return said(f"{form.city} {form.days}")


# --- LangChain, LiteLLM ---------------------------------------------------------------------------------------------


def _lang_openai(root: str, key: str) -> Any:
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(model=MODEL, base_url=f"{root}/v1", api_key=key, max_retries=0)


def _lang_anthropic(root: str, key: str) -> Any:
    from langchain_anthropic import ChatAnthropic

    return ChatAnthropic(model=MODEL, base_url=root, api_key=key, max_retries=0, max_tokens=100)


def _pieces(model: Any) -> dict[str, Any]:
    texts = [chunk.text if isinstance(chunk.text, str) else chunk.text() for chunk in model.stream(GREET)]
    return said("".join(texts), len(list(filter(None, texts))))


def _lang_calls(model: Any) -> dict[str, Any]:
    made = model.bind_tools([_OPENAI_TOOLS[0]]).invoke(WEATHER)
    return said("", calls=[(call["name"], call["args"]) for call in made.tool_calls])


def _lang_text(model: Any) -> dict[str, Any]:
    made = model.invoke(GREET)
    return said(made.text if isinstance(made.text, str) else made.text())


for _name, _make in (("langchain-openai", _lang_openai), ("langchain-anthropic", _lang_anthropic)):
    cell(_name, "chat")(lambda r, k, make=_make: _lang_text(make(r, k)))
    cell(_name, "stream")(lambda r, k, make=_make: _pieces(make(r, k)))
    cell(_name, "tools")(lambda r, k, make=_make: _lang_calls(make(r, k)))


def _lite(root: str, key: str, text: str, **more: Any) -> Any:
    import litellm

    litellm.telemetry = False
    return litellm.completion(
        model=f"openai/{MODEL}", messages=_user(text), api_base=f"{root}/v1", api_key=key, num_retries=0, **more
    )


cell("litellm", "chat")(lambda r, k: said(_lite(r, k, GREET).choices[0].message.content))
cell("litellm", "stream")(lambda r, k: _streamed(_lite(r, k, GREET, stream=True)))
cell("litellm", "tools")(
    lambda r, k: said("", calls=_calls(_lite(r, k, WEATHER, tools=_OPENAI_TOOLS).choices[0].message))
)
cell("litellm", "error")(lambda r, k: _lite(r, k, BUSY))


# --- Anthropic ------------------------------------------------------------------------------------------------------


def _messages(root: str, key: str) -> Any:
    import anthropic

    return anthropic.Anthropic(base_url=root, api_key=key, max_retries=0).messages


def _messages_of_bedrock(root: str, key: str) -> Any:
    import anthropic

    keys = {"aws_access_key": key, "aws_secret_key": "of no importance", "aws_region": "eu-west-1"}
    return anthropic.AnthropicBedrock(base_url=root, max_retries=0, **keys).messages


def _asked(text: str, **more: Any) -> dict[str, Any]:
    return {"model": MODEL, "max_tokens": 100, "messages": _user(text), **more}


def _blocks(made: Any, pieces: int = 0) -> dict[str, Any]:
    text = "".join(block.text for block in made.content if block.type == "text")
    return said(text, pieces, [(block.name, block.input) for block in made.content if block.type == "tool_use"])


def _message_events(resource: Any, **asked: Any) -> dict[str, Any]:
    with resource.stream(**asked) as stream:
        pieces = sum(event.type == "content_block_delta" for event in stream)
        return _blocks(stream.get_final_message(), pieces)


_CLAUDE_TOOLS = [{"name": TOOL["name"], "description": TOOL["description"], "input_schema": SCHEMA}]
_CLAUDE_FORM = {"format": {"type": "json_schema", "schema": SCHEMA}}
cell("anthropic", "structured")(
    lambda r, k: _blocks(_messages(r, k).create(**_asked(FORM, output_config=_CLAUDE_FORM)))
)
for _name, _of in (("anthropic", _messages), ("anthropic bedrock", _messages_of_bedrock)):
    cell(_name, "chat")(lambda r, k, m=_of: _blocks(m(r, k).create(**_asked(GREET))))
    cell(_name, "stream")(lambda r, k, m=_of: _message_events(m(r, k), **_asked(GREET)))
    cell(_name, "tools")(lambda r, k, m=_of: _blocks(m(r, k).create(**_asked(WEATHER, tools=_CLAUDE_TOOLS))))
    cell(_name, "stream tools")(lambda r, k, m=_of: _message_events(m(r, k), **_asked(WEATHER, tools=_CLAUDE_TOOLS)))
    cell(_name, "error")(lambda r, k, m=_of: _blocks(m(r, k).create(**_asked(BUSY))))


# --- Google ---------------------------------------------------------------------------------------------------------


def _genai(root: str, key: str) -> Any:
    from google import genai

    options = genai.types.HttpOptions(base_url=root, api_version="v1beta")
    client = genai.Client(api_key=key, http_options=options)
    client.models.kept = client  # closed with its client otherwise
    return client.models


def _parts(made: Any) -> dict[str, Any]:
    return said(made.text, calls=[(call.name, call.args) for call in made.function_calls or ()])


def _genai_stream(root: str, key: str, text: str, config: Any = None) -> dict[str, Any]:
    texts, calls = [], []
    for chunk in _genai(root, key).generate_content_stream(model=MODEL, contents=text, config=config):
        texts.append(chunk.text or "")
        calls += [(call.name, call.args) for call in chunk.function_calls or ()]
    return said("".join(texts), len(list(filter(None, texts))), calls)


_GENAI_TOOLS = {
    "tools": [{"function_declarations": [{k: v for k, v in TOOL.items() if k != "parameters"}
    | {"parameters_json_schema": SCHEMA}]}]
}  # fmt: skip
cell("google-genai", "chat")(lambda r, k: _parts(_genai(r, k).generate_content(model=MODEL, contents=GREET)))
cell("google-genai", "stream")(lambda r, k: _genai_stream(r, k, GREET))
cell("google-genai", "tools")(
    lambda r, k: _parts(_genai(r, k).generate_content(model=MODEL, contents=WEATHER, config=_GENAI_TOOLS))
)
cell("google-genai", "stream tools")(lambda r, k: _genai_stream(r, k, WEATHER, _GENAI_TOOLS))
cell("google-genai", "structured")(
    lambda r, k: _parts(
        _genai(r, k).generate_content(
            model=MODEL,
            contents=FORM,
            config={"response_mime_type": "application/json", "response_json_schema": SCHEMA},
        )
    )
)
cell("google-genai", "embeddings")(
    lambda r, k: len(_genai(r, k).embed_content(model=EMBEDDER, contents=PERSON).embeddings[0].values)
)
cell("google-genai", "error")(lambda r, k: _parts(_genai(r, k).generate_content(model=MODEL, contents=BUSY)))


# --- Bedrock --------------------------------------------------------------------------------------------------------


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
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 256, "messages": _user(text), **more}
    return {"modelId": "anthropic.claude-3-haiku-20240307-v1:0", "body": json.dumps(body)}


def _invoked(root: str, key: str, text: str, **more: Any) -> dict[str, Any]:
    made = json.loads(_bedrock(root, key).invoke_model(**_claude(text, **more))["body"].read())
    calls = [(block["name"], block["input"]) for block in made["content"] if block["type"] == "tool_use"]
    return said("".join(block.get("text", "") for block in made["content"]), calls=calls)


def _invoked_stream(root: str, key: str, text: str) -> dict[str, Any]:
    stream = _bedrock(root, key).invoke_model_with_response_stream(**_claude(text))["body"]
    events = [json.loads(event["chunk"]["bytes"]) for event in stream]
    texts = [event["delta"]["text"] for event in events if event["type"] == "content_block_delta"]
    return said("".join(texts), len(texts))


cell("boto3 invoke", "chat")(lambda r, k: _invoked(r, k, GREET))
cell("boto3 invoke", "stream")(lambda r, k: _invoked_stream(r, k, GREET))
cell("boto3 invoke", "tools")(lambda r, k: _invoked(r, k, WEATHER, tools=_CLAUDE_TOOLS))
cell("boto3 invoke", "error")(lambda r, k: _invoked(r, k, BUSY))


# --- Cohere, Mistral, Ollama ----------------------------------------------------------------------------------------


def _cohere(root: str, key: str) -> Any:
    import cohere

    return cohere.ClientV2(api_key=key, base_url=root)


def _cohere_message(message: Any) -> dict[str, Any]:
    text = "".join(part.text for part in message.content or () if part.type == "text")
    return said(text, calls=[(call.function.name, call.function.arguments) for call in message.tool_calls or ()])


def _cohere_chat(root: str, key: str, asked: str, **more: Any) -> dict[str, Any]:
    return _cohere_message(_cohere(root, key).chat(model=MODEL, messages=_user(asked), **more).message)


def _cohere_stream(root: str, key: str, asked: str, **more: Any) -> dict[str, Any]:
    texts, calls = [], {}
    for event in _cohere(root, key).chat_stream(model=MODEL, messages=_user(asked), **more):
        if event.type == "content-delta":
            texts.append(event.delta.message.content.text)
        elif event.type in {"tool-call-start", "tool-call-delta"}:
            call = event.delta.message.tool_calls.function
            name, given = calls.get(event.index, ("", ""))
            calls[event.index] = (name or call.name, given + (call.arguments or ""))
    return said("".join(texts), len(texts) + len(calls), calls.values())


def _cohere_embedding(root: str, key: str) -> int:
    asked = {"input_type": "search_document", "embedding_types": ["float"]}
    return len(_cohere(root, key).embed(model=EMBEDDER, texts=[PERSON], **asked).embeddings.float_[0])


_COHERE_FORMAT = {"type": "json_object", "json_schema": SCHEMA}
_NO_RETRY = {"max_retries": 0}
cell("cohere", "chat")(lambda r, k: _cohere_chat(r, k, GREET))
cell("cohere", "stream")(lambda r, k: _cohere_stream(r, k, GREET))
cell("cohere", "tools")(lambda r, k: _cohere_chat(r, k, WEATHER, tools=_OPENAI_TOOLS))
cell("cohere", "stream tools")(lambda r, k: _cohere_stream(r, k, WEATHER, tools=_OPENAI_TOOLS))
cell("cohere", "structured")(lambda r, k: _cohere_chat(r, k, FORM, response_format=_COHERE_FORMAT))
cell("cohere", "embeddings")(_cohere_embedding)
cell("cohere", "error")(lambda r, k: _cohere_chat(r, k, BUSY, request_options=_NO_RETRY))


def _mistral(root: str, key: str) -> Any:
    from mistralai.client import Mistral

    return Mistral(api_key=key, server_url=root)


def _mistral_chat(root: str, key: str, asked: str, **more: Any) -> dict[str, Any]:
    message = _mistral(root, key).chat.complete(model=MODEL, messages=_user(asked), **more).choices[0].message
    return said(message.content, calls=_calls(message))


def _mistral_stream(root: str, key: str, asked: str, **more: Any) -> dict[str, Any]:
    events = _mistral(root, key).chat.stream(model=MODEL, messages=_user(asked), **more)
    return _streamed(event.data for event in events)


cell("mistralai", "chat")(lambda r, k: _mistral_chat(r, k, GREET))
cell("mistralai", "stream")(lambda r, k: _mistral_stream(r, k, GREET))
cell("mistralai", "tools")(lambda r, k: _mistral_chat(r, k, WEATHER, tools=_OPENAI_TOOLS))
cell("mistralai", "stream tools")(lambda r, k: _mistral_stream(r, k, WEATHER, tools=_OPENAI_TOOLS))
cell("mistralai", "error")(lambda r, k: _mistral_chat(r, k, BUSY))
cell("mistralai", "embeddings")(
    lambda r, k: len(_mistral(r, k).embeddings.create(model=EMBEDDER, inputs=[PERSON]).data[0].embedding)
)


def _ollama(root: str, key: str) -> Any:
    import ollama

    return ollama.Client(host=root, headers={"Authorization": f"Bearer {key}"})


def _ollama_message(made: Any) -> dict[str, Any]:
    calls = [(call.function.name, call.function.arguments) for call in made.message.tool_calls or ()]
    return said(made.message.content, calls=calls)


def _ollama_stream(root: str, key: str, text: str = GREET, **more: Any) -> dict[str, Any]:
    texts, calls = [], []
    for line in _ollama(root, key).chat(MODEL, _user(text), stream=True, **more):
        texts.append(line.message.content or "")
        calls += [(call.function.name, call.function.arguments) for call in line.message.tool_calls or ()]
    return said("".join(texts), len(list(filter(None, texts))), calls)


cell("ollama", "chat")(lambda r, k: _ollama_message(_ollama(r, k).chat(MODEL, _user(GREET))))
cell("ollama", "stream")(_ollama_stream)
cell("ollama", "tools")(lambda r, k: _ollama_message(_ollama(r, k).chat(MODEL, _user(WEATHER), tools=_OPENAI_TOOLS)))
cell("ollama", "stream tools")(lambda r, k: _ollama_stream(r, k, WEATHER, tools=_OPENAI_TOOLS))
cell("ollama", "error")(lambda r, k: _ollama_message(_ollama(r, k).chat(MODEL, _user(BUSY))))
cell("ollama", "structured")(lambda r, k: _ollama_message(_ollama(r, k).chat(MODEL, _user(FORM), format=SCHEMA)))
cell("ollama", "embeddings")(lambda r, k: len(_ollama(r, k).embed(EMBEDDER, PERSON).embeddings[0]))


# --- Servers of models ----------------------------------------------------------------------------------------------


def _triton(root: str, key: str, text: str, *, binary: bool) -> dict[str, Any]:
    """Ask whether server and model are there and what the model takes, as such clients do, and then the model."""
    import numpy as np
    from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput

    headers = {"Authorization": f"Bearer {key}"}
    with InferenceServerClient(root.removeprefix("http://")) as client:
        there = [client.is_server_live(), client.is_server_ready(), client.is_model_ready("greeter", headers=headers)]
        described = client.get_model_metadata("greeter", headers=headers)
        tensor = InferInput(described["inputs"][0]["name"], [1], described["inputs"][0]["datatype"])
        tensor.set_data_from_numpy(np.array([text], dtype=np.object_), binary_data=binary)
        outputs = [InferRequestedOutput(name, binary_data=binary) for name in ("greeting", "echo")]
        made = client.infer("greeter", [tensor], outputs=outputs, headers=headers)
        texts = [made.as_numpy(name).reshape(-1)[0] for name in ("greeting", "echo")]
        return said(f"{there} {[one.decode() if isinstance(one, bytes) else one for one in texts]}")


for _name, _binary in (("tritonclient json", False), ("tritonclient binary", True)):
    cell(_name, "chat")(lambda r, k, binary=_binary: _triton(r, k, GREET, binary=binary))
    cell(_name, "error")(lambda r, k, binary=_binary: _triton(r, k, BUSY, binary=binary))
# --- MCP ------------------------------------------------------------------------------------------------------------


def _mcp(mode: str, use: Callable[[Any], Any]) -> Cell:
    """Return a call of a server of tools; what the SDK raises is raised outside of its task groups."""

    async def connected(root: str, key: str) -> Any:
        import httpx2
        from mcp import Client, MCPError
        from mcp.client.streamable_http import streamable_http_client

        http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=60)
        transport = streamable_http_client(f"{root}/mcp/records", http_client=http)
        async with http, Client(transport, mode=mode, read_timeout_seconds=60) as client:
            try:
                return await use(client)
            except MCPError as error:
                raised = error
        raise raised

    return lambda root, key: asyncio.run(connected(root, key))


_ABOUT = {"person": "Katarzyna Wisniewska", "iban": "DE89370400440532013000"}


async def _mcp_called(client: Any) -> dict[str, Any]:
    await client.list_tools()
    made = await client.call_tool("look_up", _ABOUT)
    return said(made.content[0].text, calls=[("look_up", made.structured_content)])


async def _mcp_progress(client: Any) -> dict[str, Any]:
    told: list[Any] = []

    async def progress(_done: float, _total: float | None, message: str | None) -> None:
        told.append(message)

    made = await client.call_tool("look_up", _ABOUT, progress_callback=progress)
    return said(" ".join(told), len(told), [("look_up", made.structured_content)])


async def _mcp_prompt(client: Any) -> dict[str, Any]:
    made = await client.get_prompt("greet", {"who": _ABOUT["person"]})
    return said(made.messages[0].content.text)


async def _mcp_unknown(client: Any) -> Any:
    return await client.read_resource("nothing://here")


for _name, _mode in (("mcp", "2026-07-28"), ("mcp sessions", "legacy")):
    cell(_name, "chat")(_mcp(_mode, _mcp_prompt))
    cell(_name, "tools")(_mcp(_mode, _mcp_called))
    cell(_name, "stream tools")(_mcp(_mode, _mcp_progress))
    cell(_name, "error")(_mcp(_mode, _mcp_unknown))


def _status_of_aws(error: Exception) -> Any:
    told = getattr(error, "response", None)
    return told.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(told, dict) else None


def _class(error: Exception) -> str:
    """Return the class of an error; AWS's are made from a header that the stand-in does not send, so their base."""
    return next(one.__name__ for one in type(error).__mro__ if one.__module__ != "botocore.errorfactory")


def called(client: str, name: str, root: str, key: str) -> dict[str, Any]:
    """Return what a service would see of one call."""
    try:
        made = CELLS[client][name](root, key)
    except Exception as error:  # noqa: BLE001 - what an SDK raises is the result
        status = getattr(error, "status_code", None) or getattr(error, "code", None) or _status_of_aws(error)
        return {
            "raised": _class(error),
            "status": status if isinstance(status, int) else None,
            "why": str(error),
        }
    return {"got": made}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        client, *where = sys.argv[1:4]
        print(json.dumps({name: called(client, name, *where) for name in CELLS[client]}))
    else:
        print(json.dumps(list(CELLS)))
