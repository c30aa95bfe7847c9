"""The attacks, in the order of the table."""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bench.tamper import forging
from bench.tamper.ground import Attack, Connection, Ground
from proxy.audit.records.record import Columns, make
from proxy.audit.sealing import notes, seal
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.sealing.seal import BatchSealer
from proxy.audit.sealing.tree import Growing
from proxy.audit.verification import parts
from proxy.audit.verification.parts import Part, PartContents
from proxy.audit.writing.session import STATEMENTS
from testing import evidence, twins

_A, _B = "proxy-a", "proxy-b"
_LOG = ("record", "seal", "leaf", "note")
Run = Callable[[Connection, Ground], Awaitable[None]]


def _sql(statement: str) -> Run:
    async def run(connection: Connection, _: Ground) -> None:
        await connection.execute(statement)

    return run


async def _registry_widened(connection: Connection, _: Ground) -> None:
    await connection.execute(
        "UPDATE registry.bundle SET packed = $1", twins.packed({"regions": {"EEA": {"members": ["DE", "US"]}}})
    )


async def _thinned(connection: Connection, _: Ground) -> None:
    rows = (parts.packed(name, ()) for name in ("exchange", "event"))
    await connection.execute("UPDATE audit.part SET exchange = $1, event = $2", *rows)


async def _emptied(connection: Connection, signing: AuditSigningKey) -> None:
    """The part made anew without its rows, and signed."""
    part = Part.of_row(await connection.fetchrow(STATEMENTS["parts"]))
    stored = PartContents(*await connection.fetchrow(STATEMENTS["part_contents"], part.first))
    contents = PartContents(parts.packed("exchange", ()), parts.packed("event", ()), stored.state)
    part = part._replace(digests=contents.digests)
    part = part._replace(signature=signing.sign(part.text(signing.origin)))
    await connection.execute(STATEMENTS["drop_parts"], part.first, part.end)
    await connection.execute(STATEMENTS["add_part"], *part, *contents)


async def _forged_part(connection: Connection, ground: Ground) -> None:
    await _emptied(connection, AuditSigningKey.generate(ground.signing.origin))


async def _emptied_by_the_product(connection: Connection, ground: Ground) -> None:
    await _emptied(connection, ground.signing)


async def _put_back(connection: Connection, ground: Ground) -> None:
    """A key as it was before it was to expire, with its proof of then."""
    for table, row in ground.earlier.items():
        kind = "kind = 'api_key' AND " if "kind" in row else ""
        names, places = ", ".join(row), ", ".join(f"${place}" for place in range(1, len(row) + 1))
        await connection.execute(f"DELETE FROM {table} WHERE {kind}id = $1", row["id"])
        await connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *row.values())


def _us(body: str) -> str:
    return body.replace("us-1", "de-1")


async def _rewritten(connection: Connection, _: Ground) -> None:
    await connection.execute(f"UPDATE audit.record SET target = replace(target, 'us-1', 'de-1') WHERE writer = '{_A}'")
    await forging.relink(connection, _A, _us)


async def _restated(connection: Connection, _: Ground) -> None:
    await forging.relink(connection, _A, lambda body: body.replace("NO_DPA", "NO_BAA"))


async def _rewritten_all(connection: Connection, _: Ground) -> None:
    await connection.execute("UPDATE audit.record SET target = replace(target, 'us-1', 'de-1')")
    for writer in (_A, _B):
        await forging.relink(connection, writer, _us)


async def _own_key(connection: Connection, ground: Ground) -> None:
    """Everything made anew, sealed and noted, by a key of the attacker's."""
    await _anew(connection, AuditSigningKey.generate(ground.signing.origin), _us)


async def _products_key(connection: Connection, ground: Ground) -> None:
    await _anew(connection, ground.signing, _us)


async def _anew(connection: Connection, signing: AuditSigningKey, change: Callable[[str], str]) -> None:
    await connection.execute("UPDATE audit.record SET target = replace(target, 'us-1', 'de-1')")
    for writer in (_A, _B):
        await forging.reseal(connection, writer, signing, change)
    await _notes_anew(connection, signing)


