"""What is remembered of transforms: pieces of texts, which hold which removed values, and where they read otherwise.

So a conversation that grew costs its new texts, and a search of the old ones for new values. Everything stands under
keyed digests of a pseudonym domain: no entry serves another tenant, and none holds text or an original. Each of the
five caches is bounded in bytes and shared fairly by tenants; an entry that is gone is worked out again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Self

from proxy.core.deidentification.pieces import Piece, Spread, alone, keyed_digest, keyed_name
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.residual import disguised, left_of_values
from proxy.core.deidentification.transform_plan import TransformPlan
from proxy.core.findings import SegmentFindings
from proxy.core.records import Transformed
from proxy.core.search.disguises import Clues, clues
from proxy.core.search.readings import DecodedPart, is_plain, readings_of
from proxy.core.search.stretches import Stretches, again, stretches, tightened
from proxy.runtime.recent import Recent

_CAPACITY = 32 << 20
_SHARE = 10  # of the whole that may take: sets of values, texts as written, where texts read otherwise, their clues
_SET_BYTES, _CLEAN_BYTES, _CLUES_BYTES, _READ_BYTES, _SPAN_BYTES = 250, 250, 250, 320, 120
_MOST_NAMES = 4_000  # of a set that grows
_UNREAD = b"unread"  # behind the key of a text that is searched and not read
_DISGUISED = b"disguised"  # and of one that is searched for values in disguise
_DIGEST_BYTES = 16
_MODULUS = 1 << 8 * _DIGEST_BYTES
#: Texts to be searched at once, by number with the digest to give once they are, and the values that any of them lacks.
_Group = tuple[dict[int, bytes], dict[str, None]]


@dataclass(frozen=True, slots=True)
class RemovedValues:
    """The values that one request removes, in order, by their keyed names; ``digest`` names all of them."""

    by_name: Mapping[bytes, str]
    digest: bytes


class TransformMemory:
    """The memory under one catalog, of about ``capacity`` bytes, as one tenant sees it."""

    def __init__(self, capacity: int = _CAPACITY) -> None:
        small, self.tenant = capacity // _SHARE, ""
        self._pieces: Recent[bytes, Piece] = Recent(capacity - 4 * small, lambda piece: piece.size)
        #: Keyed names of values, one behind the other, by the digest of the set; nothing by the digests of two sets, of
        #: which the first holds the second.
        self._sets: Recent[bytes, bytes] = Recent(small, lambda names: _SET_BYTES + len(names))
        self._clean: Recent[bytes, bytes] = Recent(small, lambda _: _CLEAN_BYTES)
        self._stretches: Recent[bytes, Stretches] = Recent(small, _size)
        self._clues: Recent[bytes, Clues] = Recent(small, lambda _: _CLUES_BYTES)

    def of(self, tenant: str) -> Self:
        """Return the same memory as another tenant sees it."""
        view = object.__new__(type(self))
        view._pieces, view._sets, view._clean, view.tenant = self._pieces, self._sets, self._clean, tenant
        view._stretches, view._clues = self._stretches, self._clues
        return view

    @property
    def size(self) -> int:
        """Estimated memory of all tenants, bytes."""
        caches = self._pieces, self._sets, self._clean, self._stretches, self._clues
        return sum(cache.used for cache in caches)

    def __len__(self) -> int:
        return len(self._pieces)

    def pieces(
        self, plan: TransformPlan, minter: Minter, texts: Sequence[tuple[bytes, str, SegmentFindings]]
    ) -> list[Piece]:
        """Return the pieces of texts, each given with its keyed digest and findings.

        Raises:
            OperatorFailedError: one of the deployment's own operators failed.

        """
        keys = _keys(plan, minter, [name for name, _, _ in texts])
        pieces: list[Piece] = []
        new: dict[bytes, Piece] = {}
        remembered = self._pieces.find(self.tenant, keys)
        for key, (_, text, segment) in zip(keys, texts, strict=True):
            piece = remembered.get(key) or new.get(key)
            if piece is None or (piece.segment is not segment and piece.segment != segment):
                piece = alone(plan, text, segment, minter.sibling())
                if piece.lasting:
                    piece.key = key
                    new[key] = piece
            pieces.append(piece)
        self._pieces.keep(self.tenant, new.items())
        return pieces

    def holds(self, plan: TransformPlan, minter: Minter, names: Sequence[bytes]) -> bool:
        """Whether the pieces of texts, given by their keyed digests, are remembered."""
        keys = frozenset(_keys(plan, minter, names))
        return bool(keys) and len(self._pieces.find(self.tenant, keys)) == len(keys)

    def unread(self, texts: Sequence[str], domain: bytes) -> list[Piece]:
        """Return the pieces of texts that are searched and not read: nothing of them is changed by itself."""
        keys = [keyed_digest(text, domain) + _UNREAD for text in texts]
        new: dict[bytes, Piece] = {}
        remembered = self._pieces.find(self.tenant, keys)
        pieces = [remembered.get(key) or new.setdefault(key, Piece(SegmentFindings(), key=key)) for key in keys]
        self._pieces.keep(self.tenant, new.items())
        return pieces

    def readings_of(self, texts: Sequence[str], domain: bytes) -> list[list[DecodedPart]]:
        """Return the readings of each text, and remember where it has any."""
        keys = [b"" if is_plain(text) else keyed_digest(text, domain) for text in texts]
        cached = self._stretches.find(self.tenant, keys)
        new = {key: text for key, text in zip(keys, texts, strict=True) if key and key not in cached}
        parts = dict(zip(new, readings_of(list(new.values())), strict=True))
        fresh = {key: stretches(text, parts[key]) for key, text in new.items()}
        for key, text in zip(keys, texts, strict=True):
            if key not in cached or cached[key].tight:
                continue
            cached[key] = fresh[key] = tightened(text, cached[key])
        self._stretches.keep(self.tenant, fresh.items())
        return [
            list(again(text, cached[key])) if key in cached else parts.get(key, [])
            for key, text in zip(keys, texts, strict=True)
        ]

    def remember(self, piece: Piece, spread: Spread) -> None:
        """Keep where values removed elsewhere occur in the text of a piece."""
        if not (spread[1] or piece.spread[1]):
            piece.spread = spread  # of the same size
        elif piece.key and spread != piece.spread:
            self._pieces.keep(self.tenant, [(piece.key, replace(piece, spread=spread))])

    def removed(self, by_name: Mapping[bytes, str]) -> RemovedValues:
        """Return the values that a request removes, and remember which they are."""
        return RemovedValues(by_name, self._remember(_total(by_name), by_name))

    def _remember(self, total: int, names: Iterable[bytes]) -> bytes:
        """Remember a set of values by the sum of their names as numbers: one set, whatever the order and the steps."""
        digest = total.to_bytes(_DIGEST_BYTES, "big")
        if not self._sets.find(self.tenant, [digest]):
            self._sets.keep(self.tenant, [(digest, b"".join(names))])
        return digest

    def searched(self, digest: bytes) -> frozenset[bytes]:
        """Return the names of a set of values by its digest; nothing if it was forgotten."""
        names = self._sets.find(self.tenant, [digest]).get(digest, b"")
        return frozenset([names[at : at + _DIGEST_BYTES] for at in range(0, len(names), _DIGEST_BYTES)])

    def unsearched(
        self, removed: RemovedValues, searched: Mapping[bytes, list[int]]
    ) -> Iterator[tuple[list[int], list[str], bool, bytes]]:
        """Yield texts by their numbers, the values not yet searched for in them, and the digest to give once they are.

        Between the last two stands whether any were searched for. ``searched``: the digest of all values whose
        occurrences are known, or b"" -> the numbers of texts.
        """
        lacking = {digest: numbers for digest, numbers in searched.items() if numbers and digest != removed.digest}
        compared = self._sets.find(self.tenant, [digest + removed.digest for digest in lacking]) if lacking else {}
        for digest, numbers in lacking.items():
            if digest and digest + removed.digest in compared:
                continue
            names = self.searched(digest)
            new = {name: value for name, value in removed.by_name.items() if name not in names}
            if new:
                yield numbers, list(new.values()), bool(names), self._together(digest, names, new, removed)
            else:
                self._sets.keep(self.tenant, [(digest + removed.digest, b"")])

    def _together(self, before: bytes, names: frozenset[bytes], new: Iterable[bytes], removed: RemovedValues) -> bytes:
        """Return the digest of a set and new values; of a request's alone where the set was forgotten or is too large.

        A text of many conversations, such as their first, is then searched once for the values of each.
        """
        if not names or len(names) > _MOST_NAMES:
            return removed.digest
        return self._remember((int.from_bytes(before, "big") + _total(new)) % _MODULUS, (*names, *new))

    def left(self, texts: Sequence[str], changed: Transformed, domain: bytes) -> int:
        """Return the number of removed values left in a request as written; ``texts`` are all that its reader sees.

        The transform has searched its unchanged texts (``changed.free``) for every value: they are searched for values
        in disguise alone.
        """
        removed = changed.named or self.removed(_by_name(changed, domain))
        texts = [changed.labelled.get(text, text) for text in texts] if changed.labelled else texts
        unproven = {text: keyed_digest(text, domain) for text in texts if text not in changed.free}
        search = partial(left_of_values, read=partial(self.readings_of, domain=domain))
        if self._search(unproven, removed, changed, search):
            return search(texts, changed)
        free = {text: key or keyed_digest(text, domain) for text, key in changed.free.items()}
        runs = {text: keyed_digest(text, domain) for text in changed.runs}
        everything = {text: name + _DISGUISED for text, name in (*free.items(), *unproven.items(), *runs.items())}
        return self._search(
            everything, removed, changed, partial(disguised, clues_of=partial(self._clues_of, everything))
        )

    def _clues_of(self, names: Mapping[str, bytes], texts: Sequence[str]) -> list[Clues]:
        """Return the clues of texts, each with its name."""
        cached = self._clues.find(self.tenant, [names[text] for text in texts])
        fresh = {names[text]: clues(text) for text in texts if names[text] not in cached}
        self._clues.keep(self.tenant, fresh.items())
        cached.update(fresh)
        return [cached[names[text]] for text in texts]

    def _search(
        self,
        texts: Mapping[str, bytes],
        removed: RemovedValues,
        changed: Transformed,
        search: Callable[[Sequence[str], Transformed], int],
    ) -> int:
        """Search texts, each with its keyed digest, for the values that they were not yet searched for.

        Preparing a search costs more than the texts do, however many sets of values they were searched for. So there
        are two at most: of texts searched before, for all values that any of them lacks, and of new ones.
        """
        unproven, names = list(texts), list(texts.values())
        searched: dict[bytes, list[int]] = {}
        clean = self._clean.find(self.tenant, names)
        for number, name in enumerate(names):
            searched.setdefault(clean.get(name, b""), []).append(number)
        groups: tuple[_Group, _Group] = ({}, {}), ({}, {})
        for numbers, values, before, digest in self.unsearched(removed, searched):
            digests, lacking = groups[before]
            digests.update(dict.fromkeys(numbers, digest))
            lacking.update(dict.fromkeys(values))
        for digests, lacking in groups:
            if not digests:
                continue
            some = changed if len(lacking) == len(removed.by_name) else _only(changed, list(lacking))
            if left := search([unproven[number] for number in digests], some):
                return left
            self._clean.keep(self.tenant, ((names[number], digest) for number, digest in digests.items()))
        return 0


def _size(where: Stretches) -> int:
    return _READ_BYTES + _SPAN_BYTES * (len(where.cores) + len(where.encoded))


def _keys(plan: TransformPlan, minter: Minter, names: Sequence[bytes]) -> list[bytes]:
    scope = hashlib.blake2b(plan.signature, digest_size=16, key=minter.domain).digest()
    return [scope + name for name in names]


def _total(names: Iterable[bytes]) -> int:
    return sum(map(int.from_bytes, names)) % _MODULUS


def _by_name(changed: Transformed, domain: bytes) -> dict[bytes, str]:
    people = frozenset(changed.people)
    return {
        keyed_name("PERSON" if value in people else "", value, domain, weak=value in changed.weak): value
        for value in changed.removed
    }


def _only(changed: Transformed, values: Sequence[str]) -> Transformed:
    """Return the transform as if it had removed only these values."""
    chosen = frozenset(values)
    people = tuple(value for value in changed.people if value in chosen)
    return replace(changed, removed=tuple(values), people=people, occurrences=None)
