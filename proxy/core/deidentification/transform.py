"""Carry out the transform obligations on a payload: new text per span, a remark per change, and the originals.

The invariant: a value that is removed in one place occurs nowhere else in the outgoing request, in any letter case,
escape or encoding that the proxy reads. One finding is enough; detection need not find the value everywhere.

    obligations -> TransformPlan   one rule per entity type, the strictest; holds no text, so it is shared
    findings    -> edits           disjoint (start, end, new text) per span, overlaps resolved first
    edits       -> spread          every other occurrence of a removed value, in all spans and in unread numbers
    edits       -> texts           one join per text, linear in its length

The replacement of (entity type, value) is made at its first occurrence and reused, so that equal values stay equal in
all turns of a conversation. ``spread`` runs after all findings, because a name in the last message has to go from the
first one too. It searches between the edits, not in the new texts, because a replacement must never be replaced again.
``occurrences`` defines which part of a name counts by itself. ``residual`` checks the encoded body.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import starmap

from proxy.core.deidentification.conflicts import resolve
from proxy.core.deidentification.installed import Make, UnknownOperatorError, installed
from proxy.core.deidentification.operators import METHODS, OPERATORS, Operator, mask, pseudonymize, redact
from proxy.core.deidentification.placeholders import Placeholders, unescaped
from proxy.core.deidentification.profiles import LEAST_STRICT, Profile, profile
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.findings import PUBLIC, Finding, SegmentFindings
from proxy.core.obligations import TRANSFORMS
from proxy.core.records import Obligation, Payload, Remark, TextSpan, Transformed
from proxy.core.search.borders import past_marks
from proxy.core.search.digit_runs import bare
from proxy.core.search.occurrences import APART, Occurrences

_RESTORABLE = frozenset({redact, mask})
_SPREAD_LEAST = 4
_SHORT_KINDS = frozenset({"sad", "secret"})  # spread from three characters on
_SHORT_LEAST = 3
_NUMERIC = frozenset({"number", "sought"})

_WORD = re.compile(r"[^\W\d_]+")
_WORD_BEFORE = re.compile(r"(?<![^\W_])([^\W\d_]+)[ ,._-]{1,3}\Z")
_WORD_BEHIND = re.compile(r"[ ,._-]{1,3}([^\W\d_]+)(?![^\W_])")
_REACH = 48

#: One replacement in a text: start, end (exclusive), new text.
Edit = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class TransformTerms:
    """What a transform needs besides the obligations: the current year, randomness, the deployment's operators."""

    year: int = 0  # 0 = unknown: no birth year stays
    entropy: Callable[[int], bytes] = secrets.token_bytes
    operators: Mapping[str, Make] = field(default_factory=dict)  # the deployment's own, by name


@dataclass(frozen=True, slots=True)
class _Rule:
    rank: int
    name: str
    obligation: str
    operator: Operator
    profile: Profile | None = None
    restores: bool = False  # restored in the reply to the same exchange
    public: bool = False  # includes public figures


def _order(rule: _Rule) -> tuple[int, bool, bool]:
    """Sort key: the strictest first, then one that does not restore, then one that includes public figures."""
    return rule.rank, rule.restores, not rule.public


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
    return carry_out(TransformPlan(obligations, kinds, chosen), payload, segments, minter, chosen.entropy)[0]


def carry_out(
    plan: TransformPlan,
    payload: Payload,
    segments: Sequence[SegmentFindings],
    minter: Minter,
    entropy: Callable[[int], bytes] = secrets.token_bytes,
) -> tuple[Transformed, Sequence[Sequence[Edit]]]:
    """Return what ``transform`` returns for a prepared plan, and the edits of each outgoing text.

    Raises:
        ValueError: segments and spans differ in number.

    """
    spans = payload.outgoing
    work = _Work(plan, spans, plan.minters(minter, entropy))
    found = [work.findings(span, segment) for span, segment in zip(payload.spans, segments, strict=True)]
    edits = [work.edits(span, findings) for span, findings in zip(payload.spans, found, strict=True)]
    edits += [[] for _ in payload.unread_numbers]
    work.spread(edits)
    texts = {
        index: splice(span.text, changes)
        for index, (span, changes) in enumerate(zip(spans, edits, strict=True))
        if changes
    }
    changed = Transformed(
        texts=texts,
        pseudonyms=work.pseudonyms(),
        removed=tuple(work.removed),
        people=work.people(),
        remarks=work.remarks(),
        covered=work.plan.covered,
        occurrences=work.occurrences,
        placeholders=work.stand_ins(),
    )
    return changed, edits


