"""The SDKs of Cohere, Mistral and Ollama."""

from __future__ import annotations

from typing import Any

from bench.interop.clients.cells import BUSY, EMBEDDER, FORM, GREET, MODEL, PERSON, SCHEMA, WEATHER, cell, said
from bench.interop.clients.of_openai import OPENAI_TOOLS, chat_stream, function_calls, user


def _cohere(root: str, key: str) -> Any:
    import cohere

    return cohere.ClientV2(api_key=key, base_url=root)


def _cohere_message(message: Any) -> dict[str, Any]:
    text = "".join(part.text for part in message.content or () if part.type == "text")
    return said(text, calls=[(call.function.name, call.function.arguments) for call in message.tool_calls or ()])


def _cohere_chat(root: str, key: str, asked: str, **more: Any) -> dict[str, Any]:
    return _cohere_message(_cohere(root, key).chat(model=MODEL, messages=user(asked), **more).message)


def _cohere_stream(root: str, key: str, asked: str, **more: Any) -> dict[str, Any]:
    texts, calls = [], {}
    for event in _cohere(root, key).chat_stream(model=MODEL, messages=user(asked), **more):
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
cell("cohere", "tools")(lambda r, k: _cohere_chat(r, k, WEATHER, tools=OPENAI_TOOLS))
cell("cohere", "stream tools")(lambda r, k: _cohere_stream(r, k, WEATHER, tools=OPENAI_TOOLS))
cell("cohere", "structured")(lambda r, k: _cohere_chat(r, k, FORM, response_format=_COHERE_FORMAT))
cell("cohere", "embeddings")(_cohere_embedding)
cell("cohere", "error")(lambda r, k: _cohere_chat(r, k, BUSY, request_options=_NO_RETRY))


def _mistral(root: str, key: str) -> Any:
    from mistralai.client import Mistral

    return Mistral(api_key=key, server_url=root)


def _mistral_chat(root: str, key: str, asked: str, **more: Any) -> dict[str, Any]:
    message = _mistral(root, key).chat.complete(model=MODEL, messages=user(asked), **more).choices[0].message
    return said(message.content, calls=function_calls(message))


def _mistral_stream(root: str, key: str, asked: str, **more: Any) -> dict[str, Any]:
    events = _mistral(root, key).chat.stream(model=MODEL, messages=user(asked), **more)
    return chat_stream(event.data for event in events)


_MISTRAL_FORMAT = {"type": "json_schema", "json_schema": {"name": "form", "schema": SCHEMA, "strict": True}}
cell("mistralai", "chat")(lambda r, k: _mistral_chat(r, k, GREET))
cell("mistralai", "stream")(lambda r, k: _mistral_stream(r, k, GREET))
cell("mistralai", "tools")(lambda r, k: _mistral_chat(r, k, WEATHER, tools=OPENAI_TOOLS))
cell("mistralai", "stream tools")(lambda r, k: _mistral_stream(r, k, WEATHER, tools=OPENAI_TOOLS))
cell("mistralai", "error")(lambda r, k: _mistral_chat(r, k, BUSY))
cell("mistralai", "structured")(lambda r, k: _mistral_chat(r, k, FORM, response_format=_MISTRAL_FORMAT))
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
    for line in _ollama(root, key).chat(MODEL, user(text), stream=True, **more):
        texts.append(line.message.content or "")
        calls += [(call.function.name, call.function.arguments) for call in line.message.tool_calls or ()]
    return said("".join(texts), len(list(filter(None, texts))), calls)


cell("ollama", "chat")(lambda r, k: _ollama_message(_ollama(r, k).chat(MODEL, user(GREET))))
cell("ollama", "stream")(_ollama_stream)
cell("ollama", "tools")(lambda r, k: _ollama_message(_ollama(r, k).chat(MODEL, user(WEATHER), tools=OPENAI_TOOLS)))
cell("ollama", "stream tools")(lambda r, k: _ollama_stream(r, k, WEATHER, tools=OPENAI_TOOLS))
cell("ollama", "error")(lambda r, k: _ollama_message(_ollama(r, k).chat(MODEL, user(BUSY))))
cell("ollama", "structured")(lambda r, k: _ollama_message(_ollama(r, k).chat(MODEL, user(FORM), format=SCHEMA)))
cell("ollama", "embeddings")(lambda r, k: len(_ollama(r, k).embed(EMBEDDER, PERSON).embeddings[0]))
