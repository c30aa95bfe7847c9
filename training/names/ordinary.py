"""Make the filter of ordinary words: what is a word of one of the eight languages and no name.

    python -m training.names.ordinary

Needs ``pip install wordfreq==3.1.1 simplemma==2.0.0``; run after ``training.names.make``, whose lists it leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator

import wordfreq
from simplemma.strategies.dictionaries import DefaultDictionaryFactory

from proxy.core.search.names import filled
from proxy.detection.people.known_names import lists
from proxy.detection.text import ordinary

_LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl")
_NOUNS = "de"  # written with a capital there, as names are
_MOST, _RARE, _FREQUENT = 60_000, 2.9, 4.3
_LONGEST = 24


def words(language: str) -> Iterator[str]:
    """Yield the frequent words of a language that its dictionary has, and the most frequent ones in any case."""
    forms = _forms(language)
    for word in wordfreq.top_n_list(language, _MOST):
        plain = ordinary.folded(word)
        if not (plain.isascii() and plain.isalpha() and ordinary.LEAST <= len(plain) <= _LONGEST):
            continue
        if wordfreq.zipf_frequency(word, language) >= (_RARE if plain in forms else _FREQUENT):
            yield plain


def _forms(language: str) -> set[str]:
    """Return the words of a dictionary in lower case; nouns of German are written with a capital, as names are."""
    pairs = DefaultDictionaryFactory(1).get_dictionary(language).items()
    forms = (one.decode() if isinstance(one, bytes) else one for pair in pairs for one in pair)
    return {ordinary.folded(form) for form in forms if form.islower() or language == _NOUNS}


def main() -> None:
    """Write the filter."""
    given, family = lists()
    names = {name for held in (given, family) for name, mark in held.items() if not mark}
    nouns = {name for name, mark in given.items() if mark == "="}
    found: set[str] = set()
    for language in _LANGUAGES:
        found |= set(words(language)) - names - (nouns if language == _NOUNS else set())
    ordinary.FILE.write_bytes(filled(found, ordinary.BITS))
    print(f"{len(found)} words")


if __name__ == "__main__":
    main()
