"""What a process that reads texts gets of the environment."""

from __future__ import annotations

from proxy.detection.models import arithmetic
from proxy.runtime.environment import environment

_WITHHELD = ("PROXY_", "DATABASE_URL", "OPA_", "OTEL_", "OPENAI_", "AWS_", "AZURE_", "GOOGLE_", "ANTHROPIC_")
_ADDED = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONWARNINGS": "ignore",
    "MALLOC_ARENA_MAX": "1",
}


def child_environment() -> dict[str, str]:
    """Return the environment of a worker: the parent's without any secret or service address."""
    inherited = {k: v for k, v in environment().items() if not k.startswith(_WITHHELD) and "KEY" not in k}
    return inherited | _ADDED | arithmetic.variables()
