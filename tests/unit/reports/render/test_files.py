from __future__ import annotations

import hashlib

import pytest

from proxy.errors import ConfigurationError
from proxy.reports import checking
from proxy.reports.render import _NEEDED, FORMATS, rendered, write_files
from proxy.reports.statement import Flaw
from testing import evidence

KEY = evidence.SIGNING.verifier


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_is_checked_with_its_companion(kind, answer, tmp_path):
    if kind in _NEEDED:
        pytest.importorskip(_NEEDED[kind][0], reason="an extra is not installed")
    path = tmp_path / f"answer.{kind}"
    write_files(answer({"a": 1}), kind, path)
    assert (checking.checked(path, KEY)[0], checking.checked(path, KEY)[1]["file"]["format"]) == (None, kind)
    path.write_bytes(path.read_bytes() + b" ")
    assert checking.checked(path, KEY)[0] is Flaw.FILE


def test_a_place_that_cannot_be_written_is_named(answer, tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_files(answer({"a": 1}), "csv", tmp_path / "missing" / "answer.csv")


def test_json_lines_have_the_digest_that_the_statement_says_of_the_rows(answer):
    signed = answer({"b": 1, "a": "x"}, {"b": None, "a": "=1"})
    file = rendered(signed, "jsonl")
    assert file == b'{"a":"x","b":1}\n{"a":"=1","b":null}\n'
    assert hashlib.sha256(file).hexdigest() == signed.statement["rows_sha256"]
