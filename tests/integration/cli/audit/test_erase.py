"""A data subject is erased by two operators: records stay and verify, and nobody can link them (GDPR Art. 17)."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import replace

import pytest

from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.core.keyring import Keyring
from proxy.identity.subjects import SubjectKeys
from proxy.runtime.clock import SystemClock
from proxy.vault.postgres import PostgresVault
from testing import commands, evidence

KEYS = Keyring(b"k" * 32)
WHO = ("--tenant", "acme", "--subject", "patient 7")
OTHER = "nobody"
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="running a command as another account needs root")


@pytest.fixture
def command(fresh_dsn, tmp_path):
    def run(*words: str, status: int = 0, as_user: str = "", told: bool = False) -> str:
        environment = dict(os.environ) | {
            "DATABASE_URL": fresh_dsn, "PROXY_SECRET_KEY": base64.b64encode(KEYS.master).decode(),
            "PROXY_STATE_DIR": "/nonexistent", "COLUMNS": "300",
            "PROXY_AUDIT_SIGNING_KEY": str(evidence.signing_key_file(tmp_path)),
        }  # fmt: skip
        done = commands.run("audit", *words, environment=environment, as_user=as_user)
        assert done.returncode == status, done.stderr
        return (done.stderr if told or status in {1, 2} else done.stdout).strip()

    return run


@pytest.fixture
async def serve(started, fresh_dsn):
    subjects = await started(SubjectKeys(fresh_dsn, KEYS, SystemClock()))
    log = await started(
        PostgresAuditLog(fresh_dsn, fresh_writer_id("test"), KEYS, SystemClock(), signing=evidence.SIGNING)
    )

    async def record(exchange: str, subject: str = "patient 7"):
        named = await subjects.of("acme", subject)
        made = evidence.exchange(exchange)
        made = replace(made, declared=replace(made.declared, subject_refs=(named.reference,)))
        async with log.entry(made) as entry:
            facts = evidence.facts(subject_refs=(named.reference,))
            entry.note(evidence.inspection(), facts, evidence.decision(permit=False, action="block", selected=None))
            entry.deny(evidence.DENIAL)
        return named

    return record


def listed(command) -> list[str]:
    found = command("list", *WHO, "--json")
    return [json.loads(line)["exchange"] for line in found.splitlines()]


@needs_root
async def test_erasure_leaves_records_that_verify_and_name_nobody(command, serve, started, fresh_dsn, superuser):
    named = await serve("x1")
    await serve("x2", "patient 8")
    vault = await started(PostgresVault(fresh_dsn, KEYS, 3600, SystemClock()))
    await vault.put("acme\x1fsupport\x1fcrm\x1f", {"Kilo": "Ada"}, named.mark)
    assert listed(command) == ["x1"]
    before = await superuser.fetchval("SELECT count(*) FROM audit.record WHERE kind <> 'event'")

    request = command("erase", *WHO, "--ticket", "DSR-7")
    assert "another person must erase" in command("erase", *WHO, "--second-person", request, status=1)
    assert listed(command) == ["x1"]
    done = command("erase", *WHO, "--second-person", request, as_user=OTHER)
    assert "1 key and 1 pseudonyms" in done
    assert "carried out" in command("erase", *WHO, "--second-person", request, as_user="daemon", status=1)

    for words in (("list", *WHO), ("ask", "AQ-10", *WHO), ("ask", "AQ-11", *WHO)):
        assert "was erased on 20" in command(*words, "--purpose", "access request", status=2)
    assert await vault.find("acme\x1fsupport\x1fcrm\x1f", ["Kilo"]) == {}
    assert await superuser.fetchval("SELECT count(*) FROM audit.record WHERE kind <> 'event'") == before
    assert "sound" in command("verify", status=3)  # no anchor
    await can_be_linked_by_no_key_that_is_left(superuser, named)

    await serve("x3")
    assert listed(command) == ["x3"]
    assert "what follows came after that" in command("list", *WHO, told=True)
    events = [json.loads(line) for line in command("events", "--json").splitlines()]
    [gone] = [one for one in events if one["action"] == "subject_erased"]
    told = {name: gone["facts"][name] for name in ("ticket", "by", "keys", "pseudonyms", "request")}
    assert told == {"ticket": "DSR-7", "by": OTHER, "keys": 1, "pseudonyms": 1, "request": request}
    assert "patient" not in json.dumps(events)
    looked = [one for one in events if one["facts"].get("command") == "audit: an erased subject"]
    assert [one["facts"]["purpose"] for one in looked] == ["access request"] * 3
    assert '"event":"subject_erased"' in command("ask", "AQ-09", "--json")


async def can_be_linked_by_no_key_that_is_left(superuser, named):
    """With every key in the database and the master key, the reference in the record can be made by none."""
    from proxy.identity.subject_key import SubjectKey

    rows = await superuser.fetch("SELECT tenant, lookup, sealed FROM identity.subject_key WHERE sealed IS NOT NULL")
    keys = [SubjectKey.opened(KEYS, row["tenant"], row["lookup"], row["sealed"]) for row in rows]
    made = {key.named("patient 7").reference for key in keys} | set(KEYS.digests(b"patient 7", "subject", "acme"))
    assert len(keys) == 1
    assert named.reference not in made


def test_what_is_missing_is_said(command):
    assert "--ticket" in command("erase", *WHO, status=2)
    assert "there is no request" in command("erase", *WHO, "--second-person", "rq_aaaaaaaaaaaa", status=1)
