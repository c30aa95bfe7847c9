"""Take identifiers and secrets out of what a model says, as it says it.

``StreamGuard`` releases text up to the last place no identifier can reach across. What it makes of a stream equals
what it makes of the whole text, for every chunking, as long as

- a value without white space has at most ``RUN_WINDOW`` characters, and so has a PEM block;
- a value with white space is a chain of words as ``holding`` knows them, of at most ``GROUP_WINDOW`` characters;
- the scanner decides on a value by the value, the ``CONTEXT`` characters before it and, for a number, the few behind.

Longer values are redacted as far as they were seen. What the reply may say (the request's own values, our pseudonyms,
examples) is told by ``spared``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from proxy.core.deidentification.conflicts import resolve
from proxy.core.deidentification.operators import label
from proxy.core.findings import Finding
from proxy.core.replies.holding import RUN_WINDOW, safe_cut
from proxy.core.search.decoding import in_json, in_words
from proxy.core.search.json_context import JsonContext, json_escape

_RUN_STEP = 1024
CONTEXT = 128
#: So many characters before a value the scanner looks at in any case.
_LEAST_CONTEXT = 72

#: Text without a digit or a long token holds no identifier; and no secret either, unless a word announces it.
_MAY_MATTER = re.compile(
    r"[\d@]|\S{12}|-----|\b(?:c/|avda|av[.]|pza|pl[.]|ctra|urb|calle|avenida|plaza|paseo|p[ºo][. ]|ronda|camino|"
    r"carretera|traves|rua|pra[çc]a|largo|alameda|estrada)",
    re.IGNORECASE,
).search
#: Kinds and types of which no value lacks what ``_MAY_MATTER`` and ``_ANNOUNCES`` look for.
TOLD_KINDS = frozenset({"govid", "fin", "pan", "sad", "secret"})
TOLD_TYPES = frozenset(
    """
    CLAIM_OR_RX_NUMBER EMAIL_ADDRESS FAX_NUMBER MEDICAL_RECORD_NUMBER PHONE_NUMBER PROFESSIONAL_LICENSE STREET_ADDRESS
    VEHICLE_ID
    """.split()
)


@dataclass(frozen=True, slots=True)
class Types:
    """The entity types of a catalog as replies are looked at: all of them, and those patterns tell every value of."""

    every: frozenset[str]
    told: frozenset[str]

    @classmethod
    def of(cls, kinds: Mapping[str, str]) -> Types:
        """Read a catalog's map from entity type to kind."""
        return cls(frozenset(kinds), frozenset(name for name, kind in kinds.items() if kind in TOLD_KINDS) | TOLD_TYPES)


#: Before a bare number of a JSON document.
_MEMBER = re.compile(r'(?:"\s{0,4}:|\[|[\d"\]},]\s{0,4},)\s{0,4}\Z')
_ESCAPED = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|.)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_ANNOUNCES = re.compile(
    r"pass|pwd|secret|token|key|credential|auth|login|bearer|kennwort|geheim|contrase|clave|senha|has[lł]o|wachtwoord|"
    r"parola|\bpin\b",
    re.IGNORECASE,
).search


def _never(_entity_type: str, _value: str) -> bool:
    return False


def said(
    text: str, scan: Callable[[str], Sequence[Finding]], *, document: bool = False
) -> Iterator[tuple[Finding, tuple[str, ...]]]:
    """Yield what is found in a text and in its words decoded, with its value as written and as read.

    In a document (JSON) a value is what its strings say: what only seems to stand in the escaped text is none.
    """
    strings = in_json(text) if document else None
    if strings is None:
        yield from ((found, (text[found.start : found.end],)) for found in scan(text))
    for read in filter(None, (strings, in_words(text, document=document))):
        for inner in scan(read.text):
            found = read.back(inner)
            yield found, (text[found.start : found.end], read.text[inner.start : inner.end])


def said_anyhow(text: str, scan: Callable[[str], Sequence[Finding]]) -> dict[Finding, tuple[str, ...]]:
    """Return what ``said`` yields of a text read as prose and as a document; without escapes both are the same."""
    found = dict(said(text, scan))
    return found | dict(said(text, scan, document=True)) if "\\" in text else found


