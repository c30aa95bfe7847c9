"""User names where programs and people write them: ``user=jdoe``, "Accepted password for jdoe from", "@DrPatel"."""

from __future__ import annotations

from proxy.detection.languages import words

#: Accounts that are nobody's, and what stands where a name would.
_NOBODY = frozenset(words("accounts"))
#: What an "@" also begins: decorators, tags of documentation, rules of style sheets, addressing everybody.
_NO_MENTION = frozenset(words("tags"))


def account_length(value: str) -> int:
    """A login name that is somebody's, without the dot that ends a sentence."""
    bare = value.rstrip(".-_")
    return len(bare) if len(bare) > 2 and bare.lower() not in _NOBODY else 0  # noqa: PLR2004


def mention_length(value: str) -> int:
    """What follows an "@" and is no decorator, tag or rule."""
    bare = value.rstrip(".-_")
    return len(bare) if bare.lower().split(".")[0] not in _NO_MENTION and not bare.isupper() else 0


def telling_mention_length(value: str) -> int:
    """A mention that reads like a name by itself: "DrPatel", "anna.schmidt", "jsmith_99"."""
    length = mention_length(value)
    humps = value[:1].isupper() and not value[1:].islower()
    return length if humps or any(not c.isalpha() for c in value[:length]) else 0
