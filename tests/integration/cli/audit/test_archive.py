"""``audit archive`` as an operator runs it, and ``audit verify --offline`` on what it wrote, without a database."""

from __future__ import annotations

import base64
import hashlib
import json
import os

import pytest

from proxy.audit.upkeep.anchors.file import FileAnchor
from testing import commands, evidence, past

pytest.importorskip("pyarrow", reason="the extra 'lake' is not installed")


@pytest.fixture
def command(fresh_dsn, tmp_path):
    def run(*words: str, status: int = 0, dsn: str = "") -> str:
        environment = dict(os.environ) | {
            "DATABASE_URL": dsn or fresh_dsn, "PROXY_SECRET_KEY": base64.b64encode(evidence.KEYRING.master).decode(),
            "PROXY_STATE_DIR": "/nonexistent", "COLUMNS": "300", "PROXY_AUDIT_ANCHOR": f"file:{tmp_path / 'audit.anchor'}",
            "PROXY_AUDIT_SIGNING_KEY": str(evidence.signing_key_file(tmp_path)),
        }  # fmt: skip
        done = commands.run("audit", *words, environment=environment)
        assert done.returncode == status, done.stdout + done.stderr
        return (done.stderr if status == 2 else done.stdout).strip()

    return run


@pytest.fixture
async def month(fresh_dsn, tmp_path, started) -> str:
    """The name of a month with four exchanges of two tenants."""
    then = past.Past(fresh_dsn, FileAnchor(tmp_path / "audit.anchor"))
    log = await then.log(100, started)
    for tenant in ("acme", "acme", "mercy", "acme"):
        await past.serve(log, tenant=tenant)
    await log.close()
    await then.checkpoint()
    return f"{past.day_ago(100):%Y-%m}"


async def test_a_month_is_archived_recorded_and_verified_without_the_database(command, month, tmp_path, superuser):
    out = tmp_path / "archive"
    assert "exchange.parquet: 4 rows" in command("archive", month, "--out", str(out), "--purpose", "schedule 7")
    key, anchor, nowhere = (
        str(evidence.SIGNING.verifier),
        str(tmp_path / "audit.anchor"),
        "postgresql://nobody@/nothing",
    )
    said = command("verify", "--offline", str(out), "--key", key, "--anchor", anchor, "--json", dsn=nowhere)
    held = json.loads((out / "manifest.json").read_text())
    assert (json.loads(said)["state"], json.loads(said)["records"]) == ("witnessed", held["records"])
    assert "no anchor confirms" in command("verify", "--offline", str(out), "--key", key, status=3, dsn=nowhere)

    facts = json.loads(
        await superuser.fetchval("SELECT body #>> '{facts}' FROM audit.record WHERE action = 'month_archived'")
    )
    assert (facts["month"], facts["rows"], facts["purpose"]) == (month, held["rows"], "schedule 7")
    assert facts["manifest_sha256"] == hashlib.sha256((out / "manifest.json").read_bytes()).hexdigest()
    assert await superuser.fetchval("SELECT said::json ->> 'command' FROM audit.reading") == "audit archive"
    assert all((one.stat().st_mode & 0o077) == 0 for one in out.iterdir())

    with (out / "records.parquet").open("r+b") as file:
        file.seek(2000)
        file.write(b"altered")
    assert "records.parquet is not the file" in command("verify", "--offline", str(out), "--key", key, status=1)


async def test_a_tenant_can_be_archived_alone(command, month, tmp_path):
    out = tmp_path / "archive"
    assert "exchange.parquet: 1 rows" in command("archive", month, "--out", str(out), "--tenant", "mercy")
    assert "of tenants that the archive is not of" in command("verify", "--offline", str(out), status=3)


@pytest.mark.parametrize("name", ["May", "2999-01", "2001-01"])
async def test_what_cannot_be_archived_is_said_in_a_sentence_and_leaves_no_folder(command, month, tmp_path, name):
    assert command("archive", name, "--out", str(tmp_path / "archive"), status=2)
    assert not (tmp_path / "archive").exists()


async def test_questions_and_reports_take_the_month_and_an_answer_over_it_is_recomputed(command, month, tmp_path):
    """In German, too, where a page is handed on."""
    out, answer, page = tmp_path / "archive", tmp_path / "answer.json", tmp_path / "page.html"
    command("archive", month, "--out", str(out))
    asked = ("ask", "AQ-28", "--archive", str(out))
    answer.write_text(command(*asked, "--json"))
    said = json.loads(answer.read_text())
    assert [one.split()[0] for one in said["statement"]["coverage"]["archives"]] == [month]
    assert sum(row["restored"] for row in said["rows"]) == sum(
        row["restored"] for row in json.loads(command("ask", "AQ-28", "--json"))["rows"]
    )
    key = str(evidence.SIGNING.verifier)
    checked = command("check", str(answer), "--key", key, "--recompute", "--archive", str(out))
    assert f"it was asked of the archive {month}" in checked
    assert "the same" in checked
    assert "name them" in command("check", str(answer), "--key", key, "--recompute", status=2)
    command(*asked, "--language", "de", "--html", str(page))
    assert "Was dies nicht sagt" in page.read_text() or "sind aufgezeichnet" in page.read_text()
    assert "pages are in en and de" in command(*asked, "--language", "fr", "--html", str(page), status=2)
    assert "holds no archive" in command("ask", "AQ-28", "--archive", str(tmp_path / "none"), status=2)
