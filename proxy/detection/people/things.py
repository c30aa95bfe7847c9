"""Names that things bear: a product, a law, a ship.

A word before the name tells, the head of its list ("Lampen: Klara, Anton"), the column of its table, the words behind
it, or another place of the text that does. A given name with a family name is a person's, whatever stands before it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise, permutations
from typing import Final

from proxy.core.findings import Finding
from proxy.detection.languages import LANGUAGES, alternatives
from proxy.detection.languages import words as vocabulary
from proxy.detection.merge import GUESSERS
from proxy.detection.people.known_names import NameStatus, inflected
from proxy.detection.people.labels import BARE
from proxy.detection.people.vocabulary import VENUES
from proxy.detection.text.context import normalised, unaccented
from proxy.detection.text.fields import Cell
from proxy.detection.text.tables import goods, traded

#: Recognizers that rest on the name itself, not on a title or a label before it.
NAMERS: Final = GUESSERS | {"known_name", f"name_{BARE}"}
#: Recognizers that count beside others only.
LISTS: Final = frozenset({"known_name", "spacy", f"name_{BARE}"})
WORD: Final = re.compile(r"[^\W\d_]{2,}")
_TECHNOLOGY: Final = frozenset(vocabulary("technology"))
#: Words before a name that make it that of a thing; of each language by themselves.
_NAMED: Final = frozenset((*vocabulary("named_things"), *VENUES))
_OWN: Final = {code: frozenset(one.words.get("named_things", ())) for code, one in LANGUAGES.items()}
_KINDS: Final = frozenset(vocabulary("kinds"))
_BEFORE: Final = re.compile(r"[^\W\d_]{2,}(?=[:.]? ?[\"'“”„«»‚‘’]?\Z)")  # noqa: RUF001 -- marks of quotations
_LONGEST: Final = 32
_ANDS: Final = frozenset(
    ("and", "und", "e", "ed", "i", "y", "et", "en", "o", "oder", "or", "of", "ou", "lub", "oraz", "czy")
)
#: Between the items of a list.
JOINT: Final = rf"(?:[,;/&]|(?:{'|'.join(sorted(_ANDS))})\b)"
_AND: Final = re.compile(rf"\s*{JOINT}\s*")
_AMOUNT: Final = r"\s*[(:=-]?\s?(?:£|\$|€|EUR)?\s?\d[\d., \u00a0]{0,10}(?:€|euros?|EUR|zł|PLN|£|\$|CHF|kg|g|ml|l)?\)?"
_PRICED: Final = re.compile(rf"{_AMOUNT}\s*{JOINT}\s*", re.IGNORECASE)
_MADE_OF: Final = r"\s(?:in|aus|mit|de|en|em|con|com|van|of|with|z|di)\s[^,;:.!?\n]{1,40}?"
_GOES_ON: Final = re.compile(rf"(?:{_AMOUNT}|{_MADE_OF})?\s*{JOINT}", re.IGNORECASE)
_SENTENCE: Final = re.compile(r"[.!?]\s|\n")
_ITEM: Final = re.compile(rf"[,;/]|\s(?:{'|'.join(sorted(_ANDS))})\s")
_TAIL: Final = re.compile(r"(?P<items>[^:.!?\n]{0,80}?)\s?:(?P<kind>[^:.!?\n]{1,60})")
_REACH, _FAR, _NEAR = 200, 2_000, 6
#: "Cline, an AI coding agent", "Claude Code is a CLI": what a name is, and "the Codex CLI", "a Claude agent".
_KIND = alternatives("program_kinds")
_PART = alternatives("program_parts")
_QUALITY = alternatives("program_qualities")
_IS = rf"(?: v?\d[\w.]*)?(?:,? (?:{alternatives('is_called')})|,| [-\u2013\u2014])"
_PROGRAM: Final = re.compile(
    rf"(?:{_IS} (?:[\w-]+ ){{0,4}}?(?:{_KIND}|(?:{_QUALITY} ?)(?:[\w-]+ )?{_PART}|{_PART} {_QUALITY})"
    rf"|(?: [A-Z]\w+)? (?:{_KIND}|{_PART}))(?!\w)"
)
#: Between names of tools: "OpenAI/GPT/Mistral".
_TOOL_BEFORE: Final = re.compile(r"([^\W\d_]{2,})\d*[/|,] ?\Z")
_TOOL_BEHIND: Final = re.compile(r"[/|,] ?([^\W\d_]{2,})")
_MOST_PLACES: Final = 6


def names_of_things(text: str, people: Sequence[Finding], language: str = "") -> set[Finding]:
    """Return the names of a text, in order, that things bear."""
    things = _lying_in(goods(text), people) if people else set()
    things.update(f for f in (_lying_in(traded(text), people) if people else ()) if not _is_full(text, f))
    named = [f for f in people if f.recognizer in NAMERS]
    things.update(f for f in named if _is_borne(text, f, language))
    for first, second in _joined(text, [f for f in named if not _is_full(text, f)]):
        if first in things:
            things.add(second)
    return things


def _lying_in(cells: Iterable[Cell], people: Sequence[Finding]) -> set[Finding]:
    """Return the names, given in order, that lie in cells, which are in order too."""
    placed = sorted(cells, key=lambda cell: cell.start)
    starts = [cell.start for cell in placed]
    before = ((f, bisect_right(starts, f.start) - 1) for f in people)
    return {f for f, at in before if at >= 0 and f.end <= placed[at].end}


def is_things(text: str, finding: Finding, language: str = "") -> bool:
    """Whether the word before a name, or its first one, makes it that of a thing: "Projekt Falke", "legge Gelmini"."""
    words = WORD.findall(text, finding.start, finding.end)
    known = [inflected(word) for word in words]
    head = unaccented(words[0].lower()) if words else ""
    if head in _OWN.get(language, ()) and len(words) > 1 and not _are_full(known[1:]):
        return True
    if head in _NAMED and not (known[0].given or known[0].family):
        return True
    before = _BEFORE.search(text, max(0, finding.start - _LONGEST), finding.start)
    return before is not None and unaccented(before[0].lower()) in _NAMED and not _are_full(known)


def _is_full(text: str, finding: Finding) -> bool:
    """Whether a finding, or an item of one with commas, is a given and a family name."""
    items = text[finding.start : finding.end].split(",")
    return any(_are_full([inflected(word) for word in WORD.findall(item)]) for item in items)


def _are_full(words: Iterable[NameStatus]) -> bool:
    return any(one.given and other.family for one, other in permutations(words, 2))


def _joined(text: str, people: Sequence[Finding]) -> Iterator[tuple[Finding, Finding]]:
    """Yield the pairs of names that a comma or "and" joins, perhaps behind a price."""
    for first, second in pairwise(people):
        if _AND.fullmatch(text, first.end, second.start) or _PRICED.fullmatch(text, first.end, second.start):
            yield first, second


def _is_borne(text: str, finding: Finding, language: str) -> bool:
    """Whether the surroundings of a name, or those of the same one elsewhere, make it that of a thing.

    "Modell Lotte läuft aus; im Schaufenster steht Lotte".
    """
    if is_things(text, finding, language):
        return True
    if _is_full(text, finding):
        return False
    if _is_beside_tool(text, finding):
        return True
    places = islice(re.finditer(rf"(?<!\w){re.escape(text[finding.start : finding.end])}(?!\w)", text), _MOST_PLACES)
    others = [finding.at(*place.span()) for place in places]
    return any(
        is_headed(text, other.start, other.end) or is_things(text, other, language) or is_program(text, other)
        for other in (finding, *others)
    )


def is_program(text: str, finding: Finding) -> bool:
    """Whether the words behind a name make it a program's: "You are Cline, an AI coding agent", "a Claude agent"."""
    return _PROGRAM.match(text, finding.end) is not None and not _is_full(text, finding)


