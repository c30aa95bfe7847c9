"""SC-08, SC-10, SC-15, SC-16, SC-17: what a role may do, who reads whose evidence, and that reading is on record."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from typing import Any

import asyncpg

from bench.hostile.rows import Found, judged
from bench.hostile.stand import Stand
from bench.system_checks.checks import check
from proxy.core.keyring import Keyring
from proxy.embedded import state
from proxy.identity.subject_key import SubjectKey

_LOG = ("record", "seal", "leaf", "note", "witness", "reading")
_ROLES = "SELECT rolname FROM pg_roles WHERE rolname LIKE 'proxy\\_%' AND rolname <> 'proxy_owner' ORDER BY 1"
_NAMED = "x-compliance-subject"
_SUBJECT = "patient-4711"


#: PostgreSQL only warns where nothing could be granted.
_GRANT = """
DO $$ BEGIN
    GRANT UPDATE, DELETE, TRUNCATE ON audit.{table} TO {role};
    IF NOT has_table_privilege('{role}', 'audit.{table}', 'UPDATE, DELETE, TRUNCATE') THEN
        RAISE insufficient_privilege;
    END IF;
END $$
"""


def _deeds(role: str) -> Mapping[str, str]:
    """What a role must never be able to do, by name."""
    found = {}
    for table in _LOG:
        found |= {
            f"update {table}": f"UPDATE audit.{table} SET {_COLUMN[table]} = {_COLUMN[table]}",
            f"delete {table}": f"DELETE FROM audit.{table}",
            f"truncate {table}": f"TRUNCATE audit.{table} CASCADE",
            f"disable triggers of {table}": f"ALTER TABLE audit.{table} DISABLE TRIGGER ALL",
            f"own grants on {table}": _GRANT.format(table=table, role=role),
        }
    return found | {
        "triggers off": "SET session_replication_role = replica",
        "become the owner": "SET ROLE proxy_owner",
        "grant oneself the owner": f"GRANT proxy_owner TO {role}",
        "replace a function": "CREATE OR REPLACE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "drop the schema": "DROP SCHEMA audit CASCADE",
    }


_COLUMN = {
    "record": "tenant",
    "seal": "signature",
    "leaf": "last_seq",
    "note": "note",
    "witness": "word",
    "reading": "said",
}


async def _as_role(stand: Stand, role: str, statements: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Run each statement as a role in a transaction of its own that is rolled back; return what was done and what failed."""
    running = state.running(stand.state_dir)
    connection = await asyncpg.connect(running.database_url if running else "")
    done, refused = [], []
    try:
        login = f"bench_{role}"
        await connection.execute(f"DROP ROLE IF EXISTS {login}; CREATE ROLE {login} LOGIN; GRANT {role} TO {login}")
        await connection.execute(f"SET SESSION AUTHORIZATION {login}; SET ROLE {role}")
        for name, statement in statements.items():
            try:
                await connection.execute(f"BEGIN; {statement}")
                done.append(f"{role}: {name}")
            except asyncpg.PostgresError as error:
                refused.append(f"{name} ({type(error).__name__})")
            await connection.execute("ROLLBACK")
        await connection.execute(f"RESET ROLE; RESET SESSION AUTHORIZATION; DROP OWNED BY {login}; DROP ROLE {login}")
    finally:
        await connection.close()
    return done, refused


@check(
    "SC-08",
    "a login of each role of the product tries to update, delete, truncate, switch triggers off, grant itself more, become owner",
)
async def rewrite(stand: Stand) -> Found:
    """A deed that fails for another reason than a missing right counts as refused only if it is refused."""
    faults, tried = [], 0
    roles = [one["rolname"] for one in await stand.sql(_ROLES)]
    for role in roles:
        done, refused = await _as_role(stand, role, _deeds(role))
        faults += done
        tried += len(done) + len(refused)
    return judged(faults, f"{tried} refused", roles=", ".join(roles))


async def answer_to(stand: Stand, *words: str) -> dict[str, Any]:
    status, said = await stand.command("audit", "ask", *words, "--json")
    if status:
        raise RuntimeError(f"audit ask {words[0]} ended with {status}: {said[-300:]}")
    return json.loads(said[said.index("{") : said.rindex("}") + 1])  # type: ignore[no-any-return]


@check("SC-10", "a service names a patient; the master key is rotated and the stack restarted; the service names the patient again; AQ-10 asks",
       last=70)  # fmt: skip
