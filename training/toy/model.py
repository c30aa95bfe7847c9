"""A Llama of two layers and 64 dimensions: RMSNorm, rotary attention on adjacent pairs, SwiGLU.

Rotation pairs neighbours (2i, 2i+1), as llama.cpp's "llama" architecture does, so weights export without permutation.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes; ``context`` is in tokens."""

    vocabulary: int
    width: int = 64
    hidden: int = 128
    layers: int = 2
    heads: int = 2
    context: int = 16_384
    rope_base: float = 10_000.0
    epsilon: float = 1e-6

    @property
    def head(self) -> int:
        """Width of one attention head."""
        return self.width // self.heads


def _rotate(x: Tensor, base: float) -> Tensor:
    """Rotate pairs of the last axis of (batch, heads, time, head) by their position (RoPE, arXiv 2104.09864)."""
    time, head = x.shape[-2:]
    frequency = base ** (-torch.arange(0, head, 2, dtype=torch.float32) / head)
    angle = torch.arange(time, dtype=torch.float32)[:, None] * frequency
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = (even * angle.cos() - odd * angle.sin(), even * angle.sin() + odd * angle.cos())
    return torch.stack(turned, dim=-1).flatten(-2)


class Block(nn.Module):
    """Attention and feed-forward, each on the normed input and added to it."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.attn_norm = nn.RMSNorm(shape.width, eps=shape.epsilon)
        self.attn_q = nn.Linear(shape.width, shape.width, bias=False)
        self.attn_k = nn.Linear(shape.width, shape.width, bias=False)
        self.attn_v = nn.Linear(shape.width, shape.width, bias=False)
        self.attn_output = nn.Linear(shape.width, shape.width, bias=False)
        self.ffn_norm = nn.RMSNorm(shape.width, eps=shape.epsilon)
        self.ffn_gate = nn.Linear(shape.width, shape.hidden, bias=False)
        self.ffn_up = nn.Linear(shape.width, shape.hidden, bias=False)
        self.ffn_down = nn.Linear(shape.hidden, shape.width, bias=False)

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.shape.heads, self.shape.head)).transpose(1, 2)

    def forward(self, x: Tensor) -> Tensor:
        normed = self.attn_norm(x)
        attended = nn.functional.scaled_dot_product_attention(
            _rotate(self._heads(self.attn_q(normed)), self.shape.rope_base),
            _rotate(self._heads(self.attn_k(normed)), self.shape.rope_base),
            self._heads(self.attn_v(normed)),
            is_causal=True,
        )
        x = x + self.attn_output(attended.transpose(1, 2).flatten(-2))
        normed = self.ffn_norm(x)
        return x + self.ffn_down(nn.functional.silu(self.ffn_gate(normed)) * self.ffn_up(normed))


class Llama(nn.Module):
    """Token ids (batch, time) to logits (batch, time, vocabulary)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocabulary, shape.width)
        self.blk = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.output_norm = nn.RMSNorm(shape.width, eps=shape.epsilon)
        self.output = nn.Linear(shape.width, shape.vocabulary, bias=False)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.token_embd(ids)
        for block in self.blk:
            x = block(x)
        return self.output(self.output_norm(x))
