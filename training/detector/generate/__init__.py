"""Made-up payloads with known spans: the shapes of text that reach a language model, in eight languages."""

from __future__ import annotations
