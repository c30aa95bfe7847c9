"""The commands as an operator runs them: one process each, against a real database."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import stat
import subprocess

import asyncpg
import pytest
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proxy.audit.records.record import link
from proxy.audit.sealing import notes
from proxy.audit.sealing.cosignature import Cosigner
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.sealing.witnessing import origin_hash
from proxy.audit.upkeep import anchors
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.upkeep.recovery import Recovery
from proxy.audit.upkeep.witness_server import WitnessServer
from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.core.keyring import Keyring
from proxy.policy.decision.document import input_document
from proxy.reports import statement as answers
from proxy.runtime.clock import SystemClock
from testing import commands, evidence, verifier

MASTER = b"k" * 32
TRANSFER = ("--category", "personal", "--region", "EEA", "--since", "2026-01-01", "--until", "2026-01-02")


@pytest.fixture
def command(fresh_dsn, tmp_path):
    def run(*words: str, status: int = 0) -> str:
        environment = dict(os.environ) | {
            "DATABASE_URL": fresh_dsn, "PROXY_SECRET_KEY": base64.b64encode(MASTER).decode(),
            "PROXY_STATE_DIR": str(tmp_path), "COLUMNS": "300",
            "PROXY_AUDIT_SIGNING_KEY": str(evidence.signing_key_file(tmp_path)),
        }  # fmt: skip
        done = commands.run(*words, environment=environment)
        assert done.returncode == status, done.stderr
        return done.stdout + (done.stderr if status else "")

    return run


@pytest.fixture
async def served(fresh_dsn):
    log = PostgresAuditLog(
        fresh_dsn,
        fresh_writer_id("test"),
        Keyring(MASTER),
        SystemClock(),
        document=input_document,
        signing=evidence.SIGNING,
    )
    await log.start()
    await evidence.serve(log, "x1")
    await log.close()


async def test_list_show_and_verify_tell_the_exchange_and_leave_a_trace(command, served):
    assert "x1" in command("audit", "list", "--tenant", "acme")
    assert json.loads(command("audit", "list", "--json"))["exchange"] == "x1"
    assert command("audit", "list", "--csv").splitlines()[1].split(",")[1] == "x1"
    shown = command("audit", "show", "x1", "--purpose", "a complaint")
    for part in ("asked", "candidates", "attempt 1", "outcome", "scc", "delivered", "place in the log"):
        assert part in shown
    assert "sound, but unwitnessed" in command("audit", "verify", status=3)
    reads = [json.loads(line) for line in command("audit", "events", "--name", "log_read", "--json").splitlines()]
    assert [read["facts"]["command"] for read in reads] == ["audit verify", "audit show", *["audit list"] * 3]
    assert reads[1]["facts"]["purpose"] == "a complaint"


LIES = {
    "a record edited, its hash computed again": "",
    "an outcome deleted": "DELETE FROM audit.record WHERE kind = 'outcome'",
    "an exchange deleted with its seal": "DELETE FROM audit.record WHERE kind <> 'event'; DELETE FROM audit.seal WHERE first_seq > 1",
    "an exchange invented": "INSERT INTO audit.record SELECT seq, recorded_at, day, attempt, writer || 'x', kind, 'x2', tenant, activity, action, "
    "target, prev, hash, body, packed FROM audit.record WHERE kind <> 'event'",
    "a typed row invented": "CREATE SCHEMA evidence; CREATE TABLE evidence.exchange (exchange text)",
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
async def test_no_answer_rests_on_what_a_superuser_wrote(command, served, fresh_dsn, lie):
    asked = ("audit", "ask", "AQ-12", "--json")
    await Checkpointer(fresh_dsn, evidence.SIGNING).once()
    truth = json.loads(command(*asked))["rows"]
    assert [(row["target"], row["region"]) for row in truth] == [("us-1", "US")]
    connection = await asyncpg.connect(fresh_dsn)
    await connection.execute(f"SET session_replication_role = replica; {LIES[lie]}")
    if "edited" in lie:
        await evidence.rewritten(connection, "kind = 'attempt'", lambda body: body.replace('"US"', '"DE"'))
        [row] = await connection.fetch("SELECT * FROM audit.record WHERE kind = 'attempt'")
        made = link(row["prev"], evidence.body_of(row))
        await connection.execute("UPDATE audit.record SET hash = $1 WHERE kind = 'attempt'", made)
    await connection.close()
    if "typed row" in lie:
        assert json.loads(command(*asked))["rows"] == truth
        return
    for words in (
        asked,
        ("audit", "list"),
        ("audit", "report", "transfers"),
        ("audit", "ask", "no-transfer", *TRANSFER),
    ):
        assert "nothing can be stated" in command(*words, status=2)


@pytest.mark.parametrize(
    "asked", [("ask", "AQ-12"), ("report", "monthly", "--since", "2026-01-01", "--until", "2027-01-01")]
)
async def test_a_signed_statement_is_asked_again_as_the_log_was_then(command, served, fresh_dsn, tmp_path, asked):
    await Checkpointer(fresh_dsn, evidence.SIGNING).once()
    file = tmp_path / "answer.json"
    file.write_text(command("audit", *asked, "--json"))
    log = PostgresAuditLog(fresh_dsn, fresh_writer_id("test"), Keyring(MASTER), SystemClock(), signing=evidence.SIGNING)
    await log.start()
    await evidence.serve(log, "x2")  # what comes later changes nothing of it
    await log.close()
    await Checkpointer(fresh_dsn, evidence.SIGNING).once()
    said = command("audit", "check", str(file), "--recompute")
    assert "as signed" in said
    assert "the whole log was last verified: never" in said
    assert "recomputed from the log at" in said
    rows = [{"invented": 1}]
    statement = json.loads(file.read_text())["statement"] | {"rows_sha256": answers.digest_of_rows(rows), "rows": 1}
    file.write_text(json.dumps(answers.signed(statement, evidence.SIGNING) | {"rows": rows}))
    assert "as signed" in command("audit", "check", str(file))
    assert "NOT WHAT THE LOG SAYS" in command("audit", "check", str(file), "--recompute", status=1)


async def test_verify_exits_with_1_on_damage(command, served, fresh_dsn):
    connection = await asyncpg.connect(fresh_dsn)
    await connection.execute(
        "SET session_replication_role = replica; UPDATE audit.record SET tenant = 'x' WHERE seq = 2"
    )
    await connection.close()
    assert "column" in command("audit", "verify", status=1)
    assert json.loads(command("audit", "verify", "--json", status=1))["sound"] is False


async def test_a_database_that_refuses_word_of_a_read_hides_no_damage(command, served, fresh_dsn):
    connection = await asyncpg.connect(fresh_dsn)
    await connection.execute("REVOKE EXECUTE ON FUNCTION audit.announce_reading(jsonb) FROM proxy_reader")
    await connection.close()
    said = command("audit", "verify", status=4)
    assert "announce_reading" in said
    assert "not recorded" in said
    assert "x1" not in command("audit", "list", status=2)


async def test_an_exchange_is_proven_and_checked_without_the_database(command, served, tmp_path):
    command("audit", "checkpoint")
    file, key = tmp_path / "x1.json", command("audit", "key", "export").strip()
    assert command("audit", "prove", "x1", "--out", str(file), "--purpose", "Art. 15") == ""
    (read,) = [json.loads(one) for one in command("audit", "events", "--name", "log_read", "--json").splitlines()]
    assert (read["facts"]["command"], read["facts"]["filter"]) == ("audit prove", {"exchange": "x1"})
    away = commands.run("audit", "check", str(file), "--key", key, environment={"PATH": os.environ["PATH"]})
    assert (away.returncode, "proven: exchange x1 of acme, 3 records" in away.stdout) == (0, True), away.stderr
    alone = verifier.run("check", file, "--key", key)
    assert (alone.returncode, alone.stdout) == (0, away.stdout), alone.stderr
    file.write_text(file.read_text().replace("us-1", "de-1"))
    assert "NOT PROVEN: record" in command("audit", "check", str(file), status=1)
    alone = verifier.run("check", file, "--key", key)
    assert (alone.returncode, "NOT PROVEN: record" in alone.stderr) == (1, True)
    file.write_text('{"kind": "other"}')
    assert "nor an answer" in command("audit", "check", str(file), status=2)
    assert "no exchange" in command("audit", "prove", "nothing", status=1)


async def test_an_export_is_verified_without_the_database_and_continues_what_was_believed(command, served, tmp_path):
    command("audit", "checkpoint", "--anchor", str(tmp_path / "first.anchor"))
    key, state, out = command("audit", "key", "export").strip(), tmp_path / "believed", tmp_path / "out"
    assert "records under the seals 0 to" in command("audit", "export", "--out", str(out), "--purpose", "an audit")
    assert "not empty" in command("audit", "export", "--out", str(out), status=2)
    read = json.loads(command("audit", "events", "--name", "log_read", "--json").splitlines()[-1])
    assert (read["facts"]["command"], read["facts"]["purpose"]) == ("audit export", "an audit")

    def away(*words: str) -> tuple[int, str]:
        done = commands.run(
            "audit", "verify", "--offline", str(out), "--key", key, *words, environment={"PATH": os.environ["PATH"]}
        )
        return done.returncode, done.stdout

    assert away()[0] == 3
    assert away("--anchor", str(tmp_path / "first.anchor"))[0] == 0
    for words in ((), ("--anchor", str(tmp_path / "first.anchor")), ("--json",)):
        alone = verifier.run("export", out, "--key", key, *words)
        assert (alone.returncode, alone.stdout) == away(*words), alone.stderr
    assert away("--trusted", str(state))[0] == 3
    assert state.read_text().startswith("compliance-proxy/audit\n")
    assert away("--trusted", str(state))[0] == 0, "the note that was believed before confirms it now"
    assert "witnessed" in command("audit", "verify", "--trusted", str(state))
    state.write_text(notes.sign(notes.Note(3, b"x" * 32), evidence.SIGNING))
    before = state.read_text()
    assert "not the one that was anchored" in away("--trusted", str(state))[1]
    assert "not the one that was anchored" in command("audit", "verify", "--trusted", str(state), status=1)
    assert state.read_text() == before, "a damaged log is not believed"


async def test_a_witness_is_asked_what_it_cosigned_last(command, fresh_dsn, served, tmp_path):
    """Also by an auditor who has only its address and key."""
    cosigner = Cosigner("witness.example", Ed25519PrivateKey.generate())
    server = TestServer(
        WitnessServer(tmp_path, [evidence.SIGNING.verifier], cosigner, evidence.FixedClock()).application()
    )
    await server.start_server()
    try:
        anchor = f"witness:{str(server.make_url('')).rstrip('/')}#{cosigner.key}"

        async def verified(status: int) -> str:
            return await asyncio.to_thread(command, "audit", "verify", "--anchor", anchor, status=status)

        await Checkpointer(fresh_dsn, evidence.SIGNING).once()
        assert "unwitnessed" in await verified(3)
        await Checkpointer(fresh_dsn, evidence.SIGNING, anchors.opened(anchor, tmp_path)).once()
        assert "sound and witnessed" in await verified(0)
        ahead = notes.sign(notes.Note(5000, b"x" * 32), evidence.SIGNING)
        text = ahead.partition("\n\n")[0] + "\n"
        (tmp_path / f"{origin_hash(evidence.SIGNING.origin)}.note").write_text(ahead + cosigner.cosign(text, 1))
        assert "and 5000 were signed: its newest records are gone" in await verified(1)
    finally:
        await server.close()
    assert "the anchor witness witness.example cannot be read" in await verified(2)
    assert "neither a file nor an anchor" in command("audit", "verify", "--anchor", str(tmp_path / "none"), status=2)


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


async def test_an_anchored_checkpoint_witnesses(command, served, tmp_path):
    assert f"anchored in {tmp_path / 'audit.anchor'}" in command("audit", "checkpoint")
    assert "sound and witnessed to 2" in command("audit", "verify")
    said = json.loads(command("audit", "verify", "--json"))
    assert (said["state"], said["sound"], said["checkpoints"]) == ("witnessed", True, 1)
    assert said["since"] < said["until"]
    assert (said["retention"]["kept"] + said["retention"]["undated"], said["retention"]["past"]) == (1, 0)
    assert (said["tail"], said["readings"]) == (0, 1)  # the first verification waits for a proxy to record it
    elsewhere = tmp_path / "elsewhere"
    command("audit", "checkpoint", "--anchor", str(elsewhere))
    assert "witnessed" in command("audit", "verify", "--anchor", str(elsewhere))
    origin, size, *rest = elsewhere.read_text().split(" ")
    elsewhere.write_text(" ".join([origin, str(int(size) + 1), *rest]))
    assert "DAMAGED" in command("audit", "verify", "--anchor", str(elsewhere), status=1)


@pytest.fixture
def auditor(fresh_dsn, postgres_server, tmp_path):
    """Somebody with the reader's role alone, a public key, and no secret of the product."""
    admin = ("CREATE ROLE an_auditor LOGIN NOINHERIT", "GRANT proxy_reader TO an_auditor")

    async def execute(*statements: str) -> None:
        connection = await asyncpg.connect(fresh_dsn)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    postgres_server.run(execute(*admin))

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PROXY_")}
        given = {
            "DATABASE_URL": fresh_dsn.replace("postgres@", "an_auditor@"),
            "PROXY_STATE_DIR": str(tmp_path / "none"),
        }
        return commands.run(*words, environment=kept | given)

    yield run
    postgres_server.run(execute("DROP ROLE an_auditor"))


