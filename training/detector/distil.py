"""Distil the shipped classifier into one with fewer layers.

``python -m training.detector.distil --data DIR --out DIR``: the student takes the teacher's embeddings and the layers
that are named, and learns the teacher's label probabilities (Hinton et al. 2015, temperature 1) on the training set
and on as much text without labels; where there are labels it also learns from them. The budget is CPU minutes: the
learning rate falls with what is spent, and the same seed gives the same data.

``--start`` goes on from an earlier student instead, with a lower ``--rate``.

``PROXY_CLASSIFIER`` names the folder that comes out. Its weights are read by the same code as the teacher's, layers
are counted in the file; the ranges of its activations are taken at the end (``training.detector.calibrate``).
"""

from __future__ import annotations

import argparse
import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from proxy.detection.models.classifier import ACCURATE, weights
from proxy.detection.models.classifier.encoder import Encoder
from proxy.detection.models.classifier.labels import NAMES
from proxy.detection.models.classifier.tokens import tokenizer
from training.detector import unlabelled
from training.detector.batches import partial_loss, shuffled, tensors
from training.detector.calibrate import write_ranges
from training.detector.examples import Example, Supervision, examples
from training.detector.export import write
from training.detector.generate.documents import documents
from training.detector.student import agreement, divergence, restored, scored, student, taught
from training.detector.train import Plan, collect

_FILE, _VOCABULARY = "model.safetensors", "vocab.txt"
_LABELLED = 0.3  # weight of the labels beside the teacher's word
_WARM, _LEAST = 0.04, 0.02
_HELD_OUT = 400
_TOLD = 1 / 40  # share of the budget between two lines
_LANGUAGES = ("de", "fr", "es", "it", "pt", "pt_BR", "nl", "pl", "cs", "ro", "sv", "tr")
#: Whether the processor multiplies in bfloat16 itself: four times slower than float32 where it does not.
_HALVES = torch.cpu._is_avx512_bf16_supported()  # noqa: SLF001 - torch has no public name for it
#: Seeds apart from those of the labelled set.
_GENERATED = 4_242


@dataclass(frozen=True)
class Distillation:
    """What one run does. ``layers`` are the teacher's that the student starts from, without a ``start`` of its own."""

    data: Path
    out: Path
    layers: tuple[int, ...]
    start: Path | None
    minutes: float
    rate: float
    generated: int
    translations: Path | None
    seed: int


def _unlabelled(plan: Distillation, table: Supervision) -> list[Example]:
    rng = random.Random(plan.seed + 1)
    texts = [*(text for text, _ in documents(_GENERATED, plan.generated)), *unlabelled.joined(plan.data, rng)]
    texts += unlabelled.installed(plan.generated // 8, rng)
    if plan.translations is not None:
        texts += unlabelled.translated(plan.translations, _LANGUAGES, rng)
    pieces = tokenizer(ACCURATE / _VOCABULARY)
    rows = list(examples(((text, []) for text in texts), frozenset(NAMES), pieces, table, rng))
    rng.shuffle(rows)
    return rows


def _forever(labelled: list[Example], free: list[Example], rng: random.Random) -> Iterator[tuple[bool, list[Example]]]:
    """Yield batches of both sets in turn: (whether it has labels, windows)."""
    while True:
        pairs = [(True, batch) for batch in shuffled(labelled, rng)] + [(False, batch) for batch in shuffled(free, rng)]
        rng.shuffle(pairs)
        yield from pairs


def distil(plan: Distillation) -> Encoder:
    """Run until the budget is spent; prints how it goes."""
    rng = random.Random(plan.seed)
    source = Plan(plan.data, plan.out, None, plan.generated, 1.0, 1, plan.seed, plan.rate, None)
    labelled, table = collect(source, ACCURATE / _VOCABULARY)
    free = _unlabelled(plan, Supervision())
    unseen, free = free[:_HELD_OUT], free[_HELD_OUT:]
    print(f"{len(labelled)} windows with labels, {len(free)} without", flush=True)
    teacher = weights.read(ACCURATE / _FILE)  # in int8: as it ships, and five times as fast
    learner = _learner(plan)
    print("before:", agreement(teacher, learner, unseen), flush=True)
    lesson = Lesson(teacher, learner, table, plan.rate)
    began, mean, told = time.thread_time(), 0.0, 0.0
    for step, (has_labels, batch) in enumerate(_forever(labelled, free, rng), 1):
        spent = (time.thread_time() - began) / (60 * plan.minutes)
        if spent >= 1:
            break
        apart = lesson.step(batch, spent, has_labels=has_labels)
        mean = apart if step == 1 else 0.98 * mean + 0.02 * apart
        if spent - told > _TOLD:
            told = spent
            print(f"step {step}, {100 * spent:.0f} %, divergence {mean:.4f}", flush=True)
            torch.save(learner.state_dict(), plan.out / "checkpoint.pt")
    print("after:", agreement(teacher, learner, unseen), flush=True)
    return learner


def _learner(plan: Distillation) -> Encoder:
    if plan.start is None:
        return student(restored(ACCURATE), plan.layers)
    tensors = restored(plan.start)
    return student(tensors, tuple(range(weights.sizes(tensors).layers)))


class Lesson:
    """One student, its teacher and its optimizer."""

    def __init__(self, teacher: Encoder, learner: Encoder, table: Tensor, rate: float) -> None:
        self._teacher, self._learner, self._table, self._rate = teacher, learner, table, rate
        self._optimizer = torch.optim.AdamW(
            learner.parameters(), lr=rate, weight_decay=0.01, betas=(0.9, 0.98), fused=True
        )

    def step(self, batch: list[Example], spent: float, *, has_labels: bool) -> float:
        """Learn from one batch; return the divergence before. ``spent``: share of the budget, 0 to 1."""
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate * max(_LEAST, spent / _WARM if spent < _WARM else (1 - spent) / (1 - _WARM))
        ids, shapes, present, right = tensors(batch, torch.device("cpu"))
        inside, rows = right >= 0, (ids, shapes, present)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=_HALVES):
            own = scored(self._learner, rows)
        apart = divergence(taught(self._teacher, rows)[inside], own[inside])
        loss = apart + _LABELLED * partial_loss(own, right, self._table) if has_labels else apart
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._learner.parameters(), 1.0)
        self._optimizer.step()
        return apart.item()


def _arguments() -> Distillation:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--out", type=Path, required=True, help="folder for the weights")
    parser.add_argument("--layers", default="1,3,5", help="layers of the teacher to start from (0 to 5)")
    parser.add_argument("--start", type=Path, help="a checkpoint, or a folder with weights, of a student to go on from")
    parser.add_argument("--minutes", type=float, default=45, help="CPU minutes to spend")
    parser.add_argument("--rate", type=float, default=1e-3, help="learning rate")
    parser.add_argument("--generated", type=int, default=18_000, help="generated documents, of each half")
    parser.add_argument("--translations", type=Path, help="folder with translations of programs (*.po)")
    parser.add_argument("--seed", type=int, default=20_261_127)
    given = vars(parser.parse_args())
    given["layers"] = tuple(int(number) for number in given["layers"].split(","))
    return Distillation(**given)


def main() -> None:
    """Distil, quantise, take the ranges, write."""
    plan = _arguments()
    torch.set_num_threads(1)
    torch.manual_seed(plan.seed)
    plan.out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ACCURATE / _VOCABULARY, plan.out / _VOCABULARY)
    size = write(distil(plan), plan.out / _FILE)
    write_ranges(plan.out / _FILE)
    print(f"wrote {size / 1e6:.1f} MB", flush=True)


if __name__ == "__main__":
    main()
