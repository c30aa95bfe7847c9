"""Characters that look like others: compatibility forms, digits of any script, invisible ones, look-alike letters."""

from __future__ import annotations

import re
import unicodedata

from proxy.core.decoding.views import View

INVISIBLE = frozenset(
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\ufe0e\ufe0f\ufeff"
)
#: Cyrillic and Greek letters that look Latin (Unicode TR39 confusables, the common part).
_LOOKALIKES = dict(zip(
    "аеорсухіјѕԁһӏАВЕКМНОРСТУХІЈЅԌαοριυνκτΑΒΕΖΗΙΚΜΝΟΡΤΥΧɑɡ",
    "aeopcyxijsdhlABEKMHOPCTYXIJSGaopiuvktABEZHIKMNOPTYXag", strict=True))  # fmt: skip
_WORD = re.compile(r"[^\W_]+")


def plain(current: View) -> View:
    """NFKC character by character, decimal digits of any script to ASCII, invisible characters dropped."""
    out: list[str] = []
    origin: list[int] = []
    until: list[int] = []
    for index, character in enumerate(current.text):
        if character in INVISIBLE:
            continue
        if unicodedata.combining(character) and out:
            composed = unicodedata.normalize("NFC", out[-1] + character)
            if len(composed) == 1:
                out[-1] = composed
                until[-1] = current.until[index]
                continue
        for piece in character if character.isascii() else _plain(character):
            out.append(piece)
            origin.append(current.origin[index])
            until.append(current.until[index])
    return View("".join(out), origin, until)


def _plain(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    form = unicodedata.normalize("NFKC", character)
    return form.replace("\u2044", "/").replace("\u2011", "-").replace("\u2010", "-")


def lookalikes(current: View) -> View:
    """Look-alike letters to Latin, in words that mix scripts or hold digits; a whole Cyrillic word stays one."""
    if current.text.isascii():
        return current
    out = list(current.text)
    for match in _WORD.finditer(current.text):
        word = match.group()
        if word.isascii() or not any(c in _LOOKALIKES for c in word):
            continue
        foreign = sum(1 for c in word if not c.isascii() and c not in _LOOKALIKES and not "À" <= c <= "ɏ")
        if foreign == 0 and any(c.isascii() for c in word):
            out[match.start() : match.end()] = [_LOOKALIKES.get(c, c) for c in word]
    return View("".join(out), current.origin, current.until)
