"""Google's Gemini API, as Gemini (``/v1beta/models/*``) and Vertex AI (``/v1/projects/*``) speak it."""

from __future__ import annotations

from proxy.codecs.base import Api
from proxy.codecs.gemini.apis import BATCH_EMBED, COUNT_TOKENS, EMBED, GENERATE
from proxy.codecs.gemini.dialect import DIALECT

__all__ = ["APIS", "DIALECT"]

APIS: tuple[Api, ...] = (GENERATE, COUNT_TOKENS, EMBED, BATCH_EMBED)