def splice(text: str, edits: Sequence[Edit]) -> str:
    """Return the text with disjoint, ordered edits applied."""
    pieces: list[str] = []
    done = 0
    for start, end, new in edits:
        pieces.append(text[done:start])
        pieces.append(new)
        done = end
    pieces.append(text[done:])
    return "".join(pieces)


class TransformPlan:
    """The operator for each entity type. Holds no text, so every request with the same obligations shares it."""

    __slots__ = ("_kinds", "_named", "_resolved", "_wide", "covered", "profiles", "signature")

    def __init__(self, obligations: Iterable[Obligation], kinds: Mapping[str, str], terms: TransformTerms) -> None:
        transforms = [obligation for obligation in obligations if obligation.type in TRANSFORMS]
        inputs = (sorted(kinds.items()), terms.year, transforms)
        #: Digest of the plan's inputs: plans with equal signatures are equal.
        self.signature = hashlib.blake2b(repr(inputs).encode("utf-8", "surrogatepass"), digest_size=32).digest()
        self._kinds = kinds
        self._named: dict[str, _Rule] = {}
        self._wide: list[_Rule] = []
        self._resolved: dict[str, _Rule | None] = {}
        self.profiles: list[Profile] = []
        for obligation in transforms:
            chosen = None
            if obligation.type == "deidentify":
                chosen = profile(obligation.profile, terms.year)
                self.profiles.append(chosen)
            self._add(obligation, chosen, installed(obligation.params, terms.operators))
        known = {*kinds, *self._named}
        self.covered = frozenset(name for name in known if self._removes(name))

    @property
    def random(self) -> bool:
        """Whether a profile asks for random pseudonyms."""
        return any(chosen.random for chosen in self.profiles)

    def minters(self, minter: Minter, entropy: Callable[[int], bytes]) -> tuple[Minter, Minter]:
        """Return the exchange's minter, and the minter for profiles: random if one of them asks for it."""
        return minter, Minter(entropy(32), entropy) if self.random else minter

    def _add(self, obligation: Obligation, chosen: Profile | None, own: Operator | None) -> None:
        if chosen is not None and own is not None:
            raise UnknownOperatorError(None)  # a profile defines the operator of each type
        operator = own or METHODS.get(obligation.method) or OPERATORS.get(obligation.type, redact)
        rank = TRANSFORMS.index(obligation.type)
        restores = operator in _RESTORABLE and obligation.params.get("restore") == "exchange"
        public = obligation.params.get("public_figures") == "included"
        rule = _Rule(rank, obligation.type, obligation.id, operator, chosen, restores, public)
        if chosen is not None or not obligation.entities:
            self._wide.append(rule)
            return
        for entity_type in obligation.entities:
            other = self._named.get(entity_type)
            if other is None or _order(rule) < _order(other):
                self._named[entity_type] = rule

    def _removes(self, entity_type: str) -> bool:
        rule = self.rule(entity_type)
        return rule is not None and (rule.profile is None or rule.profile.removes(entity_type, self.kind(entity_type)))

    def kind(self, entity_type: str) -> str:
        return self._kinds.get(entity_type, "")

    def rule(self, entity_type: str) -> _Rule | None:
        """Return the strictest rule for the type, None if no obligation covers it."""
        if entity_type not in self._resolved:
            rules = [rule for rule in self._wide if self._reaches(rule, entity_type)]
            if entity_type in self._named:
                rules.append(self._named[entity_type])
            self._resolved[entity_type] = min(rules, key=_order) if rules else None
        return self._resolved[entity_type]

    def _reaches(self, rule: _Rule, entity_type: str) -> bool:
        return rule.profile is not None or self.kind(entity_type) != "attr"

    def restores(self, rule: _Rule, entity_type: str) -> bool:
        """Whether the value is restored in the reply; card authentication data never is (PCI DSS 3.3.1)."""
        return rule.restores and self.kind(entity_type) != "sad"

    def operator(self, rule: _Rule, entity_type: str) -> Operator:
        """Return the rule's operator for the type: its own, or that of its profile."""
        if rule.profile is None:
            return rule.operator
        return rule.profile.operator(entity_type, self.kind(entity_type))


