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


def packed(lengths: Sequence[int]) -> Attention:
    """Attention over windows that lie end to end in [tokens, ...]: each sees itself alone, and nothing is padded.

    What is multiplied lies on grids so fine that a float32 holds every sum whole: the answer depends neither on how a
    library orders its additions nor on what else is read.
    """

    def attend(joined: Tensor, heads: int) -> Tensor:
        total, width = joined.shape
        scale, least, most = _grids(width // 3, heads)
        whole = joined.mul_(scale).round_().clamp_(least, most)
        query, key, value = whole.view(total, 3, heads, width // 3 // heads).permute(1, 2, 0, 3)
        mixed = joined.new_empty(total, heads, width // 3 // heads)
        first = 0
        for length in lengths:
            rows = slice(first, first := first + length)
            q, k, v = query[:, rows], key[:, rows], value[:, rows]
            none = joined.new_empty(heads, length, length)
            scores = torch.baddbmm(none, q, k.transpose(1, 2), beta=0, alpha=1 / (_FINE[0][0] * _FINE[1][0]))
            shares = torch.softmax(scores, -1, out=scores).mul_(_SHARE).round_()
            mixed[rows] = torch.bmm(shares, v).transpose(0, 1)
        return mixed.view(total, -1).div_(_SHARE * _FINE[2][0])

    return attend


@lru_cache(maxsize=4)
def _grids(width: int, heads: int) -> tuple[Tensor, Tensor, Tensor]:
    """Scale and limit of every column of queries, keys and values side by side."""
    factors = (_FINE[0][0] * float(width // heads) ** -0.5, float(_FINE[1][0]), float(_FINE[2][0]))
    scale = torch.cat([torch.full((width,), factor) for factor in factors])
    most = torch.cat([torch.full((width,), float(most)) for _, most in _FINE])
    return scale, -most, most


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
