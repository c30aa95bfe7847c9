"""Proofs over RFC 6962 trees: that a tree holds a leaf (section 2.1.1), that it continues a smaller one (2.1.2). Pure.

A proof consists of roots of ranges of leaves. Which ranges depends on the sizes alone, so whoever makes a proof gets
the ranges here and takes their roots from wherever they are. Checking follows RFC 9162, 2.1.3.2 and 2.1.4.2.
"""

from __future__ import annotations

from collections.abc import Sequence

from proxy.audit.sealing.tree import node

#: Leaves from the first number up to, but without, the second.
Range = tuple[int, int]


class TreeProofError(ValueError):
    """A proof does not prove what it is given for."""


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Return the ranges whose roots prove that leaf ``index`` is in the tree of ``size`` leaves, nearest first."""
    start, end, ranges = 0, size, []
    while end - start > 1:
        split = _split(start, end)
        if index < split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((start, split))
            start = split
    return ranges[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """Return the ranges whose roots prove that the first ``old`` of ``new`` leaves are those of the older tree."""
    start, end, ranges = 0, new, []
    while old < end:
        split = _split(start, end)
        if old <= split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((start, split))
            start = split
    if start:
        ranges.append((start, end))
    return ranges[::-1]


def perfect_ranges(size: int) -> list[Range]:
    """Return the ranges of the perfect subtrees of a tree of ``size`` leaves, from the left."""
    ranges, start = [], 0
    for bit in reversed(range(size.bit_length())):
        if size >> bit & 1:
            ranges.append((start, start + (1 << bit)))
            start += 1 << bit
    return ranges


def root_with(hashed: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root of a tree of ``size`` leaves of which leaf ``index`` has this hash, as its path says.

    Raises:
        TreeProofError: the path is not of this length.

    """
    if not 0 <= index < size:
        raise TreeProofError(f"leaf {index} is not of a tree of {size}")
    number, last = index, size - 1
    for sibling in path:
        if last == 0:
            raise TreeProofError("the path is too long")
        if number & 1 or number == last:
            hashed = node(sibling, hashed)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            hashed = node(hashed, sibling)
        number, last = number >> 1, last >> 1
    if last:
        raise TreeProofError("the path is too short")
    return hashed


def check_growth(old: tuple[int, bytes], new: tuple[int, bytes], path: Sequence[bytes]) -> None:
    """Check that the tree of ``new`` (size, root) begins with that of ``old``.

    Raises:
        TreeProofError: it does not, or the path does not show it.

    """
    (old_size, old_root), (new_size, new_root) = old, new
    if old_size > new_size:
        raise TreeProofError(f"a log of {new_size} does not continue one of {old_size}")
    if old_size in {0, new_size}:
        if path or (old_size and old_root != new_root):
            raise TreeProofError("trees of one size have other roots, or a path where none belongs")
        return
    if _roots(old_size, new_size, old_root, path) != (old_root, new_root):
        raise TreeProofError(f"the log of {new_size} does not begin with the one of {old_size}")


def _roots(old_size: int, new_size: int, old_root: bytes, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return the two roots that a path between trees of different sizes makes."""
    rest = [old_root, *path] if old_size.bit_count() == 1 else list(path)
    if not rest:
        raise TreeProofError("the path is too short")
    number, last = old_size - 1, new_size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    older = newer = rest[0]
    for sibling in rest[1:]:
        if last == 0:
            raise TreeProofError("the path is too long")
        if number & 1 or number == last:
            older, newer = node(sibling, older), node(sibling, newer)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            newer = node(newer, sibling)
        number, last = number >> 1, last >> 1
    if last:
        raise TreeProofError("the path is too short")
    return older, newer


def _split(start: int, end: int) -> int:
    """Return where the left subtree of a range ends: after the largest power of two below its length."""
    return start + (1 << (end - start - 1).bit_length() - 1)
