"""A master key is rotated as an operator does it: commands against a real database, one process each."""

from __future__ import annotations

import base64
import os
from dataclasses import replace

import pytest

from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.cli.keys.master import Need
from proxy.core.keyring import Keyring
from proxy.identity.store import ApiKeyStore
from proxy.identity.subjects import SubjectKeys
from proxy.policy.decision.document import input_document
from proxy.runtime.clock import SystemClock
from proxy.vault.postgres import PostgresVault
from testing import commands, evidence

OLD, NEW, OTHER = (Keyring(letter * 32) for letter in (b"o", b"n", b"x"))
CREATE = ("keys", "create", "--tenant", "acme", "--service", "crm", "--activity", "support", "--ingress-region", "DE")
BOTH = Keyring(NEW.master, read_only=(OLD,))
DOMAIN = "acme\x1fsupport\x1fcrm\x1fc1"


def text(keys: Keyring) -> str:
    return base64.b64encode(keys.master).decode()


@pytest.fixture
def command(fresh_dsn, tmp_path):
    def run(*words: str, keys: Keyring | None = BOTH, status: int = 0) -> str:
        given = {
            "DATABASE_URL": fresh_dsn,
            "OPA_URL": "http://127.0.0.1:1",
            "PROXY_STATE_DIR": str(tmp_path),
            "PROXY_AUDIT_SIGNING_KEY": str(evidence.signing_key_file(tmp_path)),
            "COLUMNS": "300",
        }
        if keys is not None:
            given |= {"PROXY_SECRET_KEY": text(keys), "PROXY_OLD_SECRET_KEYS": " ".join(map(text, keys.read_only))}
        done = commands.run(*words, environment=dict(os.environ) | given)
        assert done.returncode == status, done.stderr
        return done.stdout.strip() if status == 0 else done.stderr.strip()

    return run


@pytest.fixture
def serve(fresh_dsn):
    async def record(exchange: str, keys: Keyring) -> None:
        log = PostgresAuditLog(
            fresh_dsn, fresh_writer_id("test"), keys, SystemClock(), signing=evidence.SIGNING, document=input_document
        )
        await log.start()
        made = evidence.exchange(exchange)
        store = SubjectKeys(fresh_dsn, keys, SystemClock())
        await store.start()
        reference = (await store.of(made.principal.tenant, "patient 7")).reference
        await store.close()
        made = replace(made, declared=replace(made.declared, subject_refs=(reference,)))
        async with log.entry(made) as entry:
            entry.note(evidence.inspection(), evidence.facts(), evidence.decision())
            entry.deny(evidence.DENIAL)
        await log.close()

    return record


async def test_rotation_loses_nothing_and_a_wrong_key_starts_nothing(command, serve, started, fresh_dsn):
    key = command(*CREATE, "--unregistered", keys=OLD)
    await serve("x1", OLD)
    await serve("x2", OLD)
    command("audit", "checkpoint", keys=OLD)
    await (await started(PostgresVault(fresh_dsn, OLD, 3600, SystemClock()))).put(DOMAIN, {"Name_X": "Ada"})

    await (await started(SubjectKeys(fresh_dsn, OLD, SystemClock()))).of("acme", "patient 9")

    for words in (("vault", "stats"), ("keys", "list"), ("audit", "verify"), ("serve", "--port", "0")):
        said = command(*words, keys=OTHER, status=2)
        assert "is not this installation's" in said.splitlines()[-1]
    assert "rotate-master" in command("keys", "list", status=2)
    assert "is in force" in command("keys", "rotate-master")
    assert "is already in force" in command("keys", "rotate-master")
    assert f"{OLD.key_id} is missing" in command("keys", "list", keys=Keyring(NEW.master), status=2)

    await serve("x3", BOTH)
    command("audit", "checkpoint")
    found = command("audit", "list", "--subject", "patient 7", "--tenant", "acme", "--csv")
    assert [line.split(",")[1] for line in found.splitlines()[1:]] == ["x3", "x2", "x1"]
    assert "sound" in command("audit", "verify")
    table = command("keys", "master")
    told = next((line for line in table.splitlines() if OLD.key_id in line), table)
    for part in ("for reading", "1 API keys", "1 originals until"):
        assert part in told

    store = await started(ApiKeyStore(fresh_dsn, BOTH, SystemClock()))
    assert (await store.find(key)).tenant == "acme"
    vault = await started(PostgresVault(fresh_dsn, BOTH, 3600, SystemClock()))
    assert await vault.find(DOMAIN, ["Name_X"]) == {"Name_X": "Ada"}
    assert "1 originals" in (refusal := command("keys", "retire-master", OLD.key_id, status=2))
    assert "API keys" not in refusal  # used once, a key is hashed with the new master
    assert "1 originals and 3 keys of data subjects were sealed again" in command("keys", "reseal")
    assert await vault.find(DOMAIN, ["Name_X"]) == {"Name_X": "Ada"}
    assert f"retired {OLD.key_id}" in command("keys", "retire-master", OLD.key_id)
    alone = Keyring(NEW.master)
    found = command("audit", "list", "--subject", "patient 7", "--tenant", "acme", "--csv", keys=alone)
    assert [line.split(",")[1] for line in found.splitlines()[1:]] == ["x3", "x2", "x1"]
    assert "sound" in command("audit", "verify", keys=alone)
    events = command("audit", "events", "--json", keys=alone)
    assert all(f'"{name}"' in events for name in ("master_key_rotated", "vault_resealed", "master_key_retired"))


def test_a_running_stacks_key_is_replaced_in_its_folder(command, tmp_path):
    path = tmp_path / "secret.key"
    path.write_text(text(OLD) + "\n")
    assert command("keys", "list", keys=None)
    assert "stays for reading" in command("keys", "rotate-master", keys=None)
    first, second = path.read_text().split()
    assert (second, path.stat().st_mode & 0o777) == (text(OLD), 0o600)
    assert first != second
    assert OLD.key_id in command("keys", "master", keys=None)


def test_a_key_is_replaced_by_one_like_it_and_lives_on_for_the_overlap(command):
    old = command(*CREATE, "--unregistered", "--role", "agent", "--expires-days", "10", keys=OLD).split("_")[1]
    new = command("keys", "rotate", old, "--overlap-days", "2", keys=OLD).split("_")[1]
    rows = {line.split()[0]: line for line in command("keys", "list", keys=OLD).splitlines()[1:]}
    assert "1 days left" in rows[old]
    assert "9 days left" in rows[new]
    assert "agent" in rows[new]
    assert "no valid key" in command("keys", "rotate", "nosuchkey000", status=2, keys=OLD)


def test_what_needs_a_key_is_told_in_words():
    assert Need().summary() == ""
    assert Need(originals=2, last_original="2026-12-01").summary() == "2 originals until 2026-12-01 (keys reseal)"
    seals = Need(seals=3, last_seal="2026-12-08").summary()
    assert seals == "3 replies with sealed content until 2026-12-08 (they expire by themselves)"