async def lookup(stand: Stand) -> Found:
    """Nobody else names this patient. A subject's key outlives the master key that seals it (ADR 0040)."""
    subject = f"patient-{secrets.token_hex(4)}"
    for answer in [await stand.ask("sales", "Name a bridge.", "local-say", {_NAMED: subject})]:
        if answer.status != 200:
            return Found(False, f"answered {answer}")
    status, said = await stand.command("keys", "rotate-master")
    if status:
        return Found(False, f"keys rotate-master ended with {status}: {said[-200:]}")
    await stand.stop_product()
    await stand.start_product()
    await stand.ask("sales", "Name another bridge.", headers={_NAMED: subject})
    asked = ["AQ-10", "--tenant", "house-eu", "--subject", subject, "--purpose", "access request"]
    found = (await answer_to(stand, *asked))["rows"]
    elsewhere = (await answer_to(stand, *asked[:1], "--tenant", "quiet-eu", *asked[3:]))["rows"]
    exchanges = sum(one["exchanges"] for one in found)
    reads = await _reads(stand, "AQ-10")
    faults = [] if exchanges == 2 else [f"{exchanges} exchanges are found of 2"]
    faults += ["another tenant's lookup finds it"] if elsewhere else []
    faults += (
        []
        if any(one["purpose"] == "access request" for one in reads)
        else ["the read is not on record with its purpose"]
    )
    return judged(faults, f"{exchanges} exchanges from before and after, {len(reads)} reads on record with purpose")


_QUERIES = """
SELECT count(*) AS n FROM (
    SELECT said ->> 'query' AS query FROM audit.reading WHERE at > $1
    UNION ALL SELECT body #>> '{facts,query}' FROM audit.record WHERE action = 'log_read' AND recorded_at > $1) read
WHERE query ~ '^[0-9a-f]{64}$'
"""


async def _reads(stand: Stand, question: str) -> list[dict[str, Any]]:
    return [one for one in (await answer_to(stand, "AQ-24"))["rows"] if one["question"] == question]


@check("SC-15", "three answers are exported to files, each with a purpose; AQ-24 is asked who read")
async def audited(stand: Stand) -> Found:
    """Each names who, which query, how many rows, why and the digest of what was given out."""
    since = (await stand.sql("SELECT clock_timestamp() AS now"))[0]["now"]
    for number in range(3):
        await stand.command(
            "audit",
            "ask",
            "AQ-14",
            "--purpose",
            f"review {number}",
            "--csv",
            str(stand.folder / f"review-{number}.csv"),
        )
    reads = [one for one in await _reads(stand, "AQ-14") if str(one["purpose"]).startswith("review")]
    faults = (
        []
        if {one["purpose"] for one in reads} == {f"review {n}" for n in range(3)}
        else [f"{len(reads)} of 3 are on record"]
    )
    for name in ("by", "login", "answer", "rows"):
        faults += [f"without {name}"] if any(one[name] is None or one[name] == "" for one in reads) else []
    queries = await stand.sql(_QUERIES, since)
    faults += [f"{queries[0]['n']} name the digest of their query"] if queries[0]["n"] < 3 else []
    return judged(
        faults,
        f"3 on record: by {reads[0]['by'] if reads else ''}, rows, purpose, digests of query and answer; no approval is needed",
    )


async def _get(stand: Stand, key: str, path: str) -> tuple[int, Any]:
    async with stand.session.get(
        f"{stand.url}/admin/v1/{path}", headers={"authorization": f"Bearer {stand.keys[key]}"}
    ) as reply:
        return reply.status, await reply.json()


_BOUND = """
CREATE ROLE bench_of_house LOGIN;
GRANT proxy_reader TO bench_of_house;
INSERT INTO audit.tenant_login VALUES ('bench_of_house', '{house-eu}');
SET SESSION AUTHORIZATION bench_of_house;
SET ROLE proxy_reader;
SET app.tenants = '*';
"""


@check("SC-16", "an officer of one tenant asks the API for another's exchange by id, by list, with the other's cursor, and in SQL by a "
       "login that is bound to its tenant and asks for all")  # fmt: skip
