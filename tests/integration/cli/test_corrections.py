"""Corrections of findings as an operator makes them: one process each, against a real database and the real models."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from testing import commands, evidence, rule_cache

NOTE = "Patient: Maria Lopez was seen for diabetes.\nTicket PK-778 is about Maria Lopez and our Zorblax router.\n"


@pytest.fixture
def command(fresh_dsn, tmp_path):
    rule_cache.give(tmp_path / "cache")

    def run(*words: str, status: int = 0, **more: str) -> str:
        environment = dict(os.environ) | {
            "DATABASE_URL": fresh_dsn, "PROXY_SECRET_KEY": base64.b64encode(b"k" * 32).decode(), "COLUMNS": "300",
            "PROXY_AUDIT_SIGNING_KEY": str(evidence.signing_key_file(tmp_path)),
            "PROXY_STATE_DIR": str(tmp_path), "PROXY_CONFIG_DIR": str(tmp_path), **more,
        }  # fmt: skip
        done = commands.run(*words, environment=environment)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


@pytest.mark.slow
def test_a_correction_changes_the_list_and_leaves_a_case_and_a_record(command, tmp_path: Path):
    (tmp_path / "note.txt").write_text(NOTE)
    cases = tmp_path / "cases.jsonl"
    about = ("--tenant", "acme", "--cases", str(cases))
    said = command("detect", str(tmp_path / "note.txt"), "--false", "1", *about)
    assert "PERSON at 9:20 is now on the allow-list of acme" in said
    command("detect", str(tmp_path / "note.txt"), "--missed", "51:57", "--type", "USERNAME", "--keep-text", *about)
    lists = (tmp_path / "lists.yaml").read_text()
    for secret in ("Lopez", "PK-778"):
        assert secret not in lists + said
    first, second = (json.loads(line) for line in cases.read_text().splitlines())
    assert first["text"][slice(*(first["absent"][0][key] for key in ("start", "end")))] == "Maria Lopez"
    assert second["text"] == NOTE
    rows = [
        json.loads(line)
        for line in command("audit", "events", "--name", "detection_list_changed", "--json").splitlines()
    ]
    assert sorted((row["tenant"], row["facts"]["list"], row["facts"]["type"], row["facts"]["form"]) for row in rows) == [
        ("acme", "allow", "PERSON", "digest"), ("acme", "deny", "USERNAME", "digest"),
    ]  # fmt: skip
    assert all(row["facts"]["by"] for row in rows)
    with cases.open("a") as out:
        out.write(
            json.dumps({**first, "absent": [], "findings": [{"start": 0, "end": 7, "entity_type": "US_SSN"}]}) + "\n"
        )
    told = command("detect", "--regress", str(cases), status=1)
    assert "FAILED: US_SSN at 0:7 is not found" in told
    assert "3 cases: 2 hold, 1 do not" in told


def test_what_cannot_be_recorded_is_not_done(command, tmp_path: Path):
    (tmp_path / "note.txt").write_text(NOTE)
    command(
        "detect", str(tmp_path / "note.txt"), "--missed", "9:20", "--type", "PERSON", "--tenant", "acme", status=2,
        DATABASE_URL="postgresql://nobody@127.0.0.1:1/none",
    )  # fmt: skip
    assert not (tmp_path / "lists.yaml").exists()


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--false", "1"), 2),
        (("--missed", "0:3", "--tenant", "t", "--type", "NOBODY", "--unrecorded"), 2),
        (("--regress", "missing.jsonl"), 2),
        ((), 2),
    ],
)
def test_wrong_calls_end_with_a_message(command, words, status, tmp_path: Path):
    (tmp_path / "note.txt").write_text("x")
    file = (str(tmp_path / "note.txt"),) if words and words[0] != "--regress" else ()
    assert "Traceback" not in command("detect", *file, *words, status=status)
