"""How much of a streaming text can be released: up to where no later text can complete an identifier.

Held back at the end of the text are

- the last word, and a PEM block that has not ended;
- words that may be groups of one number, or parts of one street address: those with a digit or a capital first letter,
  words for roads and floors, and the small words between them;
- a number, until the words after it that may classify it.

Prose without capitals and numbers is released word by word.
"""

from __future__ import annotations

import re

#: The longest value without white space, and the longest PEM block, characters.
RUN_WINDOW = 8192
#: The longest value with white space.
GROUP_WINDOW = 240
#: Characters after a number that the scanner takes into account.
_BEHIND = 32
_NEAR = 64
_TELLING_DIGITS = 3
_DIGIT = re.compile(r"\d")
#: Capitalised words without a number that may begin an address.
_MOST_CAPITALISED = 5

SPACES = (" ", "\n", "\t", "\r", "\u00a0")
#: Scripts without spaces between words (Thai to Lao, Han, Kana): no identifier spans such a letter.
_UNSPACED = re.compile("[\u0e00-\u0eff\u2e80-\ua000\uff0c\uff1a\uff1b\u3000-\u303f]")
_UNSPACED_WINDOW = 256
PEM_BEGIN = "-----BEGIN"
_PEM_END = re.compile(r"-----END[^-\n]{0,40}-----")
#: Words for roads, boxes and floors, without a trailing full stop or comma.
_ROADS = frozenset(
    """
    rue avenue av boulevard bd place chemin allée allee impasse quai route cours square passage faubourg villa sentier
    résidence residence calle avenida avda plaza paseo ronda camino carretera ctra pza pl urb via viale piazza piazzale
    corso vicolo strada contrada largo rua travessa ul al os ulica ulicy aleja alei aleje plac placu osiedle osiedlu
    rondo bis ter quater ext extension x box boîte boite postale postfach apartado correos casella postbus skrytka
    pocztowa num numero numéro número n nº no n° bajo piso porta portal esc puerta dcha izq izqda lok m bl kl apt
    apartment suite unit flat floor room c/ s/n p.o po bp i
    """.split()
)
_ENDINGS = tuple(
    """
    straße strasse str straat laan weg plein gracht kade dijk singel hof steeg pad dreef platz allee gasse ring damm
    ufer steig chaussee markt graben stieg
    """.split()
)
#: Words that connect the words of an address, and are not part of one by themselves.
_SMALL = frozenset("de del la los las du des da do dos das di della dei van der von le les y et e of the".split())
_ELIDED = frozenset({"d'", "l'", "d\u2019", "l\u2019"})
_OPENING = frozenset("\"'(\u201c+")
_MARKS = frozenset(".-/()+#\u2013")
_SHORT = 4
_BROKEN = re.compile(r"[!?:;]")


def safe_cut(buffer: str, done: int) -> int:
    """Return the end of the text from ``done`` that can be released."""
    cut = _word_start(buffer, done, len(buffer))
    if not buffer.isascii():
        for letter in _UNSPACED.finditer(buffer, max(cut, done, len(buffer) - _UNSPACED_WINDOW)):
            cut = letter.end()
    if cut <= done:
        return max(done, len(buffer) - RUN_WINDOW)
    cut = _before_number(buffer, done, cut)
    begin = buffer.rfind(PEM_BEGIN, done)
    if 0 <= begin < cut and not _PEM_END.search(buffer, begin):
        cut = begin
    return max(cut, len(buffer) - RUN_WINDOW)


def _word_start(buffer: str, low: int, high: int) -> int:
    """Return the offset after the last white space of a slice, 0 if it has none."""
    start = buffer.rfind(" ", low, high) + 1
    word = buffer[start or low : high]
    if not word or word.isalnum():  # most words: no other white space possible
        return start
    return max(start, *[buffer.rfind(space, start or low, high) + 1 for space in SPACES])


def _one_space(buffer: str, start: int, least: int) -> bool:
    return start - 2 >= least and buffer[start - 1] == " " and not buffer[start - 2].isspace()


def _before_number(buffer: str, done: int, cut: int) -> int:
    """Return the cut moved before the chain of words that it would split, and before numbers just before it."""
    least = max(done, cut - _BEHIND)
    cut = _before_chain(buffer, done, cut)
    while cut > least and _DIGIT.search(buffer, least, cut) is not None:
        near = _DIGIT.findall(buffer, max(done, cut - _NEAR), cut)
        last = next(at for at in range(cut - 1, least - 1, -1) if buffer[at].isdecimal())
        before = _before_chain(buffer, done, _word_end(buffer, last, cut))
        if len(near) < _TELLING_DIGITS or before >= cut:
            break
        cut = before
    return cut


def _word_end(buffer: str, at: int, limit: int) -> int:
    while at < limit and not buffer[at].isspace():
        at += 1
    return min(at + 1, limit)


def _before_chain(buffer: str, done: int, cut: int) -> int:
    """Return the start of the words before ``cut`` that may be one value."""
    least = max(done, cut - GROUP_WINDOW)
    starts: list[int] = []
    start, strong, linked = cut, False, cut
    while start > least:
        word_end = start - 1 if _one_space(buffer, start, least) else len(buffer[least:start].rstrip()) + least
        if start - word_end > 2 or "\n\n" in buffer[word_end:start]:  # noqa: PLR2004 - wider gaps end a number
            break
        word_start = max(_word_start(buffer, least, word_end), least)
        link = _link(buffer[word_start:word_end])
        if link is None:
            break
        start = word_start
        if link != "small":
            linked = word_start
            starts.append(word_start)
            strong = strong or link == "strong"
    if strong or len(starts) <= _MOST_CAPITALISED:
        return linked
    return starts[_MOST_CAPITALISED - 1]


def _link(word: str) -> str | None:
    """Return whether a word may be part of a number or an address: "strong", "weak" (a capital), "small" or None."""
    if not word:
        return None
    bare = word.rstrip(".,").lower()
    if bare in _ROADS or bare.endswith(_ENDINGS) or (not bare.isalpha() and _DIGIT.search(word) is not None):
        return "strong"
    if word[0].islower() and (bare in _SMALL or bare[:2] in _ELIDED):
        return "small"
    first = word[1:2] if word[0] in _OPENING else word[0]
    if first.isupper() and _BROKEN.search(word) is None:
        return "weak"
    return "weak" if len(word) <= _SHORT and not any(map(str.isalpha, word)) and set(word) <= _MARKS else None