class StreamGuard:
    """Redacts entities of ``entity_types`` from a text stream: ``feed`` chunks in order, then ``flush`` once.

    ``spared`` says of an entity type and a value whether the reply may hold it. ``every_text`` looks at all text, for
    types that need neither a digit nor a long token. ``document`` says that the text is JSON. ``redacted`` counts;
    ``types`` counts by entity type.
    """

    __slots__ = (
        "_alert",
        "_buffer",
        "_context",
        "_document",
        "_done",
        "_every_text",
        "_scan",
        "_spared",
        "_types",
        "redacted",
        "types",
    )

    def __init__(
        self,
        scan: Callable[[str], Sequence[Finding]],
        entity_types: Collection[str],
        spared: Callable[[str, str], bool] = _never,
        *,
        every_text: bool = False,
        document: bool = False,
    ) -> None:
        self._every_text = every_text
        self._document = document
        self._context = JsonContext(document=document)
        self._scan = scan
        self._types = frozenset(entity_types)
        self._spared = spared
        self._buffer = ""
        self._alert = 0  # for how many more characters an announced secret may come
        self._done = 0  # how much of the buffer has been released; the rest is held back
        self.redacted = 0
        self.types: dict[str, int] = {}

    def feed(self, text: str) -> str:
        """Return what no later text can make part of an identifier."""
        self._buffer += text
        cut = safe_cut(self._buffer, self._done)
        if cut == len(self._buffer) - RUN_WINDOW and cut - self._done < _RUN_STEP:
            return ""  # a run without white space is read once per step, not once per token
        return self._release(cut) if cut > self._done else ""

    def flush(self) -> str:
        """Return what was held back: the text is complete."""
        return self._release(len(self._buffer))

    def whole(self, text: str) -> str:
        """Guard a complete text."""
        self._buffer += text
        return self.flush()

    def _release(self, cut: int) -> str:
        buffer, done = self._buffer, self._done
        pieces: list[str] = []
        at = done
        if self._matters(done):
            for finding in self._findings(buffer, done):
                if finding.start >= cut:
                    break
                if finding.end > cut:
                    cut = finding.start if cut < len(buffer) - RUN_WINDOW else max(finding.start, at)
                    break
                pieces.append(self._said(buffer[at : max(finding.start, at)]))
                pieces.append(self._said(self._label(buffer, finding)))
                at = finding.end
                self._count(finding.entity_type)
        pieces.append(self._said(buffer[at:cut]))
        self._alert -= cut - done
        start = _context_start(buffer, cut)
        self._buffer = buffer[start:]
        self._done = cut - start
        return "".join(pieces)

    def _matters(self, done: int) -> bool:
        """Whether what is about to be released may hold something to take out."""
        if _ANNOUNCES(self._buffer, done):
            self._alert = len(self._buffer) - done + CONTEXT
        return self._every_text or self._alert > 0 or _MAY_MATTER(self._buffer, done) is not None

    def _findings(self, buffer: str, done: int) -> tuple[Finding, ...]:
        found = [
            f
            for f, values in said(buffer, self._scan, document=self._document)
            if f.end > done
            and f.entity_type in self._types
            and not any(self._spared(f.entity_type, value) for value in values)
        ]
        return resolve([_behind_escape(buffer, finding) for finding in found])

    def _said(self, text: str) -> str:
        self._context.feed(text)
        return text

    def _label(self, buffer: str, finding: Finding) -> str:
        """Return what stands for a value; for a bare number of JSON a string, escaped as deep as it stands."""
        made = label(finding.entity_type)
        before = buffer[max(0, finding.start - 16) : finding.start]
        bare = _NUMBER.fullmatch(buffer, finding.start, finding.end) and _MEMBER.search(before)
        if not (bare and (self._document or '"' in before)):
            return made
        made = f'"{made}"'
        for _ in range(self._context.depth):
            made = json_escape(made)
        return made

    def _count(self, entity_type: str) -> None:
        self.redacted += 1
        self.types[entity_type] = self.types.get(entity_type, 0) + 1


def _behind_escape(buffer: str, finding: Finding) -> Finding:
    """Return the finding without the end of an escape sequence that it begins with: JSON stays JSON."""
    if "\\" not in buffer[max(0, finding.start - 5) : finding.start]:
        return finding
    for escape in _ESCAPED.finditer(buffer, max(0, finding.start - 64), finding.end):
        if escape.start() < finding.start < escape.end() < finding.end:
            return replace(finding, start=escape.end())
    return finding


def _context_start(buffer: str, cut: int) -> int:
    """Return where the kept context begins: at a word, ``CONTEXT`` characters before the cut."""
    start = cut - CONTEXT
    if start <= 0:
        return 0
    while cut - start > _LEAST_CONTEXT and not buffer[start - 1].isspace():
        start += 1
    return start
