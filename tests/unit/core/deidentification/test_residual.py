from __future__ import annotations

import base64
import re

import pytest

from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.residual import left_of_values, residual
from proxy.core.findings import Finding
from proxy.core.records import Transformed


def changed(*removed: str, texts: dict[int, str] | None = None, covered: str = "EMAIL_ADDRESS") -> Transformed:
    return Transformed(texts or {}, {}, removed, (), frozenset({covered}))


def scan(text: str) -> tuple[Finding, ...]:
    return tuple(
        Finding("EMAIL_ADDRESS", m.start(), m.end(), 1.0, "t") for m in re.finditer(r"[\w.+-]+@[\w.-]+\.\w+", text)
    )


@pytest.mark.parametrize(
    ("removed", "text", "left"),
    [
        ("Maria Schmidt", "dear MARIA SCHMIDT", 1),
        ("maria@firm.de", "u=maria%40firm.de", 1),
        ('Ann "Al" Lee', 'in json: "Ann \\"Al\\" Lee"', 1),
        ("Léa Martin", 'in json: "L\\u00e9a Martin"', 1),
        ("4111 1111 1111 1111", "4111111111111111", 1),
        ("4111 1111 1111 1111", "4111-1111-1111-1111", 1),
        ("00482913", "A00482913B", 1),
        ("737", "a 737 b", 1),
        ("737", "a 7371 b", 0),
        ("Smith", "the Smithsonian", 0),
        ("Price", "the price", 0),
        ("PERSON", "[PERSON] is here", 0),
        ("example", "user-bcdfghjklm@example.com", 0),
        ("Maria Schmidt", "dear Name_BCDFGHJKLM", 0),
    ],
)
def test_removed_values_are_found_in_every_form(removed: str, text: str, left: int) -> None:
    assert left_of_values([text], changed(removed)) == left


def test_scan_runs_over_changed_texts_for_covered_types_only() -> None:
    texts = ["ask bob@firm.de", "ask eve@firm.de"]
    assert residual(texts, changed(texts={0: texts[0]}), scan) == 1
    assert residual(texts, changed(texts={0: texts[0]}, covered="PERSON"), scan) == 0
    assert residual(texts, changed(), scan) == 0


def test_own_pseudonyms_are_no_leak() -> None:
    text = f"ask {Minter(b'k' * 32).pseudonym('EMAIL_ADDRESS', 'a@b.de')} or bob@firm.de"
    assert residual([text], changed(texts={0: text}), scan) == 1


def test_nothing_removed_nothing_left() -> None:
    assert residual(["anything"], changed(), lambda _: ()) == 0
    assert left_of_values(["anything"], changed()) == 0


def test_our_own_stand_ins_are_no_encoded_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr("proxy.core.search.readings.view", read.append)
    text = "Please deliver to Address_BCDFGHJKLM; told [HEALTH_CONDITION] and https://example.org/r/bcdfghjklm today"
    pseudonyms = {"Address_BCDFGHJKLM": "12 High Street", "https://example.org/r/bcdfghjklm": "https://firm.de/ann"}
    done = Transformed({0: text}, pseudonyms, tuple(pseudonyms.values()), ())
    assert left_of_values([text], done) == 0
    assert read == []
    assert left_of_values([f"{text} 12 High Street"], done) == 1


def test_what_stands_beside_a_stand_in_is_found() -> None:
    pseudonyms = {"Address_BCDFGHJKLM": "12 High Street"}
    done = Transformed({}, pseudonyms, ("12 High Street",), ())
    encoded = base64.b64encode(b"please go to 12 High Street at noon").decode()
    assert left_of_values([f"Address_BCDFGHJKLM {encoded}"], done) == 1
    assert left_of_values(["Address_BCDFGHJKLM-12-High-Street"], done) == 1
