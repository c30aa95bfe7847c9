"""Names inside file names, paths and identifiers: ``CV_Anna_Nowak_2026.pdf``, ``/people/anna-nowak``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from proxy.detection.languages import alternatives, words
from proxy.detection.people.known_names import known
from proxy.detection.people.vocabulary import LINKS, NO_NAME, THINGS
from proxy.detection.people.words import LETTERS
from proxy.detection.text.ordinary import ordinary
from proxy.detection.text.sparse import GLUED, Sparse

_RUN: Final = Sparse(
    rf"(?<![^\W_]){LETTERS}(?:[_+.-]{{1,2}}(?:{LETTERS}|\d+)){{1,9}}(?![^\W_]|\()",
    r"[A-Za-z\x80-\xff]+[_+.-][_+.0-9A-Za-z\x80-\xff-]",
    border=GLUED,
)
_PART: Final = re.compile(LETTERS)
_HUMPS: Final = Sparse(
    r"(?<![^\W_])(?:[^\W\d_a-z][^\W\d_A-Z]+){2,5}(?=[_.-]|\d|\b)",
    r"[A-Ziks\x80-\xff][a-z\x80-\xff]+[A-Ziks\x80-\xff][a-z\x80-\xff]",  # i, k, s: in Turkish, as a sign
    border=GLUED,
)
_HUMP: Final = re.compile(r"[^\W\d_a-z][^\W\d_A-Z]+")
_FILE: Final = re.compile(
    r"\.(?:pdf|docx?|odt|rtf|txt|xlsx?|csv|pptx?|jpe?g|png|heic|tiff?|eml|msg|vcf|zip|mp[34]|wav|m4a)\b", re.IGNORECASE
)
#: Words in a file name or path next to which a person is named.
_OF_PEOPLE: Final = re.compile(rf"(?:^|[^a-z.]){alternatives('paths_of_people')}[^a-z]", re.IGNORECASE)
_MONTH: Final = re.compile(alternatives("months"), re.IGNORECASE)
_REACH = 32
_LEAST = 3
_PAIR = 2
_GLUE = 9  # characters between the parts of a name: a hyphen, or "-van-der-"
_GENERIC: Final = frozenset(words("generic"))


def slugs(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of names in glued words."""
    for run in _RUN.finditer(text):
        yield from _names_in(list(_PART.finditer(run.group())), run, text)
    for run in _HUMPS.finditer(text):
        if _is_file(text, run) or _is_folder(text, run) or _of_people(text, run):
            yield from _names_in(list(_HUMP.finditer(run.group())), run, text)


def _names_in(parts: Sequence[re.Match[str]], run: re.Match[str], text: str) -> Iterator[tuple[int, int]]:
    ends = -1
    parts = [part for part in parts if part.group().lower() not in LINKS]
    for first, second in pairwise(parts):
        start = run.start() + first.start()
        near = second.start() - first.end() <= _GLUE
        if start >= ends and near and _is_name(first.group(), second.group(), run, text):
            ends = run.start() + _last(parts, second).end()
            yield start, ends


def _last(parts: Sequence[re.Match[str]], second: re.Match[str]) -> re.Match[str]:
    """Return where a name ends: a family name may have two parts, and so may a given name before it."""
    last = second
    for part in parts:
        word, behind = part.group(), last.group()
        if part.start() - last.end() == 1 and word[0].isupper() == behind[0].isupper() and _fits(word):
            last = part if known(word).family or not ordinary(word) or known(behind).given else last
    return last


def _fits(word: str) -> bool:
    low = word.lower()
    return len(word) >= _LEAST and low not in _GENERIC and low not in NO_NAME and low not in THINGS


def _is_name(given: str, family: str, run: re.Match[str], text: str) -> bool:
    """Whether two parts are a name: by their capitals, by both lists, or by less where files and paths are people's."""
    if not (_fits(given) and _fits(family)) or given[0].isupper() != family[0].isupper():
        return False
    first, second = known(given), known(family)
    rare, owned = not ordinary(family), _is_file(text, run) or _is_folder(text, run)
    compound = not (owned or rare or second.given or second.family) and _PART.sub("", run.group()) == "-"
    listed = (first.given or first.family) and (second.given or second.family)
    if compound or _MONTH.fullmatch(given) or _MONTH.fullmatch(family) or not (listed or rare):
        return False
    titled = given[0].isupper() and not given.isupper() and first.given
    if titled or (first.sure and second.family and (rare or len(_PART.findall(run.group())) == _PAIR)):
        return True
    if _of_people(text, run):
        return not (first.common and second.common and given.islower()) and (rare or first.sure or owned)
    return rare and first.sure and owned


def _is_file(text: str, run: re.Match[str]) -> bool:
    """Whether it is the name of a document, a picture or a card."""
    return _FILE.search(text, run.start(), run.end() + 6) is not None


def _is_folder(text: str, run: re.Match[str]) -> bool:
    """Whether it is a whole segment of a path."""
    return run.start() > 0 and text[run.start() - 1] in "/\\" and text[run.end() : run.end() + 1] in {"/", "\\"}


def _of_people(text: str, run: re.Match[str]) -> bool:
    """Whether the surrounding path or file name belongs to a person."""
    before, behind = text[max(0, run.start() - _REACH) : run.start()], text[run.end() : run.end() + _REACH]
    start = run.start() - len(before.rsplit(maxsplit=1)[-1] if before and not before[-1].isspace() else "")
    end = run.end() + len(behind.split(maxsplit=1)[0] if behind and not behind[0].isspace() else "")
    return _OF_PEOPLE.search(f" {text[start:end]} ") is not None
