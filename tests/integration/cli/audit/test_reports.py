"""Reports as an officer composes them: one process each, against a real database."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.policy.decision.document import input_document
from proxy.reports import composing
from proxy.runtime.clock import SystemClock
from testing import commands, evidence

KEY = str(evidence.SIGNING.verifier)
MONTH = (
    "monthly",
    "--since",
    f"{datetime.now(UTC) - timedelta(days=30):%Y-%m-%d}",
    "--until",
    f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}",
)


@pytest.fixture
async def world(fresh_dsn):
    log = PostgresAuditLog(
        fresh_dsn, fresh_writer_id("t"), evidence.KEYRING, SystemClock(), document=input_document, signing=evidence.SIGNING
    )  # fmt: skip
    await log.start()
    await evidence.serve(log, "x1")
    await log.close()


@pytest.fixture
def officer(fresh_dsn, tmp_path):
    """Run a command; ``signs``: whether the account has the audit signing key."""

    def run(*words: str, status: int = 0, signs: bool = True):
        key = {"PROXY_AUDIT_SIGNING_KEY": str(evidence.signing_key_file(tmp_path))} if signs else {}
        here = {"DATABASE_URL": fresh_dsn, "PROXY_STATE_DIR": str(tmp_path / "state"), "COLUMNS": "300"}
        done = commands.run("audit", *words, environment=dict(os.environ) | here | key)
        assert done.returncode == status, done.stderr
        return done

    return run


async def test_reports_are_listed_and_a_mistake_is_one_sentence(officer):
    assert {one.name for one in composing.every()} <= set(officer("report", "--list").stdout.split())
    assert "there is no report none" in officer("report", "none", status=2).stderr
    assert "this report needs 'until'" in officer("report", "monthly", "--since", "2026-07-01", status=2).stderr


async def test_a_report_is_printed_with_what_the_log_does_not_know(officer, world):
    printed = officer("report", *MONTH, "--purpose", "review").stdout
    assert "Controls" in printed
    assert "redact_and_forward" in printed
    assert "not recorded: requests that did not go through this proxy" in printed


async def test_a_report_is_checked_offline_and_one_without_the_key_is_not_signed(officer, world, tmp_path):
    whole, page = tmp_path / "monthly.json", tmp_path / "monthly.html"
    whole.write_text(officer("report", *MONTH, "--json").stdout)
    assert "report monthly: " in officer("check", str(whole), "--key", KEY, signs=False).stdout
    unsigned = officer("report", *MONTH, "--html", str(page), signs=False)
    assert ("not signed" in unsigned.stderr, "Summary of controls" in page.read_text()) == (True, True)
    assert "it is not signed" in officer("check", str(page), "--key", KEY, status=1).stderr


async def test_a_changed_pdf_is_named(officer, world, tmp_path):
    pytest.importorskip("typst", reason="the extra 'reports' is not installed")
    file = tmp_path / "monthly.pdf"
    officer("report", *MONTH, "--pdf", str(file))
    assert "report monthly" in officer("check", str(file), "--key", KEY).stdout
    file.write_bytes(file.read_bytes() + b"\n")
    assert (
        f"{file}: the file is not the one that was signed" in officer("check", str(file), "--key", KEY, status=1).stderr
    )