async def test_an_auditor_needs_the_public_key_and_the_readers_role_alone(command, served, auditor, tmp_path):
    command("audit", "checkpoint")
    key = command("audit", "key", "export").strip()
    (tmp_path / "vkey").write_text(f"{key}\n")
    for given in (key, str(tmp_path / "vkey")):
        done = auditor("audit", "verify", "--key", given, "--anchor", str(tmp_path / "audit.anchor"))
        assert done.returncode == 0, done.stdout + done.stderr
        assert "sound and witnessed" in done.stdout
    assert auditor("audit", "verify", "--key", key).returncode == 3
    other = str(AuditSigningKey.generate().verifier)
    assert auditor("audit", "verify", "--key", other).returncode == 1
    without = auditor("audit", "verify")
    assert (without.returncode, "PROXY_AUDIT_SIGNING_KEY" in without.stderr) == (2, True)
    assert "--key takes" in auditor("audit", "verify", "--key", "nonsense").stderr


async def test_an_officer_with_the_readers_role_alone_reads_and_is_on_record(command, served, auditor, fresh_dsn):
    for words in (
        ("audit", "list"), ("audit", "show", "x1", "--purpose", "a complaint"), ("audit", "events"), ("audit", "ask", "AQ-02"),
        ("audit", "ask", "stored-by-targets"),
        ("oversight", "list"), ("audit", "list", "--tenant", "acme", "--subject", "hmac-sha256:k-1:00"),
    ):  # fmt: skip
        done = auditor(*words)
        assert done.returncode == 0, (words, done.stderr)
    assert "no master key" in auditor("audit", "list", "--tenant", "acme", "--subject", "patient-7").stderr
    log = PostgresAuditLog(fresh_dsn, fresh_writer_id("test"), Keyring(MASTER), SystemClock(), signing=evidence.SIGNING)
    await log.start()
    await Recovery(log).once()
    await log.close()
    events = command("audit", "events", "--name", "log_read", "--json").splitlines()
    told = [json.loads(line)["facts"] for line in events]
    assert {one["login"] for one in told} == {"an_auditor"}
    assert [one["command"] for one in told] == [
        "audit list", "oversight list", "audit ask stored-by-targets", "audit ask AQ-02", "audit events", "audit show", "audit list",
    ]  # fmt: skip
    assert "sound" in command("audit", "verify", status=3)


