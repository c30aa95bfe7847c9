"""Sensitive content: health, drugs, tests, belief, origin and the like, found by the terms of each language.

A denied condition ("no history of diabetes") and a general question ("what is diabetes?") are content all the same:
they are reported, and policy decides by what identifies a person beside them. So are ICD-10 codes, and drugs
recognized by the endings of their international names (INN stems).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from proxy.core.entities import with_trait
from proxy.core.findings import Finding
from proxy.detection.languages import LANGUAGES, SHARED, words
from proxy.detection.meaning.said import AMBIGUOUS
from proxy.detection.text.context import ContextWords, normalised, unaccented
from proxy.detection.text.language import UNKNOWN, in_other_languages
from proxy.detection.text.language_id import WordEvidence
from proxy.detection.text.sparse import GLUED, Sparse
from proxy.runtime.recent import BoundedCache

#: Entity types that have terms, in the order in which they are looked up.
TYPES = tuple(sorted({kind for language in LANGUAGES.values() for kind in language.terms}))
_SCORE = 0.6
_RECOGNIZERS = ("terms", AMBIGUOUS)
_WORD = re.compile(r"[^\W_]+")
_ICD = Sparse(
    r"(?<![^\W_])[A-TV-Z][0-9][0-9AB](?:\.[0-9A-TV-Z]{1,4})?[!*+]?(?![^\W_]|[.-][0-9])",
    r"[A-TV-Z][0-9][0-9AB]",
    border=GLUED,
)
_ICD_WORDS = ContextWords(*words("diagnosis"))
_CODE_WORDS = 40
_MOST_FOLDS = 4096
#: Endings count on longer words only.
_SHORT = 6
#: Endings that only names of drugs, diseases and procedures have, and words that share them by chance.
_DRUGS, _NO_DRUG = words("drug_endings"), frozenset(words("no_drug"))
_PROCEDURES = words("procedure_endings")
_DISEASES, _NO_DISEASE = words("disease_endings") + _PROCEDURES, frozenset(words("no_disease"))


@dataclass(frozen=True, slots=True)
class _Index:
    """Terms by their first word: whole words, and stems by length."""

    words: dict[str, tuple[tuple[tuple[str, ...], str], ...]]
    stems: dict[str, tuple[tuple[tuple[str, ...], str], ...]]
    lengths: tuple[int, ...]
    heads: frozenset[str]  # what every stem begins with, as long as the shortest


class TermFinder:
    """Finds content terms, in time linear in the number of words."""

    def find(self, text: str, language: str, evidence: WordEvidence | None = None) -> list[Finding]:
        """Return the terms of the text's language (of all where it is unknown), and of its sentences' own languages."""
        terms = self._terms_of(text, language)
        if language == UNKNOWN:
            return terms
        for start, end, spoken in in_other_languages(text, language, evidence):
            inside = self._terms_of(text[start:end], spoken)
            terms += [replace(file, start=file.start + start, end=file.end + start) for file in inside]
        return terms

    def _terms_of(self, text: str, language: str) -> list[Finding]:
        folded = _folded(text)
        words = _WORD.findall(folded)
        terms = _terms(language, words)
        spans = [match.span() for match in _WORD.finditer(folded)] if terms else []
        matches = [
            Finding(
                kind.lstrip("^?"), spans[first][0], spans[first + length - 1][1], _SCORE, _RECOGNIZERS[kind[0] == "?"]
            )
            for first, length, kind in terms
            # A term marked "^" counts only when it is capitalised: AIDS, Polish.
            if not (kind[0] == "^" and text[spans[first][0]].islower())
        ]
        matches.extend(_codes(text, matches))
        return matches

    def has(self, words: Iterable[str], but: str = "") -> bool:
        """Whether every word is a content term of some kind, of another than ``but``."""
        index = _index("und")
        folded = [_folded(word) for word in words]
        kinds = [_longest(index, [word], 0)[1].lstrip("^?") for word in folded]
        return bool(kinds) and all(kind not in {"", but} for kind in kinds)

    def medical(self, words: Iterable[str]) -> bool:
        """Whether every word is a medical term: then they are not a name."""
        index = _index("und")
        folded = [_folded(word) for word in words]
        return bool(folded) and all(_longest(index, [word], 0)[1].lstrip("^?") in _MEDICAL for word in folded)


_MEDICAL = with_trait("medical")


def _terms(language: str, words: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return the terms among folded words: the number of the first word, how many they are, the entity type."""
    index = _index(language)
    begins = {word for word in set(words) if _begins(language, word)}
    spans: list[tuple[int, int, str]] = []
    reached = 0
    for position in [number for number, word in enumerate(words) if word in begins]:
        length, kind = _longest(index, words, position) if position >= reached else (0, "")
        if length:
            spans.append((position, length, kind))
            reached = position + length
    return spans


