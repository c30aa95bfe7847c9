"""A BERT encoder with a token head, written out so that nothing but torch runs it.

Devlin et al. 2019 (post-norm transformer); sizes default to MiniLM-L6-H384 (Wang et al. 2020). The token-type table
carries the shape of the written word (``tokens.shapes``), because the vocabulary is uncased.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class Sizes:
    """The encoder's dimensions."""

    vocabulary: int
    labels: int
    hidden: int = 384
    layers: int = 6
    heads: int = 12
    inner: int = 1536
    positions: int = 512
    shapes: int = 8


#: Queries, keys and values [..., 3 * hidden] and the number of heads in, mixed values [..., hidden] out.
Attention = Callable[[Tensor, int], Tensor]


def padded(present: Tensor) -> Attention:
    """Attention over [batch, length, ...] in which padding (False in ``present``) is not seen."""
    hidden = torch.zeros(present.shape, device=present.device).masked_fill(~present, -1e4)[:, None, None, :]

    def attend(joined: Tensor, heads: int) -> Tensor:
        batch, length, width = joined.shape
        query, key, value = joined.view(batch, length, 3, heads, width // 3 // heads).permute(2, 0, 3, 1, 4)
        scores = (query * float(width // 3 // heads) ** -0.5) @ key.transpose(-1, -2)
        mixed: Tensor = (scores + hidden.to(scores.dtype)).softmax(-1).to(value.dtype) @ value
        return mixed.transpose(1, 2).reshape(batch, length, width // 3)

    return attend


#: Grids of queries, keys and values: steps in one, and the most steps away from nought.
_FINE: Final = ((128, 512), (32, 512), (512, 4096))
#: Steps of a weight of attention in one.
_SHARE: Final = 2048
#: Steps in one of what attention returns.
WHOLE: Final = _SHARE * _FINE[2][0]


class Packed:
    """Attention over windows that lie end to end in [tokens, ...]: each sees itself alone, and nothing is padded.

    What is multiplied lies on grids so fine that a float32 holds every sum whole: the answer depends neither on how a
    library orders its additions nor on what else is read.
    """

    def __init__(self, lengths: Sequence[int]) -> None:
        self._lengths = lengths

    def __call__(self, joined: Tensor, heads: int) -> Tensor:
        """Mix values that lie on no grid yet."""
        return self.mixed(joined * steps_in_one(joined.shape[1] // 3, heads), heads).div_(WHOLE)

    def mixed(self, joined: Tensor, heads: int) -> Tensor:
        """Mix values given in steps of their grids, which are overwritten; return ``WHOLE`` times the answer."""
        total, width = joined.shape
        whole = joined.round_().clamp_(*_limits(width // 3))
        query, key, value = whole.view(total, 3, heads, width // 3 // heads).permute(1, 2, 0, 3)
        mixed = joined.new_empty(total, heads, width // 3 // heads)
        first = 0
        for length in self._lengths:
            rows = slice(first, first := first + length)
            scores = joined.new_empty(heads, length, length)
            scores.baddbmm_(query[:, rows], key[:, rows].transpose(1, 2), beta=0, alpha=1 / (_FINE[0][0] * _FINE[1][0]))
            shares = torch.softmax(scores, -1, out=scores).mul_(_SHARE).round_()
            mixed[rows] = torch.bmm(shares, value[:, rows]).transpose(0, 1)
        return mixed.view(total, -1)


@lru_cache(maxsize=4)
def steps_in_one(width: int, heads: int) -> Tensor:
    """How many steps make one, for every column of queries, keys and values side by side."""
    factors = (_FINE[0][0] * float(width // heads) ** -0.5, float(_FINE[1][0]), float(_FINE[2][0]))
    return torch.cat([torch.full((width,), factor) for factor in factors])


@lru_cache(maxsize=4)
def _limits(width: int) -> tuple[Tensor, Tensor]:
    """The most steps below and above nought, for the same columns."""
    most = torch.cat([torch.full((width,), float(most)) for _, most in _FINE])
    return -most, most


class Layer(nn.Module):
    """Self-attention and feed-forward, each added to its input and normalised."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.heads = sizes.heads
        self.attend: nn.Module = nn.Linear(sizes.hidden, 3 * sizes.hidden)
        self.project: nn.Module = nn.Linear(sizes.hidden, sizes.hidden)
        self.expand: nn.Module = nn.Linear(sizes.hidden, sizes.inner)
        self.contract: nn.Module = nn.Linear(sizes.inner, sizes.hidden)
        self.norm_attention = nn.LayerNorm(sizes.hidden, eps=1e-12)
        self.norm_output = nn.LayerNorm(sizes.hidden, eps=1e-12)

    def forward(self, hidden: Tensor, attention: Attention) -> Tensor:
        hidden = self.norm_attention(hidden + self.project(attention(self.attend(hidden), self.heads)))
        normed: Tensor = self.norm_output(hidden + self.contract(functional.gelu(self.expand(hidden))))
        return normed


class Encoder(nn.Module):
    """Token ids and word shapes in, one logit per label and token out."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.words: nn.Module = nn.Embedding(sizes.vocabulary, sizes.hidden)
        self.positions = nn.Embedding(sizes.positions, sizes.hidden)
        self.shapes = nn.Embedding(sizes.shapes, sizes.hidden)
        self.norm = nn.LayerNorm(sizes.hidden, eps=1e-12)
        self.dropout = nn.Dropout(0.1)
        self.layers = nn.ModuleList(Layer(sizes) for _ in range(sizes.layers))
        self.head: nn.Module = nn.Linear(sizes.hidden, sizes.labels)

    def forward(self, ids: Tensor, shapes: Tensor, places: Tensor, attention: Attention) -> Tensor:
        """Logits [..., labels] of ids [...], word shapes [...] and places in the window [...] (all int64)."""
        hidden = self.dropout(self.norm(self.words(ids) + self.positions(places) + self.shapes(shapes)))
        for layer in self.layers:
            hidden = layer(hidden, attention)
        logits: Tensor = self.head(self.dropout(hidden))
        return logits
