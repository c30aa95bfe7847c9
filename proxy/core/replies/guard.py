"""Remove identifiers and secrets from a reply as it streams.

``StreamGuard`` releases text up to the last offset that no identifier can span. In any chunking its output equals that
of the whole text, provided that

- a value without white space, or a PEM block, has at most ``RUN_WINDOW`` characters;
- a value with white space is a chain of words as in ``holding``, of at most ``GROUP_WINDOW`` characters;
- the scanner decides by the value, the ``CONTEXT`` characters before it and, for a number, the few after it.

Of a longer value the part seen so far is redacted. ``spared`` names the values that a reply may hold (the request's own
values, our pseudonyms, examples).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from proxy.core.deidentification.conflicts import resolve
from proxy.core.deidentification.operators import label
from proxy.core.findings import Finding
from proxy.core.replies.holding import GROUP_WINDOW, PEM_BEGIN, RUN_WINDOW, safe_cut
from proxy.core.search.decoding import in_json, in_words
from proxy.core.search.json_context import JsonContext, json_escape

_RUN_STEP = 4096
CONTEXT = 128
#: Characters that are scanned at once: the memory and time of a scan are bounded, however long the text.
WINDOW = 16 << 10
#: How far a value may reach behind a window, if it has neither white space nor is a PEM block.
_REACH = re.compile(rf"[\s\S]{{{GROUP_WINDOW + CONTEXT}}}\S{{0,{RUN_WINDOW}}}")
#: Characters before a value that the scanner always gets.
_LEAST_CONTEXT = 72

#: Folded text without a digit or a long token holds no identifier, and no secret unless a word announces it.
_MAY_MATTER = re.compile(
    r"[\d@]|\S{12}|-----|\b(?:c/|avda|av[.]|pza|pl[.]|ctra|urb|calle|avenida|plaza|paseo|p[ºo][. ]|ronda|camino|"
    r"carretera|traves|rua|pra[çc]a|largo|alameda|estrada)"
).search
#: Kinds and types all of whose values match ``_MAY_MATTER`` or ``_ANNOUNCES``.
PATTERN_KINDS = frozenset({"govid", "fin", "pan", "sad", "secret"})
PATTERN_TYPES = frozenset(
    """
    CLAIM_OR_RX_NUMBER EMAIL_ADDRESS FAX_NUMBER MEDICAL_RECORD_NUMBER PHONE_NUMBER PROFESSIONAL_LICENSE STREET_ADDRESS
    VEHICLE_ID
    """.split()
)


@dataclass(frozen=True, slots=True)
class Types:
    """The entity types of a catalog."""

    every: frozenset[str]
    by_pattern: frozenset[str]  # those all of whose values patterns find

    @classmethod
    def of(cls, kinds: Mapping[str, str]) -> Types:
        """Read a catalog's map from entity type to kind."""
        return cls(
            frozenset(kinds), frozenset(name for name, kind in kinds.items() if kind in PATTERN_KINDS) | PATTERN_TYPES
        )


#: Before a bare number of a JSON document.
_MEMBER = re.compile(r'(?:"\s{0,4}:|\[|[\d"\]},]\s{0,4},)\s{0,4}\Z')
_ESCAPED = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|.)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_ANNOUNCES = re.compile(
    r"pass|pwd|secret|token|key|credential|auth|login|bearer|kennwort|geheim|contrase|clave|senha|has[lł]o|wachtwoord|"
    r"parola|\bpin\b"
).search


def never(_entity_type: str, _value: str) -> bool:
    """Spare no value."""
    return False


def scan_decoded(
    text: str, scan: Callable[[str], Sequence[Finding]], *, document: bool = False
) -> Iterator[tuple[Finding, tuple[str, ...]]]:
    """Yield the findings of a text and of its decoded words, with each value as written and as decoded.

    In a document (JSON) only the decoded strings count, not the escaped text. Long texts are scanned in windows, each
    with the text around it that decides about values that begin in it.
    """
    done = 0  # no finding of a window before reaches further
    for start in range(0, max(len(text) - RUN_WINDOW, 1), WINDOW):
        low, end = max(start - CONTEXT, 0), start + WINDOW
        last = end + RUN_WINDOW >= len(text)
        reach = None if last or PEM_BEGIN in text[start:end] else _REACH.match(text, end)
        until = len(text) if last else reach.end() if reach is not None else end + RUN_WINDOW
        reached = done
        for finding, values in _scan_window(text[low:until], scan, document=document):
            if max(start, reached) <= low + finding.start and (last or low + finding.start < end):
                done = max(done, low + finding.end)
                yield replace(finding, start=low + finding.start, end=low + finding.end) if low else finding, values


