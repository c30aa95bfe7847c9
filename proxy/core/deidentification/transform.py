"""Carry out the transform obligations on a payload: new text per span, a remark per change, and the originals.

The invariant: a value that is removed in one place occurs nowhere else in the outgoing request, in any letter case,
escape or encoding that the proxy reads. One finding is enough; detection need not find the value everywhere. Guessed
words, and words of names in definitions, are told apart by where they stand (``proxy.core.search.occurrences``).

    obligations -> TransformPlan   one rule per entity type, the strictest; holds no text, so it is shared
    findings    -> pieces          what each text alone asks for: disjoint changes, overlaps resolved first
    pieces      -> spread          every other occurrence of a removed value, in all spans and in unread numbers
    edits       -> texts           one join per text, linear in its length

The replacement of (entity type, value) is made at its first occurrence and reused, so that equal values stay equal in
all turns of a conversation. ``spread`` runs after all findings, because a name in the last message has to go from the
first one too. It searches between the edits, not in the new texts, because a replacement must never be replaced again.
``occurrences`` defines which part of a name counts by itself. ``residual`` checks the encoded body.

Pieces, and what does not occur in which text, are remembered (``transform_memory``): a conversation that grew costs its
new texts, and a search of the old ones for new values. What stays as it is has then been searched for every value, so
that the residual scan of the body as written searches what differs from it (``Transformed.free``).
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from proxy.core.deidentification.dates import MonthFirst, month_orders
from proxy.core.deidentification.edits import Edits, any_outside, longer_words, outside, quoted, splice
from proxy.core.deidentification.operators import KEPT, NATURAL, label
from proxy.core.deidentification.pieces import Edit, Hits, Piece, alone, keyed_name, minted_in, people, runs
from proxy.core.deidentification.placeholders import Placeholders, unescaped
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.realistic import Cast
from proxy.core.deidentification.transform_memory import RemovedValues, TransformMemory
from proxy.core.deidentification.transform_plan import SHORT_LEAST, TransformPlan, TransformRule, TransformTerms
from proxy.core.findings import SegmentFindings
from proxy.core.kept_state import NO_ASSIGNMENTS
from proxy.core.leaves import is_defined, is_prose
from proxy.core.obligations import DATES
from proxy.core.records import Obligation, Payload, Remark, TextSpan, Transformed
from proxy.core.search.borders import SLUG
from proxy.core.search.digit_runs import bare
from proxy.core.search.occurrences import APART, Hit, Occurrences, disjoint, is_meant, marks_in
from proxy.core.search.readings import DecodedPart, is_plain

_NONE = frozenset[str]()
_NUMERIC = frozenset({"number", "sought"})

_WORD = re.compile(r"[^\W\d_]+")
_WORD_BEFORE = re.compile(r"(?<![^\W_])([^\W\d_]+)[ ,._-]{1,3}\Z")
_WORD_BEHIND = re.compile(r"[ ,._-]{1,3}([^\W\d_]+)(?![^\W_])")
_REACH = 48


def transform(
    payload: Payload,
    segments: Sequence[SegmentFindings],
    obligations: Iterable[Obligation],
    minter: Minter,
    kinds: Mapping[str, str],
    terms: TransformTerms | None = None,
) -> Transformed:
    """Return the changed texts by index into ``payload.outgoing``. ``segments`` are aligned with ``payload.spans``.

    Raises:
        ValueError: segments and spans differ in number, a profile is unknown, or an operator is not installed or fails.

    """
    chosen = terms or TransformTerms()
    return carry_out(TransformPlan(obligations, kinds, chosen), payload, segments, minter, chosen.entropy)


def carry_out(
    plan: TransformPlan,
    payload: Payload,
    segments: Sequence[SegmentFindings],
    minter: Minter,
    entropy: Callable[[int], bytes] = secrets.token_bytes,
) -> Transformed:
    """Return what ``transform`` returns for a prepared plan.

    Raises:
        ValueError: segments and spans differ in number.
        OperatorFailedError: one of the deployment's own operators failed.

    """
    pieces = [alone(plan, span.text, segment, None) for span, segment in zip(payload.spans, segments, strict=True)]
    return _Work(plan, payload, plan.minters(minter, entropy), TransformMemory()).done(pieces)


def carry_out_again(
    plan: TransformPlan,
    payload: Payload,
    segments: Sequence[SegmentFindings],
    minter: Minter,
    memory: TransformMemory,
    names: Sequence[bytes],
) -> Transformed:
    """Return what ``carry_out`` returns, by what is remembered of the texts; ``names`` are keyed digests of them.

    Random pseudonyms never repeat: nothing is remembered of them.

    Raises:
        ValueError, OperatorFailedError: as ``carry_out``.

    """
    texts = [span.text for span in payload.spans]
    pieces = memory.pieces(plan, minter, list(zip(names, texts, segments, strict=True)))
    if not minter.adopt(minted_in(zip(texts, pieces, strict=True))):
        return carry_out(plan, payload, segments, minter)
    return _Work(plan, payload, (minter, minter), memory).done(pieces)


@dataclass(slots=True)
class _Work:
    plan: TransformPlan
    payload: Payload
    minters: tuple[Minter, Minter]  # of the exchange, of a random profile
    memory: TransformMemory
    spans: Sequence[TextSpan] = ()
    removed: dict[str, str] = field(default_factory=dict)  # value -> entity type, in order of appearance
    weak: set[str] = field(default_factory=set)  # those of them that were only guessed
    names: dict[str, bytes] = field(default_factory=dict)  # value -> keyed name of it, b"" where it is not yet known
    placeholders: Placeholders = field(init=False)
    people: tuple[str, ...] = ()  # the removed values that are people's names
    _named: RemovedValues | None = None
    _occurrences: Occurrences | None = None
    _replacements: dict[tuple[str, str], str] = field(default_factory=dict)
    _unescaped: dict[str, str] = field(default_factory=dict)  # value as written -> value unescaped, if different
    _spared: set[int] = field(default_factory=set)  # texts that are not words for people and keep words of names
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)  # path, entity type
    _labels: dict[str, str] = field(default_factory=dict)  # replacement that looks like a value -> label

    def __post_init__(self) -> None:
        self.spans = self.payload.outgoing
        self.placeholders = Placeholders(span.text for span in self.spans)

    def done(self, pieces: Sequence[Piece]) -> Transformed:
        """Return the result for the pieces of the read texts."""
        edits: Edits = {}
        minter, earlier = self.minters[0], self.payload.kept.assigned if self.payload.kept else NO_ASSIGNMENTS
        minter.offset = earlier.days or minter.offset
        orders: Sequence[MonthFirst] = ()
        if self.plan.natural:
            written = [span.text for span in self.spans]
            if self.plan.realistic:
                minter.cast = Cast(minter.number, written, people(zip(written, pieces, strict=False)), earlier)
            orders = month_orders(piece.values(text, DATES) for text, piece in zip(written, pieces, strict=False))
        for index, piece in enumerate(pieces):
            minter.month_first = orders[index] if orders else {}
            if piece.changes and (changes := self.edits(self.spans[index], piece)):
                edits[index] = changes
        if self.removed:
            self.spread(edits, pieces)
        for index, changes in edits.items() if minter.natural else ():
            for written_word, word in longer_words(self.spans[index].text, changes, minter.natural):
                minter.stand_in(written_word, word)
        texts = {index: self._new_text(index, edits) for index in sorted(edits)}
        labelled = self._labelled(texts, edits) if self._labels else {}
        return Transformed(
            texts=texts,
            pseudonyms=self.pseudonyms(),
            removed=tuple(self.removed),
            people=self.people,
            weak=frozenset(self.weak),
            spared=frozenset(labelled.get(text := self._new_text(index, edits), text) for index in self._spared),
            remarks=self.remarks(),
            covered=self.plan.covered,
            occurrences=self._occurrences,
            placeholders=self.stand_ins(),
            named=self._named,
            free={
                span.text: pieces[index].key if index < len(pieces) else b""
                for index, span in enumerate(self.spans)
                if index not in edits
            },
            labelled=labelled,
            natural=frozenset(minter.natural) if labelled else _NONE,
            assigned=replace(minter.cast.assigned() if self.plan.realistic else earlier, days=minter.offset),
            runs=runs(self.spans, texts) if self.removed else (),
        )

    def _new_text(self, index: int, edits: Edits) -> str:
        text = self.spans[index].text
        return splice(text, quoted(text, edits.get(index, ())))

    def _labelled(self, texts: Mapping[int, str], edits: Edits) -> dict[str, str]:
        """Return new texts with labels where a stand-in looks like a value: what else looks like one is left of one."""
        labels = self._labels
        return {
            text: splice(
                self.spans[index].text, [(start, end, labels.get(new, new)) for start, end, new in edits[index]]
            )
            for index, text in texts.items()
            if any(new in labels for _, _, new in edits[index])
        }

    def edits(self, span: TextSpan, piece: Piece) -> list[Edit]:
        text, edits = span.text, list[Edit]()
        self.minters[0].segment = piece.segment
        for start, end, replacement, entity_type, name, weak in piece.changes:
            value = text[start:end]
            new = self._replace(entity_type, value) if replacement is None else replacement
            if new == value:
                continue
            edits.append((start, end, new))
            self._counts[span.path, entity_type] += 1
            if not piece.lasting and "\\" in value:
                self._unescaped.setdefault(value, unescaped(text, start, value))
            if (value not in self.removed or (value in self.weak and not weak)) and self.plan.spreads(
                entity_type, value
            ):
                self.removed[value], self.names[value] = entity_type, name
                (self.weak.add if weak else self.weak.discard)(value)
        return edits

    def _replace(self, entity_type: str, value: str) -> str:
        new = self._replacements.get((entity_type, value))
        if new is None:
            rule = self.plan.rule(entity_type)
            new = value if rule is None else self._operate(rule, entity_type, value)
            self._replacements[entity_type, value] = new
        return new

    def _operate(self, rule: TransformRule, entity_type: str, value: str) -> str:
        operator = self.plan.operator(rule, entity_type)
        replacement = operator(entity_type, value, self.minters[rule.random])
        if operator in NATURAL and replacement != value:
            self._labels[replacement] = label(entity_type)
        return self.placeholders.of(replacement, value) if self.plan.restores(rule, entity_type) else replacement

    def spread(self, edits: Edits, pieces: Sequence[Piece]) -> None:
        """Add an edit for every other occurrence of a removed value, or of a word of a removed name."""
        self.people = tuple(value for value, entity_type in self.removed.items() if entity_type == "PERSON")
        domain = self.minters[0].domain
        by_name = {
            name or keyed_name(self.removed[value], value, domain, weak=value in self.weak): value
            for value, name in self.names.items()
        }
        self._named = removed = self.memory.removed(by_name)
        touched = self._numerals(edits) | self._halves(edits)
        pieces = [*pieces, *self.memory.unread([span.text for span in self.spans[len(pieces) :]], domain)]
        unknown = Piece(SegmentFindings())
        pieces_read = (
            [unknown if index in touched else piece for index, piece in enumerate(pieces)] if touched else pieces
        )
        self._replace_found(edits, removed, self._hits(edits, removed, pieces_read))

    def _hits(self, edits: Edits, removed: RemovedValues, pieces: Sequence[Piece]) -> dict[int, Hits]:
        """Return where values occur in texts; ``pieces`` say where some values occur in some."""
        searched = _unsearched(pieces, removed.digest)
        hits = {index: piece.spread[1] for index, piece in enumerate(pieces) if piece.spread[1]}
        names = {value: name for name, value in removed.by_name.items()}
        for indices, values, before, digest in self.memory.unsearched(removed, searched):
            some = self._of(values)
            hits_of_group = {index: hits.pop(index, ()) for index in indices}
            if not before:  # which values they are the occurrences of is forgotten
                hits_of_group = dict.fromkeys(hits_of_group, ())
            holding = set(self._holding([index for index in indices if not hits_of_group[index]], some, edits))
            for index in indices:
                if index in holding:
                    spread = (removed.digest, self._every(index, self._of(list(names)), names))
                else:
                    spread = (digest, hits_of_group[index] and hits_of_group[index] + self._every(index, some, names))
                if spread[1]:
                    hits[index] = spread[1]
                if pieces[index].key:
                    self.memory.remember(pieces[index], spread)
        return hits

    def _every(self, index: int, occurrences: Occurrences, names: Mapping[str, bytes]) -> Hits:
        hits = occurrences.every(self.spans[index].text, self._read)
        return tuple((start, end, names[value]) for start, end, value in hits)

    def _holding(self, indices: Sequence[int], some: Occurrences, edits: Edits) -> list[int]:
        """Return the texts with an occurrence outside their edits."""
        texts = {index: self.spans[index].text for index in indices}
        # Whether a text has other readings may depend on what was edited.
        whole = {index for index in indices if index in edits and not is_plain(texts[index])}
        gaps = {index: _gaps(texts[index], edits.get(index, ())) for index in indices if index not in whole}
        holding = [index for index in sorted(whole) if any_outside(some.every(texts[index], self._read), edits[index])]
        if some.among([*gaps.values()], self._read):
            holding += [index for index, gap in gaps.items() if some.among([gap], self._read)]
        return holding

    def _read(self, texts: Sequence[str]) -> list[list[DecodedPart]]:
        return self.memory.readings_of(texts, self.minters[0].domain)

    def _of(self, values: Sequence[str]) -> Occurrences:
        if len(values) < len(self.removed):
            return Occurrences(values, [value for value in values if self.removed[value] == "PERSON"])
        if self._occurrences is None:
            self._occurrences = Occurrences(self.removed, self.people)
        return self._occurrences

    def _replace_found(self, edits: Edits, removed: RemovedValues, hits_by_span: Mapping[int, Hits]) -> None:
        """Replace the occurrences of the request's values outside the edits; ``found`` may hold those of others."""
        order = {value: number for number, value in enumerate(self.removed)} if hits_by_span else {}
        for index in sorted(hits_by_span):
            span, named = self.spans[index], removed.by_name
            apart = outside(sorted(hits_by_span[index]), edits.get(index, ()))
            hits = [Hit(start, end, named[name]) for start, end, name in apart if name in named]
            hits = self._meant(index, hits) if hits else hits
            further: list[Edit] = []
            for start, end, value in disjoint(hits, order) if hits else ():
                entity_type = self.removed[value]
                further.append((start, end, self._again(entity_type, value, span.text[start:end])))
                self._counts[span.path, entity_type] += 1
            if further:
                edits[index] = sorted((*edits.get(index, ()), *further))

    def _meant(self, index: int, hits: Sequence[Hit]) -> list[Hit]:
        """Return the occurrences that have to go."""
        span = self.spans[index]
        prose, defined = is_prose(span, self.payload.tool_names), is_defined(span, self.payload.tool_names)
        weak = self.weak
        meant = [hit for hit in hits if is_meant(span.text, hit, weak=hit.value in weak, prose=prose, defined=defined)]
        if len(meant) < len(hits) and not prose:
            self._spared.add(index)
        return meant

    def _halves(self, edits: Edits) -> set[int]:
        """Replace the other half of a name next to a half that was found alone, in any letter case.

        Return the texts that were changed.
        """
        touched: set[int] = set()
        parts = self._parts_of_names(edits)
        for index in sorted(edits) if parts else ():
            span, changes = self.spans[index], edits[index]
            for start, end in dict.fromkeys(_other_halves(span.text, changes, parts)):
                changes.append((start, end, self._replace("PERSON", span.text[start:end])))
                self._counts[span.path, "PERSON"] += 1
                touched.add(index)
            changes.sort()
        return touched

    def _parts_of_names(self, edits: Edits) -> dict[str, set[str]]:
        """Return the words of names of several words, each with all words of its name; {} if none was found alone."""
        names = "\n".join(name for name in self.people if not _WORD.fullmatch(name)).casefold()
        texts = ((self.spans[index].text, changes) for index, changes in edits.items())
        alone = {text[start:end].casefold() for text, changes in texts for start, end, _ in changes}
        parts: dict[str, set[str]] = {}
        if any(word.isalnum() and word in names for word in alone):
            for words in map(_words, self.people):
                for word in words if len(words) > 1 else ():
                    parts.setdefault(word, set()).update(words)
        return parts

    def _numerals(self, edits: Edits) -> set[int]:
        """Replace JSON numbers that are a removed one without its leading zeros: 482 for the PIN 0482.

        Return the texts that were changed.
        """
        touched: set[int] = set()
        numeric = [index for index, span in enumerate(self.spans) if span.kind in _NUMERIC and index not in edits]
        numerals = {number: value for value in self.removed if (number := _numeral(value))} if numeric else {}
        for index in numeric:
            span = self.spans[index]
            value = numerals.get(span.text)
            if value is not None:
                entity_type = self.removed[value]
                edits[index] = [(0, len(span.text), self._again(entity_type, value, span.text))]
                self._counts[span.path, entity_type] += 1
                touched.add(index)
        return touched

    def _again(self, entity_type: str, value: str, spelling: str) -> str:
        """Return the replacement of another occurrence: a restorable one stands for its spelling there."""
        rule = self.plan.rule(entity_type)
        if rule is None:
            return self._replace(entity_type, value)
        if self.plan.operator(rule, entity_type) in KEPT or self.plan.restores(rule, entity_type):
            return self._replace(entity_type, spelling)
        return self._replace(entity_type, value)

    def pseudonyms(self) -> dict[str, str]:
        keyed, random = self.minters
        return self._back(keyed.minted if random is keyed else {**keyed.minted, **random.minted})

    def stand_ins(self) -> dict[str, str]:
        return self._back(self.placeholders.originals)

    def _back(self, originals: Mapping[str, str]) -> dict[str, str]:
        if not self._unescaped:
            return dict(originals)
        return {stand_in: self._unescaped.get(value, value) for stand_in, value in originals.items()}

    def remarks(self) -> tuple[Remark, ...]:
        return tuple(
            Remark(path, entity_type, rule.name, rule.obligation, count=count)
            for (path, entity_type), count in self._counts.items()
            if (rule := self.plan.rule(entity_type)) is not None
        )


