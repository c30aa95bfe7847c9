"""What llama.cpp's native APIs share: errors, which are OpenAI's."""

from __future__ import annotations

from dataclasses import replace

from proxy.codecs.openai import dialect as openai

DIALECT = replace(openai.DIALECT, name="llamacpp", listed=(), kept=())
