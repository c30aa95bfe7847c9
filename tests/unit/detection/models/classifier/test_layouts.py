from __future__ import annotations

import json
import random

import pytest

from training.detector.generate import noise
from training.detector.generate.layouts import WRITERS, Page, inner, objects, written

RECORDS = [
    [("first_name", "Jitka", [(0, 5, "PERSON")]), ("note", "call Aino", [(5, 9, "PERSON")]), ("version", "12", [])],
    [("first_name", "Bo", [(0, 2, "PERSON")]), ("note", "", []), ("version", "3.1", [])],
]


def _values(text, spans):
    return [text[start:end] for start, end, _ in spans]


@pytest.mark.parametrize("writer", [writer for writer, _ in WRITERS], ids=lambda writer: writer.__name__)
@pytest.mark.parametrize("seed", range(6))
def test_every_way_of_writing_marks_the_values_and_nothing_else(writer, seed):
    page = Page()
    writer(random.Random(seed), page, RECORDS)
    marked = _values(page.text, page.spans)
    assert marked in (["Jitka", "Aino"], ["Jitka", "Aino", "Bo"])
    assert {label for _, _, label in page.spans} == {"PERSON"}


@pytest.mark.parametrize("seed", range(8))
def test_objects_are_json(seed):
    page = Page()
    objects(random.Random(seed), page, RECORDS)
    assert '"first_name": "Bo"' in page.text
    assert json.loads(page.text)


@pytest.mark.parametrize("seed", range(8))
def test_a_value_inside_a_tools_text_is_json_twice(seed):
    page = Page()
    inner(random.Random(seed), page, RECORDS)
    (outer,) = json.loads(page.text).values()
    text = outer if isinstance(outer, str) else outer[0]["text"]
    assert json.loads(text)["note"] == "call Aino"


def test_the_same_seed_writes_the_same_text():
    assert written(random.Random(4), RECORDS) == written(random.Random(4), RECORDS)


def test_noise_keeps_places():
    text = "Aino Virtanen, s. 10.12.1980, asuu Oulussa; puh. 050 111 2222"
    ways = {noise.rewritten(random.Random(seed), text) for seed in range(200)}
    assert {len(way) for way in ways} == {len(text)}
    assert text in ways
    assert text.lower() in ways
    assert len(ways) > 8
