"""A data subject is erased by two operators: records stay and verify, and nobody can link them (GDPR Art. 17)."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
from dataclasses import replace

import pytest

from proxy.audit.access.closing import PartCloser
from proxy.audit.upkeep import readings
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.core.keyring import Keyring
from proxy.identity.subject_key import LookupKey, SubjectKey
from proxy.identity.subjects import LinkExpiry, SubjectKeys
from proxy.policy.decision.document import input_document
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
        PostgresAuditLog(
            fresh_dsn, fresh_writer_id("test"), KEYS, SystemClock(), signing=evidence.SIGNING, document=input_document
        )
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
    assert "registered erase --tenant acme" in done
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
    rows = await superuser.fetch("SELECT tenant, lookup, sealed FROM identity.subject_key WHERE sealed IS NOT NULL")
    keys = [SubjectKey.opened(KEYS, row["tenant"], row["lookup"], row["sealed"]) for row in rows]
    made = {key.named("patient 7").reference for key in keys} | set(KEYS.digests(b"patient 7", "subject", "acme"))
    assert len(keys) == 1
    assert named.reference not in made


@needs_root
async def test_after_an_erasure_no_file_of_the_server_and_no_part_links_a_person_with_the_master_key_in_hand(
    command, serve, started, fresh_dsn, superuser, postgres_server
):
    await serve("x2", "patient 8")
    named = await serve("x1")  # the last row of its page: nothing takes its place
    await Checkpointer(fresh_dsn, evidence.SIGNING).once()
    assert await PartCloser(fresh_dsn, evidence.SIGNING).once(least=1)
    assert listed(command) == ["x1"]  # an officer looks the person up first, as the how-to says
    command("ask", "AQ-10", *WHO, "--purpose", "access request")
    sealed = await superuser.fetchval("SELECT sealed FROM identity.subject_key WHERE reference = $1", named.reference)
    await superuser.execute("CHECKPOINT")
    assert any(sealed in content for content in files(postgres_server))
    request = command("erase", *WHO, "--ticket", "DSR-7")
    command("erase", *WHO, "--second-person", request, as_user=OTHER)
    expiry = LinkExpiry(await started(SubjectKeys(fresh_dsn, KEYS, SystemClock())), 0.05)
    expiry.start()
    async with asyncio.timeout(30):
        while await superuser.fetchval("SELECT destroyed IS NOT NULL FROM identity.turn"):
            await asyncio.sleep(0.05)
    await expiry.close()
    await superuser.execute("CHECKPOINT")
    assert not any(sealed in content for content in files(postgres_server))


def files(postgres_server):
    """Yield what each file of tables and indices holds."""
    for path in (postgres_server.postgres.root / "data" / "base").rglob("*"):
        if path.is_file():
            yield path.read_bytes()


LOST = {
    "deleted": "DELETE FROM identity.subject_key",
    "destroyed without an erasure": "UPDATE identity.subject_key SET sealed = NULL, handle = NULL, reference = NULL, destroyed_at = now()",
    "of the tenant, by which they are found": "DELETE FROM identity.subject_lookup_key",
}  # fmt: skip


@pytest.mark.parametrize("lost", LOST)
async def test_no_answer_about_a_person_rests_on_a_key_that_was_taken_away(command, serve, superuser, lost):
    """The log is whole, and what finds a person in it is not: "nothing is recorded" would be false."""
    await serve("x1")
    assert json.loads(command("ask", "AQ-10", *WHO, "--purpose", "access", "--json"))["statement"]["rows"] == 1
    assert "sound" in command("verify", status=3)
    await superuser.execute(f"SET session_replication_role = replica; {LOST[lost]}")
    for words in (("ask", "AQ-10", *WHO, "--json"), ("report", "disclosures", *WHO), ("list", *WHO)):
        assert re.search("are missing|is gone|was erased on", command(*words, "--purpose", "access", status=2)), words
    if "lookup" not in LOST[lost]:
        assert "keys of 1 data subjects of acme are missing" in command("verify", status=4, told=False)


async def test_a_hold_that_was_taken_out_of_its_table_is_in_the_answer(command, serve, superuser):
    await serve("x1")
    command("hold", "place", "--matter", "M-1", "--tenant", "acme", "--unregistered")
    await superuser.execute("SET session_replication_role = replica; DELETE FROM identity.hold")
    [row] = json.loads(command("ask", "kept-until", "--json"))["rows"]
    assert row["matters"] == ["M-1"]


def test_what_is_missing_is_said(command):
    assert "--ticket" in command("erase", *WHO, status=2)
    assert "there is no request" in command("erase", *WHO, "--second-person", "rq_aaaaaaaaaaaa", status=1)


@needs_root
async def test_nothing_that_stays_links_the_person_to_a_record(command, serve, superuser, fresh_dsn, tmp_path):
    """SC-11 from outside: with the master key in hand, over every table and every file that was handed out.

    Before it, officers ask what is known, as the how-to says, and a hold is placed and released.
    """
    named = await serve("x1")
    why = ("--purpose", "erasure request DSR-9")
    for question in ("AQ-10", "AQ-02"):
        files = [str(tmp_path / f"{question}.{kind}") for kind in ("csv", "html")]
        command("ask", question, *WHO, *why, "--csv", files[0], "--html", files[1])
    command("list", *WHO, *why)
    hold, request = command("hold", "place", "--matter", "M-1", *WHO, "--unregistered").split()
    command("hold", "approve", request, as_user=OTHER)
    command("hold", "approve", command("hold", "release", hold, "--ticket", "M-1"), as_user=OTHER)
    log = PostgresAuditLog(fresh_dsn, fresh_writer_id("t"), KEYS, SystemClock(), signing=evidence.SIGNING)
    await log.start()
    await readings.record(superuser, log)
    await log.close()
    files = [path.read_text() for path in tmp_path.glob("AQ-*")]
    assert named.reference in await reached(superuser, files)

    request = command("erase", *WHO, "--ticket", "DSR-9")
    command("erase", *WHO, "--second-person", request, as_user=OTHER)
    found = await reached(superuser, files)
    assert named.reference not in found
    assert not [one for one in found if one.startswith("hmac-sha256:s-")]


#: What names a thing across tables: keyed references and digests, requests, holds, reads, tickets.
HANDLES = re.compile(r"hmac-sha256:[\w-]+:[0-9a-f]+|\b[a-z]{2}_[a-z0-9]{12}\b|\b[0-9a-f]{32,64}\b|\b[A-Z]+-\d+\b")
#: What binds every record to its neighbours, whoever it is about.
CHAIN = ("prev", "hash", "hashes", "head", "root", "signature", "peaks", "note", "sealed", "known_by", "packed")


async def reached(superuser, files: list[str]) -> set[str]:
    """Return every name that can be reached from the person's, through rows and files that share one."""
    tables = await superuser.fetch(
        "SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text "
        "IN ('audit', 'evidence', 'identity', 'vault', 'registry', 'master_key', 'export')"
    )
    papers = list(files)
    for table in tables:
        rows = await superuser.fetch(
            f"SELECT (to_jsonb(t) - $1::text[])::text AS row FROM {table['name']} t", list(CHAIN)
        )
        papers += [row["row"].replace("\\\\x", " ") for row in rows]
    known, grown = await made_with_the_master_key(superuser), set()
    while known != grown:
        grown = set(known)
        for paper in papers:
            names = set(HANDLES.findall(paper))
            if names & known or "patient 7" in paper:
                known |= names
    return known


async def made_with_the_master_key(superuser) -> set[str]:
    """Return what whoever holds the master key computes of the person: every digest, look-up and live key's names."""
    known = set(KEYS.digests(b"patient 7", "subject", "acme"))
    for row in await superuser.fetch("SELECT tenant, sealed FROM identity.subject_lookup_key"):
        lookup = LookupKey.opened(KEYS, row["tenant"], row["sealed"]).of("patient 7")
        known.add(lookup.hex())
        for own in await superuser.fetch(
            "SELECT sealed FROM identity.subject_key WHERE lookup = $1 AND sealed IS NOT NULL", lookup
        ):
            key = SubjectKey.opened(KEYS, row["tenant"], lookup, own["sealed"])
            known |= {key.handle, key.read_token.removeprefix("read:"), key.named("patient 7").reference}
    return known
