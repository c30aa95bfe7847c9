from __future__ import annotations

import pytest

from proxy.core.findings import Finding
from proxy.detection.people.guesses import symbol


def guess(text: str, value: str, kind: str = "PERSON", score: float = 0.9) -> Finding:
    start = text.index(value)
    return Finding(kind, start, start + len(value), score, "classifier")


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("Use Maven or Gradle", "Maven", "PERSON"),
        ("learn Go in a week", "Go", "LOCATION"),
        ("run sshpass now", "sshpass", "STREET_ADDRESS"),
        ("Rewrite the text below", "Rewrite", "PERSON"),
        ("Stock 4. Discount these items", "Discount", "PERSON"),
    ],
)
def test_symbols(text: str, value: str, kind: str) -> None:
    assert symbol(text, guess(text, value, kind))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("spoke with whitfield today", "whitfield"),
        ('{"first_name": "anna", "id": 3}', "anna"),
        ("owner: kowalska\nstate: open\n", "kowalska"),
        ("Anna called the office", "Anna"),
        ("anna schmidt {x: 1}; y = 2", "anna schmidt"),
        ("McDonald wrote", "McDonald"),
    ],
)
def test_names(text: str, value: str) -> None:
    assert not symbol(text, guess(text, value))


def test_a_sure_name_may_open_an_instruction() -> None:
    text = "Anna the manager"
    assert not symbol(text, guess(text, "Anna", score=0.99))