def _is_beside_tool(text: str, finding: Finding) -> bool:
    """Whether a name is an item of a list with a tool, and no given name."""
    words = WORD.findall(text, finding.start, finding.end)
    if any(inflected(word).sure for word in words):
        return False
    if any(word.lower() in _TECHNOLOGY for word in words):
        return True
    before = _TOOL_BEFORE.search(text, max(0, finding.start - _LONGEST), finding.start)
    beside = (before, _TOOL_BEHIND.match(text, finding.end))
    return any(tool is not None and tool[1].lower() in _TECHNOLOGY for tool in beside)


def is_listed_thing(text: str, finding: Finding) -> bool:
    """Whether lists of names or the weakest model alone take an item of a list of things for a name."""
    return finding.recognizer in LISTS and is_headed(text, finding.start, finding.end)


def is_headed(text: str, start: int, end: int) -> bool:
    """Whether a name is an item of a list before or behind which a colon and its kind stand."""
    line = text.rfind("\n", max(0, start - _FAR), start) + 1 or max(0, start - _FAR)
    colon = text.rfind(":", line, start)
    items = text[max(colon + 1, start - _REACH) if colon < 0 else colon + 1 : start]
    if _SENTENCE.search(items) or not _are_items(items):
        return False
    head = _SENTENCE.split(text[max(line, colon - _REACH) : colon])[-1] if colon >= 0 else ""
    goes_on = _GOES_ON.match(text, end)
    if head:
        listed = bool(items.strip()) or goes_on is not None
        return listed and not _KINDS.isdisjoint(normalised(head).split()[-_NEAR:])
    tail = _TAIL.match(text, end)
    if tail is None or not _are_items(tail["items"], behind=True) or not (items.strip() or goes_on):
        return False
    return not _KINDS.isdisjoint(normalised(tail["kind"]).split()[:_NEAR])


def _are_items(items: str, *, behind: bool = False) -> bool:
    """Whether text beside a name is the rest of its list: capitalised items, a comma or "and" after each."""
    parts = [part.strip() for part in _ITEM.split(f"{items} ")]
    beside, others = (parts[0], parts[1:]) if behind else (parts[-1], parts[:-1])
    return not beside and all(part[:1].isupper() for part in others)
