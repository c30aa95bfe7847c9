from __future__ import annotations

import pytest

from proxy.core.search.inflection import is_form, is_sure, stems


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("schmidt", "schmidts"),
        ("kowalska", "kowalskiej"),
        ("kowalskiego", "kowalski"),
        ("anna", "anny"),
        ("monika", "monice"),
        ("marek", "markowi"),
        ("nowak", "nowakiem"),
        ("иванова", "ивановой"),
        ("papadopoulos", "papadopoulou"),
    ],
)
def test_forms(word: str, form: str) -> None:
    assert any(form.startswith(stem) and is_form(word, stem, form) for stem in stems(word))


def test_other_words_are_no_forms() -> None:
    assert not is_form("schmidt", "schmidt", "schmidthausen")
    assert not is_sure("berg", "berge")
    assert is_sure("berg", "bergs")
