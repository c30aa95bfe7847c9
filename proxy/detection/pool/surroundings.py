"""The environment of processes that read texts."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from proxy.detection.models import arithmetic
from proxy.detection.models.classifier_files import SHIPPED, files
from proxy.errors import ConfigurationError
from proxy.runtime.environment import environment

_WITHHELD = ("PROXY_", "DATABASE_URL", "OPA_", "OTEL_", "OPENAI_", "AWS_", "AZURE_", "GOOGLE_", "ANTHROPIC_")
#: The folder of the deployment's own recognizers and its choice of a classifier, the only settings that workers get.
PLUGINS: Final = "PROXY_PLUGINS_DIR"
CLASSIFIER: Final = "PROXY_CLASSIFIER"
#: The shipped classifier that reads where none is chosen.
DEFAULT: Final = "accurate"
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
    chosen = {k: v for k, v in environment().items() if k in {PLUGINS, CLASSIFIER}}
    return inherited | chosen | _ADDED | arithmetic.variables()


def classifier() -> Path:
    """Return the folder of the token classifier: a shipped one by its name, or the deployment's.

    Raises:
        ConfigurationError: the deployment's holds no model.

    """
    choice = environment().get(CLASSIFIER) or DEFAULT
    folder = SHIPPED.get(choice, Path(choice))
    if not files(folder):
        raise ConfigurationError(
            f"{CLASSIFIER}: {choice} is neither {' nor '.join(SHIPPED)}, nor a folder with model.safetensors and "
            "activations.json, or with config.json, tokenizer.json and safetensors"
        )
    return folder
