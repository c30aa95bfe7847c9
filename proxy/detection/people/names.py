"""Names of people announced by their surroundings: a title, a label, a form of address before, an initial behind.

General rules in all languages; names without such words are found by the models.
"""

# ruff: noqa: RUF001 -- tables and patterns are read line by line
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from proxy.core.findings import Finding
from proxy.detection.languages import alternatives
from proxy.detection.languages import words as vocabulary
from proxy.detection.meaning.terms import TermFinder
from proxy.detection.people.known_names import inflected
from proxy.detection.people.labels import BARE, says_only_name
from proxy.detection.people.words import is_dictated
from proxy.detection.text.ordinary import folded, ordinary
from proxy.detection.text.sparse import Sparse

_UP = "A-ZÀ-ÖØ-ÞĄĆĘŁŃÓŚŹŻŠŽČĐ"
_LETTER = r"[^\W\d_ºª]"
_PART = rf"(?:[{_UP}]{_LETTER}{{0,2}}\.|[{_UP}]{_LETTER}*(?:[-'’][{_UP}]?{_LETTER}+)*(?!\w))"
_LINK = alternatives("name_links")
_NAME = rf"{_PART}(?:[ ](?:{_LINK}[ ])?{_PART}){{0,4}}"
_TITLES = alternatives("titles")
_MED = rf"(?:\.? ?{alternatives('degrees')}\b\.?){{0,4}}"
_TITLE = rf"{_TITLES}\.?{_MED}[ ]"
_TITLED = Sparse(rf"(?<![\w.])(?:{_TITLE}{{1,2}})+(?P<v>{_NAME})", _TITLE)
#: In a text without capitals, as somebody dictates it: "frau siebenmorgen".
_DICTATED = re.compile(
    rf"(?<![\w.'’]){_TITLES}\.?[ ](?P<v>(?:{_LINK}[ ]){{0,2}}(?P<last>[^\W\d_]{{4,}}))(?!\w)", re.IGNORECASE
)
_LABELLED = rf"{alternatives('name_labels')}[\"']?[ ]?[:=]"
_LABEL = Sparse(
    rf"(?<![\w]){_LABELLED}[ ]{{0,3}}[\"']?(?:{_TITLES}[.:]?{_MED}[ ])?(?P<v>{_NAME})", _LABELLED, re.IGNORECASE
)
_STRICT = re.compile(_NAME)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_WITH_INITIAL = rf"[{_UP}][a-zà-ÿ]{{2,14}} [{_UP}]\."
_INITIAL = Sparse(rf"(?<![\w.'’-])(?P<v>{_WITH_INITIAL})(?=[,;:?!)]|[ ](?:[a-z(]|$)|['’]s|\s*$)", _WITH_INITIAL)
_NOT_NAMES = frozenset(vocabulary("not_names"))
#: Words that begin what follows a name: a field, a department, a house, a street.
_ENDS = frozenset(vocabulary("name_ends"))
_LINKS = frozenset(vocabulary("particles"))
#: The address behind a name, and a name before one: "Imre Deak <imre.deak@mill.example>".
_MAILBOX = re.compile(r" ?[<(](?P<local>[0-9A-Za-z_.+-]{1,64})@(?P<host>[0-9A-Za-z.-]{1,255})[>)]")
_SHOWN = re.compile(rf"(?<![\w.'’@-])(?P<v>{_NAME}|[^\W\d_]{{3,}})[\"']?\Z")
_SHOWN_REACH = 60
_SHORTEST = 2
_SCORES = {"addressed": 0.8, "titled": 0.8, "label": 0.75, BARE: 0.6, "initial": 0.7}


def names(text: str, terms: TermFinder) -> list[Finding]:
    """Return the names announced by the words around them."""
    findings: list[Finding] = []
    for kind, pattern in (("titled", _TITLED), ("label", _LABEL), ("initial", _INITIAL)):
        for match in pattern.finditer(text):
            start = match.start("v")
            strict = _STRICT.match(text, start)
            if strict is None:
                continue
            end = _trimmed(text, start, min(strict.end(), match.end("v")))
            words = re.findall(r"[^\W\d_]+", text[start:end])
            words = [word for word in words if word.lower() not in _LINKS] or words[:1]
            if not words or words[0].lower() in _NOT_NAMES or terms.medical([words[0]]):
                continue
            source = BARE if kind == "label" and says_only_name(text[match.start() : start]) else kind
            findings.append(Finding("PERSON", start, end, _SCORES[source], f"name_{source}"))
    return [*findings, *_of_mailboxes(text), *(_dictated(text) if text.islower() or is_dictated(text) else ())]


def _dictated(text: str) -> Iterator[Finding]:
    """Yield the words behind titles that are not words of a language."""
    for match in _DICTATED.finditer(text):
        if not ordinary(match["last"]) and match["last"] not in _NOT_NAMES:
            yield Finding("PERSON", *match.span("v"), _SCORES["titled"], "name_titled")


def _of_mailboxes(text: str) -> Iterator[Finding]:
    """Yield the names before addresses that are made of them: of a word that is one, or of their initials."""
    for box in _MAILBOX.finditer(text) if "@" in text else ():
        shown = _SHOWN.search(text, max(0, box.start() - _SHOWN_REACH), box.start())
        words = list(_WORD.finditer(text, *shown.span("v"))) if shown else []
        while words and _is_plain(words[0].group()):
            del words[0]
        written = [folded(word.group()) for word in words if not _is_plain(word.group())]
        if len(words) == len(written) > 0 and _is_made_of(box["local"].lower(), box["host"].lower(), written):
            yield Finding("PERSON", words[0].start(), words[-1].end(), _SCORES["addressed"], "name_addressed")


def _is_plain(word: str) -> bool:
    status = inflected(word)
    return ordinary(word) and (word.islower() or not (status.given or status.family))


def _is_made_of(local: str, host: str, words: Sequence[str]) -> bool:
    """Whether a local part holds one of the words, that is not the host's, or consists of the initials of several."""
    initials = "".join(word[0] for word in words)
    named = any(len(word) > _SHORTEST and word in local and word not in host for word in words)
    return named or (len(words) > 1 and initials == local)


def _trimmed(text: str, start: int, end: int) -> int:
    """Return the end of a name without a full stop, a possessive or the label that follows."""
    words = list(_WORD.finditer(text, start, end))
    for word in words[1:]:
        if word.group().lower() in _ENDS:
            end = word.start()
            break
    value = text[start:end].rstrip()
    while (last := value.rpartition(" ")[2].lower()) in _LINKS and " " in value:
        value = value[: -len(last)].rstrip()
    if value.endswith(".") and not re.search(rf"(?:^|[ .])[{_UP}]\.$", value):
        value = value[:-1]
    if value.endswith(("'s", "’s")):
        value = value[:-2]
    return start + len(value)
