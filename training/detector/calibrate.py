"""The range of what goes into each int8 layer of the classifier, over texts of our own.

``python -m training.detector.calibrate`` reads ``bench/payloads`` with the shipped weights and writes
``activations.json`` beside them; the same weights and texts give the same file. Run it after every training.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor, nn

from proxy.detection.models.classifier import ACCURATE, Classifier, weights
from proxy.detection.models.classifier.encoder import Encoder
from proxy.detection.models.classifier.run import run
from proxy.detection.models.classifier.tokens import Pieces, tokenizer

PAYLOADS = Path("bench/payloads")
_DIGITS = 4


class Extent:
    """The least and the greatest value seen."""

    def __init__(self) -> None:
        self.low = self.high = 0.0

    def see(self, values: Tensor) -> None:
        self.low = min(self.low, float(values.min()))
        self.high = max(self.high, float(values.max()))


def watched(model: Encoder) -> dict[str, Extent]:
    """Watch what goes into each layer that runs in int8."""
    seen: dict[str, Extent] = {}
    for index, layer in enumerate(model.layers):
        for part in weights.PARTS:
            extent = seen[f"layers.{index}.{part}"] = Extent()
            module: nn.Module = getattr(layer, part)
            module.register_forward_pre_hook(lambda _, given, extent=extent: extent.see(given[0]))
    return seen


def calibrate(file: Path, texts: Iterable[str]) -> dict[str, list[float]]:
    """Return the range of every layer of a weights file over the texts, each read alone."""
    model = weights.floating(file)
    seen = watched(model)
    classifier = Classifier(
        Pieces(tokenizer(ACCURATE / "vocab.txt")).read,
        lambda ids, shapes: run(model, ids, shapes, lengths=()),
        "calibration",
    )
    for text in texts:
        classifier.read([text])
    return {name: [round(extent.low, _DIGITS), round(extent.high, _DIGITS)] for name, extent in seen.items()}


def payloads() -> list[str]:
    """Return the texts that ranges are taken over."""
    rows = [line for file in sorted(PAYLOADS.glob("*.jsonl")) for line in file.read_text(encoding="utf-8").splitlines()]
    return [json.loads(row)["text"] for row in rows]


def write_ranges(file: Path) -> None:
    """Take the ranges of a file of weights over the payloads, and write them beside it."""
    texts = payloads()
    ranges = calibrate(file, texts)
    to = file.with_name(weights.RANGES)
    to.write_text(json.dumps(ranges, indent=1) + "\n", encoding="utf-8")
    print(f"{to}: {len(ranges)} layers over {len(texts)} texts", flush=True)


def main() -> None:
    """Write the ranges of the shipped weights."""
    torch.set_num_threads(1)
    write_ranges(ACCURATE / "model.safetensors")


if __name__ == "__main__":
    main()