async def test_an_answer_is_checked_offline_and_a_changed_one_is_not_what_was_signed(
    command, served, auditor, tmp_path
):
    key, whole, sheet = str(evidence.SIGNING.verifier), tmp_path / "answer.json", tmp_path / "answer.csv"
    whole.write_text(command("audit", "ask", "AQ-23", "--exchange", "x1", "--purpose", "a complaint", "--json"))
    command("audit", "ask", "AQ-23", "--exchange", "x1", "--csv", str(sheet))
    for file in (whole, sheet):
        assert "AQ-23: 3 rows" in command("audit", "check", str(file), "--key", key)
    assert json.loads(whole.read_text())["statement"]["purpose"] == "a complaint"
    assert [json.loads(whole.read_text())["rows"][0][name] for name in ("kind", "tenant")] == ["decision", "acme"]
    sheet.write_text(sheet.read_text().replace("acme", "mercy"))
    assert "not the one that was signed" in command("audit", "check", str(sheet), "--key", key, status=1)
    unsigned = auditor("audit", "ask", "AQ-23", "--exchange", "x1", "--json")
    assert (json.loads(unsigned.stdout)["signature"], "not signed" in unsigned.stderr) == ("", True)


async def test_a_changed_file_of_any_format_is_named(command, served, tmp_path):
    for kind, library in (
        ("csv", "csv"),
        ("jsonl", "json"),
        ("html", "jinja2"),
        ("parquet", "pyarrow"),
        ("pdf", "typst"),
    ):
        pytest.importorskip(library, reason="the extra 'reports' or 'lake' is not installed")
        file = tmp_path / f"answer.{kind}"
        command("audit", "ask", "AQ-23", "--exchange", "x1", f"--{kind}", str(file))
        assert "AQ-23: 3 rows" in command("audit", "check", str(file), "--key", str(evidence.SIGNING.verifier))
        file.write_bytes(file.read_bytes().replace(b"2", b"3", 1))
        changed = command("audit", "check", str(file), "--key", str(evidence.SIGNING.verifier), status=1)
        assert f"{file}: the file is not the one that was signed" in changed


