"""Which language a text is in, and whether it is one that is read. An unread one means ``Status.PARTIAL``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, repeat

from proxy.core.findings import Status
from proxy.detection.languages import CODES, LANGUAGES, TRAINED
from proxy.detection.text.language_id import WordEvidence
from proxy.detection.text.unread import NOISE, WORDS, sentences, unread

#: The commonest words of each language that is read.
COMMON_WORDS = {code: frozenset(LANGUAGES[code].words["common"]) for code in CODES}
UNKNOWN = "und"
_FOREIGN = re.compile(
    r"[\u0370-\u1cff\u1f00-\u1fff\u2c00-\u2dff\u2e80-\ua63f\ua640-\uabff\uac00-\ud7af\uf900-\ufaff"
    r"\ufb1d-\ufdff\ufe70-\ufeff]+"
)
_BLOCK = 320
_MOST_BLOCKS = 16
_FEWEST_WORDS = 4
_FEWEST_LETTERS = 18
_FEWEST_FOREIGN = 6
_IDEOGRAPHS = ("\u3040", "\u9fff")
_SCRIPTS = (
    (0x0370, 0x03FF, "el"), (0x0400, 0x052F, "ru"), (0x0530, 0x058F, "hy"), (0x0590, 0x05FF, "he"),
    (0x0600, 0x077F, "ar"), (0x0900, 0x097F, "hi"), (0x0980, 0x09FF, "bn"), (0x0B80, 0x0BFF, "ta"),
    (0x0E00, 0x0E7F, "th"), (0x10A0, 0x10FF, "ka"), (0x3040, 0x30FF, "ja"), (0x4E00, 0x9FFF, "zh"),
    (0xAC00, 0xD7AF, "ko"),
)  # fmt: skip
#: Common word -> the languages it is common in.
_SPOKEN_IN: Mapping[str, tuple[str, ...]] = {
    word: tuple(name for name, common in COMMON_WORDS.items() if word in common)
    for word in frozenset().union(*COMMON_WORDS.values())
}


def identify(text: str, evidence: WordEvidence | None = None) -> tuple[str, Status]:
    """Return the predominant language (BCP 47, or "und") and whether all of the text is in languages that are read.

    ``evidence`` is filled with that of its words.
    """
    evidence = evidence or WordEvidence()
    foreign = _foreign(text)
    blocks = _blocks(NOISE.sub(" ", text))
    words = [_words(block) for block in blocks]
    all_words = chain.from_iterable(sentence.words for sentence in sentences(text))
    evidence.add(chain(map(str.lower, all_words), *words))  # cutting blocks may cut words
    votes: dict[str, int] = {}
    for block, language in zip(blocks, _spoken(words, evidence), strict=True):
        if language != UNKNOWN:
            votes[language] = votes.get(language, 0) + len(block)
    best = max(votes, key=lambda name: votes[name]) if votes else UNKNOWN
    if foreign:
        return (best if votes else foreign), Status.PARTIAL
    return best, Status.PARTIAL if unread(text, evidence) else Status.COMPLETE


def in_other_languages(
    text: str, language: str, evidence: WordEvidence | None = None
) -> Iterator[tuple[int, int, str]]:
    """Yield the sentences that are in another language than most of the text, as offsets and language."""
    long = [sentence for sentence in sentences(text) if sentence.end - sentence.start >= _FEWEST_LETTERS]
    spoken = _spoken([list(map(str.lower, sentence.words)) for sentence in long], evidence or WordEvidence())
    for sentence, spoken_here in zip(long, spoken, strict=True):
        if spoken_here not in {UNKNOWN, language}:
            yield sentence.start, sentence.end, spoken_here


def _foreign(text: str) -> str:
    """Return the language of a script that is not read, "" when there is hardly any of it."""
    if text.isascii():
        return ""
    runs = _FOREIGN.findall(text)
    letters = "".join(c for run in runs for c in run if c.isalpha())
    ideographs = sum(_IDEOGRAPHS[0] <= c <= _IDEOGRAPHS[1] for c in letters)
    if len(letters) < _FEWEST_FOREIGN and ideographs < 2:  # noqa: PLR2004 -- two ideographs can be a name
        return ""
    middle = ord(letters[len(letters) // 2])
    return next((name for low, high, name in _SCRIPTS if low <= middle <= high), UNKNOWN)


def _blocks(prose: str) -> list[str]:
    """Cut into blocks of about 300 characters; a long text into a sample of evenly spread ones."""
    if len(prose) <= _BLOCK * 2:
        return [prose]
    count = len(prose) // _BLOCK
    step = max(1, count // _MOST_BLOCKS)
    return [prose[number * _BLOCK : (number + 1) * _BLOCK] for number in range(0, count, step)]


def _words(text: str) -> list[str]:
    return list(map(str.lower, WORDS.findall(text)))


def _spoken(passages: Sequence[list[str]], evidence: WordEvidence) -> list[str]:
    """Return the language of each passage of lower-case words, by its common words or else by its letters."""
    counts = [Counter(chain.from_iterable(map(_SPOKEN_IN.get, words, repeat(())))) for words in passages]
    languages = [_by_words(words, common) for words, common in zip(passages, counts, strict=True)]
    rest = [number for number, language in enumerate(languages) if language is None]
    totals = evidence.totals([passages[number] for number in rest])
    for number, total in zip(rest, totals, strict=True):
        likeliest = TRAINED[int(total[: len(TRAINED)].argmax())]
        fits = total[: len(TRAINED)].max() == total.max()
        common = counts[number][likeliest] / len(passages[number])
        languages[number] = likeliest if fits or common >= 0.1 else UNKNOWN  # noqa: PLR2004
    return [language or UNKNOWN for language in languages]


def _by_words(words: list[str], common: Mapping[str, int]) -> str | None:
    """Return the language of a passage by how many of its words are common where; None where letters must tell."""
    if len(words) < _FEWEST_WORDS or sum(map(len, words)) < _FEWEST_LETTERS:
        return _short(words)
    most, second, *_ = [*sorted(common.values(), reverse=True), 0, 0]
    if most / len(words) >= 0.25 and most / len(words) - second / len(words) >= 0.1:  # noqa: PLR2004 -- a quarter of a text
        return max(common, key=common.__getitem__)
    return None


def _short(words: list[str]) -> str:
    for name, common in COMMON_WORDS.items():
        if words and sum(word in common for word in words) * 2 >= len(words) > 1:
            return name
    return UNKNOWN
