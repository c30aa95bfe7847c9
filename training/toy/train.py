"""Train the toy in-region model and write it as GGUF: under a minute on one core, the same bytes on the same machine.

python -m training.toy
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor, nn

from training.toy.corpus import BEGIN, END, OPENING, Draw, conversation
from training.toy.export import write_gguf
from training.toy.model import Llama, Shape

_SEED = 20
_VOCABULARY = 512


@dataclass(frozen=True, slots=True)
class Diet:
    """Examples of one length: ``longest`` in characters a turn, one batch of ``batch`` every ``every`` steps."""

    conversations: int
    longest: int
    batch: int
    every: int


_SHORT = Diet(conversations=2000, longest=120, batch=20, every=1)
_LONG = Diet(conversations=200, longest=2500, batch=2, every=5)
_PADDING = -100

#: Token ids of a prompt and of its reply.
Example = tuple[list[int], list[int]]


def draw_from(generator: torch.Generator) -> Draw:
    """Return a source of indices that depends on the generator's seed alone."""
    return lambda below: int(torch.randint(below, (1,), generator=generator).item())


def train_tokenizer(texts: list[str]) -> Tokenizer:
    """Learn a byte-level BPE vocabulary; every byte is in it, so any text encodes."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=_VOCABULARY,
            special_tokens=["<unk>", "<s>", "</s>", BEGIN, END],
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
            show_progress=False,
        ),
    )
    return tokenizer


def _batch(examples: list[Example], size: int, draw: Draw) -> tuple[Tensor, Tensor]:
    """Return token ids and, where the answer is, the next token ids; both (batch, time)."""
    rows = [examples[draw(len(examples))] for _ in range(size)]
    longest = max(len(prompt) + len(reply) for prompt, reply in rows)
    given = torch.zeros((size, longest), dtype=torch.long)
    wanted = torch.full((size, longest), _PADDING)
    for index, (prompt, reply) in enumerate(rows):
        end = len(prompt) + len(reply)
        given[index, :end] = torch.tensor(prompt + reply)
        wanted[index, len(prompt) - 1 : end - 1] = torch.tensor(reply)
    return given, wanted


def train(steps: int) -> tuple[Llama, Tokenizer]:
    """Train from scratch with a fixed seed on one thread."""
    torch.manual_seed(_SEED)
    torch.set_num_threads(1)
    draw = draw_from(torch.Generator().manual_seed(_SEED))
    texts = {diet: [conversation(draw, diet.longest) for _ in range(diet.conversations)] for diet in (_SHORT, _LONG)}
    tokenizer = train_tokenizer([prompt + reply for prompt, reply in texts[_SHORT]])
    examples = {
        diet: [(tokenizer.encode(prompt).ids, tokenizer.encode(reply).ids) for prompt, reply in pairs]
        for diet, pairs in texts.items()
    }
    model = Llama(Shape(vocabulary=tokenizer.get_vocab_size()))
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for step in range(1, steps + 1):
        diet = _LONG if step % _LONG.every == 0 else _SHORT
        given, wanted = _batch(examples[diet], diet.batch, draw)
        logits = model(given)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten(), ignore_index=_PADDING)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            print(f"step {step} loss {loss.item():.3f}")
    return model.eval(), tokenizer


@torch.no_grad()
def complete(model: Llama, tokenizer: Tokenizer, question: str, longest: int = 60) -> str:
    """Return the greedy answer to a question."""
    ids = tokenizer.encode(f"{BEGIN}user\n{question}{END}\n{BEGIN}assistant\n").ids
    prompt = len(ids)
    while len(ids) < prompt + longest:
        following = int(model(torch.tensor([ids]))[0, -1].argmax())
        if following == tokenizer.token_to_id(END):
            break
        ids.append(following)
    return str(tokenizer.decode(ids[prompt:]))


def main() -> None:
    """Train, show one answer, write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("proxy/embedded/models/toy.gguf"), help="the file to write")
    parser.add_argument("--steps", type=int, default=400, help="training steps")
    arguments = parser.parse_args()
    model, tokenizer = train(arguments.steps)
    answer = complete(model, tokenizer, "Tell me about the invoice")
    if not answer.isascii() or not answer.startswith(OPENING):
        raise SystemExit(f"the model did not learn its sentences: {answer!r}")
    print(answer)
    write_gguf(model, tokenizer, arguments.out)
    print(f"{arguments.out} {arguments.out.stat().st_size} bytes")