def _scan_window(
    text: str, scan: Callable[[str], Sequence[Finding]], *, document: bool
) -> Iterator[tuple[Finding, tuple[str, ...]]]:
    strings = in_json(text) if document else None
    if strings is None:
        yield from ((finding, (text[finding.start : finding.end],)) for finding in scan(text))
    for decoded in filter(None, (strings, in_words(text, document=document))):
        for inner in scan(decoded.text):
            finding = decoded.back(inner)
            yield finding, (text[finding.start : finding.end], decoded.text[inner.start : inner.end])


def scan_every_reading(text: str, scan: Callable[[str], Sequence[Finding]]) -> dict[Finding, tuple[str, ...]]:
    """Return what ``scan_decoded`` yields for a text as prose and as a document; without escapes they are the same."""
    hits = dict(scan_decoded(text, scan))
    return hits | dict(scan_decoded(text, scan, document=True)) if "\\" in text else hits


class StreamGuard:
    """Redacts entities of ``entity_types`` from a text stream: ``feed`` chunks in order, then ``flush`` once.

    ``spared`` says for an entity type and a value whether the reply may hold it. ``every_text`` scans all text, for
    types that need neither a digit nor a long token. ``document`` says that the text is JSON. ``redacted`` counts
    redactions by entity type.
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
    )

    def __init__(
        self,
        scan: Callable[[str], Sequence[Finding]],
        entity_types: Collection[str],
        spared: Callable[[str, str], bool] = never,
        *,
        every_text: bool = False,
        document: bool = False,
        redacted: Counter[str] | None = None,
    ) -> None:
        self._every_text = every_text
        self._document = document
        self._context = JsonContext(document=document)
        self._scan = scan
        self._types = frozenset(entity_types)
        self._spared = spared
        self._buffer = ""
        self._alert = 0  # characters within which an announced secret may follow
        self._done = 0  # characters of the buffer that have been released; the rest is held back
        self.redacted = Counter[str]() if redacted is None else redacted

    @property
    def pending(self) -> str:
        """The text held back."""
        return self._buffer[self._done :]

    def feed(self, text: str) -> str:
        """Return the text that no later text can make part of an identifier."""
        self._buffer += text
        cut = safe_cut(self._buffer, self._done)
        if cut == len(self._buffer) - RUN_WINDOW and cut - self._done < _RUN_STEP:
            return ""  # a run without white space is scanned once per step, not once per token
        return self._release(cut) if cut > self._done else ""

    def flush(self) -> str:
        """Return the text held back: the stream is complete."""
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
                pieces.append(self._tracked(buffer[at : max(finding.start, at)]))
                pieces.append(self._tracked(self._label(buffer, finding)))
                at = finding.end
                self.redacted[finding.entity_type] += 1
        pieces.append(self._tracked(buffer[at:cut]))
        self._alert -= cut - done
        start = _context_start(buffer, cut)
        self._buffer = buffer[start:]
        self._done = cut - start
        return "".join(pieces)

    def _matters(self, done: int) -> bool:
        """Whether the text about to be released may hold something to redact; a long one is scanned anyway."""
        size = len(self._buffer) - done
        folded = self._buffer[done:].casefold() if size <= WINDOW else ""
        if size > WINDOW or _ANNOUNCES(folded):
            self._alert = size + CONTEXT
        return self._every_text or self._alert > 0 or _MAY_MATTER(folded) is not None

    def _findings(self, buffer: str, done: int) -> tuple[Finding, ...]:
        findings = [
            f
            for f, values in scan_decoded(buffer, self._scan, document=self._document)
            if f.end > done
            and f.entity_type in self._types
            and not any(self._spared(f.entity_type, value) for value in values)
        ]
        return resolve([_behind_escape(buffer, finding) for finding in findings])

    def _tracked(self, text: str) -> str:
        self._context.feed(text)
        return text

    def _label(self, buffer: str, finding: Finding) -> str:
        """Return the label for a value; for a bare number of JSON a string, escaped to its depth."""
        text = label(finding.entity_type)
        before = buffer[max(0, finding.start - 16) : finding.start]
        bare = _NUMBER.fullmatch(buffer, finding.start, finding.end) and _MEMBER.search(before)
        if not (bare and (self._document or '"' in before)):
            return text
        text = f'"{text}"'
        for _ in range(self._context.depth):
            text = json_escape(text)
        return text


def _behind_escape(buffer: str, finding: Finding) -> Finding:
    """Return the finding without a partial escape sequence at its start, so that JSON stays valid."""
    if "\\" not in buffer[max(0, finding.start - 5) : finding.start]:
        return finding
    for escape in _ESCAPED.finditer(buffer, max(0, finding.start - 64), finding.end):
        if escape.start() < finding.start < escape.end() < finding.end:
            return replace(finding, start=escape.end())
    return finding


def _context_start(buffer: str, cut: int) -> int:
    """Return the start of the retained context: a word boundary, ``CONTEXT`` characters before the cut."""
    start = cut - CONTEXT
    if start <= 0:
        return 0
    while cut - start > _LEAST_CONTEXT and not buffer[start - 1].isspace():
        start += 1
    return start