async def _notes_anew(connection: Connection, signing: AuditSigningKey) -> None:

    await connection.execute("DELETE FROM audit.leaf; DELETE FROM audit.note; DELETE FROM audit.tile")
    found = await connection.fetch("SELECT * FROM audit.seal ORDER BY writer, last_seq")
    grown = Growing()
    for row in found:
        grown.append(seal.read(row).leaf(signing.origin))
    places = [row["writer"] for row in found], [row["last_seq"] for row in found]
    await connection.execute(STATEMENTS["add_leaves"], 0, *places, grown.size)
    signed = notes.sign(notes.Note(grown.size, grown.root), signing)
    await connection.execute(STATEMENTS["add_note"], grown.size, grown.packed, signed)


async def _signed_anew(connection: Connection, ground: Ground) -> None:
    """Change a seal and sign the log as if it had been so, note for note."""
    await connection.execute(
        f"UPDATE audit.seal SET last_at = last_at + interval '1 hour' WHERE writer = '{_A}' AND first_seq = 1"
    )
    grown, rows = Growing(), await connection.fetch(STATEMENTS["listed_seals"], 0, 2**62)
    sizes = {row["size"] for row in await connection.fetch("SELECT size FROM audit.note")}
    for row in rows:
        grown.append(seal.read(row).leaf(ground.signing.origin))
        if grown.size in sizes:
            signed = notes.sign(notes.Note(grown.size, grown.root), ground.signing)
            await connection.execute(
                "UPDATE audit.note SET peaks = $2, note = $3 WHERE size = $1", grown.size, grown.packed, signed
            )


async def _another_tenants_part(connection: Connection, _: Ground) -> None:
    for row in await connection.fetch("SELECT ctid, state FROM audit.part"):
        state = zlib.compress(zlib.decompress(row["state"]).replace(b"acme", b"other"))
        await connection.execute("UPDATE audit.part SET state = $2 WHERE ctid = $1", row["ctid"], state)


async def _forgotten(connection: Connection, ground: Ground) -> None:
    """Cut the newest exchanges off with the product's key, and sign the rest as if it were all."""
    await _cut(connection, ground)
    await connection.execute(_LAST_NOTE)
    await _notes_anew(connection, ground.signing)


async def _cut(connection: Connection, _: Ground) -> None:
    """Remove the newest records and their seals, to the beginning of a batch, so that no link is broken."""
    await connection.execute(
        """
        WITH cut AS (SELECT writer, first_seq FROM audit.seal WHERE writer = 'proxy-b' ORDER BY last_seq DESC OFFSET 4 LIMIT 1)
        DELETE FROM audit.record r USING cut WHERE r.writer = cut.writer AND r.seq >= cut.first_seq
        """
    )
    await connection.execute(
        "DELETE FROM audit.seal s WHERE NOT EXISTS "
        "(SELECT FROM audit.record r WHERE r.writer = s.writer AND r.seq = s.last_seq)"
    )


_LAST_NOTE = """
    DELETE FROM audit.record r USING audit.leaf l WHERE r.writer = l.writer AND r.seq <= l.last_seq
        AND l.noted = (SELECT max(size) FROM audit.note)
        AND r.seq > (SELECT coalesce(max(k.last_seq), 0) FROM audit.leaf k WHERE k.writer = r.writer AND k.noted < l.noted);
    DELETE FROM audit.record r WHERE r.seq > (SELECT max(l.last_seq) FROM audit.leaf l WHERE l.writer = r.writer);
    DELETE FROM audit.leaf WHERE noted = (SELECT max(size) FROM audit.note);
    DELETE FROM audit.note WHERE size = (SELECT max(size) FROM audit.note);
    DELETE FROM audit.tile WHERE (number + 1) * power(256, level + 1) > (SELECT max(size) FROM audit.note);
    DELETE FROM audit.seal s WHERE NOT EXISTS (SELECT FROM audit.record r WHERE r.writer = s.writer AND r.seq = s.last_seq)
"""


async def _renumbered(connection: Connection, _: Ground) -> None:
    await connection.execute(
        f"DELETE FROM audit.record WHERE writer = '{_A}' AND seq = 9;"
        f"ALTER TABLE audit.record_former DROP CONSTRAINT record_seq_check; ALTER TABLE audit.record_rest DROP CONSTRAINT record_seq_check;"
        f"UPDATE audit.record SET seq = -seq WHERE writer = '{_A}' AND seq > 9;"
        f"UPDATE audit.record SET seq = -seq - 1 WHERE writer = '{_A}' AND seq < 0;"
        f"ALTER TABLE audit.record_former ADD CONSTRAINT record_seq_check CHECK (seq > 0);"
        f"ALTER TABLE audit.record_rest ADD CONSTRAINT record_seq_check CHECK (seq > 0)"
    )
    await forging.relink(connection, _A, str)


