"""Ollama's own dialect (``/api/*``), as its server and its clients speak it. Its OpenAI paths are OpenAI's dialect.

Sources: the documentation of Ollama's API and the types of its Python client 0.6. A model that a local server would
hand on to a cloud is none that it serves (``proxy.core.routing.routing``), and a reply of one is none (``elsewhere``).
"""

from __future__ import annotations

from proxy.codecs.base import Api
from proxy.codecs.ollama.apis import CHAT, EMBED, EMBEDDINGS, GENERATE
from proxy.codecs.ollama.dialect import DIALECT

__all__ = ["APIS", "DIALECT"]

APIS: tuple[Api, ...] = (CHAT, GENERATE, EMBED, EMBEDDINGS)
