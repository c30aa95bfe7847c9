from __future__ import annotations

import pytest

from proxy.detection.plain import needs_no_model


@pytest.mark.parametrize("text", ["", "user", "assistant", "3.14", "4111 1111 1111 1111", "{}", "String", "2024-05-01"])
def test_structure_and_numbers_need_no_model(text):
    assert needs_no_model(text)


@pytest.mark.parametrize("text", ["maria", "schizophrenia", "Ann Lee", "call me", "get_patient"])
def test_words_need_the_models(text):
    assert not needs_no_model(text)
