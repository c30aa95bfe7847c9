"""Source code: a guess counts in a literal, a comment or prose only, and never for a word that names a part of it.

``magika`` tells which texts are code, its model in the package, loaded with the first text that might be; ``pygments``
tells what a line of it consists of. Lines are judged by themselves, so that a text may begin and end anywhere; words in
a row are prose, such as a line of documentation. Data and commands (JSON, YAML, shell) are not code here, because their
words are values.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate, groupby, islice, permutations
from typing import Any, Final, NamedTuple

from proxy.core.findings import Finding
from proxy.detection.meaning.said import AMBIGUOUS
from proxy.detection.merge import ATTRIBUTES, GUESSERS
from proxy.detection.people.known_names import inflected
from proxy.detection.text.ordinary import ordinary

#: Kinds that are programs: what stands outside of their literals and comments names parts of them.
_PROGRAMS: Final = frozenset(
    """
    awk bazel c clojure cmake cobol coffeescript cpp cs css dart elixir erlang fortran go gradle groovy haskell hcl java
    javascript julia kotlin lisp lua makefile matlab objectivec ocaml pascal perl php prolog proto python r ruby rust
    scala scss solidity sql swift tcl typescript verilog vhdl zig
    """.split()
)
#: What ``pygments`` calls them, where it has another name.
_LEXERS: Final = {"gradle": "groovy"}
#: In these two names never stand side by side; elsewhere one may be the other's type.
_UNTYPED: Final = frozenset("css javascript lua perl php python r ruby scss sql".split())
#: Programs whose literals are data.
_DATA: Final = frozenset({"sql"})
#: Masks, and addresses of this machine and of examples (RFC 5737, RFC 3849).
_EXAMPLE: Final = re.compile(
    r"(?:0\.0\.0\.|255\.|127\.|192\.0\.[02]\.|198\.51\.100\.|203\.0\.113\.|::1?\Z|2001:0?db8:)", re.IGNORECASE
)
_HOST_BEFORE: Final = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f:.]+\Z")
_LONGEST_HOST: Final = 40
#: How tools show a file: "  12\t", "12: ", "12 | ".
_LINE_NUMBER: Final = re.compile(r"^[ \t]*[0-9]{1,6}(?:\t|: |→| ?[|│])", re.MULTILINE)
_QUOTED: Final = re.compile("['\"]")
#: What every program holds somewhere; a text without is none. A semicolon between two words is one of prose.
_SIGNS: Final = re.compile(
    r"\w\(|[{}=]|;(?! \w)|->|::|^\s*(?:(?:#|--|\*|c?import|cdef)\b|//|;|\((?=[a-z])|from\b.*\bc?import\b)", re.MULTILINE
)
#: How lines of programs end and begin, and how many lines there may be to one of them.
_CODED: Final = re.compile(r"(?m)[{};:,=()\[\]\\][ \t]*$|^[ \t]*(?:#|//|--|/?\*|@\w|import\b|from\b|use\b)")
_DENSE: Final = 3
#: Code as people paste it into a chat.
_FENCE: Final = re.compile(r"(?ms)^ {0,3}(?P<mark>`{3,}|~{3,})[^\n`]*\n(?P<body>.*?)(?:^ {0,3}(?P=mark)|\Z)")
_MOST_FENCES: Final = 8
#: Findings that rest on the look of a word.
_LOOKS: Final = GUESSERS | {
    "known_name", "name_by_reporting_verb", "name_possessor", "name_initial", "name_spoken", "name_label", "name_bare",
    "mention", "mention_addressed", "username", "account_held", "account_field", "health_plan", "password_assigned",
}  # fmt: skip
#: A sentence goes on: "pwd: expected bytes" assigns nothing.
_GOES_ON: Final = re.compile(r" [a-z]")
_CREDITS: Final = re.compile(
    r"(?i)(?:authors?|maintain\w*|copyright|\(c\)|contribut\w*|(?:written|explanation|patch|ported) .{0,12}by|"
    r"due to|thanks to|credits?|(?:first|last|full|given|family|sur)_?name|"
    r"todo|fixme|owners?|reviewers?|assignee|contact|signed-off-by)\b[^\n]{0,40}\Z"
)
#: Types that patterns find by the look of a value, too.
_DOUBTFUL: Final = ATTRIBUTES | {"ZIP_CODE", "STREET_ADDRESS", "IP_ADDRESS"}
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_DIGITS: Final = re.compile(r"\d{7}")
_SURE: Final = 0.9
#: Digits that make a guessed user name a customer's number.
_NUMBERED: Final = 5
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
        plain = _LINE_NUMBER.sub("", text)
        label = str(self._model.identify_bytes(plain.encode("utf-8", "replace")).output.label)
        return label if label in _PROGRAMS else ""

    def programs(self, text: str) -> list[tuple[int, int, str]]:
        """Return the programs in a text, with their languages.

        The whole, or what stands in its first fences, or a half of it whose lines look like a program's.
        """
        if kind := self.language(text):
            return [(0, len(text), kind)]
        parts = [fence.span("body") for fence in islice(_FENCE.finditer(text), _MOST_FENCES)]
        middle = text.find("\n", len(text) // 2) + 1
        if not parts and middle:
            parts = [half for half in ((0, middle), (middle, len(text))) if _is_dense(text, *half)]
        return [(start, end, kind) for start, end in parts if (kind := self.language(text[start:end]))]


def _is_dense(text: str, start: int, end: int) -> bool:
    """Whether enough lines end or begin as lines of programs do."""
    return 0 < text.count("\n", start, end) < _DENSE * sum(1 for _ in _CODED.finditer(text, start, end))


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


def without_symbols(
    text: str, findings: Sequence[Finding], programs: Callable[[str], Iterable[tuple[int, int, str]]]
) -> list[Finding]:
    """Drop the guesses in programs that are their symbols; a term of a special category needs a person beside it there.

    ``programs`` tells where a text is one, and its language.
    """
    kept = list(findings)
    if any(map(_is_doubtful, findings)):
        for start, end, kind in programs(text):
            program = _Program.of(text, start, end, kind)
            kept = [finding for f in kept for finding in ([f] if not start <= f.start < end else program.judged(f))]
    return kept


def _is_doubtful(finding: Finding) -> bool:
    return finding.recognizer in _LOOKS or finding.entity_type in _DOUBTFUL


def spoken(text: str, kind: str) -> str:
    """Return what is said in a program, a line for each line."""
    rows = ((row, _line(row, kind).spoken) for row in text.split("\n"))
    return "\n".join(" | ".join(row[start:end] for start, end in spans) for row, spans in rows)


class _Line(NamedTuple):
    """Spans of literals, comments and prose, and the names outside of them."""

    spoken: list[tuple[int, int]]
    names: frozenset[str]


class _Program(NamedTuple):
    """``data``: what is spoken in it are data in any case."""

    text: str
    starts: list[int]
    lines: list[_Line]
    names: frozenset[str]
    data: bool

    @classmethod
    def of(cls, text: str, start: int, end: int, kind: str) -> _Program:
        """Read a part of a text that is in a programming language."""
        rows = text[start:end].split("\n")
        starts = list(accumulate((len(row) + 1 for row in rows), initial=start))
        lines = [_line(row, kind) for row in rows]
        return cls(text, starts, lines, frozenset().union(*(line.names for line in lines)), kind in _DATA)

    def judged(self, finding: Finding) -> Iterator[Finding]:
        """Yield a finding unless it is a symbol, a special category as one that needs a person beside it."""
        if not _is_doubtful(finding) or self._says(finding):
            yield replace(finding, recognizer=AMBIGUOUS) if finding.entity_type in ATTRIBUTES else finding

    def _says(self, finding: Finding) -> bool:
        """Whether a finding is more than a symbol: spoken, and no name of the program, unless somebody is credited."""
        at = bisect_right(self.starts, finding.start) - 1
        first, last = finding.start - self.starts[at], finding.end - self.starts[at]
        if finding.entity_type == "IP_ADDRESS":
            whole = _HOST_BEFORE.search(self.text, max(0, finding.start - _LONGEST_HOST), finding.start)
            return _EXAMPLE.match(self.text, whole.start() if whole else finding.start, finding.end) is None
        if finding.entity_type == "CREDENTIAL":
            return _GOES_ON.match(self.text, finding.end) is None or not ordinary(
                self.text[finding.start : finding.end]
            )
        quoted = self.data and _QUOTED.search(self.text, max(0, finding.start - 1), finding.end + 1) is not None
        if not quoted and not any(start <= first and last <= end for start, end in self.lines[at].spoken):
            return False
        if (
            self.data
            or finding.entity_type not in _LIKELY
            or _CREDITS.search(self.text, self.starts[at], finding.start) is not None
        ):
            return True
        value = self.text[finding.start : finding.end]
        words = _WORD.findall(value)
        if words and all(word.lower() in self.names for word in words):
            return finding.entity_type == "PERSON" and _are_full(words)
        return _LIKELY[finding.entity_type](finding, value, words)


def _are_full(words: Sequence[str]) -> bool:
    """Whether words are a given and a family name by the lists."""
    names = [inflected(word) for word in words]
    return words[0][0].isupper() and any(name.given and other.family for name, other in permutations(names, 2))


def _is_name(finding: Finding, _: str, words: Sequence[str]) -> bool:
    """Whether words are a full name, two with capitals of which a model is sure, or one that more than a list has."""
    if len(words) == 1:
        likely = finding.recognizer not in GUESSERS or finding.score >= _SURE or not words[0].islower()
        return likely and finding.recognizer != "known_name" and inflected(words[0]).unmistakable
    sure = finding.recognizer == "classifier" and finding.score >= _SURE
    return bool(words) and (_are_full(words) or (sure and words[0][0].isupper() and words[-1][0].isupper()))


def _is_account(finding: Finding, value: str, words: Sequence[str]) -> bool:
    """Whether a pattern finds a user name, or it has a number or a name in it."""
    guessed = finding.recognizer in GUESSERS and sum(map(str.isdigit, value)) < _NUMBERED
    return not guessed or any(word.sure or word.family for word in map(inflected, words))


def _is_number(_: Finding, value: str, __: Sequence[str]) -> bool:
    return _DIGITS.search(value) is not None


def _is_dated(_: Finding, value: str, __: Sequence[str]) -> bool:
    """Whether there is a figure: the names of the months are a program's own."""
    return any(map(str.isdigit, value))