async def _swapped(connection: Connection, _: Ground) -> None:
    fields = [name for name in forging.COLUMNS if name not in {"writer", "seq", "prev", "hash"}]
    changed = ", ".join(f"{name} = o.{name}" for name in fields)
    await connection.execute("DROP INDEX audit.record_once")
    await connection.execute(
        f"UPDATE audit.record r SET {changed} FROM audit.record o WHERE r.writer = '{_A}' AND o.writer = '{_A}' "
        "AND r.seq IN (5, 8) AND o.seq = 13 - r.seq"
    )
    await forging.relink(connection, _A, str)
    await connection.execute(
        "CREATE UNIQUE INDEX record_once ON audit.record_former (exchange, kind, attempt) WHERE kind <> 'event'"
    )


async def _forged_in_place(connection: Connection, _: Ground) -> None:
    await evidence.rewritten(connection, f"writer = '{_A}' AND seq = 5", _us)
    await forging.relink(connection, _A, str)


async def _added(connection: Connection, _: Ground) -> None:
    await connection.execute(f"DELETE FROM audit.record WHERE writer = '{_A}' AND action = 'writer_closed'")
    await forging.put(connection, _A, forging.exchange("never"))


async def _certificate(connection: Connection, ground: Ground) -> None:
    """Put a certificate of an own key where the chain opens, and seal the chain with it."""
    await forging.reseal(connection, _A, AuditSigningKey.generate(ground.signing.origin), str)


async def _noted_anew(connection: Connection, ground: Ground) -> None:
    signing = AuditSigningKey.generate(ground.signing.origin)
    for row in await connection.fetch("SELECT size, note FROM audit.note"):
        said = notes.opened(row["note"], ground.signing.verifier)
        assert said is not None
        await connection.execute(
            "UPDATE audit.note SET note = $2 WHERE size = $1", row["size"], notes.sign(said, signing)
        )


def _stranger(writer: str) -> BatchSealer:
    """Return what seals by a key that nobody certified: the database takes no record without a seal."""
    return forging.opening(writer, AuditSigningKey.generate())[1]


async def _as_writer(connection: Connection) -> None:
    await connection.execute("SET ROLE proxy_writer")


async def _invented_chain(connection: Connection, ground: Ground) -> None:
    """A chain with a certificate and seals that only lack the installation's signature."""
    await _as_writer(connection)
    first, sealer = forging.opening("proxy-c", AuditSigningKey.generate(ground.signing.origin))
    await forging.put(connection, "proxy-c", [first, *forging.exchange("never")], sealer)


async def _invented_plain(connection: Connection, _: Ground) -> None:
    await _as_writer(connection)
    first = make(Columns(at=forging.NOW, kind="event", action="writer_started"), {})
    await forging.put(connection, "proxy-c", [first, *forging.exchange("never")], _stranger("proxy-c"))


async def _invented_at_the_end(connection: Connection, ground: Ground) -> None:
    await _as_writer(connection)
    _, sealer = forging.opening(_B, AuditSigningKey.generate(ground.signing.origin))
    await forging.put(connection, _B, forging.exchange("never"), sealer)


async def _borrowed(connection: Connection, _: Ground) -> None:
    """A chain that opens with another's certificate."""
    row = (await forging.rows(connection, _A))[0]
    first = make(Columns(at=forging.NOW, kind="event", action="writer_started"), {})
    await _as_writer(connection)
    opening = first._replace(body=row["body"].encode())
    await forging.put(connection, "proxy-c", [opening, *forging.exchange("never")], _stranger("proxy-c"))


