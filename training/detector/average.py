"""Average the weights of several runs (Wortsman et al. 2022), which often reads better than the last of them alone.

``python -m training.detector.average --out DIR RUN=SHARE ...``: each RUN is a checkpoint, or a folder with weights, of
a run that went on from the one before; shares add up to one. The folder that comes out is of the shipped format.
"""

from __future__ import annotations

import argparse
import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from proxy.detection.models.classifier import ACCURATE, weights
from proxy.detection.models.classifier.encoder import Encoder
from proxy.detection.models.classifier_files import VOCABULARY
from training.detector.calibrate import write_ranges
from training.detector.export import write
from training.detector.student import restored

_FILE = "model.safetensors"


def average(runs: Sequence[tuple[Mapping[str, Tensor], float]]) -> Encoder:
    """Return the model whose every weight is the mean of those of the runs, each with its share.

    Raises:
        ValueError: the shares do not add up to one.

    """
    if not math.isclose(sum(share for _, share in runs), 1.0):
        raise ValueError("the shares do not add up to one")
    first = runs[0][0]
    model = Encoder(weights.sizes(first))
    model.load_state_dict({name: sum(share * run[name] for run, share in runs) for name in first})
    return model.eval()


def main() -> None:
    """Average, quantise, take the ranges, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", metavar="RUN=SHARE")
    parser.add_argument("--out", type=Path, required=True, help="folder for the weights")
    given = parser.parse_args()
    torch.set_num_threads(1)
    given.out.mkdir(parents=True, exist_ok=True)
    parts = (run.rpartition("=") for run in given.runs)
    model = average([(restored(Path(path)), float(share)) for path, _, share in parts])
    shutil.copyfile(ACCURATE / VOCABULARY, given.out / VOCABULARY)
    size = write(model, given.out / _FILE)
    write_ranges(given.out / _FILE)
    print(f"wrote {size / 1e6:.1f} MB", flush=True)


if __name__ == "__main__":
    main()
