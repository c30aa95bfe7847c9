"""Which token classifier reads, and its files, without loading it: the process that asks may be another."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from proxy.errors import ConfigurationError
from proxy.runtime.environment import environment

_WEIGHTS: Final = Path(__file__).parent / "classifier" / "weights"
#: The shipped models: six layers, and what was distilled from them into fewer.
ACCURATE: Final = _WEIGHTS / "accurate"
FAST: Final = _WEIGHTS / "fast"
SHIPPED: Final = {"accurate": ACCURATE, "fast": FAST}
#: The setting that names the one to use, and the shipped one that reads where none is chosen.
CLASSIFIER: Final = "PROXY_CLASSIFIER"
DEFAULT: Final = "accurate"
#: The files of the shipped format that decide; beside them lies the vocabulary.
OWN: Final = ("model.safetensors", "activations.json")
VOCABULARY: Final = "vocab.txt"
#: Those of Hugging Face's, beside safetensors or an ONNX model.
_THEIRS: Final = ("config.json", "tokenizer.json")
#: Where an ONNX model lies in a folder, as Hugging Face's exporters have it.
_ONNX: Final = ("model.onnx", "onnx/model.onnx")
#: What holds the weights of one that is too large for a single file.
_BESIDE: Final = ("*.onnx_data*", "*.data")


def chosen() -> Path:
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


def files(folder: Path) -> list[Path]:
    """Return the files that decide what a folder's model finds, [] if it holds none."""
    ours, theirs = ([folder / name for name in names] for names in (OWN, _THEIRS))
    if all(file.is_file() for file in ours):
        return ours
    read = weights(folder)
    return [*theirs, *read] if read and all(file.is_file() for file in theirs) else []


def weights(folder: Path) -> list[Path]:
    """Return a Hugging Face model's files of weights: safetensors, else an ONNX model and what lies beside it."""
    if files := sorted(folder.glob("*.safetensors")):
        return files
    model = next((file for name in _ONNX if (file := folder / name).is_file()), None)
    if model is None:
        return []
    return [model, *(beside for form in _BESIDE for beside in sorted(model.parent.glob(form)))]
