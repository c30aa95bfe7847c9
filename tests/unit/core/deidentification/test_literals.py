"""A stand-in that is no bare scalar stands in quotes where one was; everything else is replaced as it is."""

from __future__ import annotations

import ast
import configparser
import csv
import re
import shlex
import subprocess
import tomllib

import pytest
import yaml

from proxy.core.deidentification.edits import splice
from proxy.core.deidentification.literals import quoted
from testing import growth


def edited(text: str, value: str, new: str = "User_X") -> str:
    start = text.index(value)
    [(start, end, written)] = quoted(text, [(start, start + len(value), new)])
    return text[:start] + written + text[end:]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INSERT INTO t VALUES (10442, 'x')", "INSERT INTO t VALUES ('User_X', 'x')"),
        ("INSERT INTO t VALUES ('it''s', 10442)", "INSERT INTO t VALUES ('it''s', 'User_X')"),
        ("UPDATE t SET nr = 10442 WHERE a = 1", "UPDATE t SET nr = 'User_X' WHERE a = 1"),
        ("SELECT 1 FROM t WHERE nr=10442 AND b", "SELECT 1 FROM t WHERE nr='User_X' AND b"),
        ("INSERT INTO t VALUES ('call, 10442, x')", "INSERT INTO t VALUES ('call, User_X, x')"),
        ("INSERT INTO t VALUES ('10442')", "INSERT INTO t VALUES ('User_X')"),
        ("Nobody inserts (10442, 3)", "Nobody inserts (User_X, 3)"),
    ],
)
def test_only_a_bare_number_of_a_statement_is_put_in_quotes(text, expected):
    assert edited(text, "10442") == expected


def test_a_number_in_place_of_a_number_needs_none():
    assert edited("INSERT INTO t VALUES (10442)", "10442", "+999123") == "INSERT INTO t VALUES (+999123)"


def test_each_of_several_is_judged_by_its_own_place():
    text = "INSERT INTO t VALUES ('10442', 10442, '10442')"
    places = [at for at in range(len(text)) if text.startswith("10442", at)]
    assert [new for _, _, new in quoted(text, [(at, at + 5, "W") for at in places])] == ["W", "'W'", "W"]


_STAND_INS = {"X1234567": "[PASSPORT_1]", "4111111111111111": "411111******1111", "219099999": "[US_SSN_1]", "219-09-9999": "[US_SSN_1]"}  # fmt: skip


def masked(text: str) -> str:
    """Return a text with every one of the values replaced by its stand-in, as a transform does it."""
    places = sorted((m.start(), m.end(), _STAND_INS[m[0]]) for m in re.finditer("|".join(_STAND_INS), text))
    return splice(text, quoted(text, places))


_YAML = """
owner:
  passport: X1234567
  spaced:   X1234567   # its comment
  ssn: 219-09-9999
  quoted: "X1234567"
  within: it is X1234567, she says
  first: X1234567 is hers
  both: X1234567 and X1234567
  marked: 'its X1234567'
  told: X1234567 is "hers"
  cards: [4111111111111111, X1234567]
  flow: {name: Ann, passport: X1234567, ssn: 219099999, n: 3}
  ids:
    - X1234567
    - 219-09-9999
    - 4111111111111111 # the third
  people:
  - name: Ann
    passport: X1234567
  - passport: X1234567
"""
_TOML = """
[owner]
ssn = 219099999
card = 4111111111111111 # paid
account = { pin = 219099999, card = 4111111111111111, name = "Ann X1234567" }
numbers = [4111111111111111, 219099999]
long = [
  4111111111111111,
  219099999,
]
"""
_PROGRAM = """
PERSON = {"name": "Ann", "ssn": 219099999, "card": 4111111111111111, "text": "X1234567"}
ROWS = [
    4111111111111111,
    219099999,
]


def pay(card=4111111111111111):
    ssn = 219099999
    if ssn == 219099999:
        return charge(4111111111111111, ssn, [219099999], {"a": (219099999, 2)})
    return charge(
        219099999,
        card=4111111111111111,
    )
"""


