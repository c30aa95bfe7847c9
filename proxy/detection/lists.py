"""What a tenant knows better: values that are never personal to it, and values that always are.

An entry holds its value in clear or as a keyed digest. The digest is of the folded words alone, so a list can be
read, copied and reviewed by people who must not learn the values.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from proxy.core.entities import with_trait
from proxy.core.findings import DetectorVersion, Finding
from proxy.detection.merge import disjoint

#: Types that carry a checksum or a fixed form: an entry hides them only when it is forced.
CHECKED = with_trait("checked")
ALLOW, DENY = "allow", "deny"
ANYBODY = "*"
MOST_WORDS = 8
_DENIED_SCORE = 1.0
_NEAR = 80  # characters around a finding in which the word of an entry must stand
_WORD = re.compile("[^\\W_](?:[^\\W_]|[\u0300-\u036f])*")  # letters and digits, with marks that combine


@dataclass(frozen=True, slots=True)
class ListedTerm:
    """One line of a list: ``value`` in clear, or the ``digest`` of one of ``words`` words.

    ``type`` limits an allow entry to findings of one type ("" = any) and names those a deny entry makes. ``near`` is a
    word that must stand near. ``forced`` lets an allow entry hide a checked number.
    """

    tenant: str
    list: str  # allow | deny
    type: str = ""
    value: str = ""
    digest: str = ""
    words: int = 0
    near: str = ""
    forced: bool = False


def folded(value: str) -> str:
    """Return the form in which values are compared: lower case, words parted by one space, no punctuation."""
    return " ".join(_plain(word.group()) for word in words(value))


def words(text: str) -> list[re.Match[str]]:
    """Return the words of a text: what entries and texts are compared by."""
    return list(_WORD.finditer(text))


def _plain(word: str) -> str:
    return "".join(_WORD.findall(unicodedata.normalize("NFKC", word).casefold()))


def digest(key: bytes, tenant: str, value: str) -> str:
    """Return the keyed digest of a value in one tenant's list, 32 hex digits."""
    return hashlib.blake2b(f"{tenant}\x1f{folded(value)}".encode(), key=key, digest_size=16).hexdigest()


class ListFilter:
    """The lists of one tenant, those of anybody included, compiled.

    ``key`` is of at most 64 bytes, as are those of ``former`` with which digests may have been made too.
    """

    def __init__(self, entries: Iterable[ListedTerm], key: bytes, *former: bytes) -> None:
        terms = sorted(set(entries), key=repr)
        self._keys = (key, *former)
        self._allowed = _by_value(entry for entry in terms if entry.list == ALLOW)
        self._denied = _by_value(entry for entry in terms if entry.list == DENY)
        self._scopes = sorted({entry.tenant for entry in terms if entry.digest})
        self._lengths = sorted({_length(entry) for entry in terms if entry.list == DENY})
        self._hashed = sorted({entry.words for entry in terms if entry.list == DENY and entry.digest})
        mac = hashlib.blake2b(repr(terms).encode(), key=key, digest_size=32)
        self.digest = mac.digest()
        self.version = DetectorVersion("lists", mac.hexdigest()[:12], mac.hexdigest())

    def apply(self, text: str, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Drop allowed findings, add denied values; denial takes precedence."""
        rest = self.allowed(text, findings)
        denied = self._matches(text) if self._lengths else []
        return disjoint((*rest, *denied)) if denied else rest

    def allowed(self, text: str, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Drop allowed findings."""
        if not self._allowed:
            return tuple(findings)
        return tuple(finding for finding in findings if not self._allows(text, finding))

    def _allows(self, text: str, finding: Finding) -> bool:
        value = folded(text[finding.start : finding.end])
        return any(
            entry.type in {"", finding.entity_type}
            and (entry.forced or finding.entity_type not in CHECKED)
            and _stands_near(entry.near, text, finding.start, finding.end)
            for entry in self._entries(self._allowed, value, hashed=True)
        )

    def _matches(self, text: str) -> list[Finding]:
        found_words = words(text)
        plain = [_plain(match.group()) for match in found_words]
        findings: list[Finding] = []
        for length in self._lengths:
            hashed = length in self._hashed
            for first in range(len(found_words) - length + 1):
                value = " ".join(plain[first : first + length])
                start, end = found_words[first].start(), found_words[first + length - 1].end()
                findings.extend(
                    Finding(entry.type, start, end, _DENIED_SCORE, "deny_list")
                    for entry in self._entries(self._denied, value, hashed=hashed)
                    if _stands_near(entry.near, text, start, end)
                )
        return _longest(findings)

    def _entries(self, terms: Mapping[str, Sequence[ListedTerm]], value: str, *, hashed: bool) -> Iterable[ListedTerm]:
        """Yield the entries for a folded value, in clear and by digest."""
        yield from terms.get(f"={value}", ())
        if hashed:
            for scope in self._scopes:
                for key in self._keys:
                    yield from terms.get(digest(key, scope, value), ())


def compiled(entries: Iterable[ListedTerm], key: bytes, *former: bytes) -> dict[str, ListFilter]:
    """Return the filter of each tenant with a list; ``ANYBODY`` has that of all others."""
    terms = tuple(entries)
    general = [entry for entry in terms if entry.tenant == ANYBODY]
    tenants = {entry.tenant for entry in terms}
    return {
        tenant: ListFilter([*general, *(entry for entry in terms if entry.tenant == tenant)], key, *former)
        for tenant in tenants
    }


def filter_of(filters: Mapping[str, ListFilter], tenant: str) -> ListFilter | None:
    """Return the filter that applies to a tenant."""
    return filters.get(tenant) or filters.get(ANYBODY)


def _by_value(entries: Iterable[ListedTerm]) -> dict[str, list[ListedTerm]]:
    by_value: dict[str, list[ListedTerm]] = {}
    for entry in entries:
        by_value.setdefault(entry.digest or f"={folded(entry.value)}", []).append(entry)
    return by_value


def _length(entry: ListedTerm) -> int:
    return entry.words or len(words(entry.value))


def _stands_near(word: str, text: str, start: int, end: int) -> bool:
    if not word:
        return True
    around = folded(f"{text[max(0, start - _NEAR) : start]} {text[end : end + _NEAR]}")
    return f" {folded(word)} " in f" {around} "


def _longest(findings: Iterable[Finding]) -> list[Finding]:
    """Keep, of overlapping findings, the first and longest."""
    ordered = sorted(findings, key=lambda f: (f.start, -f.end))
    longest = ordered[:1]
    for _, finding in pairwise(ordered):
        if finding.start >= longest[-1].end:
            longest.append(finding)
    return longest
