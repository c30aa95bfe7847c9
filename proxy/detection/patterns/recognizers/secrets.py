"""Checks of credentials: tokens, passwords and values in key context."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections import Counter
from itertools import pairwise
from typing import Final

from proxy.detection.languages import words

_LEAST_ENTROPY = 2.8
_LEAST_KEY = 12
_PLACEHOLDERS = words("placeholders")
_ORDINARY = frozenset(words("no_password"))
#: Letters and digits that are not a password: "v2.3", "RFC6238", "24h", "3-factor", "ttl=60".
_NUMBERED = re.compile("(?i:v?[0-9.]+[a-z]{0,3}|[a-z]+=[0-9]+|[a-z]{1,4}-?[0-9.]+|[0-9]+-?[a-z]+)")


def entropy(value: str) -> float:
    """Return the Shannon entropy of the characters, bits per character."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values())


#: What follows each letter in words and in names of programs; rare pairs are left out.
_FOLLOWS: Final = """
    a:abcdfgiklmnprstuvwxy b:aceijlorsuy c:acdehiklorstuy d:abcdefilmoprstu e:abcdefghiklmnopqrstuvwxy f:aefilorstu
    g:aeghilnorstu h:aeiort i:abcdefgklmnoprstvxz j:eo k:aeis l:acdeilopstuy m:abeilmopsuy n:acdefgiklmnoprstuv
    o:abcdfgiklmnoprstuvw p:acdehiloprstuy q:u r:abcdefgiklmnoprstuvy s:acdefhiklmnoprstuy t:abcdefhilmnoprstuwy
    u:abcdefgilmnprst v:aeio w:aeinors x:aceipt y:acelmnpst z:e
"""
_PAIRS: Final = frozenset(row[0] + letter for row in _FOLLOWS.split() for letter in row[2:])
#: Random letters are at least so many, so many of them different, and have this share of rare pairs: more where they
#: look like one word, because words of other languages have some.
_LEAST_LETTERS, _LEAST_DIFFERENT, _RARE, _RARE_IN_WORD = 16, 8, 0.2, 0.28


def is_random(letters: str) -> bool:
    """Return whether letters are random rather than put together from words: "sXvVWlYMPorVLnma"."""
    if not (letters.isascii() and letters.isalpha() and len(letters) >= _LEAST_LETTERS):
        return False
    lowered, word = letters.lower(), letters[1:].islower() or letters.isupper()
    rare = sum("".join(pair) not in _PAIRS for pair in pairwise(lowered))
    return len({*lowered}) >= _LEAST_DIFFERENT and rare >= (_RARE_IN_WORD if word else _RARE) * (len(letters) - 1)


def _is_random_in_prose(value: str) -> bool:
    """Long words of any language stand in prose, but not with a capital inside."""
    return is_random(value) and not value[1:].islower()


def is_jwt(value: str) -> int:
    """A JSON web token: its first part decodes to a JSON object with an algorithm."""
    head = value.split(".", 1)[0]
    try:
        document = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, binascii.Error):
        return 0
    return len(value) if isinstance(document, dict) and ("alg" in document or "enc" in document) else 0


#: References to a password: a variable, a path, a call, a member, the name of a key.
_REFERENCE = re.compile(
    r"\$(?:[A-Z_][A-Z0-9_]*|[a-z_]+|[{(].*)|%[A-Za-z_]+%?|[.~]{0,2}/[\w./-]*|[a-z_][\w.]*\(.*|[A-Z][\w.]*\(|:'?[a-z_]+'?|![a-z]+"
    r"|(?:config|self|this|var|local|env|os|process|settings|secrets|vault|args|opts?|options|cfg|data|module)"
    r"(?:\.[A-Za-z_]+)+"
    r"|(?i:[a-z]+[_-])*(?i:password|passwd|passphrase|secret|token|pwd|passwort|wachtwoord|senha|clave|haslo|mdp)"
    r"(?:[_-]?(?i:file|hash|env|ref|key|name))?"
    r"|[a-z]+(?:[A-Z][a-z]+)*(?:Password|Passwd|Passphrase|Secret|Token|Pwd)"
)


