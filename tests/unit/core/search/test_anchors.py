from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.search.anchors import anchored

LETTERS = st.text("ab1", min_size=3, max_size=16)


def _everywhere(bones: str, forms: set[str]) -> list[tuple[int, str]]:
    return sorted((at, form) for form in forms for at in range(len(bones)) if bones.startswith(form, at))


@given(forms=st.sets(LETTERS, min_size=1, max_size=12), bones=st.text("ab1", max_size=80))
def test_every_occurrence_is_found_once(forms: set[str], bones: str) -> None:
    found = sorted(hit for anchors in anchored(forms) for hit in anchors.find(bones))
    assert found == _everywhere(bones, forms)


@given(forms=st.sets(LETTERS, min_size=1, max_size=12), gap=st.text("ab1", max_size=13))
def test_forms_that_stand_in_the_text_are_found(forms: set[str], gap: str) -> None:
    bones = gap + gap.join(forms)
    found = sorted(hit for anchors in anchored(forms) for hit in anchors.find(bones))
    assert found == _everywhere(bones, forms)
    assert {form for _, form in found} == forms


def test_no_form_finds_nothing() -> None:
    assert anchored(()) == []
