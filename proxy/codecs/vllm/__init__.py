"""vLLM's APIs beside those of OpenAI's dialect: reranking, scores, classes, pooled vectors.

Not served: token ids, ``/tokenize`` and ``/detokenize``, rendered prompts, and what shows or changes the server
(``/sleep``, ``/collective_rpc``, adapters, weights).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from proxy.codecs import cohere
from proxy.codecs.api import Address, TableApi
from proxy.codecs.base import Api, Endpoint
from proxy.codecs.openai import dialect as openai
from proxy.codecs.vllm import tables
from proxy.core.records import Operation
from proxy.errors import MalformedRequestError

__all__ = ["APIS", "DIALECT"]

DIALECT = replace(openai.DIALECT, name="vllm", listed=(), kept=())


def _with_pairs(document: Mapping[str, Any]) -> None:
    given = [document[name] for name in tables.COMPARED if document.get(name) is not None]
    if not given or not all(map(_are_texts, given)):
        raise MalformedRequestError("what is compared must be strings or lists of strings")


def _with_input(document: Mapping[str, Any]) -> None:
    if not _are_texts(document.get("input")):
        raise MalformedRequestError("'input' must be a string or a list of strings; token ids cannot be read")


def _are_texts(given: Any) -> bool:
    texts = given if isinstance(given, list) else [given]
    return bool(texts) and all(isinstance(text, str) for text in texts)


def _at(path: str) -> dict[str, Any]:
    return {"dialect": DIALECT, "endpoints": (Endpoint("POST", path),), "address": Address(path)}


_RERANK = replace(cohere.RERANK, name="vllm_rerank", **_at("/v1/rerank"))
_SCORE = TableApi(
    name="vllm_score",
    operation=Operation.RERANK,
    request=tables.SCORE,
    reply=tables.ANSWERED,
    check=_with_pairs,
    **_at("/v1/score"),
)
_CLASSIFY = TableApi(
    name="vllm_classify",
    operation=Operation.MODERATION,
    request=tables.CLASSIFY,
    reply=tables.ANSWERED,
    check=_with_input,
    **_at("/classify"),
)
_POOLING = TableApi(
    name="vllm_pooling",
    operation=Operation.EMBEDDING,
    request=tables.POOLING,
    reply=tables.ANSWERED,
    check=_with_input,
    **_at("/pooling"),
)
APIS: tuple[Api, ...] = (_RERANK, _SCORE, _CLASSIFY, _POOLING)
