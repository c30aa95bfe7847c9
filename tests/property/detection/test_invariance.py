"""Findings are a function of the text: of its batch, its place in it, the threads and the process nothing is seen."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from bench.invariance import batched, differing, texts, variants
from proxy.detection.reading import TextReader
from testing import models

pytestmark = pytest.mark.heavy


COUNT = 200


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return models.reader()


def test_batch_order_and_threads_change_nothing(reader: TextReader) -> None:
    given = texts(COUNT, seed=5)
    alone = batched(reader.read, given, range(COUNT), 1)
    assert sum(len(segment.findings) for segment in alone) > COUNT
    for name, way in variants(reader.read, given).items():
        assert differing(alone, way()) == [], name


def test_a_difference_is_noticed(reader: TextReader) -> None:
    found = reader.read(["Ann Lee lives here.", "Nobody does."])
    assert differing(found, found[::-1]) == [0, 1]
