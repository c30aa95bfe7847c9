"""What frames a value and is not part of it: a key and its sign, quotes, the URL before a query, ends of lines, cells.

The local part of an address may hold nearly any character (RFC 5321, 4.1.2), so its pattern takes ``mail=a@b.de`` and
``'a@b.de`` whole; a guess may join the end of one row and the beginning of the next. Findings are cut there: the frame
becomes readable and nothing else, so structured text keeps its structure and no value is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from proxy.core.entities import with_trait
from proxy.core.findings import ENCODED, Finding
from proxy.detection.merge import GUESSERS

_EMAIL = "EMAIL_ADDRESS"
#: Types whose values hold keys, signs and separators of their own.
_WHOLE = frozenset({"CREDENTIAL", "URL"})
_COARSE = with_trait("coarse")
#: Types that hold no comma or semicolon unless a space follows it; as do numbers that a model guessed.
_WORDS = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "USERNAME", "NATIONALITY", "PROFESSION"})
#: What stands in no local part that is not part of a program, a path or a query: a sign, or one in percent.
_SIGN = re.compile(r"""[\s"`<>()\[\]{}$!#*?^~|/,;:\\]|%(?:0[9ADad]|2[0-9ACFacf]|3[A-Fa-f]|5[BCDEbcde]|7[B-Eb-e])""")
_FIRST = re.compile(r"[0-9A-Za-z\u00c0-\u024f]")
_ESCAPED = re.compile(r"\\[nrtfbv]\Z")
_KEY = re.compile(r"(?:[a-z][a-z0-9_.-]{0,30}|[A-Z][A-Z0-9_]{0,30})=")
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|edu|gov|info|[a-z]{2})")
#: A file that is mentioned, "look at @config.json": neither an address nor a user.
_FILE = re.compile(
    r"(?:\w+\s+)?@?[\w./-]*[\w-]\.(?:cfg|cpp|css|csv|html?|ini|java|jsx?|json|kt|lock|php|py|rb|sql|toml|tsx?|txt"
    r"|vue|xml|ya?ml)"
)
#: Who is mentioned behind a word, "write to @anna.meier".
_MENTION = re.compile(r"\w+\s+@(?=\S)")
#: Where a mention is a decorator: alone on its line, shown with a number or not, before what it decorates.
_ALONE = re.compile(r"(?:^|\n)[ \t]*(?:[0-9]{1,6}(?:\t|: |→| ?[|│])[ \t]*)?@?\Z")
_DECORATED = re.compile(
    r"[\w.]*\n[ \t]*(?:[0-9]{1,6}(?:\t|: |→| ?[|│])[ \t]*)?(?:@\w|(?:(?:async|export|default|public|private|protected"
    r"|static|abstract|final|override) )*(?:def|class|function|func?|const|void|get|set|interface|enum|record)\b)"
)
#: The end of the name of a function, and its call.
_CALL = re.compile(r"(?:_\w{1,40})?\(")
_LINES = re.compile(r"[\t\n\r|]+")
_CELLS = re.compile(r"[\t\n\r|]+|[\"'`]\s*[,;:]\s*[\"'`]?|[,;](?=\S)")
_LEAST = 2
_INDENT = 60


def framed(text: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings without what frames them; one that lies in several lines or cells as one for each."""
    for finding in unkeyed(text, findings):
        border = None if finding.recognizer.startswith(ENCODED) else _border(finding)
        yield from (finding,) if border is None else _cut(border, text[finding.start : finding.end], finding)


def unkeyed(text: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings without keys and quotes before them, whole otherwise: encoded text holds signs of its own."""
    for finding in findings:
        value = text[finding.start : finding.end]
        if finding.entity_type == _EMAIL:
            yield from _address(text, value, finding)
        elif not finding.recognizer.startswith("mention") or not (_FILE.fullmatch(value) or _decorates(text, finding)):
            yield finding.at(finding.start + _after_key(value, finding), finding.end)


def _decorates(text: str, finding: Finding) -> bool:
    """Whether a mention is the decorator of a function or class: "@app.setter", "@Override"."""
    decorated = text.startswith("_", finding.end) or _DECORATED.match(text, finding.end) is not None
    return decorated and _ALONE.search(text, max(0, finding.start - _INDENT), finding.start) is not None


def _border(finding: Finding) -> re.Pattern[str] | None:
    kind = finding.entity_type
    if kind in _WORDS or (finding.recognizer in GUESSERS and kind not in _COARSE | _WHOLE | {_EMAIL}):
        return _CELLS
    return _LINES if kind in _COARSE else None


def _after_key(value: str, finding: Finding) -> int:
    """Return how much of a number is the key before it."""
    if finding.entity_type in _WORDS | _COARSE | _WHOLE or finding.recognizer.startswith(ENCODED):
        return 0
    key = _KEY.match(value)
    return key.end() if key and len(value) - key.end() >= _LEAST else 0


def _address(text: str, value: str, finding: Finding) -> Iterator[Finding]:
    """Yield an e-mail address from its local part on; of a mention the name, of a file nothing."""
    mention = _MENTION.match(value)
    if _CALL.match(text, finding.end) is not None and not _DOMAIN.fullmatch(value, value.rfind("@") + 1):
        return  # "W@x.mean()", "the @ffi.def_extern() function"
    if mention is None:
        yield finding.at(finding.start + _before_local(text, value, finding), finding.end)
    elif not _FILE.fullmatch(value):
        domain = _DOMAIN.fullmatch(value, mention.end())
        yield finding if domain else finding.at(finding.start + mention.end(), finding.end)


def _before_local(text: str, value: str, finding: Finding) -> int:
    """Return how much stands before the local part of an address.

    "bounce=example.com@list.org" holds another address before the sign, and stays whole; so does "o'neil@example.com",
    unless the quote closes behind the address.
    """
    local = value[: max(value.rfind("@"), 0)]
    at = max((sign.end() for sign in _SIGN.finditer(local)), default=0)
    at = max(at, local.rfind("&") + 1 if at or local.startswith("&") or "=" in local else 0)
    key = local.rfind("=") + 1
    if key and not _DOMAIN.fullmatch(local, key):
        at = max(at, key)
    quote = local.rfind("'") + 1
    if quote and (text[finding.end : finding.end + 1] == "'" or not local[: quote - 1][-1:].isalpha()):
        at = max(at, quote)
    if not at and _ESCAPED.search(text, max(0, finding.start - 1), finding.start + 1):
        at = 1
    first = _FIRST.search(local, at)
    return first.start() if first is not None else 0


def _cut(border: re.Pattern[str], value: str, finding: Finding) -> Iterator[Finding]:
    """Yield the parts of a finding between borders."""
    start = 0
    for match in border.finditer(value):
        yield from _part(value, start, match.start(), finding)
        start = match.end()
    if start:
        yield from _part(value, start, len(value), finding)
    else:
        yield finding


def _part(value: str, start: int, end: int, finding: Finding) -> Iterator[Finding]:
    if end - start >= _LEAST and any(map(str.isalnum, value[start:end])):
        yield finding.at(finding.start + start, finding.start + end)