def _unsearched(pieces: Sequence[Piece], whole: bytes) -> dict[bytes, list[int]]:
    """Return the indices of pieces by the values searched for in their texts, but for those that are the whole."""
    searched: dict[bytes, list[int]] = {}
    for index, piece in enumerate(pieces):
        if (digest := piece.spread[0]) != whole:
            searched.setdefault(digest, []).append(index)
    return searched


def _numeral(value: str) -> str:
    """Return a removed number as JSON writes it if that drops leading zeros, else ""."""
    if any(map(str.isalpha, value)):
        return ""
    digits = bare(value)
    number = digits.lstrip("0")
    return number if len(number) < len(digits) and len(number) >= SHORT_LEAST else ""


def _words(name: str) -> frozenset[str]:
    return frozenset(_WORD.findall(name.casefold()))


def _other_halves(text: str, edits: Sequence[Edit], parts: Mapping[str, set[str]]) -> Iterator[tuple[int, int]]:
    """Yield the words next to a replaced word that belong to the same name, outside all edits.

    A word between two replaced words is yielded twice.
    """
    ends = [0, *(end for _, end, _ in edits)]
    starts = [*(start for start, _, _ in edits), len(text)]
    for number, (start, end, _) in enumerate(edits):
        word = text[start:end].casefold()
        if word not in parts:
            continue
        before = _WORD_BEFORE.search(text, max(ends[number], start - _REACH), start)
        behind = _WORD_BEHIND.match(text, end, starts[number + 1])
        for other in (before, behind):
            if other is not None and other[1].casefold() in parts[word] - {word}:
                yield other.span(1)
                break


def _gaps(text: str, edits: Sequence[Edit]) -> str:
    """Return the text outside the edits, with its pieces separated: a value found there alone is found here too.

    What joins words stays at the edges of edits, and marks without which some values are not searched for.
    """
    if not edits:
        return text
    cuts = [(start + (text[start] in SLUG), end - (text[end - 1] in SLUG), APART) for start, end, _ in edits]
    return splice(text, cuts) + APART + APART.join(marks_in(text))