def _shape(value: object) -> object:
    """Return a document with keys and nesting alone."""
    if isinstance(value, dict):
        return {key: _shape(one) for key, one in value.items()}
    return [_shape(one) for one in value] if isinstance(value, list) else ""


def _tree(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = None
    return ast.dump(tree)


def _section(text: str) -> dict[str, list[str]]:
    parser = configparser.ConfigParser()
    parser.read_string(text)
    return {name: list(parser[name]) for name in parser.sections()}


_INI = "[owner]\npassport = X1234567\ncard = 4111111111111111\nssn=219099999\n"
_SHELL = "export PASSPORT=X1234567 CARD=4111111111111111\ncharge --ssn 219-09-9999 --card=4111111111111111 > out.txt\n"


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (lambda text: _shape(yaml.safe_load(text)), _YAML),
        (lambda text: _shape(tomllib.loads(text)), _TOML),
        (_tree, _PROGRAM),
        (_section, _INI),
        (lambda text: [len(row) for row in csv.reader(text.splitlines())], "a,b\nX1234567,4111111111111111\n"),
        (lambda text: [len(shlex.split(line)) for line in text.splitlines()], _SHELL),
        (
            lambda text: subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False).stderr,
            _SHELL,
        ),
    ],
    ids=["yaml", "toml", "python", "ini", "csv", "shell words", "shell"],
)
def test_a_document_parses_as_before(read, text):
    changed = masked(text)
    assert changed != text
    assert not any(value in changed for value in _STAND_INS)
    assert read(changed) == read(text)


def test_the_value_that_yaml_reads_is_the_stand_in():
    owner = yaml.safe_load(masked(_YAML))["owner"]
    assert owner["passport"] == owner["spaced"] == "[PASSPORT_1]"
    assert owner["both"] == "[PASSPORT_1] and [PASSPORT_1]"
    assert owner["told"] == '[PASSPORT_1] is "hers"'
    assert owner["flow"] == {"name": "Ann", "passport": "[PASSPORT_1]", "ssn": "[US_SSN_1]", "n": 3}
    assert owner["people"][1] == {"passport": "[PASSPORT_1]"}


@pytest.mark.parametrize(
    "text",
    [
        "Name: Ann\nPassport: X1234567\nSSN: 219-09-9999",
        "Her passport is X1234567, her number (219099999), and the card 4111111111111111.",
        "my numbers\n- X1234567\n- 219-09-9999",
        "passport: X1234567",
        "[12:04] ann: X1234567\n[12:05] ben: thanks",
    ],
)
def test_what_people_write_gets_no_quotes(text):
    assert '"' not in masked(text)
    assert "'" not in masked(text)


def test_shown_lines_and_fences_are_settings_too():
    assert masked("  8\tname: Ann\n  9\tpassport: X1234567") == '  8\tname: Ann\n  9\tpassport: "[PASSPORT_1]"'
    assert 'passport: "[PASSPORT_1]"\n```' in masked("See:\n```yaml\nname: Ann\npassport: X1234567\n```")


def test_a_scalar_with_both_quotes_stays_as_it_is():
    text = 'a: b\npassport: X1234567 is Ann\'s "own"'
    assert masked(text) == text.replace("X1234567", "[PASSPORT_1]")


def test_work_grows_with_the_text():
    text = "ids:\n" + "- X1234567\n" * 200
    assert masked(text).count('"[PASSPORT_1]"') == 200
    growth.check_linear(lambda times: lambda: masked(text * times))
    growth.check_linear(lambda times: lambda: masked("{" + '"a": 219099999, ' * (20 * times) + "}"))
    growth.check_linear(lambda times: lambda: masked("- X1234567\n" * (100 * times)))
