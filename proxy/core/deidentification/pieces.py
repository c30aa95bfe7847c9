"""What a transform makes of one text alone, before values removed from other texts are searched for in it.

A piece holds offsets and replacements, never text or an original: originals are cut out of a text with the same digest.
So the texts of a conversation that only grew need not be worked out again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from typing import NamedTuple

from proxy.core.deidentification.conflicts import resolve
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.transform_plan import TransformPlan
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.records import TextSpan
from proxy.core.search.borders import past_marks

_PERSON = "PERSON"
_PEOPLE = frozenset({_PERSON})
_DIGEST_BYTES = 16
_PIECE_BYTES, _ITEM_BYTES, _HIT_BYTES = 500, 200, 130
#: One replacement in a text: start, end (exclusive), new text.
Edit = tuple[int, int, str]
#: Occurrences of removed values in a text: start, end, keyed name of the value. They may overlap.
Hits = tuple[tuple[int, int, bytes], ...]
#: Where values removed elsewhere occur in a text: the digest of the set of values searched for, and all their
#: occurrences; none where all lie in what the text's own changes replace.
Spread = tuple[bytes, Hits]
NOWHERE: Spread = (b"", ())
#: Characters of a text that may be a sign of a value in disguise, and how many of them together may spell one.
_SHORT, _FEWEST = 16, 5
_BETWEEN = '", "'  # as JSON has it
_LIST, _PAIR = "~list", "~pair/"  # in the address of texts and numbers that are read as one (``codecs.pointer``)


class Change(NamedTuple):
    """A finding to be replaced. ``new`` is None where each request makes the replacement anew."""

    start: int
    end: int
    new: str | None
    entity_type: str
    name: bytes = b""  # keyed name of the value to be removed, see ``keyed_name``
    weak: bool = False  # see ``Finding.is_weak``


class Mint(NamedTuple):
    """A pseudonym of a change, and where its original stands in the text."""

    pseudonym: str
    tag: str
    start: int
    end: int


@dataclass(slots=True)
class Piece:
    """The changes of one text, and where values removed elsewhere occur in it."""

    segment: SegmentFindings
    changes: tuple[Change, ...] = ()
    minted: tuple[Mint, ...] = ()
    lasting: bool = True  # whether every original can be cut out of the text
    spread: Spread = field(default=NOWHERE, compare=False)
    key: bytes = b""  # under which it is remembered, if it is

    @property
    def size(self) -> int:
        """Estimated memory, bytes."""
        items = len(self.changes) + len(self.minted) + len(self.segment.findings)
        return _PIECE_BYTES + _ITEM_BYTES * items + _HIT_BYTES * len(self.spread[1])

    def values(self, text: str, types: Container[str]) -> Iterator[str]:
        """Yield what is replaced in the text by itself, of some entity types."""
        return (text[change.start : change.end] for change in self.changes if change.entity_type in types)


def findings(plan: TransformPlan, text: str, segment: SegmentFindings) -> tuple[Finding, ...]:
    """Return the disjoint findings to replace in a text, including those of the profiles' own rules."""
    every_finding = [*segment.findings, *segment.inside]
    for chosen in plan.profiles:
        every_finding += chosen.notice(text, segment.findings)
    covered = [finding for finding in every_finding if plan.reaches(finding)]
    if not text.isascii():
        covered = [_whole(text, finding) for finding in covered]
    return resolve(covered, plan.rank) if covered else ()


def alone(plan: TransformPlan, text: str, segment: SegmentFindings, minter: Minter | None) -> Piece:
    """Return the piece of a text; without a minter, one that leaves every replacement to the request."""
    changes: list[Change] = []
    minted: list[Mint] = []
    lasting = True
    for finding in findings(plan, text, segment):
        start, end, entity_type = finding.start, finding.end, finding.entity_type
        value = text[start:end]
        weak = finding.is_weak(text)
        name = b"" if minter is None else keyed_name(entity_type, value, minter.domain, weak=weak)
        lasting &= "\\" not in value
        operator = None if minter is None else plan.lasting_operator(entity_type)
        if minter is None or operator is None:
            changes.append(Change(start, end, None, entity_type, name, weak))
            continue
        before = len(minter.minted)
        new = operator(entity_type, value, minter)
        if new != value:
            changes.append(Change(start, end, new, entity_type, name, weak))
        latest = islice(reversed(minter.minted.items()), len(minter.minted) - before)
        for pseudonym, original in reversed(list(latest)):
            at = text.index(original, start, end)
            minted.append(Mint(pseudonym, minter.tag_of(pseudonym), at, at + len(original)))
    return Piece(segment, tuple(changes), tuple(minted), lasting)


def keyed_name(entity_type: str, value: str, domain: bytes, *, weak: bool = False) -> bytes:
    """Return the name of a value to be removed in the memory of a domain; people and weak guesses have their own."""
    return keyed_digest(chr((entity_type == _PERSON) + 2 * weak) + value, domain)


def keyed_digest(text: str, domain: bytes) -> bytes:
    """Return the keyed digest of a text in the memory of a domain; as keyed as an HMAC, being half of a SHA-256."""
    return hashlib.sha256(domain + text.encode("utf-8", "surrogatepass")).digest()[:_DIGEST_BYTES]


def minted_in(texts: Iterable[tuple[str, Piece]]) -> list[tuple[str, tuple[str, str]]]:
    """Return the distinct pseudonyms of texts, each with its tag and its original, cut out of the text."""
    first: dict[str, tuple[str, str]] = {}
    others: dict[tuple[str, tuple[str, str]], None] = {}
    for text, piece in texts:
        for pseudonym, tag, start, end in piece.minted:
            owner = tag, text[start:end]
            if first.setdefault(pseudonym, owner) != owner:
                others[pseudonym, owner] = None
    return [*first.items(), *others]


def people(texts: Iterable[tuple[str, Piece]]) -> list[str]:
    """Return the distinct names of people to be replaced in texts."""
    return list(dict.fromkeys(value for text, piece in texts for value in piece.values(text, _PEOPLE)))


def runs(spans: Sequence[TextSpan], texts: Mapping[int, str]) -> tuple[str, ...]:
    """Return short texts that follow one another, such as letters under the keys of an object, each run as one text.

    ``texts`` are the new texts of spans, by index.
    """
    replaced = {above for index in texts for above in _composed(spans[index].pointer)}
    written = [
        texts.get(index, span.text)
        for index, span in enumerate(spans)
        if not replaced or span.pointer.rpartition("/")[0] not in replaced
    ]
    short = (list(run) for is_short, run in groupby(written, lambda text: len(text) <= _SHORT) if is_short)
    return tuple(f'"{_BETWEEN.join(run)}"' for run in short if len(run) >= _FEWEST)


def _composed(pointer: str) -> Iterator[str]:
    """Yield the lists or the object whose texts or numbers were read as one."""
    head, pair, _ = pointer.rpartition(_PAIR)
    if pair:
        yield head
    elif pointer.endswith(_LIST):
        yield (whole := pointer.removesuffix(_LIST))
        above, _, step = whole.rpartition("/")
        if step.isdecimal():  # perhaps the first of its elements
            yield above


def _whole(text: str, finding: Finding) -> Finding:
    """Return the finding with the combining marks of its last character, so that no accent is left behind."""
    end = past_marks(text, finding.end)
    return finding if end == finding.end else replace(finding, end=end)
