from __future__ import annotations

from proxy.detection.text.words import COMMON_WORDS


def test_every_language_has_common_words_in_lower_case():
    assert set(COMMON_WORDS) == {"en", "de", "fr", "es", "it", "pt", "nl", "pl"}
    assert all(len(words) > 40 and all(word == word.lower() for word in words) for words in COMMON_WORDS.values())
