"""Source code: a guess counts in a literal, a comment or prose only, and never for a word that names a part of it.

``magika`` tells which texts are code, its model in the package, loaded with the first text that might be; ``pygments``
tells what a line of it consists of. Lines are judged by themselves, so that a text may begin and end anywhere; words in
a row are prose, such as a line of documentation. Data and commands (JSON, YAML, shell) are no code here, because their
words are values.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate, groupby, permutations
from typing import Any, Final, NamedTuple

from proxy.core.findings import Finding
from proxy.detection.merge import ATTRIBUTES, GUESSERS
from proxy.detection.people.carriers import AMBIGUOUS
from proxy.detection.people.known_names import inflected
from proxy.detection.people.nobody import is_reserved

#: Kinds that are programs: what stands outside of their literals and comments names parts of them.
_PROGRAMS: Final = frozenset(
    """
    c clojure coffeescript cpp cs css dart elixir erlang fortran go groovy haskell java javascript julia kotlin lisp lua
    matlab objectivec ocaml pascal perl php prolog proto python r ruby rust scala scss solidity sql swift typescript
    verilog vhdl zig
    """.split()
)
#: In these two names never stand side by side; elsewhere one may be the other's type.
_UNTYPED: Final = frozenset("css javascript lua perl php python r ruby scss sql".split())
#: What every program holds somewhere; a text without is none.
_SIGNS: Final = re.compile(r"\w\(|[{};=]|->|::|^\s*(?:#|//|--|\*|import|from|use)\b", re.MULTILINE)
#: Findings that rest on the look of a word.
_LOOKS: Final = GUESSERS | {
    "known_name", "name_told", "name_initial", "name_spoken", "name_label", "mention", "username",
}  # fmt: skip
_CREDITS: Final = re.compile(
    r"(?i)(?:authors?|maintain\w*|copyright|\(c\)|contribut\w*|(?:written|explanation|patch|ported) .{0,12}by|"
    r"due to|thanks to|credits?|todo|fixme|owners?|reviewers?|assignee|contact|signed-off-by)\b[^\n]{0,40}\Z"
)
#: Types that patterns find by the look of a value, too.
_DOUBTFUL: Final = ATTRIBUTES | {"ZIP_CODE", "STREET_ADDRESS", "IP_ADDRESS"}
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_DIGITS: Final = re.compile(r"\d{7}")
_SURE: Final = 0.9
_LONGEST: Final = 2_000


class Kinds:
    """Tells programs from other texts."""

    def __init__(self) -> None:
        self._model: Any = None

    def language(self, text: str) -> str:
        """Return the programming language of a text, "" for what is none."""
        if _SIGNS.search(text) is None:
            return ""
        if self._model is None:
            self._model = _model()
        label = str(self._model.identify_bytes(text.encode("utf-8", "replace")).output.label)
        return label if label in _PROGRAMS else ""


def _model() -> Any:
    """Load the model, to run in the thread that asks: a process that reads may be one of many."""
    import onnxruntime  # noqa: PLC0415 -- both load in a twentieth of a second, where code is first read
    from magika import Magika  # noqa: PLC0415

    class Single(Magika):  # whose own session has a thread for each core
        def _init_onnx_session(self) -> Any:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            return onnxruntime.InferenceSession(self._model_path, options, providers=["CPUExecutionProvider"])

    return Single()


def without_symbols(text: str, findings: Sequence[Finding], language: Callable[[str], str]) -> list[Finding]:
    """Drop the guesses in a program that are its symbols; a term of a special category needs a person beside it there.

    ``language`` tells a program's language, "" of other texts.
    """
    doubtful = {f for f in findings if f.recognizer in _LOOKS or f.entity_type in _DOUBTFUL}
    kind = language(text) if doubtful else ""
    if not kind:
        return list(findings)
    program = _Program.of(text, kind)
    kept = (f for f in findings if f not in doubtful or program.says(f))
    return [replace(f, recognizer=AMBIGUOUS) if f.entity_type in ATTRIBUTES else f for f in kept]


class _Line(NamedTuple):
    """Spans of literals, comments and prose, and the names outside of them."""

    spoken: list[tuple[int, int]]
    names: frozenset[str]


class _Program(NamedTuple):
    text: str
    starts: list[int]
    lines: list[_Line]
    names: frozenset[str]

    @classmethod
    def of(cls, text: str, kind: str) -> _Program:
        """Read a text in a programming language."""
        rows = text.split("\n")
        starts = [0, *accumulate(len(row) + 1 for row in rows)]
        lines = [_line(row, kind) for row in rows]
        return cls(text, starts, lines, frozenset().union(*(line.names for line in lines)))

    def says(self, finding: Finding) -> bool:
        """Whether a finding is more than a symbol: spoken, and no name of the program, unless somebody is credited."""
        at = bisect_right(self.starts, finding.start) - 1
        first, last = finding.start - self.starts[at], finding.end - self.starts[at]
        if finding.entity_type == "IP_ADDRESS":
            return not is_reserved(self.text[finding.start : finding.end])
        if not any(start <= first and last <= end for start, end in self.lines[at].spoken):
            return False
        if finding.entity_type not in _LIKELY or _CREDITS.search(self.text, self.starts[at], finding.start) is not None:
            return True
        value = self.text[finding.start : finding.end]
        words = _WORD.findall(value)
        symbol = bool(words) and self.names.issuperset(words)
        return not symbol and _LIKELY[finding.entity_type](finding, value, words)


def _is_name(finding: Finding, _: str, words: Sequence[str]) -> bool:
    """Whether words are a full name by the lists, two with capitals of which a model is sure, or nothing but a name."""
    if not words or not all(word[0].isupper() for word in (words[0], words[-1])):
        return False
    known = [inflected(word) for word in words]
    if len(words) == 1:
        return known[0].unmistakable
    full = any(one.given and other.family for one, other in permutations(known, 2))
    return full or (finding.recognizer == "classifier" and finding.score >= _SURE)


def _is_mention(finding: Finding, _: str, __: Sequence[str]) -> bool:
    return finding.recognizer not in GUESSERS


def _is_number(_: Finding, value: str, __: Sequence[str]) -> bool:
    return _DIGITS.search(value) is not None


def _is_address(_: Finding, value: str, words: Sequence[str]) -> bool:
    return len(words) > 1 and any(map(str.isdigit, value))


#: Entity type -> whether a finding that rests on its look is likely, by its value and words.
_LIKELY: Final[Mapping[str, Callable[[Finding, str, Sequence[str]], bool]]] = {
    "PERSON": _is_name,
    "USERNAME": _is_mention,
    "STREET_ADDRESS": _is_address,
    **dict.fromkeys(
        ("BANK_ACCOUNT", "PHONE_NUMBER", "FAX_NUMBER", "NATIONAL_ID", "CREDIT_CARD", "ZIP_CODE"), _is_number
    ),
}


def _line(row: str, kind: str) -> _Line:
    """Return what a line holds; too long a one, such as a packed program, is all code."""
    tokens = list(_lexer(kind).get_tokens_unprocessed(row[:_LONGEST]))
    literal = _literal_types()
    spoken: list[tuple[int, int]] = []
    names: set[str] = set()
    for told, group in groupby(tokens, lambda token: any(token[1] in one for one in literal)):
        part = list(group)
        if told:
            spoken.append((part[0][0], part[-1][0] + len(part[-1][2])))
        else:
            prose = list(_prose(part, row, kind))
            spoken += prose
            names.update(value for at, _, value in part if not any(start <= at < end for start, end in prose))
    return _Line(spoken, frozenset(name.lower() for value in names for name in _WORD.findall(value)))


def _prose(tokens: Sequence[tuple[int, Any, str]], row: str, kind: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of words in a row with nothing but a blank between them, or alone on their line."""
    from pygments.token import Name  # noqa: PLC0415 -- where code is read

    least = 2 if kind in _UNTYPED else 3
    run: list[tuple[int, int]] = []
    words = [(at, at + len(value)) for at, type_, value in tokens if type_ in Name and value[:1].isalpha()]
    for word in (*words, None):
        if word is not None and run and row[run[-1][1] : word[0]] == " ":
            run.append(word)
            continue
        alone = bool(run) and row.strip(" .!\t") == row[run[0][0] : run[-1][1]]
        if len(run) >= least or alone:
            yield run[0][0], run[-1][1]
        run = [word] if word is not None else []


@lru_cache(maxsize=1)
def _literal_types() -> tuple[Any, ...]:
    from pygments.token import Comment, String  # noqa: PLC0415 -- where code is read

    return String, Comment


@lru_cache(maxsize=16)
def _lexer(kind: str) -> Any:
    from pygments.lexers import get_lexer_by_name  # noqa: PLC0415 -- where code is read

    return get_lexer_by_name(kind)