async def isolation(stand: Stand) -> Found:
    """Ask as both tenants first, so that there is something to be seen."""
    foreign = [await stand.ask("clinic", f"Name bridge {number}.") for number in range(2)]
    await stand.ask("sales", "Name a bridge.")
    exchange = foreign[0].headers.get("x-compliance-exchange", "")
    await stand.records(exchange)
    own, _ = await _get(stand, "clinic reader", f"audit/exchanges/{exchange}?purpose=check")
    by_id, _ = await _get(stand, "house reader", f"audit/exchanges/{exchange}?purpose=check")
    _, page = await _get(stand, "clinic reader", "audit/exchanges?limit=1&purpose=check")
    _, listed = await _get(stand, "house reader", f"audit/exchanges?purpose=check&after={page.get('after', '')}")
    named, _ = await _get(stand, "house reader", "audit/exchanges?tenant=clinic-us&purpose=check")
    tenants = {one["tenant"] for one in listed.get("exchanges", ())}
    faults = [] if own == 200 else [f"its own officer gets {own}: it shows nothing"]
    faults += [f"by id: {by_id}"] if by_id != 404 else []
    faults += [f"with the other's cursor: {sorted(tenants)}"] if tenants - {"house-eu"} else []
    faults += [f"by name: {named}"] if named != 403 else []
    faults += await _row_security(stand)
    return judged(faults, "by id 404, by cursor only its own, by name 403, in SQL only its own")


async def _row_security(stand: Stand) -> list[str]:
    """Return what is wrong with what a login that is bound to one tenant sees in the database itself."""
    running = state.running(stand.state_dir)
    connection = await asyncpg.connect(running.database_url if running else "")
    changes = connection.transaction()
    await changes.start()
    try:
        await connection.execute(_BOUND)
        seen = {row["tenant"] for row in await connection.fetch("SELECT DISTINCT tenant FROM audit.record")}
    finally:
        await changes.rollback()
        await connection.close()
    others = seen - {"house-eu", ""}
    faults = [f"in SQL: {len(others)} other tenants"] if others else []
    return faults if "house-eu" in seen else [*faults, "in SQL: nothing of its own"]


#: Keys that the reader may see, because they are sealed by the master key, which it does not have.
_SEALED = ("identity.subject_lookup_key", "identity.subject_key", "identity.linking_key")
_SECRETS = {
    "originals": "SELECT * FROM vault.pseudonym LIMIT 1", "API keys": "SELECT * FROM identity.api_key LIMIT 1",
    "US persons": "SELECT vault.count_us_persons('x', '{}', '{}', '{}', '{}', current_date)",
}  # fmt: skip


@check("SC-17", "as the reader of the log: tables of vault, identity and master key, functions of other roles, server files; and the rows it may "
       "read are searched for keys")  # fmt: skip
async def vault(stand: Stand) -> Found:
    """Whatever the reader's role sees of keys must be sealed or a check value."""
    tables = await stand.sql(
        "SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname IN ('vault', 'identity')"
    )
    names = {one["name"] for one in tables} - set(_SEALED)
    deeds = {name: f"SELECT * FROM {name} LIMIT 1" for name in names} | dict(_SECRETS)
    deeds |= {"server files": "SELECT pg_read_file('pg_hba.conf')", "programs": "COPY (SELECT 1) TO PROGRAM 'true'",
              "vault's role": "SET ROLE proxy_vault", "identity's role": "SET ROLE proxy_identity"}  # fmt: skip
    done, refused = await _as_role(stand, "proxy_reader", deeds)
    master = state.master_key(stand.state_dir).split()
    readable = await stand.sql(
        "SELECT g::text AS row FROM master_key.generation g UNION ALL SELECT p::text FROM master_key.proof p"
    )
    held = any(key in one["row"] for key in master for one in readable)
    await stand.ask("sales", "Name a bridge.", "local-say", {_NAMED: _SUBJECT})  # now a data subject has a key
    done += [*(["the master key can be read"] if held else []), *await _unsealed(stand, base64.b64decode(master[0]))]
    return judged(
        done, f"{len(refused)} refused; no key in what it may read but sealed ones, which another master opens not"
    )


async def _unsealed(stand: Stand, master: bytes) -> list[str]:
    """What is wrong with the sealed keys that a reader sees: this installation's master alone must open them."""
    rows = await stand.sql("SELECT tenant, lookup, sealed FROM identity.subject_key WHERE sealed IS NOT NULL")
    right, wrong = Keyring(master), Keyring(secrets.token_bytes(len(master)))
    faults = [] if rows else ["there is no key of a data subject: it shows nothing"]
    for row in rows:
        opened = SubjectKey.opened(right, row["tenant"], row["lookup"], row["sealed"])
        faults += ["a key that the master does not open"] if opened is None else []
        faults += ["a key in the clear"] if opened is not None and opened.key in bytes(row["sealed"]) else []
        other = SubjectKey.opened(wrong, row["tenant"], row["lookup"], row["sealed"])
        faults += ["a key that any master opens"] if other is not None else []
    return faults
