from __future__ import annotations

import hashlib
import json

import orjson
import pytest

from proxy.audit.sealing import notes
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.sealing.notes import Note
from proxy.reports import statement
from proxy.reports.statement import Flaw

KEY = AuditSigningKey.generate("audit.acme.example/eu1")
ROWS = [{"b": 1, "a": "é"}, {"b": None, "a": ["x"]}]
SIGNED_NOTE = notes.sign(Note(7, b"r" * 32), KEY)


def answered(**changes):
    about = {
        "question": "AQ-14", "rows": 2, "rows_sha256": statement.digest_of_rows(ROWS), "log": statement.log(SIGNED_NOTE),
    }  # fmt: skip
    document = {**statement.signed(about | changes, KEY), "rows": ROWS}
    return json.loads(orjson.dumps(document))  # as somebody reads it from a file


def test_an_answer_is_what_was_signed_after_it_was_a_file():
    assert statement.flaw(answered(), KEY.verifier) is None


def test_the_rows_digest_can_be_made_from_json_lines_alone():
    lines = b'{"a":"\xc3\xa9","b":1}\n{"a":["x"],"b":null}\n'
    assert statement.digest_of_rows(ROWS) == hashlib.sha256(lines).hexdigest()


def changed(name):
    document = answered()
    match name:
        case "row":
            document["rows"][0]["b"] = 2
        case "row removed":
            document["rows"].pop()
        case "rows gone":
            del document["rows"]
        case "count":
            document["statement"]["rows"] = 3
        case "other key":
            document |= statement.signed(document["statement"], AuditSigningKey.generate(KEY.origin))
        case "unsigned":
            document["signature"] = ""
        case "no statement":
            del document["statement"]
        case "note":
            forged = notes.sign(Note(9, b"r" * 32), AuditSigningKey.generate(KEY.origin))
            document = answered(log=statement.log(forged))
        case "size":
            document = answered(log={**statement.log(SIGNED_NOTE), "size": 8})
    return document


@pytest.mark.parametrize(
    ("name", "flaw"),
    [
        ("row", Flaw.ROWS), ("row removed", Flaw.ROWS), ("rows gone", Flaw.ROWS), ("count", Flaw.SIGNATURE),
        ("other key", Flaw.SIGNATURE), ("unsigned", Flaw.UNSIGNED), ("no statement", Flaw.MALFORMED), ("note", Flaw.NOTE),
        ("size", Flaw.NOTE),
    ],
)  # fmt: skip
def test_what_was_changed_is_named(name, flaw):
    assert statement.flaw(changed(name), KEY.verifier) is flaw


def test_a_file_counts_by_the_digest_in_its_companion():
    file = b"a,b\r\n"
    companion = statement.signed({"file": {"sha256": hashlib.sha256(file).hexdigest()}, "log": None}, KEY)
    assert statement.flaw(companion, KEY.verifier, file) is None
    assert statement.flaw(companion, KEY.verifier, file + b"x") is Flaw.FILE
    assert statement.flaw(statement.signed({"file": None}, KEY), KEY.verifier, file) is Flaw.FILE


def test_without_a_key_a_statement_is_not_signed():
    assert statement.flaw(statement.signed({"log": None}, None) | {"rows": []}, KEY.verifier) is Flaw.UNSIGNED


def test_no_note_passes_for_an_answer_and_no_answer_for_a_note():
    document = answered()
    signature, about = document["signature"], document["statement"]
    assert not KEY.verifier.signed(signature, Note(7, b"r" * 32).text(KEY.origin))
    assert (
        notes.opened(f"{statement.text(about, KEY.origin)}\n{notes.DASH} {KEY.origin} {signature}\n", KEY.verifier)
        is None
    )


def test_a_log_without_a_note_has_no_state():
    assert statement.log(None) is None
    assert statement.log(SIGNED_NOTE) == {"size": 7, "root": (b"r" * 32).hex(), "note": SIGNED_NOTE}