async def _exploit(connection: Connection, _: Ground) -> None:
    """Weaken a function of the owner's, then let the reader run code as the owner."""
    await connection.execute(
        "SET session_replication_role = origin; ALTER FUNCTION audit.writer_alive(text) RESET search_path;"
        "DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO proxy_reader', current_database()); END $$"
    )
    await connection.execute(
        """
        SET ROLE proxy_reader;
        CREATE FUNCTION pg_temp.deed() RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN
            ALTER TABLE audit.record DISABLE TRIGGER record_append_only;
            DELETE FROM audit.record WHERE writer = 'proxy-b' AND seq = 7;
            ALTER TABLE audit.record ENABLE TRIGGER record_append_only;
            RETURN true;
        END $$;
        GRANT EXECUTE ON FUNCTION pg_temp.deed() TO PUBLIC;
        CREATE TEMP VIEW pg_locks AS
        SELECT * FROM (SELECT 'advisory'::text AS locktype, 1::smallint AS objsubid, pg_temp.deed() AS granted,
               (SELECT oid FROM pg_database WHERE datname = current_database()) AS database, 0::oid AS classid,
               0::oid AS objid OFFSET 0) q;
        GRANT SELECT ON pg_temp.pg_locks TO PUBLIC;
        """
    )
    await connection.fetchval("SELECT audit.writer_alive('x')")


async def _rewritten_tail(connection: Connection, _: Ground) -> None:
    """Rewrite what no checkpoint covers yet, and compute the chain again."""
    await connection.execute(
        "UPDATE audit.record SET target = replace(target, 'us-1', 'de-1') WHERE exchange = 'after'"
    )
    await forging.relink(connection, _A, lambda body: _us(body) if '"after"' in body else body)


async def _certificates_exchanged(connection: Connection, _: Ground) -> None:
    opening = {writer: (await forging.rows(connection, writer))[0]["body"] for writer in (_A, _B)}
    for writer, other in ((_A, _B), (_B, _A)):
        await connection.execute(
            "UPDATE audit.record SET body = $2::text::json WHERE writer = $1 AND seq = 1", writer, opening[other]
        )
        await forging.relink(connection, writer, str)


def _role(statement: str, undo: str) -> dict[str, Any]:
    return {"run": _sql(statement), "undo": undo}


def _said(change: Callable[[str], str]) -> Any:
    async def run(connection: Connection, _: Ground) -> None:
        await evidence.rewritten(connection, f"writer = '{_A}' AND seq = 5", change)

    return run


def _each(verb: str) -> str:
    return ";".join(f"{verb} audit.{table}" for table in _LOG)


