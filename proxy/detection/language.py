"""In which language a text is, and whether that is one we read. Never silent: unread means ``Status.PARTIAL``."""

# ruff: noqa: E501, RUF001 -- tables and patterns are read line by line
from __future__ import annotations

import hashlib
import re
from array import array
from functools import lru_cache
from typing import Any

import numpy as np

from proxy.core.records import Status

SUPPORTED = ("en", "de", "fr", "es", "it", "pt", "nl", "pl")
UNKNOWN = "und"
_BYTES = 256
#: Words that are none: addresses, numbers, code. Anchored where a word begins, which keeps it linear.
_NOISE = re.compile(r"(?<!\S)(?:[(\[<\"']{0,3}www\.\S+|[^\s0-9_{}<>=\\|/@#$%^*~`]*[0-9_{}<>=\\|/@#$%^*~`]\S*)")
_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_FOREIGN = re.compile(
    r"[\u0370-\u1cff\u1f00-\u1fff\u2c00-\u2dff\u2e80-\ua63f\ua640-\uabff\uac00-\ud7af\uf900-\ufaff\ufb1d-\ufdff\ufe70-\ufeff]+"
)
_BLOCK = 320
_MOST_BLOCKS = 16
_FEWEST_WORDS = 4
_FEWEST_LETTERS = 18
_FEWEST_FOREIGN = 6
_IDEOGRAPHS = ("\u3040", "\u9fff")
#: How much better (log probability, per word) an unread language must fit before a text counts as unread.
_MARGIN = 2.2
_LEAST_MARGIN = 14.0
_SCRIPTS = (
    (0x0370, 0x03FF, "el"), (0x0400, 0x052F, "ru"), (0x0530, 0x058F, "hy"), (0x0590, 0x05FF, "he"), (0x0600, 0x077F, "ar"), (0x0900, 0x097F, "hi"),
    (0x0980, 0x09FF, "bn"), (0x0B80, 0x0BFF, "ta"), (0x0E00, 0x0E7F, "th"), (0x10A0, 0x10FF, "ka"), (0x3040, 0x30FF, "ja"), (0x4E00, 0x9FFF, "zh"),
    (0xAC00, 0xD7AF, "ko"),
)  # fmt: skip
#: The commonest words of each language: a text with enough of them is in that language.
_COMMON: dict[str, frozenset[str]] = {
    "en": frozenset("the of and to in is you that it he was for on are as with his they at be this have from or had by but what we can out your which their will if do how about up my me who has him her she an not no there when been please".split()),
    "de": frozenset("der die das und ist nicht ein eine einen einem einer zu den dem des mit sich auf für von im ich wir sie er es auch als an nach wie bei aus hat werden wird wurde sind haben noch kann über oder bitte mein meine ihr war zum zur keine".split()),
    "fr": frozenset("le la les de des du et un une est pas je vous nous il elle que qui dans pour sur au aux avec ce cette son sa ses mon ma mes par plus ne se en été sont être avoir ont à mais ou où comme très bonjour merci".split()),
    "es": frozenset("el la los las de del y que en un una es no se por con para su al lo como más pero sus le ya o este sí porque esta entre cuando muy sin sobre también me hasta hay donde ha está fue son mi paciente años".split()),
    "it": frozenset("il lo la i gli le di del della dei delle e che è un una in non per con sono si mi da al alla nel nella come anche ma più questo questa ha ho suo sua ci sul sulla essere stato buongiorno grazie".split()),
    "pt": frozenset("o a os as de do da dos das e que é um uma em não para com se por no na nos nas como mais mas foi ao ele ela seu sua ou ser quando muito há já está eu também só pelo pela até isso são meu minha você obrigado".split()),
    "nl": frozenset("de het een en van is dat op te in zijn niet met voor aan er om ik je die ze hij maar ook als bij naar uit dan was wordt heeft hebben deze kan nog over mijn wij zij wat geen worden door heb".split()),
    "pl": frozenset("w i na z się nie do to że jest o jak a po co dla od za przez ale czy tak już są był była było może tylko ma przy jego jej ich oraz lub pan pani proszę dnia który która które roku pod ze mi mnie".split()),
}  # fmt: skip
#: Common word -> the languages it is common in.
_SPOKEN_IN: dict[str, tuple[str, ...]] = {
    word: tuple(name for name, common in _COMMON.items() if word in common)
    for word in frozenset().union(*_COMMON.values())
}


