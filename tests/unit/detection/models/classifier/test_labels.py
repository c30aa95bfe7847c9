from __future__ import annotations

import pytest

from proxy.detection.models.classifier.labels import CLASSES, LABELS, NAMES, NUMBERS

pytestmark = pytest.mark.heavy


def test_labels_are_outside_then_begin_and_inside_of_every_class() -> None:
    assert LABELS[0] == "O"
    assert len(LABELS) == 1 + 2 * len(NAMES)
    for index, name in enumerate(NAMES):
        assert LABELS[2 * index + 1 : 2 * index + 3] == (f"B-{name}", f"I-{name}")


def test_what_is_no_identifier_is_not_reported() -> None:
    assert CLASSES["YEAR"] is None
    assert CLASSES["HEALTH_CONDITION"] is None
    assert CLASSES["FACILITY"] == "LOCATION"


def test_families_name_known_classes() -> None:
    assert set(NAMES) >= NUMBERS
