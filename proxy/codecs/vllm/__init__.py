"""vLLM's APIs besides those of OpenAI's dialect: reranking, scores, classes, pooled vectors, counts of tokens.

Not served: token ids (``/detokenize``), which cannot be read, rendered prompts, and what shows or changes the server
(``/sleep``, ``/collective_rpc``, adapters, weights). Reranking includes the paths of llama.cpp's server and of KServe.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from proxy.codecs import checks, cohere
from proxy.codecs.api import TableApi, at
from proxy.codecs.base import Api
from proxy.codecs.openai import dialect as openai
from proxy.codecs.vllm import tables
from proxy.core.records import Operation
from proxy.errors import MalformedRequestError

__all__ = ["APIS", "DIALECT"]

DIALECT = replace(openai.DIALECT, name="vllm", listed=(), stateful_paths=())
_RERANK = ("/v1/rerank", "/rerank", "/reranking", "/v1/reranking", "/openai/v1/rerank")
_IDS = "; token ids cannot be read"


def _with_pairs(document: Mapping[str, Any]) -> None:
    compared = [document[name] for name in tables.COMPARED if document.get(name) is not None]
    if not compared or not all(map(checks.are_texts, compared)):
        raise MalformedRequestError("what is compared must be strings or lists of strings")


_WITH_INPUT = checks.texts("input", _IDS)
_WITH_PROMPT = checks.text("prompt", _IDS)


def _with_prompt(document: Mapping[str, Any]) -> None:
    (checks.messages if document.get("messages") is not None else _WITH_PROMPT)(document)


APIS: tuple[Api, ...] = (
    replace(cohere.RERANK, name="vllm_rerank", **at(DIALECT, *_RERANK, recognized_by="documents")),
    TableApi(
        "vllm_score", Operation.RERANK, tables.SCORE, tables.ANSWERED, check=_with_pairs,
        **at(DIALECT, "/v1/score", "/score"),
    ),
    TableApi(
        "vllm_classify", Operation.MODERATION, tables.CLASSIFY, tables.ANSWERED, check=_WITH_INPUT,
        **at(DIALECT, "/classify"),
    ),
    TableApi(
        "vllm_pooling", Operation.EMBEDDING, tables.POOLING, tables.ANSWERED, check=_WITH_INPUT,
        **at(DIALECT, "/pooling"),
    ),
    TableApi(
        "vllm_tokenize", Operation.COMPLETION, tables.TOKENIZE, tables.TOKENIZED, check=_with_prompt,
        **at(DIALECT, "/tokenize", recognized_by="prompt messages"),
    ),
)  # fmt: skip
