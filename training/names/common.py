"""Make the filter of words that people write in lower case: a removed name that is one is not searched for so, alone.

    python -m training.names.common

Needs ``pip install wordfreq==3.1.1 simplemma==2.0.0``. A word is one that a dictionary has in lower case and that is
frequent. Dictionaries have frequent names in lower case too, next to the capitalised form: outside German, whose nouns
have capitals, such a word counts if others are its forms ("bakkers"), and ``_NAMES`` are those that are names anyway.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import wordfreq
from simplemma.strategies.dictionaries import DefaultDictionaryFactory

from proxy.core.search import names
from proxy.core.search.names import filled
from proxy.core.search.skeleton import skeleton

_LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl")
_NOUNS, _DECLINED = "de", "pl"  # nouns have capitals there; names have many forms
_MOST, _RARE, _SHORTEST = 60_000, 2.9, 4
_BITS = 1 << 21
_NAMES = frozenset(
    """
    alice andrea anna bianchi castro clement david emma franz gomes harry henry ines james john jones julia kim laura
    lee leon lucas marcos maria marina martin max michael mike muller nick paul pedro pereira peter ricardo richard
    rodrigo rodrigues sami sara silva simon smith sofia steve thomas tomo tony victor weber
    """.split()
)


def words(language: str) -> Iterator[str]:
    """Yield the frequent words that a language writes in lower case, as skeletons."""
    lower, capital, forms = set[str](), set[str](), defaultdict[str, set[str]](set)
    for form, lemma in DefaultDictionaryFactory(1).get_dictionary(language).items():
        pair = [word.decode() if isinstance(word, bytes) else word for word in (form, lemma)]
        lower.update(filter(str.islower, pair))
        capital.update(word.lower() for word in pair if word[:1].isupper())
        if pair[0] != pair[1] and all(map(str.islower, pair)):
            forms[pair[0]].add(pair[1])
            forms[pair[1]].add(pair[0])
    for word in wordfreq.top_n_list(language, _MOST):
        sure = language == _NOUNS or word not in capital or (language != _DECLINED and len(forms[word]) > 1)
        if word in lower and sure and len(word) >= _SHORTEST and wordfreq.zipf_frequency(word, language) >= _RARE:
            yield skeleton(word)


def main() -> None:
    """Write the filter."""
    found = {word for language in _LANGUAGES for word in words(language)} - _NAMES
    names.COMMON_WORDS.write_bytes(filled(found, _BITS))
    print(f"{len(found)} words")


if __name__ == "__main__":
    main()
