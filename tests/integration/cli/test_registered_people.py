"""The commands on lists of registered people, as an operator runs them."""

from __future__ import annotations

import json
from functools import partial

import pytest

ROWS = "Vorname;Name;Nr\nJan;Kowalski;KD-88237465\nRose;;\n"
COLUMNS = ("--columns", "given=Vorname,family=Name,id=Nr,subject=Nr", "--delimiter", ";")
WHERE = ("--tenant", "acme", "--list", "patients")


@pytest.fixture
def command(command):
    return partial(command, group="registered")


@pytest.fixture
def files(tmp_path):
    (tmp_path / "people.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "text").write_text("Dear KOWALSKI Jan, your number kd 88237465.", encoding="utf-8")
    (tmp_path / "latin").write_bytes(b"Vorname;Name;Nr\nJ\xe4n;Kowalski;1\n")
    return tmp_path


def test_a_list_is_loaded_checked_erased_from_and_removed_on_record(command, files):
    people, text = str(files / "people.csv"), str(files / "text")
    assert "has no tenant acme" in command("load", people, *WHERE, *COLUMNS, status=2)
    loaded = command("load", people, *WHERE, *COLUMNS, "--role", "patient", "--unregistered")
    assert loaded.startswith("patients: 1 people of 2 rows")
    listed = command("list", "--tenant", "acme")
    assert "patients" in listed
    assert "patient" in listed
    checked = command("check", text, "--tenant", "acme")
    assert "PERSON" in checked
    assert "USERNAME" in checked
    assert "owalski" not in checked
    assert command("erase", "--tenant", "acme", "--subject", "KD-88237465") == "erased 1 records"
    assert "no list has" in command("erase", "--tenant", "acme", "--subject", "KD-88237465", status=1)
    assert "PERSON" not in command("check", text, "--tenant", "acme")
    assert command("remove", *WHERE) == "removed patients"
    assert "no list" in command("remove", *WHERE, status=1)
    assert "no list" in command("check", text, "--tenant", "acme", status=1)
    events = [json.loads(line) for line in command("events", "--json", group="audit").splitlines()]
    acts = [one["action"] for one in events if one["action"].startswith("registered")]
    assert acts == ["registered_list_removed", "registered_person_erased", "registered_list_loaded"]
    assert "owalski" not in json.dumps(events)
    assert "88237465" not in json.dumps(events)


@pytest.mark.parametrize(
    ("file", "words", "reason", "status"),
    [
        ("people.csv", ("--columns", "given=Vorname"), "identifies a person", 2),
        ("people.csv", ("--columns", "given,family", "--delimiter", ";"), "no column given, family", 2),
        ("people.csv", (*COLUMNS, "--role", "nobody"), "role", 2),
        ("latin", COLUMNS, "of the file is not UTF-8", 2),
        ("people.csv", ("--columns", "given=Vorname,family=Vorname"), "named twice", 2),
    ],
)
def test_what_cannot_be_loaded_is_refused_in_a_sentence(command, files, file, words, reason, status):
    told = command("load", str(files / file), *WHERE, *words, "--unregistered", status=status)
    assert reason in told
    assert "Traceback" not in told
    assert "owalski" not in told


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "no column Vorname, Name, Nr"),
        ("Vorname;Name;Nr\n", "nobody in the file"),
        ("Vorname;Name;Nr\nRose;;\n", "nobody in the file"),
        ("Vorname;Name;Nr;Nr\nJan;Kowalski;1;2\n", "twice the column Nr"),
        ("Vorname;Name;Nr\nIlka;Lind;KD-99\nJan;Kowal", "line 3 of the file has not the 3 values"),
        ("Vorname;Name;Nr\nJan;Kowalski;senior;KD-99\n", "line 2 of the file has not the 3 values"),
        ('Vorname;Name;Nr\n"Jan;Kowalski;KD-99\nIlka;Lind;KD-98\n', "line 3 of the file is not CSV"),
        ('Vorname;Name;Nr\n"Jan"owalski";KD-99;\n', "line 2 of the file is not CSV"),
        ("Vorname;Name;Nr\nIlka;Lind;KD-99\nJan;K\0owalski;KD-98\n", "line 3 of the file has the control"),
        ("Vorname;Name;Nr\0\nJan;Kowalski;KD-98\n", "U+0000 in column 3"),
    ],
    ids=[
        "empty",
        "header alone",
        "nobody",
        "column twice",
        "broken off",
        "value too many",
        "open quote",
        "quote within",
        "NUL in a cell",
        "NUL in the header",
    ],
)
def test_a_list_stays_in_force_when_a_file_is_not_whole(command, files, content, reason):
    command("load", str(files / "people.csv"), *WHERE, *COLUMNS, "--unregistered")
    (files / "next.csv").write_text(content, encoding="utf-8")
    told = command("load", str(files / "next.csv"), *WHERE, *COLUMNS, "--unregistered", status=2)
    assert reason in told
    assert "owal" not in told
    assert "PERSON" in command("check", str(files / "text"), "--tenant", "acme")


def test_rows_may_end_with_empty_values_beyond_the_header(command, files):
    (files / "people.csv").write_text("Vorname;Name;Nr\nJan;Kowalski;KD-88237465;;\n\n", encoding="utf-8")
    assert "1 people of 1 rows" in command("load", str(files / "people.csv"), *WHERE, *COLUMNS, "--unregistered")