async def test_questions_are_listed_and_a_mistake_is_one_sentence(command):
    assert "AQ-24" in command("audit", "ask", "--list")
    assert "there is no question AQ-99" in command("audit", "ask", "AQ-99", status=2)
    assert "did you mean AQ-02?" in " ".join(command("audit", "ask", "AQ-2", status=2).split())
    assert "does not take 'target'; it takes tenant, exchange" in command(
        "audit", "ask", "AQ-23", "--target", "us-1", status=2
    )
    assert "needs 'exchange'" in command("audit", "ask", "AQ-23", status=2)


async def test_audit_key_is_made_once_and_shown(command, tmp_path):
    where = tmp_path / "new" / "key.pem"
    made = command("audit", "key", "create", str(where)).strip()
    assert made.startswith("compliance-proxy/audit+")
    assert stat.S_IMODE(where.stat().st_mode) == 0o600
    command("audit", "key", "create", str(where), status=2)
    assert command("audit", "key", "create", str(where), "--keep") == ""


async def test_the_key_in_the_state_folder_is_rotated_in_two_steps(fresh_dsn, tmp_path):
    def command(*words: str, status: int = 0) -> str:
        given = {"DATABASE_URL": fresh_dsn, "PROXY_SECRET_KEY": base64.b64encode(MASTER).decode(),
                 "PROXY_STATE_DIR": str(tmp_path)}  # fmt: skip
        done = commands.run(*words, environment=dict(os.environ) | given)
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr

    first = command("audit", "key", "create").strip()
    command("vault", "purge")
    command("audit", "checkpoint")
    said = command("audit", "key", "rotate")
    second = command("audit", "key", "export").strip()
    assert second in said
    assert second != first
    assert [path.name for path in tmp_path.glob("*.pem")] == ["audit-signing.pem"]
    command("audit", "checkpoint")
    old, new = (key.split("+")[1] for key in (first, second))
    command("audit", "key", "end", new, status=2)
    assert f"{old} has ended" in command("audit", "key", "end", old)
    command("audit", "checkpoint")
    for trusted in (first, second):
        told = json.loads(command("audit", "verify", "--key", trusted, "--json"))
        assert [(one["id"], one["state"]) for one in told["keys"]] == [(old, "ended"), (new, "in force")]
        assert (told["state"], told["keys"][0]["writers"]) == ("witnessed", 2)
    assert f"key {old} (ended" in command("audit", "verify")


async def test_commands_without_a_database_say_what_to_do(tmp_path):
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"} | {
        "PROXY_STATE_DIR": str(tmp_path)
    }
    done = commands.run("audit", "verify", environment=environment)
    assert done.returncode == 2
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr
