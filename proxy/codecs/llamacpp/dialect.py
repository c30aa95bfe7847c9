"""What llama.cpp's native APIs share: errors and lists of models, both OpenAI's."""

from __future__ import annotations

from dataclasses import replace

from proxy.codecs.openai import dialect as openai

DIALECT = replace(openai.DIALECT, name="llamacpp", listed=(), kept=())