@lru_cache(maxsize=8192)
def _begins(language: str, word: str) -> bool:
    """Whether a term of a language may begin with a word."""
    index = _index(language)
    head = word[: index.lengths[0]]
    return word in index.words or head in index.heads or (len(word) > _SHORT and _by_ending(word) != "")


def _longest(index: _Index, words: Sequence[str], position: int) -> tuple[int, str]:
    """Return (number of words, entity type) of the longest term that begins here, (0, "") for none."""
    first = words[position]
    best, kind = 0, ""
    candidates = list(index.words.get(first, ()))
    for length in index.lengths if first[: index.lengths[0]] in index.heads else ():
        if length > len(first):
            break
        candidates.extend(index.stems.get(first[:length], ()))
    for rest, entity in candidates:
        if len(rest) + 1 > best and _follows(words, position + 1, rest):
            best, kind = len(rest) + 1, entity
    if best == 0 and len(first) > _SHORT:
        kind = _by_ending(first)
        best = 1 if kind else 0
    return best, kind


def _follows(words: Sequence[str], index: int, rest: tuple[str, ...]) -> bool:
    if len(words) < index + len(rest):
        return False
    return all(
        word.startswith(term[:-1]) if term.endswith("*") else word == term
        for term, word in zip(rest, words[index : index + len(rest)], strict=True)
    )


def _by_ending(word: str) -> str:
    if _ends(word, _DRUGS, 2) and word not in _NO_DRUG:
        return "MEDICATION"
    if _ends(word, _DISEASES, 3) and word not in _NO_DISEASE:
        return "LAB_OR_PROCEDURE" if word.endswith(_PROCEDURES) else "HEALTH_CONDITION"
    return ""


def _ends(word: str, endings: tuple[str, ...], least: int) -> bool:
    """Whether a word of Latin letters has one of the endings behind ``least`` letters or more."""
    if not (word.endswith(endings) and word.isascii() and word.isalpha()):
        return False
    return any(word.endswith(ending) and len(word) >= len(ending) + least for ending in endings)


def _codes(text: str, findings: Sequence[Finding]) -> list[Finding]:
    """ICD-10 codes: with a point, or after a word that announces one, and only in medical surroundings."""
    medical = any(finding.entity_type in _MEDICAL for finding in findings)
    codes = []
    for match in _ICD.finditer(text):
        before = normalised(text[max(0, match.start() - _CODE_WORDS) : match.start()])
        announced = _ICD_WORDS.nearest(before) >= 0
        if (announced and ("." in match.group() or "icd" in before)) or ("." in match.group() and medical):
            codes.append(Finding("HEALTH_CONDITION", match.start(), match.end(), 0.8, "icd10"))
    return codes


def _folded(text: str) -> str:
    """Return the text in lower case without accents, of the same length."""
    if text.isascii():
        return text.lower()
    return text.translate(_FOLDS)


class _Folds(BoundedCache[int, str]):
    """Code point -> its letter in lower case without accents, itself where that is more than one."""

    def __missing__(self, point: int) -> str:
        character = chr(point)
        plain = unaccented(character) if character not in {"ß", "ẞ"} else "s"
        self[point] = folded = plain if len(plain) == 1 else character
        return folded


_FOLDS = _Folds(_MOST_FOLDS)


@lru_cache(maxsize=16)
def _index(language: str) -> _Index:
    words: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    stems: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for kind in TYPES:
        for term in _folded_terms(kind, language):
            head, *rest = term.lstrip("^?").split()
            row = (tuple(rest), (term[0] if term[0] in "^?" else "") + kind)
            if head.endswith("*"):
                stems.setdefault(head[:-1], []).append(row)
            else:
                words.setdefault(head, []).append(row)
    lengths = tuple(sorted({len(stem) for stem in stems}))
    return _Index(
        {k: tuple(v) for k, v in words.items()},
        {k: tuple(v) for k, v in stems.items()},
        lengths,
        frozenset(stem[: lengths[0]] for stem in stems),
    )


def _folded_terms(kind: str, code: str) -> Iterable[str]:
    for language in LANGUAGES.values():
        if language.code in {SHARED, code} or code == UNKNOWN:
            for term in language.terms.get(kind, ()):
                plain = term.strip().translate(_FOLDS)
                yield " ".join(part for part in re.split(r"[^\w*^?]+", plain) if part)
