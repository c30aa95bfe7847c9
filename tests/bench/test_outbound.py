"""The measure must be able to fail: what is left, damaged or pinned is counted, and a sample holds today's bars."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.outbound import judge, material, measure, report, requests, sources, structure
from bench.outbound.judge import IN_PART, NOT_FOUND, SPREAD, STAYS
from bench.outbound.material import Document, Planted
from bench.outbound.measure import Passed
from bench.outbound.persons import KINDS, LANGUAGES
from bench.outbound.sessions import sessions
from proxy.core.findings import Finding, SegmentFindings
from testing import models

ROOT = Path(__file__).parents[2]
PERSON = frozenset({"PERSON"})


def found(text: str, *spans: tuple[str, int, int]) -> dict[str, SegmentFindings]:
    return {text: SegmentFindings(tuple(Finding(kind, start, end, 0.9, "test") for kind, start, end in spans))}


def letter(text: str, *values: Planted, kind: str = "mail") -> Document:
    return Document("d", "drawn", kind, "en", text, values)


@pytest.mark.parametrize(
    ("after", "spans", "reason", "whole"),
    [
        ("Ask Orla Quist now", (), NOT_FOUND, True),
        ("Ask Orla Quist now", (("LOCATION", 4, 14),), STAYS, True),
        ("Ask Name_BCDFGHJKLM Quist now", (("PERSON", 4, 8),), IN_PART, False),
        ("Ask Orla Quist now", (("PERSON", 4, 14),), IN_PART, True),
    ],
)
def test_value_that_is_left_is_seen_with_its_reason(after, spans, reason, whole):
    text = "Ask Orla Quist now"
    [left] = judge.left(letter(text, Planted("name", "Orla Quist")), {"t": after}, found(text, *spans), PERSON)
    assert (left.reason, left.whole) == (reason, whole)


def test_value_left_at_one_of_two_places_is_spread():
    text = "Ask Orla Quist. Orla Quist knows."
    [left] = judge.left(
        letter(text, Planted("name", "Orla Quist")),
        {"t": "Ask Name_BCDFGHJKLM. Orla Quist knows."},
        found(text, ("PERSON", 4, 14)),
        PERSON,
    )
    assert left.reason == SPREAD


def test_value_that_was_replaced_is_not_left():
    text = "Mrs Quist, 14 Cuttle Brook Rise, 0521 448 221"
    values = (
        Planted("name", "Mrs Quist"),
        Planted("address", "14 Cuttle Brook Rise"),
        Planted("phone", "0521 448 221"),
    )
    assert not list(judge.left(letter(text, *values), {"t": "Mrs Name_B, Address_C, Phone_D"}, {}, PERSON))


def test_word_that_stands_beside_a_value_tells_nothing_of_it():
    text = "Rose Brough likes the rose."
    assert judge.parts(Planted("name", "Rose Brough"), "\0 likes the rose.") == ["Brough"]
    assert not list(
        judge.left(letter(text, Planted("name", "Rose Brough")), {"t": "Name_B likes the rose."}, {}, PERSON)
    )


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("json", '{"name": "Ruby", "n": 1}', '{"Name_B": "Ruby", "n": 1}'),
        ("json", '[{"a": 1}, {"a": 2}]', '[{"a": 1}]'),
        ("json", '{"a": "x"}', '{"a": "x}'),
        ("csv", "nr,title\n1,Ruby lamp\n2,Rug", "nr,title\n1,Name_B\n"),
        ("csv", 'nr,title\n1,"Ruby, lamp"', "nr,title\n1,Name_B, lamp"),
        ("csv", "nr;city\n1;Ulm", "nr;Name_B\n1;Ulm"),
        ("sql", "SELECT a FROM b WHERE c = 'x'", "SELECT Name_B FROM b WHERE c = 'x'"),
        ("sql", "SELECT 1 WHERE c = 'x'", "SELECT 1 WHERE c = x'"),
        ("config", "a:\n  name: celery", "a:\n  Name_B: celery"),
        ("python", "def mark(a): return a", "def Name_B(a): return a"),
        ("python", "x = 1", "x = = 1"),
    ],
)
def test_broken_structure_is_seen(kind, before, after):
    assert structure.broken(kind, before, after)


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("json", '{"name": "Ruby"}', '{"name": "Name_B"}'),
        ("csv", "nr,title\n1,Ruby", 'nr,title\n1,"Name_B"'),
        ("sql", "VALUES ('O''Hara', 12)", "VALUES ('Name_B', 13)"),
        ("python", "x = 'Ruby'  # by Ruby", "x = 'Name_B'  # by Name_B"),
        ("json", "no JSON", "none either"),
        ("mail", "Dear Ruby", "Dear Name_B"),
    ],
)
def test_replaced_values_break_nothing(kind, before, after):
    assert not structure.broken(kind, before, after)


class Renaming:
    """A system that replaces a word wherever it stands, keys included."""

    def __init__(self, word: str, *, pinned: bool = False) -> None:
        self._word, self._pinned = word, pinned

    async def send(self, request: requests.Request) -> Passed:
        body = json.loads(json.dumps(request.body).replace(self._word, "Name_BCDFGHJKLM"))
        return Passed(body, {}, PERSON, self._pinned, special=self._pinned)


async def counted(system: object, documents=(), files=(), chosen=()) -> measure.Figures:
    from rich.progress import Progress

    return await measure.measure(system, documents, files, chosen, Progress(disable=True), "test")


async def test_damage_is_counted():
    goods = Document("g", "drawn", "json goods", "en", '{"items": [{"name": "Ruby"}, {"name": "Emil"}]}')
    source = sources.Source(
        "s.py", "fixed", "def Ruby():\n    return 1\n\n\n@property\ndef by(self):\n    # written by Ruby\n    return 2"
    )
    figures = report.numbers(await counted(Renaming("Ruby"), [goods], [source]))
    assert figures["tool results changed"] == 100
    assert figures["code lines changed per 1000"] == pytest.approx(1000 / 8)
    assert figures["structure broken"] == 50


def test_files_of_folders_are_drawn_by_the_seed_of_each_language_in_turn(tmp_path):
    for number in range(4):
        for name in (f"m{number}.py", f"n{number}.h", f"data{number}.csv", f"tool{number}"):
            (tmp_path / name).write_text(f"#!/bin/sh\n# {name}\n" + "x = 1\n" * 400)
    (tmp_path / "packed.js").write_text("x" * 5_000)
    names = [source.name.rpartition("/")[2] for source in sources.in_folders([tmp_path], 7, 6)]
    assert sorted(name[:1] for name in names) == ["m", "m", "n", "n", "t", "t"]
    assert names == [source.name.rpartition("/")[2] for source in sources.in_folders([tmp_path], 7, 6)]
    assert names != [source.name.rpartition("/")[2] for source in sources.in_folders([tmp_path], 8, 6)]


async def test_pins_and_special_categories_without_cause_are_counted():
    clean, ill = letter("The cache is empty."), Document("i", "drawn", "clinic", "en", "Orla is ill", (), special=True)
    figures = report.numbers(await counted(Renaming("x", pinned=True), [clean, ill]))
    assert figures["false pins"] == figures["false special categories"] == 50


async def test_renamed_tool_and_lost_cache_are_counted():
    [session, *_] = sessions(1, sources.sources(1, 2))
    tally = report.part(await counted(Renaming("shell"), (), (), [session]), measure.AGENTS)
    assert {change.before for _, change, _ in tally.changes} >= {"shell", "kill_shell", "shell_id"}
    assert "keys of the body changed" in {what for _, what in tally.broken}


@pytest.mark.parametrize("path", requests.DIALECTS)
def test_text_stands_where_a_request_says(path):
    for request in (requests.message(path, "hello"), requests.result(path, "hello")):
        assert request.text(request.body) == "hello"


def test_material_is_the_same_for_a_seed_and_holds_every_kind_and_language():
    first, second = ([*material.shipped(), *material.drawn(4, 1)] for _ in range(2))
    assert first == second
    assert first != [*material.shipped(), *material.drawn(5, 1)]
    for half in ("shipped", "drawn"):
        documents = [document for document in first if document.half == half]
        assert {value.kind for document in documents for value in document.values} == set(KINDS)
        assert {document.language for document in documents if document.values} == set(LANGUAGES)
        assert {document.language for document in documents if document.clean} == set(LANGUAGES)
    assert all(
        value.text in document.text or document.kind == "json opaque"
        for document in first
        for value in document.values
        if document.kind != "sql"
    )


def test_number_of_a_medical_record_alone_says_that_its_holder_is_a_patient():
    record, customer = Planted("record", "IPP 8004412"), Planted("record", "KD-800441")
    assert material.of_patient([customer, record], ["8004412", "IPP 8004412"])
    assert not material.of_patient([record], ["IPP 8004412", "asthma"])
    assert not material.of_patient([customer, Planted("username", "MRN-1")], ["KD-800441"])
    assert not material.of_patient([record], [])
    documents = [document for document in material.drawn(4, 2) if not document.clean]
    held = {
        value.text[:4] for one in documents for value in one.values if material.of_patient(one.values, [value.text])
    }
    assert {"MRN-", "IPP "} <= held


def test_labelled_set_gives_its_people_and_numbers_as_values(tmp_path):
    row = {"id": "1", "text": "Ask Orla Quist in Bonn", "spans": [[4, 14, "person"], [18, 22, "location"]]}
    file = tmp_path / "wnut17_en.test.jsonl"
    file.write_text(json.dumps(row) + "\n" + json.dumps({"id": "2", "text": "It rains.", "spans": []}) + "\n")
    held, clean = material.labelled(file, 5)
    assert (held.half, held.values) == ("wnut17", (Planted("name", "Orla Quist"),))
    assert clean.clean
    assert not list(material.labelled(tmp_path / "unknown.jsonl", 5))


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_sample_holds_the_bars_of_both_classifiers(tmp_path):
    variables, passed = models.handed()
    written = tmp_path / "figures.json"
    command = [sys.executable, "-m", "bench.outbound", "--quick", "--seed", "20261201", "--systems", "accurate,fast"]
    done = subprocess.run(
        [*command, "--json", str(written)], env={**os.environ, **variables, "PYTHONPATH": str(ROOT)}, pass_fds=passed,
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=380,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    systems = json.loads(written.read_text())["systems"]
    assert all(sum(row["kept"] for row in one["parts"].values()) <= 1 for one in systems.values())
    assert all(sum(row["values"] for row in one["parts"].values()) > 150 for one in systems.values())
