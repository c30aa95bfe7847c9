"""``audit retention`` as two operators run it, and ``audit verify`` with the verifier's login."""

from __future__ import annotations

import base64
import json
import os

import asyncpg
import pytest

from proxy.audit.upkeep.anchors.file import FileAnchor
from proxy.identity.subjects import SubjectKeys
from proxy.runtime.clock import SystemClock
from testing import commands, evidence, past

OTHER = "nobody"
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="running a command as another account needs root")


@pytest.fixture
def command(fresh_dsn, tmp_path):
    def run(*words: str, status: int = 0, as_user: str = "", dsn: str = "", told: bool = False) -> str:
        environment = dict(os.environ) | {
            "DATABASE_URL": dsn or fresh_dsn, "PROXY_SECRET_KEY": base64.b64encode(evidence.KEYRING.master).decode(),
            "PROXY_STATE_DIR": "/nonexistent", "COLUMNS": "300", "PROXY_AUDIT_ANCHOR": f"file:{tmp_path / 'audit.anchor'}",
            "PROXY_AUDIT_SIGNING_KEY": str(evidence.signing_key_file(tmp_path)),
        }  # fmt: skip
        done = commands.run("audit", *words, environment=environment, as_user=as_user)
        assert done.returncode == status, done.stdout + done.stderr
        return (done.stderr if told or status in {1, 2} else done.stdout).strip()

    return run


@pytest.fixture
async def old(fresh_dsn, tmp_path, started) -> str:
    """The evidence of a day 500 days ago: one exchange that is due, one that is kept for six years."""
    then = past.Past(fresh_dsn, FileAnchor(tmp_path / "audit.anchor"))
    log = await then.log(500, started)
    await past.serve(log)
    await past.serve(log, 2190)
    await log.close()
    await then.checkpoint()
    return past.day_ago(500).isoformat()


@needs_root
async def test_two_people_purge_what_is_due(command, old, superuser):
    first = command("retention", "plan").splitlines()[0]
    assert first.startswith(f"{old}: 3 records (1 exchanges) may go; ")
    assert first.endswith(f" are kept through {past.day_ago(500 - 2190).isoformat()}")
    request = command("retention", "run", "--ticket", "RET-1")
    assert "is yours" in command("retention", "run", "--second-person", request, status=1)
    done = command("retention", "run", "--second-person", request, as_user=OTHER)
    assert done.startswith(f"{old}: 3 records were purged; certificate ")
    assert "3 of the records were purged" in command("verify")
    told = json.loads(command("retention", "plan", "--json").splitlines()[0])
    assert (told["day"], told["records"], told["kept"]) == (old, 0, 6)
    assert command("retention", "run", "--second-person", request, as_user=OTHER) == ""
    asked = json.loads(command("ask", "AQ-09", "--purpose", "audit", "--json"))
    [row] = [one for one in asked["rows"] if one["event"] == "day_purged"]
    assert (row["records"], row["carried_out"], row["by"]) == (3, True, OTHER)


@needs_root
async def test_hold_by_the_command_on_a_person_whom_nothing_names_yet_protects_them(
    command, fresh_dsn, tmp_path, started, superuser
):
    _, request = command(
        "hold", "place", "--matter", "M-1", "--unregistered", "--tenant", "acme", "--subject", "Ada"
    ).split()
    command("hold", "approve", request, as_user=OTHER)
    keys = await started(SubjectKeys(fresh_dsn, evidence.KEYRING, SystemClock()))
    then = past.Past(fresh_dsn, FileAnchor(tmp_path / "audit.anchor"))
    log = await then.log(500, started)
    held = await past.serve(log, subject=(await keys.of("acme", "Ada")).reference)
    other = await past.serve(log, subject=(await keys.of("acme", "Bob")).reference)
    await log.close()
    await then.checkpoint()
    request = command("retention", "run", "--ticket", "RET-1")
    assert "3 records were purged" in command("retention", "run", "--second-person", request, as_user=OTHER)
    left = {row["exchange"] for row in await superuser.fetch("SELECT exchange FROM audit.record WHERE exchange <> ''")}
    assert (held in left, other in left) == (True, False)
    assert "sound and witnessed" in command("verify")


async def test_purge_needs_a_ticket_and_an_anchor(command, old, monkeypatch):
    assert "--ticket" in command("retention", "run", status=2)
    assert "malformed" not in command("retention", "run", "--ticket", "no spaces", status=2)


async def test_login_that_may_only_verify_verifies(command, old, superuser, fresh_dsn, tmp_path):
    name = "only_verifier"
    await superuser.execute(f"CREATE ROLE {name} LOGIN NOINHERIT; GRANT proxy_verifier TO {name}")
    try:
        dsn = fresh_dsn.replace("postgres@", f"{name}@")
        said = command("verify", "--key", str(evidence.SIGNING.verifier), dsn=dsn)
        assert "sound and witnessed" in said
        assert "cannot be read" in command("list", dsn=dsn, status=2)
        connection = await asyncpg.connect(fresh_dsn)
        assert await connection.fetchval("SELECT count(*) FROM audit.reading WHERE login = $1", name) == 1
        await connection.close()
    finally:
        await superuser.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")
