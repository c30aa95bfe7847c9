"""Ollama's own dialect (``/api/*``), as its server and clients speak it. Its OpenAI paths are OpenAI's dialect.

Sources: the documentation of Ollama's API and the types of its Python client 0.6. A local server does not serve models
that it would hand on to a cloud (``proxy.core.routing.routing``), and a reply of one is refused (``elsewhere``).
"""

from __future__ import annotations

from proxy.codecs.base import Api
from proxy.codecs.ollama.apis import CHAT, DIALECT, EMBED, EMBEDDINGS, GENERATE

__all__ = ["APIS", "DIALECT"]

APIS: tuple[Api, ...] = (CHAT, GENERATE, EMBED, EMBEDDINGS)
