"""Where an occurrence of a removed value has to go: a guessed word, or one word of a name, is not meant everywhere.

- A value of a pattern, a check, a label, a list of the organisation or of several words goes wherever it occurs.
- A guessed single word, or a guess of the weakest model, goes where it stands as a name does in words for people: not
  in code, paths, identifiers, keys and definitions of tools, and not where it is an ordinary word.
- One word of a name of several goes wherever it occurs, but from definitions of tools and a dialect's own words.
- An ordinary word in lower case ("shell", the account of a log) stays in keys and definitions, whatever found it.
"""

from __future__ import annotations

import re

from proxy.core.findings import is_one_word
from proxy.core.search import names
from proxy.core.search.occurrences import Hit
from proxy.core.search.skeleton import skeleton

_QUOTES = "\"'\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"
_BEFORE = re.compile(rf"(?:^|[\s{_QUOTES}(\[,;\u2013\u2014\u00bf\u00a1])\Z")
_BEHIND = re.compile(rf"['\u2019]s\b|[{_QUOTES})\],.;:!?\u2026]{{0,5}}(?:\s|\u2013|\u2014|\Z)")


def is_meant(text: str, hit: Hit, *, weak: bool, prose: bool, defined: bool) -> bool:
    """Whether an occurrence of a value has to go.

    Args:
        text: the text.
        hit: the occurrence in it.
        weak: its value was a guess of a single word, or of the weakest model.
        prose: the text is words for people, no key, definition or word of the dialect.
        defined: it defines a tool or a format, or is a word of the dialect.

    """
    if weak:
        return prose and _stands_as_name(text, hit.start, hit.end)
    word = text[hit.start : hit.end]
    if prose or not is_one_word(word):
        return True
    own = word.islower() and names.is_common(skeleton(word))
    return not own if is_one_word(hit.value) else not defined


def _stands_as_name(text: str, start: int, end: int) -> bool:
    word = text[start:end]
    if word[:1].islower() or names.is_common(skeleton(word)):
        return False
    return _BEFORE.search(text, max(0, start - 1), start) is not None and _BEHIND.match(text, end) is not None
