"""The OpenAI dialect, as OpenAI and compatible model servers speak it."""

from __future__ import annotations

from proxy.codecs.base import Api
from proxy.codecs.openai.apis import CHAT, COMPLETIONS, EMBEDDINGS, MODERATIONS
from proxy.codecs.openai.batch_files import FILES_API
from proxy.codecs.openai.batches import BATCHES
from proxy.codecs.openai.dialect import DIALECT
from proxy.codecs.openai.media_apis import EDITS, GENERATIONS, SPEECH, TRANSCRIPTIONS, TRANSLATIONS, VARIATIONS
from proxy.codecs.openai.responses import COMPACT, CONVERSATIONS, INPUT_TOKENS, KEPT, RESPONSES

__all__ = ["APIS", "DIALECT"]

APIS: tuple[Api, ...] = (
    CHAT,
    EMBEDDINGS,
    COMPLETIONS,
    MODERATIONS,
    RESPONSES,
    INPUT_TOKENS,
    COMPACT,
    KEPT,
    CONVERSATIONS,
    FILES_API,
    BATCHES,
    GENERATIONS,
    EDITS,
    VARIATIONS,
    SPEECH,
    TRANSCRIPTIONS,
    TRANSLATIONS,
)
