from __future__ import annotations

import pytest

from proxy.detection.text.plain import needs_no_model


@pytest.mark.parametrize("text", ["", "user", "assistant", "3.14", "4111 1111 1111 1111", "{}", "String", "2024-05-01"])
def test_structure_and_numbers_need_no_model(text):
    assert needs_no_model(text)


@pytest.mark.parametrize("text", ["maria", "schizophrenia", "Ann Lee", "call me", "get_patient"])
def test_words_need_the_models(text):
    assert not needs_no_model(text)


SAID = "Please thank Anna Schmidt."


@pytest.mark.parametrize(
    "text",
    [
        SAID.encode().hex(),
        SAID.encode().hex().upper(),
        "x " + SAID.encode().hex(),
        SAID.encode().hex(" "),
        " ".join(str(ord(character)) for character in SAID),
        " ".join(f"{ord(character):08b}" for character in SAID),
        " ".join(SAID),
    ],
)
def test_words_that_are_spelled_without_two_letters_need_the_models(text):
    assert not needs_no_model(text)


@pytest.mark.parametrize(
    "text", ["4111111111111111", "12345678901234567890", "0.9264625383134463", "0a1b2c3d4e5f6a7b8c9d", "1 2 3 4"]
)
def test_numbers_and_digests_need_no_model(text):
    assert needs_no_model(text)
