"""User names where programs and people write them: ``user=jdoe``, "Accepted password for jdoe from", "@DrPatel"."""

from __future__ import annotations

import re

from proxy.detection.languages import words
from proxy.detection.people.known_names import status_of
from proxy.detection.text.ordinary import ordinary

#: Accounts of no person, and placeholders of an account.
_NOBODY = frozenset(words("accounts"))
_TECHNOLOGY = frozenset((*words("technology"), *words("placeholders")))
_PARTS = re.compile(r"[0-9._-]+")
#: How placeholders of identifiers end: "<session_id>".
_IDS = re.compile(r"[a-z][_-](?:id|name|key|token|path|type)\Z", re.IGNORECASE)
_LEAST = 4
#: "DrPatel", "JSmith", not "Carrier" or "ARRAYs".
_HUMPS = re.compile(r"[A-Z](?:[a-z]\w*[A-Z]|[A-Z][a-z]{2}|[0-9_.-])")
#: What an "@" also begins: decorators, documentation tags, at-rules of CSS, mentions of everybody.
_NO_MENTION = frozenset(words("tags"))


def account_length(value: str) -> int:
    """Return the length of a person's login name, without a final full stop; 0 for another: "root", "session_id"."""
    bare = value.rstrip(".-_")
    return len(bare) if len(bare) > 2 and not _IDS.search(bare) and bare.lower() not in _NOBODY else 0  # noqa: PLR2004


def telling_account_length(value: str) -> int:
    """As ``account_length``, for a name that is not an ordinary word: "jdoe", not "dashboard"."""
    length = account_length(value)
    return 0 if ordinary(value[:length]) else length


def named_account_length(value: str) -> int:
    """As ``telling_account_length``, for a name made of people's names: "jdoe" and "kathyb", or parts as "anna.k"."""
    length = telling_account_length(value)
    bare = value[:length].lower()
    if not bare.isalpha():
        return speaker_length(value)
    named = status_of(bare[1:]).family or status_of(bare[:-1]).unmistakable
    return length if len(bare) > _LEAST and named and not ordinary(bare.removesuffix("s")) else 0


def speaker_length(value: str) -> int:
    """Return the length of a nickname of parts of which one is not a word: "anna.k", not "worker-2"; 0 for another."""
    length = account_length(value)
    parts = [part for part in _PARTS.split(value[:length].lower()) if len(part) >= _LEAST - 1]
    unknown = any(part not in _NOBODY and part not in _TECHNOLOGY and not ordinary(part) for part in parts)
    named = any(status_of(part).given and not ordinary(part) for part in parts)
    return length if (unknown or named) and not value[:length].isalpha() else 0


def mention_length(value: str) -> int:
    """Return the length of a mention, 0 for a decorator, tag, at-rule, or a word that is not a name: "@generated"."""
    bare = value.rstrip(".-_")
    worded = bare.islower() and ordinary(bare) and not status_of(bare).given
    return len(bare) if bare.lower().split(".")[0] not in _NO_MENTION and not bare.isupper() and not worded else 0


def telling_mention_length(value: str) -> int:
    """As ``mention_length``, for a mention that resembles a name: "DrPatel", "anna.schmidt", not "ts-check"."""
    length = mention_length(value)
    humps = _HUMPS.match(value) is not None
    worded = all(len(part) < _LEAST - 1 or ordinary(part) for part in value[:length].split("-"))
    return length if humps or not (value[:length].isalpha() or worded) else 0
