from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path

import pytest

from proxy.detection.patterns import recognizers
from proxy.detection.patterns.definitions import Definitions
from proxy.detection.patterns.pattern import CHECKED_DIGITS, WORD

FOLDER = Path(recognizers.__file__).parent
FILE = r"""
[words]
label = ["badge", "pass(?: card)?"]

[forms]
gap = '[: ]{1,3}'
letters = ["A", "B{1,2}"]

[context]
office = ["gate", "reception"]

[defaults]
type = "NATIONAL_ID"
width = 40

[pattern.badge]
body = '''
    {label}{gap}
    (?P<v>{letters}{digit_run})
'''
score = 0.2
words = ["door", "{office}", "{other.floor}", "{languages.fax}"]
boosted = 0.8
check = ["own.none", "own.all"]
border = "digits"

[pattern.plain]
body = '{languages.kin} {other.floor_sign} '
width = 9
score = 0.5
border = ['(?<!x)', '']
"""
OTHER = "[context]\nfloor = ['floor']\n\n[forms]\nfloor_sign = 'F'\n"


def read(file=FILE):
    functions = {"own.none": lambda _: 0, "own.all": len}
    definitions = Definitions.parsed({"mine": file, "other": OTHER}, {"digit_run": "[0-9]{4}"}, functions.__getitem__)
    return list(definitions.patterns("mine"))


def test_names_in_expressions_stand_for_their_words_and_forms_and_line_breaks_for_nothing():
    badge, plain = read()
    assert badge.body == "(?i:badge|pass(?: card)?)[: ]{1,3}(?P<v>(?:A|B{1,2})[0-9]{4})"
    assert plain.body.startswith("(?i:")
    assert plain.body.endswith(") F ")
    assert re.compile(plain.body).match("Mother F ")


def test_names_among_the_words_stand_for_the_words_of_this_and_of_other_files():
    words = read()[0].words
    assert words is not None
    assert {"door", "gate", "reception", "floor", "telefax"} <= set(words.phrases)


def test_members_come_from_the_pattern_then_from_the_defaults():
    badge, plain = read()
    assert (badge.width, plain.width) == (40, 9)
    assert (badge.entity_type, badge.border, plain.border) == ("NATIONAL_ID", CHECKED_DIGITS, ("(?<!x)", ""))
    assert (plain.words, plain.check, plain.wary) == (None, None, "")
    assert WORD not in {badge.border, plain.border}


def test_of_several_checks_the_first_that_holds_decides():
    badge, _ = read()
    assert badge.check("A1234") == 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("[forms]", "[form]"), "mine.toml: form: is none of "),
        (("score = 0.2", ""), "mine.toml: pattern.badge: score: required"),
        (("score = 0.2", 'score = "0.2"'), "mine.toml: pattern.badge: score: float expected"),
        (("width = 40", "width = true"), "mine.toml: pattern.badge: width: int expected"),
        (("boosted", "boost"), "mine.toml: pattern.badge: boost: is none of "),
        (("NATIONAL_ID", "NATIONAL"), "NATIONAL is not an entity type"),
        (("{gap}", "{gaps}"), "mine.toml: pattern.badge: 'gaps'"),
        (("{languages.fax}", "{languages.faxes}"), "mine.toml: pattern.badge: 'faxes'"),
        (("{office}", "{offices}"), "mine.toml: pattern.badge: 'offices'"),
        (("own.none", "own.nothing"), "mine.toml: pattern.badge: 'own.nothing'"),
        (('"digits"', '"digit"'), "mine.toml: pattern.badge: 'digit'"),
    ],
)
def test_a_mistake_is_named_with_its_place(change, message):
    assert change[0] in FILE
    with pytest.raises(ValueError) as fault:
        read(FILE.replace(*change))
    assert message in str(fault.value)


@pytest.mark.parametrize("field", sorted(path.stem for path in FOLDER.glob("*.toml")))
def test_every_name_that_a_file_defines_is_used(field):
    texts = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.toml")}
    document = tomllib.loads(texts[field])
    names = [name for table in ("words", "forms", "context") for name in document.get(table, {})]
    unused = [
        name
        for name in names
        if f"{{{name}}}" not in texts[field] and not any(f"{{{field}.{name}}}" in text for text in texts.values())
    ]
    assert unused == []


def test_every_check_of_python_stdnum_exists():
    texts = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.toml"))
    names = set(re.findall(r'"(stdnum\.[\w.]+)"', texts))
    assert len(names) > 50
    for name in names:
        assert callable(importlib.import_module(name).is_valid)