def is_password(value: str) -> int:
    """A value in the place of a password that is not a word of the sentence, placeholder or reference."""
    bare = value.rstrip(".,;:)]}\"'`")
    lowered = bare.lower()
    if _REFERENCE.fullmatch(bare) is not None:
        return 0
    if len(bare) < 4 or lowered in _ORDINARY or lowered.startswith(_PLACEHOLDERS):  # noqa: PLR2004
        return 0
    return len(bare)


#: "at least 12-character" and the like.
_COUNTED = re.compile(r"[0-9]+-[^\W\d_]+")


def is_spoken_password(value: str) -> int:
    """In prose, a password with a digit or a sign."""
    length = is_password(value)
    bare = value[:length]
    return length if _is_random_in_prose(bare) or not (bare.isalpha() or _COUNTED.fullmatch(bare)) else 0


#: Words and numbers that follow "is" and are not a password: "case-sensitive", "12-stellig", "8.5", "don't".
_HYPHENED = re.compile(r"[^\W_]+(?:[-'’./:][^\W_]+)*")  # noqa: RUF001 -- as written in texts
#: Words with capitals and a number: "Fjord-Lemon-77".
_PHRASE = re.compile(r"(?:[A-Z][a-z]{2,}[-.]){2,}[0-9]{1,4}")


def is_told_password(value: str) -> int:
    """As the object of a sentence: letters with digits among them, or with a sign that joins no words."""
    length = is_password(value)
    bare = value[:length]
    letters, digits = any(map(str.isalpha, bare)), any(map(str.isdigit, bare))
    joined = _HYPHENED.fullmatch(bare) is not None
    mixed = digits if joined and bare.isalnum() else not joined or _PHRASE.fullmatch(bare) is not None
    return length if _is_random_in_prose(bare) or (letters and mixed and not _NUMBERED.fullmatch(bare)) else 0


#: Settings about passwords: "PASSWORD_RESET_TIMEOUT = 3600".
_SETTING = re.compile(
    r"(?i)[_-](?:length|len|size|timeout|ttl|age|expir\w*|lifetime|days|hours|minutes|seconds|min|max|count|attempts"
    r"|retries|rounds|iterations|cost|history|policy|reset|required|enabled|field|column|label|hint|validators?)"
    r"[\"'`]? ?(?:[:=]|=>|:=) ?[\"'`]?\Z"
)


def unless_setting(_value: str, before: str) -> str:
    """The value of a setting about passwords is none."""
    return "" if _SETTING.search(before) else "CREDENTIAL"


def is_mixed_password(value: str) -> int:
    """Right beside the word, a password of letters and digits that is not a date, version or reference."""
    length = is_password(value)
    bare = value[:length]
    mixed = any(map(str.isalpha, bare)) and any(map(str.isdigit, bare))
    return length if _is_random_in_prose(bare) or (mixed and not _NUMBERED.fullmatch(bare)) else 0


def is_optional_password(value: str) -> int:
    """As a command-line option, a password with a digit, a sign or both cases."""
    length = is_password(value)
    bare = value[:length]
    return length if not (bare.isalpha() and (bare.islower() or bare.isupper())) else 0


def is_key(value: str) -> int:
    """A value in key context that looks random."""
    bare = value.rstrip(".,;:!?)]}\"'`")
    if len(bare) < _LEAST_KEY or bare.lower().startswith(_PLACEHOLDERS) or entropy(bare) < _LEAST_ENTROPY:
        return 0
    letters = "".join(filter(str.isalpha, bare))
    return len(bare) if letters and (any(map(str.isdigit, bare)) or is_random(letters)) else 0
