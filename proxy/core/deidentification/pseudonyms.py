"""Mint pseudonyms: keyed and deterministic within a domain, or random for the Safe Harbor profile.

A pseudonym is a function of the domain's key, the kind of value and the value alone: every replica mints the same one
without shared state, and earlier messages of a conversation get the same pseudonyms in every later turn. Names are
minted word by word, so "Maria", "Mrs Schmidt" and "Schmidt, Maria" consist of the parts of "Maria Schmidt".
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable
from typing import Any

from proxy.core.deidentification.dates import OFFSETS, MonthFirst, days_back
from proxy.core.deidentification.surrogates import Bits, shaped, tag, tagged
from proxy.core.findings import SegmentFindings
from proxy.core.search import names

_NAME = tag("PERSON")
_NOTHING = SegmentFindings()


def _base(word: str) -> str:
    """Return what the pseudonym of a word of a name depends on: not its letter case, unless that is mixed."""
    lower = word.lower()
    return lower if word in {lower.title(), lower.upper(), lower} else word


class Minter:
    """Mints the pseudonyms of one exchange and remembers them (``minted``: pseudonym -> original).

    ``key`` is already derived for the domain (tenant x activity x conversation). With ``entropy`` (a source of
    random bytes, e.g. ``secrets.token_bytes``) pseudonyms are random instead: not derived from the value
    (45 CFR 164.514(c)(1)), the same for the same value only within this minter, and without any digit. ``subject``
    returns the key by which the dates of the request's subject move. ``natural``: minted stand-ins that look like
    values.
    """

    __slots__ = (
        "_bases", "_entropy", "_key", "_mac", "_owners", "_pseudonyms", "_subject", "cast", "domain", "minted",
        "month_first", "natural", "offset", "segment",
    )  # fmt: skip

    def __init__(
        self,
        key: bytes,
        entropy: Callable[[int], bytes] | None = None,
        subject: Callable[[], bytes] | None = None,
    ) -> None:
        self._key = key
        self._subject = subject
        self.offset = 0  # the days by which dates move, once that is known
        self.month_first: MonthFirst = {}  # what the dates of the request show
        self.cast: Any = None  # ``realistic.Cast`` of the request, where its people get realistic names
        self.segment = _NOTHING  # of the text that is being changed
        self.natural: dict[str, None] = {}
        self._mac: hmac.HMAC | None = None  # created with the first pseudonym
        self.domain = hmac.digest(key, b"domain-1", "sha256")  # key of caches of this domain
        self._entropy = entropy
        self._pseudonyms: dict[tuple[str, str], str] = {}
        self._bases: dict[tuple[str, str], str] = {}
        self._owners: dict[str, tuple[str, str]] = {}
        self.minted: dict[str, str] = {}

    def pseudonym(self, entity_type: str, value: str) -> str:
        """Return the pseudonym of ``value``; for a name, its words' pseudonyms in the name's own order."""
        pseudonym = self._pseudonyms.get((entity_type, value))
        if pseudonym is None:
            pseudonym = self._name(value) if entity_type == "PERSON" else self._whole(entity_type, value)
            self._pseudonyms[entity_type, value] = pseudonym
        return pseudonym

    @property
    def language(self) -> str:
        """The language of the text that is being changed, as ``SegmentFindings.tongue`` has it."""
        return self.segment.tongue

    @property
    def days(self) -> int:
        """The days by which dates move: the same for the subject, or within the domain where the request names none."""
        if not self.offset:
            key = self._subject() if self._subject is not None else self._key
            self.offset = days_back(Bits(lambda _: hmac.digest(key, b"date-shift-1", "sha256")).below(OFFSETS))
        return self.offset

    def number(self, purpose: str, limit: int) -> int:
        """Return a keyed number below a limit."""
        return Bits(self._keyed(f"realistic\x1f{purpose}")).below(limit)

    def stand_in(self, stand_in: str, original: str) -> str:
        """Remember a stand-in that looks like a value; of two spellings that one stands for, the first comes back."""
        self.minted.setdefault(stand_in, original)
        self.natural[stand_in] = None
        return stand_in

    def digest(self, entity_type: str, value: str) -> str:
        """Return a keyed, irreversible code of the value, the same for the same value in this domain."""
        return Bits(self._keyed(f"hash\x1f{tag(entity_type)}\x1f{value}")).code(16)

    def sibling(self) -> Minter:
        """Return a minter of the same domain that has minted nothing."""
        return Minter(self._key, self._entropy, self._subject)

    def tag_of(self, pseudonym: str) -> str:
        """Return the tag of the entity type that a pseudonym was minted for."""
        return self._owners[pseudonym.lower()][0]

    def adopt(self, minted: Iterable[tuple[str, tuple[str, str]]]) -> bool:
        """Take over what siblings minted: pseudonyms, each with its tag and original.

        Return False, with nothing taken over, where two values would have one pseudonym, or one value two: then the
        order in which this minter mints them decides.
        """
        owners: dict[str, tuple[str, str]] = {}
        bases: dict[tuple[str, str], str] = {}
        named: dict[str, str] = {}
        for pseudonym, (kind, original) in minted:
            owner, low = (kind, _base(original) if kind == _NAME else original), pseudonym.lower()
            if owners.setdefault(low, self._owners.get(low, owner)) != owner:
                return False
            if bases.setdefault(owner, self._bases.get(owner, low).lower()) != low:
                return False
            named[pseudonym] = original
        self._owners.update(owners)
        self.minted.update(named)
        return True

    def _whole(self, entity_type: str, value: str) -> str:
        pseudonym = self._mint(entity_type, value, value)
        self.minted[pseudonym] = value
        return pseudonym

    def _name(self, value: str) -> str:
        words = names.parts(value)
        if not words:
            return self._whole("PERSON", value)
        pieces: list[str] = []
        done = 0
        for word in words:
            pieces += (value[done : word.start], word.text if word.title else self._word(word.text))
            done = word.end
        return "".join((*pieces, value[done:]))

    def _word(self, word: str) -> str:
        """Mint one word of a name in its letter case, so that MARIA and Maria stay one name."""
        lower, base = word.lower(), _base(word)
        pseudonym = self._mint("PERSON", base, word)
        if base == lower and word != lower.title():
            pseudonym = pseudonym.upper() if word == lower.upper() else pseudonym.lower()
        self.minted[pseudonym] = word
        return pseudonym

    def _mint(self, entity_type: str, base: str, value: str) -> str:
        """Return the pseudonym of ``base``; a collision with another base is resolved by a counter."""
        owner = (tag(entity_type), base)
        pseudonym = self._bases.get(owner)
        attempt = 0
        while pseudonym is None:
            candidate = self._candidate(entity_type, base, value, attempt)
            if self._owners.setdefault(candidate.lower(), owner) == owner:
                pseudonym = self._bases[owner] = candidate
            attempt += 1
        return pseudonym

    def _candidate(self, entity_type: str, base: str, value: str, attempt: int) -> str:
        if self._entropy is not None:
            return tagged(entity_type, Bits(self._entropy))
        bits = Bits(self._keyed(f"{tag(entity_type)}\x1f{attempt}\x1f{base}"))
        return shaped(entity_type, value, bits)

    def _keyed(self, purpose: str) -> Callable[[int], bytes]:
        if self._mac is None:
            self._mac = hmac.new(self._key, b"pseudonym-1\x1f", hashlib.sha256)
        seed = self._mac.copy()
        seed.update(purpose.encode("utf-8", "surrogatepass"))
        block = seed.digest()
        first = True

        def draw(_: int) -> bytes:
            nonlocal block, first
            if not first:
                block = hashlib.sha256(block).digest()
            first = False
            return block

        return draw