_MOVED = "recorded_at = recorded_at - interval '1 minute'"
ATTACKS: tuple[Attack, ...] = (
    Attack("a tenant altered", "superuser", _sql(f"UPDATE audit.record SET tenant = 'x' WHERE writer = '{_A}' AND seq = 5")),
    Attack("an activity altered", "superuser", _sql(f"UPDATE audit.record SET activity = 'x' WHERE writer = '{_A}' AND seq = 5")),
    Attack("what a purge is asked of altered", "superuser", _sql(f"UPDATE audit.record SET body = '{{\"facts\":{{\"retain_until\":\"2020-01-01\"}}}}' WHERE writer = '{_A}' AND seq = 5")),
    Attack("what stands beside an event", "superuser", _sql("ALTER TABLE audit.record_former DROP CONSTRAINT record_packed_check; ALTER TABLE audit.record_rest DROP CONSTRAINT record_packed_check; UPDATE audit.record SET packed = '\\x7b7d' WHERE kind = 'event'")),
    Attack("a time moved", "superuser", _sql(f"UPDATE audit.record SET {_MOVED} WHERE writer = '{_A}' AND seq = 5")),
    Attack("a body altered", "superuser", _said(_us)),
    Attack("a body's spacing altered", "superuser", _said("{} ".format)),
    Attack("a body that nobody can read", "superuser", _sql(f"UPDATE audit.record SET packed = '\\x28b52ffd' WHERE writer = '{_A}' AND seq = 5")),
    Attack("an answer altered that decisions name", "superuser", _sql("UPDATE audit.record SET body = replace(body::text, 'NO_DPA', 'NO_BAA')::json WHERE action = 'answer_stated'")),
    Attack("an answer removed that decisions name", "superuser", _sql("DELETE FROM audit.record WHERE action = 'answer_stated'")),
    Attack("an answer of another made anew, chain recomputed", "superuser", _restated),
    Attack("a record in the middle deleted", "superuser", _sql(f"DELETE FROM audit.record WHERE writer = '{_A}' AND seq = 5")),
    Attack("the newest records cut off", "superuser", _cut),
    Attack("two records swapped, chain recomputed", "superuser", _swapped),
    Attack("a record removed, the rest renumbered, chain recomputed", "superuser", _renumbered),
    Attack("a record forged in place, chain recomputed", "superuser", _forged_in_place),
    Attack("an exchange added to a chain", "superuser", _added),
    Attack("a whole chain rewritten and recomputed", "superuser", _rewritten),
    Attack("every chain rewritten and recomputed", "superuser", _rewritten_all),
    Attack("everything made anew under a key of the attacker's", "superuser", _own_key),
    Attack("a writer's certificate replaced, its chain sealed anew", "superuser", _certificate),
    Attack("a writer removed", "superuser", _sql(f"DELETE FROM audit.record WHERE writer = '{_B}'")),
    Attack("a writer removed with its seals", "superuser", _sql(f"DELETE FROM audit.record WHERE writer = '{_B}'; DELETE FROM audit.seal WHERE writer = '{_B}'")),
    Attack("truncated with the trigger off", "superuser", _sql("ALTER TABLE audit.record DISABLE TRIGGER ALL; TRUNCATE audit.record; ALTER TABLE audit.record ENABLE TRIGGER ALL")),
    Attack("everything truncated", "superuser", _sql(_each("TRUNCATE") + "; TRUNCATE audit.tile"), anchored=True),
    Attack("a seal replayed in another chain", "superuser", _sql(f"UPDATE audit.seal s SET head = o.head, root = o.root, signature = o.signature FROM audit.seal o WHERE s.writer = '{_A}' AND o.writer = '{_B}' AND s.first_seq = 1 AND o.first_seq = 1")),
    Attack("a seal's time moved", "superuser", _sql(f"UPDATE audit.seal SET last_at = last_at + interval '1 hour' WHERE writer = '{_A}' AND first_seq = 1")),
    Attack("seals deleted", "superuser", _sql(f"DELETE FROM audit.seal WHERE writer = '{_A}'")),
    Attack("a checkpoint rewritten", "superuser", _sql("UPDATE audit.note SET note = replace(note, chr(10) || size || chr(10), chr(10) || size + 1 || chr(10))")),
    Attack("a checkpoint deleted", "superuser", _sql("DELETE FROM audit.note WHERE size = (SELECT min(size) FROM audit.note)")),
    Attack("checkpoints signed anew by another key", "superuser", _noted_anew),
    Attack("the last checkpoint removed with all it covers", "superuser", _sql(_LAST_NOTE), anchored=True),
    Attack("an old checkpoint replayed as the newest", "superuser", _sql("UPDATE audit.note n SET note = o.note, peaks = o.peaks FROM audit.note o WHERE n.size = (SELECT max(size) FROM audit.note) AND o.size = (SELECT min(size) FROM audit.note)")),
    Attack("hashes beside a checkpoint altered", "superuser", _sql("UPDATE audit.note SET peaks = overlay(peaks PLACING sha256(peaks) FROM 1 FOR 32) WHERE size = (SELECT min(size) FROM audit.note)")),
    Attack("a leaf moved under another checkpoint", "superuser", _sql("UPDATE audit.leaf SET noted = (SELECT max(size) FROM audit.note) WHERE leaf = 1")),
    Attack("a record rewritten before its seal is in the log", "superuser", _rewritten_tail),
    Attack("certificates of two writers exchanged", "superuser", _certificates_exchanged),
    Attack("leaves exchanged in the log", "superuser", _sql("CREATE TABLE public.s AS SELECT * FROM audit.leaf WHERE leaf IN (1, 2); DELETE FROM audit.leaf WHERE leaf IN (1, 2); INSERT INTO audit.leaf SELECT 3 - leaf, writer, last_seq, noted FROM public.s; DROP TABLE public.s")),
    Attack("records removed as if they had been purged", "superuser", _sql("INSERT INTO audit.purged SELECT gen_random_uuid(), current_date, writer, seq, seq, hash FROM audit.record WHERE kind = 'attempt' AND writer = 'proxy-a'; DELETE FROM audit.record WHERE kind = 'attempt' AND writer = 'proxy-a'")),
    Attack("trigger switched off", "superuser", _sql("ALTER TABLE audit.record DISABLE TRIGGER record_append_only"), state="unprotected"),
    Attack("a part of the records detached", "superuser", _sql("ALTER TABLE audit.record DETACH PARTITION audit.record_rest")),
    Attack("an empty month kept outside the log", "superuser", _sql("CREATE TABLE audit.record_2031_01 (LIKE audit.record_rest INCLUDING ALL)"), state="unprotected"),
    Attack("the trigger of a part switched off", "superuser", _sql("ALTER TABLE audit.record_rest DISABLE TRIGGER record_append_only"), state="unprotected"),
    Attack("records taken without seals", "superuser", _sql("ALTER TABLE audit.record DISABLE TRIGGER record_sealed"), state="unprotected"),
    Attack("trigger dropped", "superuser", _sql("DROP TRIGGER seal_append_only ON audit.seal"), state="unprotected"),
    Attack("trigger function emptied", "superuser", _sql("CREATE OR REPLACE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"), state="unprotected"),
    Attack("trigger added", "superuser", _sql("CREATE FUNCTION public.drop_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER x BEFORE INSERT ON audit.record FOR EACH ROW EXECUTE FUNCTION public.drop_it()"), state="unprotected"),
    Attack("an event trigger added", "superuser", _sql("CREATE FUNCTION public.each() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER each ON ddl_command_start EXECUTE FUNCTION public.each()"), state="unprotected"),
    Attack("a trigger that never fires", "superuser", _sql("DROP TRIGGER seal_append_only ON audit.seal; CREATE TRIGGER seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.seal FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION audit.refuse_log_change()"), state="unprotected"),
    Attack("a partition detached with its records", "superuser", _sql("ALTER TABLE audit.record DETACH PARTITION audit.record_rest")),
    Attack("a table that adds rows to the seals", "superuser", _sql("CREATE TABLE public.more () INHERITS (audit.seal)"), state="unprotected"),
    Attack("a table replaced by a view of its rows", "superuser", _sql("ALTER TABLE audit.note RENAME TO told; CREATE VIEW audit.note AS SELECT * FROM audit.told; GRANT SELECT ON audit.note TO proxy_reader"), state="unprotected"),
    Attack("row security that hides checkpoints", "superuser", _sql("ALTER TABLE audit.note ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON audit.note USING (size > 3)"), state="unprotected"),
    Attack("a table dropped", "superuser", _sql("DROP TABLE audit.seal CASCADE")),
    Attack("the right to read taken away", "superuser", _sql("REVOKE SELECT ON audit.note FROM proxy_reader")),
    Attack("default privileges given away", "superuser", _sql("ALTER DEFAULT PRIVILEGES FOR ROLE proxy_owner IN SCHEMA audit GRANT ALL ON TABLES TO PUBLIC"), state="unprotected"),
    Attack("a table that a crash empties", "superuser", _sql("ALTER TABLE audit.note SET UNLOGGED"), state="unprotected"),
    Attack("a view filtered", "superuser", _sql("DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW identity.hold_state AS SELECT * FROM (' || rtrim(pg_get_viewdef('identity.hold_state'), ';') || ') v WHERE tenant <> ''acme'''; END $$"), state="unprotected"),
    Attack("a rule added", "superuser", _sql("CREATE RULE r AS ON INSERT TO audit.record WHERE new.tenant = 'acme' DO INSTEAD NOTHING"), state="unprotected"),
    Attack("a function's search path taken away", "superuser", _sql("ALTER FUNCTION audit.head(text) RESET search_path"), state="unprotected"),
    Attack("a function's search path led elsewhere", "superuser", _sql("ALTER FUNCTION audit.head(text) SET search_path = public, pg_catalog"), state="unprotected"),
    Attack("a function of the server's replaced", "superuser", _sql("CREATE OR REPLACE FUNCTION pg_catalog.now() RETURNS timestamptz LANGUAGE sql STABLE AS $$SELECT clock_timestamp() + interval '9 years'$$"), state="unprotected"),
    Attack("a data subject's key laid where nobody looks", "superuser", _sql("UPDATE identity.subject_key SET lookup = sha256(lookup)"), state="unprotected", compared=True),
    Attack("a function's body replaced", "superuser", _sql("CREATE OR REPLACE FUNCTION audit.writer_alive(of_writer text) RETURNS boolean LANGUAGE sql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT true'"), state="unprotected"),
    Attack("a function made the owner's", "superuser", _sql("ALTER FUNCTION audit.writer_lock(text) SECURITY DEFINER"), state="unprotected"),
    Attack("a table given away", "superuser", _sql("ALTER TABLE audit.record OWNER TO proxy_writer"), state="unprotected"),
    Attack("a grant widened", "superuser", _sql("GRANT UPDATE ON audit.record TO proxy_writer"), state="unprotected"),
    Attack("a grant on a column", "superuser", _sql("GRANT UPDATE (tenant) ON audit.record TO proxy_writer"), state="unprotected"),
    Attack("the vault opened to readers", "superuser", _sql("GRANT USAGE ON SCHEMA vault TO proxy_reader; GRANT SELECT ON vault.pseudonym TO proxy_reader"), state="unprotected"),
    Attack("row security that hides", "superuser", _sql("ALTER TABLE identity.api_key ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON identity.api_key USING (tenant <> 'acme')"), state="unprotected"),
    Attack("a unique index dropped", "superuser", _sql("DROP INDEX audit.record_once"), state="unprotected"),
    Attack("triggers off by a setting of the database", "superuser", _sql("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET session_replication_role = replica', current_database()); END $$"), state="unprotected"),
    Attack("reader made owner", "superuser", **_role("GRANT proxy_owner TO proxy_reader", "REVOKE proxy_owner FROM proxy_reader"), state="unprotected"),
    Attack("a login made owner", "superuser", **_role("CREATE ROLE tamper_login LOGIN; GRANT proxy_owner TO tamper_login", "DROP ROLE tamper_login"), state="unprotected"),
    Attack("writer made superuser", "superuser", **_role("ALTER ROLE proxy_writer SUPERUSER", "ALTER ROLE proxy_writer NOSUPERUSER"), state="unprotected"),
    Attack("triggers off by a setting of a login", "superuser", **_role("CREATE ROLE tamper_login LOGIN; ALTER ROLE tamper_login SET session_replication_role = replica", "DROP ROLE tamper_login"), state="unprotected"),
    Attack("triggers off by whoever likes", "superuser", **_role("GRANT SET ON PARAMETER session_replication_role TO PUBLIC", "REVOKE SET ON PARAMETER session_replication_role FROM PUBLIC"), state="unprotected"),
    Attack("a login that passes over row security", "superuser", **_role("CREATE ROLE tamper_login LOGIN BYPASSRLS", "DROP ROLE tamper_login"), state="unprotected"),
    Attack("rows taken out of a part", "superuser", _thinned, state="unprotected"),
    Attack("a part that begins elsewhere", "superuser", _sql("UPDATE audit.part SET first_leaf = first_leaf + 1"), state="unprotected"),
    Attack("a part with another's signature", "superuser", _forged_part, state="unprotected"),
    Attack("a part whose state names another tenant", "superuser", _another_tenants_part, state="unprotected"),
    Attack("a key made an officer's", "superuser", _sql("UPDATE identity.api_key SET roles = '{privacy-officer}'"), state="unprotected"),
    Attack("a key of another installation's put in", "superuser", _sql("INSERT INTO identity.api_key (id, hash, tenant, service, activities, default_activity, ingress_region, default_subject_region, roles, declarable_regions, may_declare_adult, created, expires, hash_key) SELECT 'aaaaaaaaaaaa', hash, tenant, 'evil', activities, default_activity, ingress_region, default_subject_region, roles, declarable_regions, may_declare_adult, created, expires, hash_key FROM identity.api_key"), state="unprotected"),
    Attack("a key as it was before, with its proof", "superuser", _put_back, state="unprotected"),
    Attack("a grant for everything", "superuser", _sql("UPDATE identity.break_glass SET tenant = 'mercy', activity = NULL, service = NULL"), state="unprotected"),
    Attack("a grant approved by another", "superuser", _sql("UPDATE identity.break_glass_approval SET approver = 'mallory', expires = approved + interval '23 hours'"), state="unprotected"),
    Attack("a hold removed", "superuser", _sql("DELETE FROM identity.hold"), state="unprotected"),
    Attack("a hold moved to another tenant", "superuser", _sql("UPDATE identity.hold SET tenant = 'other'"), state="unprotected"),
    Attack("the approval of a hold removed", "superuser", _sql("DELETE FROM identity.two_person_approval"), state="unprotected"),
    Attack("an approval invented", "superuser", _sql("INSERT INTO identity.two_person_request (id, act, tenant, about, ticket, requested_by) VALUES ('rq_aaaaaaaaaaaa', 'purge_days', '', '2026-01-01', 'T-1', 'mallory')"), state="unprotected"),
    Attack("a restriction removed", "superuser", _sql("DELETE FROM identity.restriction"), state="unprotected"),
    Attack("a restriction ended", "superuser", _sql("UPDATE identity.restriction SET lifted = now(), lifted_by = 'mallory'"), state="unprotected"),
    Attack("every proof removed", "superuser", _sql("DELETE FROM master_key.proof"), state="unprotected"),
    Attack("the generation of a proof lowered", "superuser", _sql("UPDATE master_key.proof SET generation = 1 WHERE kind = 'api_key'"), state="unprotected"),
    Attack("keys of data subjects removed", "superuser", _sql("DELETE FROM identity.subject_key"), state="unprotected"),
    Attack("keys of data subjects removed, as erasures that nobody asked for", "superuser", _sql("DELETE FROM identity.subject_key; INSERT INTO audit.outbox (action, tenant, facts) VALUES ('subject_erased', 'acme', '{\"keys\": 100, \"request\": \"rq_aaaaaaaaaaaa\"}')"), state="unprotected"),
    Attack("keys of data subjects removed, as links that ended", "superuser", _sql("DELETE FROM identity.subject_key; INSERT INTO audit.outbox (action, tenant, facts) SELECT 'links_expired', 'acme', jsonb_build_object('day', (current_date - n)::text) FROM generate_series(-3, 3) n"), state="unprotected"),
    Attack("a data subject erased by hand", "superuser", _sql("UPDATE identity.subject_key SET sealed = NULL, handle = NULL, reference = NULL, destroyed_at = now()"), state="unprotected"),
    Attack("notes stored later than they were", "superuser", _sql("UPDATE audit.note SET made_at = made_at + interval '9 years'"), state="witnessed"),
    Attack("rows taken out of a part under the product's key", "key", _emptied_by_the_product, state="unprotected", compared=True),
    Attack("every part removed", "superuser", _sql("DELETE FROM audit.part"), state="witnessed"),
    Attack("a registry that allows another region", "superuser", _registry_widened, state="unprotected"),
    Attack("a policy bundle deleted", "superuser", _sql("DELETE FROM registry.bundle"), state="unprotected"),
    Attack("a policy bundle altered", "superuser", _sql("UPDATE registry.bundle SET packed = packed || 'x'"), state="unprotected"),
    Attack("reader ran code as the owner", "superuser", _exploit),
    Attack("an exchange that never happened, in a chain without certificate", "writer", _invented_plain),
    Attack("an exchange that never happened, under a certificate of its own", "writer", _invented_chain),
    Attack("an exchange that never happened, at the end of a chain", "writer", _invented_at_the_end),
    Attack("an exchange that never happened, under another's certificate", "writer", _borrowed),
    Attack("a seal changed, the log signed anew under the product's key", "key", _signed_anew),
    Attack("everything made anew under the product's key", "key", _products_key, anchored=True),
    Attack("the newest exchanges forgotten under the product's key", "key", _forgotten, anchored=True),
)  # fmt: skip


def _set(name: str, value: str) -> str:
    done = f"ALTER DATABASE %I SET {name} = %L"
    return f"DO $$ BEGIN EXECUTE format('{done}', current_database(), '{value}'); END $$"


#: What an operator does to a healthy database, and what happens to it.
QUIET: Mapping[str, str] = {
    "statistics": "ANALYZE",
    "catalogs written anew": "VACUUM FULL",
    "indexes made again": "REINDEX SCHEMA audit",
    "an index": "CREATE INDEX by_tenant ON audit.record (tenant)",
    "temporary tables": "DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database()); END $$",
    **{
        f"{name} = {value}": _set(name, value)
        for name, value in {
            "quote_all_identifiers": "on", "intervalstyle": "iso_8601", "datestyle": "German", "timezone": "Asia/Tokyo",
            "search_path": "audit", "standard_conforming_strings": "off", "extra_float_digits": "0", "bytea_output": "escape",
            "statement_timeout": "2s", "default_transaction_read_only": "on", "row_security": "off",
        }.items()
    },
}  # fmt: skip
