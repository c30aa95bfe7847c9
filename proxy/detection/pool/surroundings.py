"""The environment of processes that read texts."""

from __future__ import annotations

from typing import Final

from proxy.detection.models import arithmetic
from proxy.runtime.environment import environment

_WITHHELD = ("PROXY_", "DATABASE_URL", "OPA_", "OTEL_", "OPENAI_", "AWS_", "AZURE_", "GOOGLE_", "ANTHROPIC_")
#: The folder of the deployment's own recognizers, the only setting that workers get.
PLUGINS: Final = "PROXY_PLUGINS_DIR"
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
    chosen = {k: v for k, v in environment().items() if k == PLUGINS}
    return inherited | chosen | _ADDED | arithmetic.variables()
