"""OpenAI's SDK: chat, Responses, embeddings."""

from __future__ import annotations

from typing import Any

from bench.interop.clients.cells import (
    BUSY,
    CHOICE,
    EMBEDDER,
    FORM,
    GREET,
    MODEL,
    PERSON,
    SCHEMA,
    TOOL,
    WEATHER,
    cell,
    said,
)


def openai_client(root: str, key: str) -> Any:
    import openai

    return openai.OpenAI(base_url=f"{root}/v1", api_key=key, max_retries=0)


def user(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def _chat(root: str, key: str, text: str, **more: Any) -> Any:
    return openai_client(root, key).chat.completions.create(model=MODEL, messages=user(text), **more)


def function_calls(message: Any) -> list[tuple[str, str]]:
    return [(call.function.name, call.function.arguments) for call in message.tool_calls or ()]


def chat_stream(chunks: Any) -> dict[str, Any]:
    text, pieces, calls = "", 0, {}
    for chunk in chunks:
        for choice in chunk.choices:
            text += choice.delta.content or ""
            pieces += bool(choice.delta.content or choice.delta.tool_calls)
            for call in choice.delta.tool_calls or ():
                name, given = calls.get(call.index, ("", ""))
                calls[call.index] = (name or call.function.name, given + (call.function.arguments or ""))
    return said(text, pieces, calls.values())


OPENAI_TOOLS = [{"type": "function", "function": TOOL}]
_CALLING = {"tools": OPENAI_TOOLS, **CHOICE}
_FORMAT = {"type": "json_schema", "json_schema": {"name": "form", "schema": SCHEMA, "strict": True}}
cell("openai chat", "chat")(lambda r, k: said(_chat(r, k, GREET).choices[0].message.content))
cell("openai chat", "stream")(lambda r, k: chat_stream(_chat(r, k, GREET, stream=True)))
cell("openai chat", "tools")(
    lambda r, k: said("", calls=function_calls(_chat(r, k, WEATHER, **_CALLING).choices[0].message))
)
cell("openai chat", "stream tools")(lambda r, k: chat_stream(_chat(r, k, WEATHER, **_CALLING, stream=True)))
cell("openai chat", "structured")(
    lambda r, k: said(_chat(r, k, FORM, response_format=_FORMAT).choices[0].message.content)
)
cell("openai chat", "error")(lambda r, k: said(_chat(r, k, BUSY).choices[0].message.content))
cell("openai chat", "embeddings")(
    lambda r, k: len(openai_client(r, k).embeddings.create(model=EMBEDDER, input=[PERSON]).data[0].embedding)
)


def _responses(root: str, key: str, asked: str, **more: Any) -> Any:
    return openai_client(root, key).responses.create(model=MODEL, input=asked, store=False, **more)


def _response(made: Any, pieces: int = 0) -> dict[str, Any]:
    calls = [(item.name, item.arguments) for item in made.output if item.type == "function_call"]
    return said(made.output_text, pieces, calls)


def _response_events(events: Any) -> dict[str, Any]:
    pieces, done = 0, None
    for event in events:
        pieces += event.type.endswith(".delta")
        done = event.response if event.type == "response.completed" else done
    return _response(done, pieces)


_RESPONSES_CALLING = {"tools": [{"type": "function", **TOOL, "strict": True}], **CHOICE}
_TEXT = {"format": {"type": "json_schema", "name": "form", "schema": SCHEMA, "strict": True}}
cell("openai responses", "chat")(lambda r, k: _response(_responses(r, k, GREET)))
cell("openai responses", "stream")(lambda r, k: _response_events(_responses(r, k, GREET, stream=True)))
cell("openai responses", "tools")(lambda r, k: _response(_responses(r, k, WEATHER, **_RESPONSES_CALLING)))
cell("openai responses", "stream tools")(
    lambda r, k: _response_events(_responses(r, k, WEATHER, **_RESPONSES_CALLING, stream=True))
)
cell("openai responses", "structured")(lambda r, k: _response(_responses(r, k, FORM, text=_TEXT)))
cell("openai responses", "error")(lambda r, k: _response(_responses(r, k, BUSY)))
