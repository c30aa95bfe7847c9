"""Names of people announced by their surroundings: a title, a label, a form of address before, an initial behind.

General rules in all languages; names without such words are found by the models.
"""

# ruff: noqa: RUF001 -- tables and patterns are read line by line
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from proxy.core.findings import Finding
from proxy.detection.languages import COUNTRIES, alternatives
from proxy.detection.languages import words as vocabulary
from proxy.detection.meaning.terms import TermFinder
from proxy.detection.people.known_names import inflected
from proxy.detection.people.labels import BARE, says_only_name
from proxy.detection.text.context import unaccented
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
_LABELLED = rf"{alternatives('name_labels')}[\"']?[ ]?[:=]"
_LABEL = Sparse(
    rf"(?<![\w]){_LABELLED}[ ]{{0,3}}[\"']?(?:{_TITLES}[.:]?{_MED}[ ])?(?P<v>{_NAME})", _LABELLED, re.IGNORECASE
)
_STRICT = re.compile(_NAME)
_WITH_INITIAL = rf"[{_UP}][a-zà-ÿ]{{2,14}} [{_UP}]\."
_INITIAL = Sparse(rf"(?<![\w.'’-])(?P<v>{_WITH_INITIAL})(?=[,;:?!)]|[ ](?:[a-z(]|$)|['’]s|\s*$)", _WITH_INITIAL)
_INTRODUCTION = rf"{alternatives('introductions')}[ ]"
_SPOKEN = Sparse(rf"\b{_INTRODUCTION}(?P<v>{_NAME})", _INTRODUCTION)
#: Given names that are words too: names only after a word of dealing or before a verb.
_GIVEN = alternatives("word_names")
_SECOND = rf"(?!{alternatives('no_family_name')}\b)[A-Z][a-z]{{2,}}(?:-[A-Z][a-z]+)?(?![\w-])"
_DOES = rf"(?: {alternatives('doing')}\b|'s {alternatives('belongings')})"
_DEALING = alternatives("dealing")
_WORDLY = Sparse(
    rf"\b(?:{_DEALING} (?P<v>{_GIVEN} {_SECOND})|(?P<w>{_GIVEN} {_SECOND})(?={_DOES}))",
    rf"(?:{_DEALING} )?{_GIVEN} [A-Z]",
)
_SUFFERS = alternatives("suffers")
_HEALTH = Sparse(rf"(?<!\w){_SUFFERS} (?P<t>[^\W\d_]+)", rf"{_SUFFERS} ")
_BEFORE_HEALTH = re.compile(rf"(?<![\w.'’-])(?P<v>{_PART})(?: {_PART})? \Z")
_REACH = 40
_LAST = re.compile(r"([^\W\d_]+) \Z")
_NAMED_THINGS = frozenset(vocabulary("named_things"))
#: Words that begin sentences on health and are names somewhere, too.
_COMMON = frozenset((*vocabulary("common"), *vocabulary("no_name"), *vocabulary("no_person")))
_NOT_NAMES = frozenset(vocabulary("not_names"))
#: Words that begin what follows a name: a field, a department, a house, a street.
_ENDS = frozenset(vocabulary("name_ends"))
_LINKS = frozenset(vocabulary("particles"))
#: The address behind a name, and a name before one: "Imre Deak <imre.deak@mill.example>".
_MAILBOX = re.compile(r" ?[<(](?P<local>[0-9A-Za-z_.+-]{1,64})@(?P<host>[0-9A-Za-z.-]{1,255})[>)]")
_SHOWN = re.compile(rf"(?<![\w.'’@-])(?P<v>{_NAME}|[^\W\d_]{{3,}})[\"']?\Z")
_SHOWN_REACH = 60
_SCORES = {
    "addressed": 0.8,
    "health": 0.7,
    "titled": 0.8,
    "label": 0.75,
    BARE: 0.6,
    "initial": 0.7,
    "spoken": 0.8,
    "given": 0.7,
}


def names(text: str, terms: TermFinder) -> list[Finding]:
    """Return the names announced by the words around them."""
    found: list[Finding] = []
    for kind, pattern in (("titled", _TITLED), ("label", _LABEL), ("initial", _INITIAL), ("spoken", _SPOKEN)):
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
            if kind == "spoken" and _is_no_introduction(text, match.start(), words):
                continue
            goes_on = _GOES_ON.match(text, end) is not None
            if goes_on and (end - start <= _SHORTEST or _STEP.search(text, max(0, start - _STEP_REACH), start)):
                continue
            source = BARE if kind == "label" and says_only_name(text[match.start() : start]) else kind
            found.append(Finding("PERSON", start, end, _SCORES[source], f"name_{source}"))
    found += _of_health(text, terms)
    found += _of_mailboxes(text)
    for match in _WORDLY.finditer(text):
        group = "v" if match.group("v") is not None else "w"
        found.append(Finding("PERSON", *match.span(group), _SCORES["given"], "name_given"))
    return found


def _is_no_introduction(text: str, start: int, words: Sequence[str]) -> bool:
    """Whether a phrase introduces a thing, or stresses a word: "the model named Opus", "This is CRITICAL"."""
    if len(words) == 1 and words[0].isupper() and ordinary(words[0]):
        return True
    before = _LAST.search(text, max(0, start - _REACH), start)
    return before is not None and unaccented(before[1].lower()) in _NAMED_THINGS


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


def _of_health(text: str, terms: TermFinder) -> Iterator[Finding]:
    """Yield the given names of which a sentence says what they have, are or take: "Merle hat ADHS"."""
    for match in _HEALTH.finditer(text):
        last = text[text.rfind(" ", 0, max(0, match.start() - 1)) + 1 : match.start() - 1]
        if not last[:1].isupper() or not terms.known([match.group("t")]):
            continue
        name = _BEFORE_HEALTH.search(text, max(0, match.start() - _REACH), match.start())
        if name is not None and _is_somebody(name.group("v"), terms):
            yield Finding("PERSON", name.start(), match.start() - 1, _SCORES["health"], "name_health")


def _is_somebody(name: str, terms: TermFinder) -> bool:
    """Whether a word is a given name rather than a word that begins sentences, a country or a drug."""
    if len(name) <= _SHORTEST or name.lower() in _COMMON or name.lower() in COUNTRIES:
        return False
    return inflected(name).given and not terms.medical([name])


#: "Paciente: Se presenta": two letters at the start of a sentence are no name.
_SHORTEST = 2
_GOES_ON = re.compile(r" [a-zà-ÿ]")
#: "- name: Install nginx": a step of a pipeline or a playbook.
_STEP = re.compile(r"(?:^|\n)[ \t]*- name: ?[\"']?\Z")
_STEP_REACH = 40
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


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
