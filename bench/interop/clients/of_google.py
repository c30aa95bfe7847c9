"""Google's SDK."""

from __future__ import annotations

from typing import Any

from bench.interop.clients.cells import BUSY, EMBEDDER, FORM, GREET, MODEL, PERSON, SCHEMA, TOOL, WEATHER, cell, said


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
