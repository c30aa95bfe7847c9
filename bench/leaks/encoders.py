"""Ways to write a value so that a machine or a person still reads it, and views of a body in which they are undone."""

from __future__ import annotations

import base64
import binascii
import contextlib
import html
import json
import quopri
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote

_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_LATIN = "aceopxyABCEHKMOPTX"
_CYRILLIC = str.maketrans(_LATIN, "асеорхуАВСЕНКМОРТХ")  # noqa: RUF001 - that is the point
_SMALL = str.maketrans("abcdefghijklmnopqrstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ")
_BOLD = (
    {ord("a") + n: 0x1D41A + n for n in range(26)}
    | {ord("A") + n: 0x1D400 + n for n in range(26)}
    | {ord("0") + n: 0x1D7CE + n for n in range(10)}
)
_ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad"


def _escaped(text: str) -> str:
    return "".join(f"\\u{ord(one):04x}" for one in text)


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


#: encoder -> how it writes a text
ENCODERS: Mapping[str, Callable[[str], str]] = {
    "json escapes of marks": lambda text: json.dumps(text)[1:-1],
    "json escapes": _escaped,
    "html entities": lambda text: text.encode("ascii", "xmlcharrefreplace").decode(),
    "html entities of all": lambda text: "".join(f"&#x{ord(one):x};" for one in text),
    "percent": _percent,
    "percent of marks": quote,
    "percent twice": lambda text: quote(_percent(text)),
    "quoted-printable": lambda text: quopri.encodestring(text.encode(), quotetabs=True).decode().strip(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "hex, spaced": lambda text: text.encode().hex(" "),
    "reversed": lambda text: text[::-1],
    "cyrillic look-alikes": lambda text: text.translate(_CYRILLIC),
    "small capitals": lambda text: text.lower().translate(_SMALL),
    "bold letters": lambda text: text.translate(_BOLD),
    "full width": lambda text: "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text),
    "zero width": "\u200b".join,
    "soft hyphens": "\u00ad".join,
    "spaced letters": " ".join,
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "digits as words": lambda text: " ".join(_WORDS[int(one)] if one.isdigit() else one for one in text),
    "rot13": lambda text: text.translate(_ROT13),
}
_ROT13 = {ord(base) + n: ord(base) + (n + 13) % 26 for base in "aA" for n in range(26)}
#: Encoders that only make sense of numbers, and codes that nobody promises to read (their leaks are shown, not counted).
NUMBERS_ONLY, HOME_MADE = frozenset({"digits as words"}), frozenset({"rot13"})

_RUNS: Mapping[str, tuple[re.Pattern[str], Callable[[str], bytes]]] = {
    "base64": (re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}"), lambda run: base64.urlsafe_b64decode(_padded(run.translate(_URLSAFE)))),
    "base32": (re.compile(r"[A-Z2-7]{8,}={0,6}"), lambda run: base64.b32decode(run + "=" * (-len(run) % 8))),
    "hex": (re.compile(r"(?:[0-9a-fA-F]{2}[ :]?){4,}"), lambda run: bytes.fromhex(re.sub(r"[ :]", "", run))),
}  # fmt: skip
_URLSAFE = str.maketrans("+/", "-_")
_FIGURE = re.compile(rf"\b({'|'.join(_WORDS)})\b ?", re.IGNORECASE)
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_LOOKALIKE = {other: one for one, other in _CYRILLIC.items()}
_SMALL_BACK = {big: small for small, big in _SMALL.items()}


def _padded(run: str) -> str:
    bare = run.rstrip("=")
    return bare + "=" * (-len(bare) % 4)


def leaves(value: Any) -> Iterator[str]:
    """Yield every string, key and number of a document."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield str(key)
            yield from leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def views(text: str) -> list[str]:
    """Return a text as it is and with each encoding undone."""
    unescaped = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    found = [text, unescaped, html.unescape(text), unquote(text), unquote(unquote(text)), text[::-1]]
    found.append("".join(one for one in text if one not in _ZERO_WIDTH))
    found.append(text.translate(_LOOKALIKE))
    found.append(unicodedata.normalize("NFKC", text))
    found.append(text.translate(_SMALL_BACK))
    found.append(text.translate(_ROT13))
    found.append(quopri.decodestring(text.encode()).decode(errors="replace"))
    found.append(re.sub(r"(?<=\S) (?=\S(?: |$))", "", text))
    found.append(_figures(text))
    for pattern, undo in _RUNS.values():
        for run in pattern.findall(text):
            with contextlib.suppress(ValueError, binascii.Error):
                found.append(undo(run).decode(errors="replace"))
    return list(dict.fromkeys(found))


def _figures(text: str) -> str:
    return _FIGURE.sub(lambda found: str(_WORDS.index(found[1].lower())), text)
