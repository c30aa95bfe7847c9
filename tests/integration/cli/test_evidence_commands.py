"""The commands as an operator runs them: one process each, against a real database."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys

import asyncpg
import pytest

from proxy.audit.log import PostgresAuditLog, fresh_writer_id
from proxy.clock import SystemClock
from proxy.core.keyring import Keyring
from tests import evidence

MASTER = b"k" * 32


@pytest.fixture
def command(fresh_dsn, tmp_path):
    def run(*words: str, status: int = 0) -> str:
        environment = dict(os.environ) | {
            "DATABASE_URL": fresh_dsn, "PROXY_SECRET_KEY": base64.b64encode(MASTER).decode(),
            "PROXY_STATE_DIR": str(tmp_path), "COLUMNS": "300",
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "proxy", *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == status, done.stderr
        return done.stdout + (done.stderr if status else "")

    return run


@pytest.fixture
async def served(fresh_dsn):
    log = PostgresAuditLog(fresh_dsn, fresh_writer_id("test"), Keyring(MASTER), SystemClock())
    await log.start()
    async with log.entry(evidence.exchange("x1")) as entry:
        entry.note(evidence.inspection(), evidence.facts(), evidence.decision())
        await entry.intend(evidence.outbound("x1"), 1)
        entry.attempted(evidence.COMPLETE)
        entry.settle(evidence.DELIVERED)
    await log.close()


async def test_list_show_and_verify_tell_the_exchange_and_leave_a_trace(command, served):
    assert "x1" in command("audit", "list", "--tenant", "acme")
    assert json.loads(command("audit", "list", "--json"))["exchange"] == "x1"
    assert command("audit", "list", "--csv").splitlines()[1].split(",")[1] == "x1"
    shown = command("audit", "show", "x1", "--purpose", "a complaint")
    for part in ("decision", "attempt 1", "outcome", "PERSON", "scc", "delivered"):
        assert part in shown
    assert "sound" in command("audit", "verify")
    reads = [json.loads(line) for line in command("audit", "events", "--name", "log_read", "--json").splitlines()]
    assert [read["facts"]["command"] for read in reads] == ["audit verify", "audit show", *["audit list"] * 3]
    assert reads[1]["facts"]["purpose"] == "a complaint"


async def test_verify_exits_with_1_on_damage(command, served, fresh_dsn):
    connection = await asyncpg.connect(fresh_dsn)
    await connection.execute(
        "SET session_replication_role = replica; UPDATE audit.record SET tenant = 'x' WHERE seq = 2"
    )
    await connection.close()
    assert "column" in command("audit", "verify", status=1)
    assert json.loads(command("audit", "verify", "--json", status=1))["sound"] is False


async def test_show_of_an_unknown_exchange_exits_with_1(command):
    assert "no exchange" in command("audit", "show", "nothing", status=1)


async def test_key_is_shown_once_listed_and_revoked(command):
    key = command(
        "keys",
        "create",
        "--tenant",
        "demo-eu",
        "--service",
        "s",
        "--activity",
        "support-chat",
        "--ingress-region",
        "DE",
    ).strip()
    identity = key.split("_")[1]
    assert identity in (listed := command("keys", "list"))
    assert key not in listed
    command("keys", "revoke", identity)
    assert "revoked" in command("keys", "list")
    command("keys", "revoke", identity, status=1)
    events = command("audit", "events", "--json")
    assert "key_created" in events
    assert "key_revoked" in events
    assert key not in events


@pytest.mark.parametrize(
    ("tenant", "activity", "said"),
    [("demo-e", "support-chat", "no tenant demo-e; the nearest is demo-eu"),
     ("demo-eu", "suport-chat", "no activity suport-chat; the nearest is support-chat")],
)  # fmt: skip
async def test_a_key_for_nobody_is_refused(command, tenant, activity, said):
    words = ("keys", "create", "--tenant", tenant, "--service", "s", "--activity", activity, "--ingress-region", "DE")
    assert said in command(*words, status=2)
    assert command(*words, "--unregistered").startswith("cp_")


async def test_vault_commands_report_and_are_recorded(command):
    assert "pseudonyms: 0" in command("vault", "stats")
    assert "removed 0" in command("vault", "purge")
    assert "erased 0" in command("vault", "erase", "--tenant", "acme", "--activity", "support")
    assert "vault_purged" in command("audit", "events", "--json")


async def test_migrate_says_what_it_did(command):
    assert "up to date" in command("migrate")


async def test_commands_without_a_database_say_what_to_do(tmp_path):
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"} | {
        "PROXY_STATE_DIR": str(tmp_path)
    }
    done = subprocess.run(
        [sys.executable, "-m", "proxy", "audit", "verify"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr
