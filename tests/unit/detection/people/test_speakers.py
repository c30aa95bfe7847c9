"""Those who speak in a chat are people; keys of settings and levels of logs do not speak."""

from __future__ import annotations

import pytest

from proxy.detection.people.speakers import speakers


def found(text: str) -> list[tuple[str, str]]:
    return list(dict.fromkeys((text[f.start : f.end], f.entity_type) for f in speakers(text)))


@pytest.mark.parametrize("shape", ["{who}: {said}", "[16:0{n}] {who}: {said}", "<{who}> {said}", "{who}> {said}", "{who} : {said}", "{who} (16:0{n})\n{said}", "2026-05-04 16:0{n} {who}: {said}"])  # fmt: skip
def test_the_speakers_of_turns_are_found_in_every_form(shape):
    turns = [
        ("Nives", "has anybody seen the key"),
        ("duccio_b", "no"),
        ("Nives", "it was here"),
        ("Tugdual", "ask her"),
    ]
    text = "\n".join(shape.format(who=who, said=said, n=n) for n, (who, said) in enumerate(turns))
    assert found(text) == [("Nives", "PERSON"), ("duccio_b", "USERNAME"), ("Tugdual", "PERSON")]


@pytest.mark.parametrize(
    "text",
    [
        "ERROR: disk full\nINFO: retry\nERROR: disk full",
        "name: shop\nimage: redis\nname: cart\nimage: nginx",
        "User: what is a mutex\nAssistant: a lock\nUser: thanks",
        "Q: why\nA: because\nQ: how",
        "Nives: a single turn",
        "Name: Nives\nTown: Ulm\nPhone: none",
    ],
)
def test_labels_that_are_no_names_and_forms_have_no_speakers(text):
    assert found(text) == []
