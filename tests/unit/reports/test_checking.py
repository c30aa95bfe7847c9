from __future__ import annotations

import pytest

from proxy.errors import ConfigurationError
from proxy.reports import checking, statement
from proxy.reports.checking import CheckFailedError
from proxy.reports.statement import Flaw
from testing import evidence

KEY = evidence.SIGNING.verifier


def test_a_whole_answer_is_checked_alone(answer, tmp_path):
    path = tmp_path / "answer.json"
    path.write_bytes(statement.canonical(answer({"a": 1}).document()))
    assert checking.checked(path, KEY)[0] is None
    path.write_bytes(path.read_bytes().replace(b'"a":1', b'"a":2'))
    assert checking.checked(path, KEY)[0] is Flaw.ROWS


def test_a_file_that_is_no_answer_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "other.csv").write_text("a,b\n")
    with pytest.raises(ConfigurationError, match=r"other\.csv is neither .* answer, and has no other\.csv\.sig\.json"):
        checking.checked(tmp_path / "other.csv", KEY)


def test_an_answer_says_what_was_signed_or_why_not(answer, tmp_path):
    path = tmp_path / "answer.json"
    path.write_bytes(statement.canonical(answer({"a": 1}).document()))
    checked = checking.check(path, KEY)
    assert checked.statement is not None
    assert checked.lines[0].text.endswith("as signed")
    path.write_bytes(path.read_bytes().replace(b'"a":1', b'"a":2'))
    with pytest.raises(CheckFailedError, match=Flaw.ROWS):
        checking.check(path, KEY)


def test_a_file_that_is_missing_is_said_in_words(tmp_path):
    with pytest.raises(ConfigurationError, match=r"gone\.json cannot be read \(No such file or directory\)"):
        checking.check(tmp_path / "gone.json", KEY)
