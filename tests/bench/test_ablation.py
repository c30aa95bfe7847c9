"""The ablation names rules and lists that there are, takes each of them away whole, and prints what that changes."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench import ablation
from bench.outbound.persons import LANGUAGES
from bench.outbound.sessions import peopled
from proxy.core.findings import Finding, SegmentFindings
from proxy.detection import languages

ROOT = Path(__file__).parents[2]
TAKEN = """
from bench import ablation
from proxy.detection import languages
ablation._switched_off({family!r})
from proxy.detection.people import guesses
print(guesses.symbol is ablation._false, [languages.words("technology"), languages.words("eponyms")])
"""


def taken(family):
    command = [sys.executable, "-c", TAKEN.format(family=family)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    rule, _, lists = done.stdout.partition(" ")
    return rule == "True", [bool(set(words) - {ablation._NEVER}) for words in eval(lists)]


def test_every_family_is_there_and_has_lines():
    for module, name, _, _ in ablation.RULES.values():
        assert hasattr(importlib.import_module(module), name), (module, name)
    lines = ablation.families()
    assert all(count > 0 for count in lines.values())
    lists = {
        f"{part}.{key}"
        for one in languages.LANGUAGES.values()
        for part in ("words", "patterns")
        for key in getattr(one, part)
    }
    assert lists <= set(lines)


@pytest.mark.parametrize(
    ("family", "rule", "lists"),
    [("", False, [True, True]), ("symbols", True, [True, True]), ("words.technology", False, [False, True])],
)
def test_family_is_taken_away_alone(family, rule, lists):
    assert taken(family) == (rule, lists)


def test_row_says_what_a_family_buys():
    whole = dict.fromkeys(ablation._FIGURES, 5.0)
    row = ablation._row("months", 32, {**whole, "values": 18, "wrong": 2}, whole)
    assert row.split() == ["months", "32", "+13", *["+0"] * 8, "-3"]
    assert ablation._row("common", 46, {}, whole).endswith("fails without")


def reader_of(*texts):
    """Return a reader that finds a person wherever "Zara" stands in one of the texts of every request."""
    places = [text.find("Zara") for text in texts]
    people = [[Finding("PERSON", at, at + 4, 0.9, "classifier")] if at >= 0 else [] for at in places]
    read = [
        (SimpleNamespace(text=text), SegmentFindings(tuple(of_text)))
        for text, of_text in zip(texts, people, strict=True)
    ]
    return SimpleNamespace(read_body=lambda *_: read)


def test_lines_of_agents_that_change_count_once_and_names_that_are_left_do():
    figures = Counter()
    ablation._of_agents(reader_of("Zara the build\nand its tests", "Author: Zara", "Ask somebody."), figures)
    assert (figures["agents"], figures["code"]) == (1, 0)
    assert figures["asked"] == 0  # no name of a drawn person stands in what was read


def test_agents_are_asked_about_drawn_people_in_each_language():
    asked = list(peopled(11, 1))
    assert [document.language for document, _ in asked] == list(LANGUAGES)
    for document, request in asked:
        assert all(value.text in document.text for value in document.values)
        assert len(document.values) >= 6
        assert all(
            json.dumps(value.text)[1:-1] in json.dumps(request.body).replace("\\\\", "\\") for value in document.values
        )


def test_all_lines_of_rules_and_vocabulary_are_counted():
    families = ablation.families()
    assert ablation.rule_lines() > sum(lines for name, lines in families.items() if "." in name)