def _is_address(_: Finding, value: str, words: Sequence[str]) -> bool:
    return len(words) > 1 and any(map(str.isdigit, value))


def _is_place(finding: Finding, _: str, words: Sequence[str]) -> bool:
    """Whether nothing but a whole name makes it a person's: a word that may be one is a symbol more often."""
    named = any(word.sure or word.family for word in map(inflected, words))
    return finding.score >= _SURE or not named or _are_full(words)


#: Entity type -> whether a finding that rests on its look is likely, by its value and words.
_LIKELY: Final[Mapping[str, Callable[[Finding, str, Sequence[str]], bool]]] = {
    "PERSON": _is_name,
    "LOCATION": _is_place,
    "ORGANIZATION": _is_place,
    "USERNAME": _is_account,
    "STREET_ADDRESS": _is_address,
    **dict.fromkeys(
        ("BANK_ACCOUNT", "PHONE_NUMBER", "FAX_NUMBER", "NATIONAL_ID", "CREDIT_CARD", "ZIP_CODE"), _is_number
    ),
    **dict.fromkeys(("DATE", "DATE_OF_BIRTH"), _is_dated),
}


def _line(row: str, kind: str) -> _Line:
    """Return what a line holds; of a packed program anything may be said behind its first part."""
    tokens = list(_lexer(kind).get_tokens_unprocessed(f"{row[:_LONGEST]}\n"))  # where many a comment ends
    literal = _literal_types()
    spoken = [(_LONGEST, len(row))] if len(row) > _LONGEST else []
    names: set[str] = set()
    for literal_part, group in groupby(
        tokens, lambda token: any(token[1] in kind_of_literal for kind_of_literal in literal)
    ):
        part = list(group)
        if literal_part:
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
    written = ((at, value) for at, type_, value in tokens if type_ in Name and value[:1].isalpha())
    words = [(at, at + len(value)) for at, value in written if kind not in _DATA or not value.isupper()]
    for word in (*words, None):
        if word is not None and run and row[run[-1][1] : word[0]] == " ":
            run.append(word)
            continue
        alone = bool(run) and row.strip(" .!\t0123456789:|│→") == row[run[0][0] : run[-1][1]]
        if len(run) >= least or alone:
            yield run[0][0], run[-1][1]
        run = [word] if word is not None else []


@lru_cache(maxsize=1)
def _literal_types() -> tuple[Any, ...]:
    from pygments.token import Comment, Number, String  # noqa: PLC0415 -- where code is read

    return String, Number, Comment


@lru_cache(maxsize=16)
def _lexer(kind: str) -> Any:
    from pygments.lexers import get_lexer_by_name  # noqa: PLC0415 -- where code is read

    return get_lexer_by_name(_LEXERS.get(kind, kind))