def identify(text: str) -> tuple[str, Status]:
    """Return (BCP 47 language or "und", complete or partial)."""
    foreign = _foreign(text)
    prose = _NOISE.sub(" ", text)
    votes: dict[str, int] = {}
    for block in _blocks(prose):
        language, read = _block(block)
        if not read:
            return language, Status.PARTIAL
        if language != UNKNOWN:
            votes[language] = votes.get(language, 0) + len(block)
    best = max(votes, key=lambda name: votes[name]) if votes else UNKNOWN
    if foreign:
        return (best if votes else foreign), Status.PARTIAL
    return best, Status.COMPLETE


def _foreign(text: str) -> str:
    """Return the language of a script that we do not read, "" when there is (next to) none of it."""
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
    """Cut into blocks of about 300 characters, at white space; of a long text evenly spread ones."""
    if len(prose) <= _BLOCK * 2:
        return [prose]
    count = len(prose) // _BLOCK
    step = max(1, count // _MOST_BLOCKS)
    return [prose[number * _BLOCK : (number + 1) * _BLOCK] for number in range(0, count, step)]


def _block(block: str) -> tuple[str, bool]:
    """Return (language, whether we read it) of one block."""
    words = [word.lower() for word in _WORDS.findall(block)]
    if len(words) < _FEWEST_WORDS or sum(map(len, words)) < _FEWEST_LETTERS:
        return _short(words), True
    counts = dict.fromkeys(_COMMON, 0)
    for word in words:
        for name in _SPOKEN_IN.get(word, ()):
            counts[name] += 1
    share = {name: count / len(words) for name, count in counts.items()}
    best = max(share, key=lambda name: share[name])
    second = max(value for name, value in share.items() if name != best)
    if share[best] >= 0.25 and share[best] - second >= 0.1:  # noqa: PLR2004 -- a quarter of a text is such words
        return best, True
    running = [word for word in _WORDS.findall(block) if word[0].islower()]
    ranked: list[tuple[str, float]] = _identifier().rank(
        " ".join(running if len(running) >= _FEWEST_WORDS - 1 else words).lower()
    )
    top, score = ranked[0]
    if top in SUPPORTED:
        return top, True
    read, reachable = next(((name, value) for name, value in ranked if name in SUPPORTED), ("en", score))
    margin = score - reachable
    # Names and addresses are no language: what counts is running text.
    if top != "zxx" and len(running) >= _FEWEST_WORDS - 1 and margin >= max(_LEAST_MARGIN, _MARGIN * len(words)):
        return top, False
    return (read if share[read] >= 0.1 else UNKNOWN), True  # noqa: PLR2004


def _short(words: list[str]) -> str:
    for name, common in _COMMON.items():
        if words and sum(word in common for word in words) * 2 >= len(words) > 1:
            return name
    return UNKNOWN


@lru_cache(maxsize=1)
def _identifier() -> Any:
    """Load py3langid's model from its wheel (about a hundred languages)."""
    from py3langid import langid  # noqa: PLC0415 -- workers only; the proxy process never needs it

    return compacted(langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE))


def compacted(found: Any) -> Any:
    """Return a model of py3langid with the same answers in three quarters of the memory.

    Its automaton has a column for each of 256 bytes, many of which are alike, and Python integers in lists.
    """
    table = np.frombuffer(found.tk_nextmove, dtype=np.uint32).reshape(-1, _BYTES)
    kept: dict[bytes, int] = {}
    firsts: list[int] = []
    columns = bytearray(_BYTES)
    for byte in range(_BYTES):
        name = hashlib.blake2b(table[:, byte].tobytes()).digest()
        if name not in kept:
            kept[name] = len(firsts)
            firsts.append(byte)
        columns[byte] = kept[name]

    class Compact(type(found)):  # type: ignore[misc]  # a class of py3langid, which has no types
        """Bytes that are alike share a column of transitions."""

        __slots__ = ()

        def _raw_score(self, text: bytes) -> Any:
            return super()._raw_score(text.translate(columns))

    found.__class__ = Compact
    found.tk_nextmove = array("I", table[:, firsts].tobytes())
    found._rowbase = array("I", (row * len(firsts) for row in found.tk_row))  # noqa: SLF001 -- what it is made of
    found.tk_output = array("i", found.tk_output)
    return found
