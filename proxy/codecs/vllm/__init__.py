"""vLLM's APIs beside those of OpenAI's dialect: reranking, scores, classes, pooled vectors.

Not served: token ids, ``/tokenize`` and ``/detokenize``, rendered prompts, and what shows or changes the server
(``/sleep``, ``/collective_rpc``, adapters, weights).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from proxy.codecs import cohere, request
from proxy.codecs.api import TableApi, at
from proxy.codecs.base import Api
from proxy.codecs.openai import dialect as openai
from proxy.codecs.vllm import tables
from proxy.core.records import Operation
from proxy.errors import MalformedRequestError

__all__ = ["APIS", "DIALECT"]

DIALECT = replace(openai.DIALECT, name="vllm", listed=(), kept=())


def _with_pairs(document: Mapping[str, Any]) -> None:
    given = [document[name] for name in tables.COMPARED if document.get(name) is not None]
    if not given or not all(map(request.are_texts, given)):
        raise MalformedRequestError("what is compared must be strings or lists of strings")


def _with_input(document: Mapping[str, Any]) -> None:
    request.need_texts(document, "input", "; token ids cannot be read")


_RERANK = replace(cohere.RERANK, name="vllm_rerank", **at(DIALECT, "/v1/rerank"))
_SCORE = TableApi(
    name="vllm_score",
    operation=Operation.RERANK,
    request=tables.SCORE,
    reply=tables.ANSWERED,
    check=_with_pairs,
    **at(DIALECT, "/v1/score"),
)
_CLASSIFY = TableApi(
    name="vllm_classify",
    operation=Operation.MODERATION,
    request=tables.CLASSIFY,
    reply=tables.ANSWERED,
    check=_with_input,
    **at(DIALECT, "/classify"),
)
_POOLING = TableApi(
    name="vllm_pooling",
    operation=Operation.EMBEDDING,
    request=tables.POOLING,
    reply=tables.ANSWERED,
    check=_with_input,
    **at(DIALECT, "/pooling"),
)
APIS: tuple[Api, ...] = (_RERANK, _SCORE, _CLASSIFY, _POOLING)
