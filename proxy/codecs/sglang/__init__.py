"""SGLang's own API besides those of OpenAI's dialect: ``POST /generate``.

Streaming is not supported: each event of such a stream repeats the whole text. A server serves one model and is not
asked which: routes name it ``sglang``. Not served: ``/encode``, ``/classify``, and what shows or changes the server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from proxy.codecs import checks
from proxy.codecs.api import TableApi, at
from proxy.codecs.base import Api
from proxy.codecs.openai import dialect as openai
from proxy.codecs.sglang import tables
from proxy.core.records import Operation
from proxy.errors import MalformedRequestError

__all__ = ["APIS", "DIALECT"]

DIALECT = replace(openai.DIALECT, name="sglang", listed=(), stateful_paths=())


_TEXTS = checks.texts("text", "; token ids and embeddings cannot be read")


def _with_text(document: Mapping[str, Any]) -> None:
    _TEXTS(document)
    if document.get("stream"):
        raise MalformedRequestError("this path does not stream: ask /v1/completions or /v1/chat/completions")


APIS: tuple[Api, ...] = (
    TableApi(
        "sglang_generate", Operation.COMPLETION, tables.GENERATE, tables.GENERATED, check=_with_text,
        **at(DIALECT, "/generate", recognized_by="text input_ids"),
    ),
)  # fmt: skip