@dataclass(slots=True)
class _Work:
    plan: TransformPlan
    spans: Sequence[TextSpan]
    minters: tuple[Minter, Minter]  # of the exchange, of a random profile
    removed: dict[str, str] = field(default_factory=dict)  # value -> entity type, in order of appearance
    occurrences: Occurrences | None = None
    placeholders: Placeholders = field(init=False)
    _replacements: dict[tuple[str, str], str] = field(default_factory=dict)
    _unescaped: dict[str, str] = field(default_factory=dict)  # value as written -> value unescaped, if different
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)  # path, entity type

    def __post_init__(self) -> None:
        self.placeholders = Placeholders(span.text for span in self.spans)

    def findings(self, span: TextSpan, segment: SegmentFindings) -> tuple[Finding, ...]:
        """Return the disjoint findings to replace in this span, including those of the profiles' own rules."""
        found = [*segment.findings, *segment.inside]
        for chosen in self.plan.profiles:
            found += chosen.notice(span.text, segment.findings)
        covered = [finding for finding in found if self._reached(finding)]
        if not span.text.isascii():
            covered = [_whole(span.text, finding) for finding in covered]
        return resolve(covered, self._rank) if covered else ()

    def _reached(self, finding: Finding) -> bool:
        rule = self.plan.rule(finding.entity_type)
        return rule is not None and (rule.public or finding.subject_role != PUBLIC)

    def _rank(self, finding: Finding) -> int:
        rule = self.plan.rule(finding.entity_type)
        if rule is None:
            return LEAST_STRICT * len(TRANSFORMS)
        if rule.profile is None:
            return LEAST_STRICT * rule.rank
        return LEAST_STRICT * rule.rank + rule.profile.strictness(
            finding.entity_type, self.plan.kind(finding.entity_type)
        )

    def edits(self, span: TextSpan, findings: Iterable[Finding]) -> list[Edit]:
        text, known = span.text, self._replacements
        edits: list[Edit] = []
        counts: dict[str, int] = {}
        for finding in findings:
            start, end, entity_type = finding.start, finding.end, finding.entity_type
            value = text[start:end]
            new = known.get((entity_type, value))
            if new is None:
                new = self._first(entity_type, value, text, start)
            if new != value:
                edits.append((start, end, new))
                counts[entity_type] = counts.get(entity_type, 0) + 1
        for entity_type, count in counts.items():
            self._counts[span.path, entity_type] += count
        return edits

    def _first(self, entity_type: str, value: str, text: str, start: int) -> str:
        """Replace a value at its first occurrence; later ones use the remembered replacement."""
        new = self._replace(entity_type, value)
        if new != value:
            if "\\" in value:
                self._unescaped.setdefault(value, unescaped(text, start, value))
            if self._spreads(entity_type, value):
                self.removed.setdefault(value, entity_type)
        return new

    def _replace(self, entity_type: str, value: str) -> str:
        new = self._replacements.get((entity_type, value))
        if new is None:
            rule = self.plan.rule(entity_type)
            new = value if rule is None else self._operate(rule, entity_type, value)
            self._replacements[entity_type, value] = new
        return new

    def _operate(self, rule: _Rule, entity_type: str, value: str) -> str:
        random = rule.profile is not None and rule.profile.random
        replacement = self.plan.operator(rule, entity_type)(entity_type, value, self.minters[random])
        return self.placeholders.of(replacement, value) if self.plan.restores(rule, entity_type) else replacement

    def _spreads(self, entity_type: str, value: str) -> bool:
        least = _SHORT_LEAST if self.plan.kind(entity_type) in _SHORT_KINDS else _SPREAD_LEAST
        return len(value.strip()) >= least

    def spread(self, edits: list[list[Edit]]) -> None:
        """Add an edit for every other occurrence of a removed value, or of a word of a removed name."""
        if not self.removed:
            return
        occurrences = self.occurrences = Occurrences(self.removed, self.people())
        self._numerals(edits)
        self._halves(edits)
        texts = (span.text for span in self.spans)
        if not occurrences.among(APART.join(starmap(_gaps, zip(texts, edits, strict=True)))):
            return
        for index, span in enumerate(self.spans):
            hits = [(hit.start, hit.end, hit.value) for hit in occurrences.find(span.text)]
            for start, end, value in _outside(hits, edits[index]):
                entity_type = self.removed.get(value, "PERSON")
                edits[index].append((start, end, self._again(entity_type, value, span.text[start:end])))
                self._counts[span.path, entity_type] += 1
            edits[index].sort()

    def _halves(self, edits: list[list[Edit]]) -> None:
        """Replace the other half of a name next to a half that was found alone, in any letter case."""
        parts: dict[str, set[str]] = {}
        for words in map(_words, self.people()):
            for word in words if len(words) > 1 else ():
                parts.setdefault(word, set()).update(words)
        for span, changes in zip(self.spans, edits, strict=True) if parts else ():
            for start, end in dict.fromkeys(_other_halves(span.text, changes, parts)):
                changes.append((start, end, self._replace("PERSON", span.text[start:end])))
                self._counts[span.path, "PERSON"] += 1
            changes.sort()

    def people(self) -> tuple[str, ...]:
        """Return the removed values that are people's names."""
        return tuple(value for value, entity_type in self.removed.items() if entity_type == "PERSON")

    def _numerals(self, edits: list[list[Edit]]) -> None:
        """Replace JSON numbers that are a removed one without its leading zeros: 482 for the PIN 0482."""
        numerals = {number: value for value in self.removed if (number := _numeral(value))}
        if not numerals:
            return
        for index, span in enumerate(self.spans):
            value = numerals.get(span.text) if span.kind in _NUMERIC and not edits[index] else None
            if value is not None:
                entity_type = self.removed[value]
                edits[index].append((0, len(span.text), self._again(entity_type, value, span.text)))
                self._counts[span.path, entity_type] += 1

    def _again(self, entity_type: str, value: str, found: str) -> str:
        """Return the replacement of another occurrence: a restorable one stands for its spelling there."""
        rule = self.plan.rule(entity_type)
        if rule is None:
            return self._replace(entity_type, value)
        if self.plan.operator(rule, entity_type) is pseudonymize or self.plan.restores(rule, entity_type):
            return self._replace(entity_type, found)
        return self._replace(entity_type, value)

    def pseudonyms(self) -> dict[str, str]:
        own, random = self.minters
        return self._back(own.minted if random is own else {**own.minted, **random.minted})

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


def _numeral(value: str) -> str:
    """Return a removed number as JSON writes it if that drops leading zeros, else ""."""
    if any(map(str.isalpha, value)):
        return ""
    digits = bare(value)
    number = digits.lstrip("0")
    return number if len(number) < len(digits) and len(number) >= _SHORT_LEAST else ""


def _whole(text: str, finding: Finding) -> Finding:
    """Return the finding with the combining marks of its last character, so that no accent is left behind."""
    end = past_marks(text, finding.end)
    return finding if end == finding.end else replace(finding, end=end)


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
    """Return the text outside the edits, with its pieces separated."""
    return splice(text, [(start, end, APART) for start, end, _ in edits]) if edits else text


def _outside(hits: Iterable[Edit], edits: Sequence[Edit]) -> list[Edit]:
    """Return the hits that overlap no edit; both are in order."""
    outside: list[Edit] = []
    position = 0
    for hit in hits:
        while position < len(edits) and edits[position][1] <= hit[0]:
            position += 1
        if position == len(edits) or edits[position][0] >= hit[1]:
            outside.append(hit)
    return outside
