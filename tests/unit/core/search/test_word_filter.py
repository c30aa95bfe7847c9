from __future__ import annotations

from proxy.core.search import names
from proxy.core.search.word_filter import WordFilter, filled


def test_a_filter_holds_its_words_and_few_others() -> None:
    words = [f"word{number}" for number in range(2_000)]
    held = WordFilter(filled(words, 1 << 15))
    assert all(word in held for word in words)
    assert sum(f"other{number}" in held for number in range(10_000)) < 200


def test_words_that_are_written_in_lower_case_are_common_and_names_are_not() -> None:
    assert all(
        map(names.is_common, "lang klein koch page may bakker iglesias petit winter hope mais quello zapato".split())
    )
    assert not any(map(names.is_common, "schmidt anna john peter bianchi dupont kowalski pereira threlfall".split()))
