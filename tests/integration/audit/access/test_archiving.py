"""A month as Parquet: complete, read by DuckDB as it is, and verified like any export; what is done to it is named."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from proxy.audit.access import archiving
from proxy.audit.access.archiving import Month
from proxy.audit.records.record import link
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.upkeep.anchors.file import FileAnchor
from proxy.audit.verification import export, reading
from proxy.audit.verification.export import DERIVED, MANIFEST, RECORD_ROWS, ROWS, SEAL_ROWS, ExportError
from proxy.audit.verification.offline import verify_export
from proxy.identity.subjects import SubjectKeys
from proxy.reports import subjects as known_subjects
from proxy.reports.subjects import SubjectErasedError
from proxy.runtime.clock import SystemClock
from testing import evidence, past

KEY = evidence.SIGNING.verifier
EXCHANGES, EVENTS = DERIVED


def month_of(days: int) -> Month:
    return Month.parse(f"{past.day_ago(days):%Y-%m}")


@pytest.fixture
def then(fresh_dsn, tmp_path) -> past.Past:
    return past.Past(fresh_dsn, FileAnchor(tmp_path / "audit.anchor"))


@pytest.fixture
def archived(reader, tmp_path):
    async def make(days: int, name: str = "archive", tenants=()):
        month = month_of(days)
        chosen = await archiving.stretch(reader, month, datetime.now(UTC))
        made = await archiving.write(reader, tmp_path / name, month, chosen, evidence.SIGNING, tenants)
        archiving.complete(tmp_path / name, made)
        return tmp_path / name, made

    return make


@pytest.fixture
async def months(then, started, archived):
    """Two months, of which the second goes on with the chain of the first."""
    log = await then.log(500, started)
    for _ in range(3):
        await past.serve(log)
    await then.checkpoint()
    log.clock.seconds += 40 * past.DAY_S
    for _ in range(2):
        await past.serve(log, tenant="mercy")
    await log.close()
    await then.checkpoint()
    return [await archived(500, "first"), await archived(460, "second")]


async def test_months_have_each_record_once_and_verify_as_any_export(months, reader, then):
    (_, first), (_, second) = months
    assert (first.start, first.end) == (0, second.start)
    assert first.records + second.records == await reader.fetchval("SELECT count(*) FROM audit.record")
    for folder, made in months:
        report = verify_export(folder, KEY, then.anchor.lines())
        assert (report.damages, report.records, report.state) == ([], made.records, "witnessed")
        assert made.month == f"{report.since:%Y-%m}"
        assert export.read((folder / MANIFEST).read_bytes()) == made
        for name, digest in made.files.items():
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


async def test_duckdb_reads_the_files_as_they_are_and_counts_what_the_database_counts(months, reader):
    duckdb = pytest.importorskip("duckdb")
    (first, made), _ = months
    lake = duckdb.connect()
    lake.execute("SET TimeZone = 'UTC'")

    def ask(sql: str, name: str):
        return lake.execute(sql.format(str(first.parent / "*" / name))).fetchall()

    counted = "SELECT tenant, kind, count(*) AS number FROM {} GROUP BY tenant, kind ORDER BY tenant, kind"
    theirs = await reader.fetch(counted.format("audit.record"))
    assert ask(counted.format("'{}'"), RECORD_ROWS) == [tuple(row) for row in theirs]
    theirs = (await reading.read(reader, KEY)).derived
    for name, rows in ((EXCHANGES, theirs.exchanges), (EVENTS, theirs.events)):
        held = ask("SELECT * FROM '{}'", name)
        plain = [tuple(list(one) if isinstance(one, tuple) else one for one in row) for row in rows]
        assert sorted(held, key=str) == sorted(plain, key=str)
    told = dict(row[:2] for row in lake.execute(f"DESCRIBE SELECT * FROM '{first / RECORD_ROWS}'").fetchall())
    wanted = {
        "recorded_at": "TIMESTAMP WITH TIME ZONE", "hash": "BLOB", "body": "VARCHAR", "seq": "BIGINT",
    }  # fmt: skip
    assert {name: told[name] for name in wanted} == wanted
    linked = (
        "SELECT count(*) FROM '{}' e JOIN '" + str(first / RECORD_ROWS) + "' r USING (writer, seq) "
        "WHERE r.kind = 'outcome' AND r.body ->> '$.columns.exchange' = e.exchange"
    )
    assert lake.execute(linked.format(first / EXCHANGES)).fetchall() == [(made.rows[EXCHANGES],)]
    assert lake.execute(f"SELECT count(*) FROM '{first / EVENTS}' WHERE event = 'served'").fetchall() == [(3,)]


async def test_the_queries_of_the_guide_run(months, tmp_path):
    duckdb = pytest.importorskip("duckdb")
    (tmp_path / "archive").mkdir()
    months[0][0].rename(tmp_path / "archive" / "2026-05")
    page = (Path(__file__).parents[4] / "docs/how-to/archive-months.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    lake = duckdb.connect()
    answers = [
        lake.execute(sql.replace("'archive/", f"'{tmp_path}/archive/")).fetchall()
        for sql in block.split(";")
        if sql.strip()
    ]
    assert len(answers) == 2
    assert {ended for _, ended in answers[1]} == {"delivered"}


def rewrite(folder, name, change, *, signing=None) -> None:
    """Replace a file by one of other rows, and its digest and number in the manifest too."""
    table = pq.read_table(folder / name)
    changed = pa.Table.from_pylist(change(table.to_pylist()), schema=table.schema)
    pq.write_table(changed, folder / name)
    held = export.read((folder / MANIFEST).read_bytes())
    files = {**held.files, name: hashlib.sha256((folder / name).read_bytes()).hexdigest()}
    made = replace(held, files=files, rows={**held.rows, name: changed.num_rows})
    if signing is not None:
        made = replace(made, signature=signing.sign(made.signed_text))
    (folder / MANIFEST).write_bytes(export.written(made))


def altered(place: int, **changes):
    return lambda rows: [one | changes if number == place else one for number, one in enumerate(rows)]


def body(rows):
    return altered(4, body=rows[4]["body"].replace("acme", "acne"))(rows)


def purged(rows):
    hashed = rows[0]["prev"]
    for one in rows[:5]:
        hashed = link(hashed, one["body"].encode())
    gone = dict.fromkeys(rows[4]) | {"writer": rows[4]["writer"], "seq": rows[4]["seq"], "hash": hashed}
    return [*rows[:4], gone | {"purge": "no such purge"}, *rows[5:]]


ATTACKS = {
    "a body": (RECORD_ROWS, body, "seal"),
    "a column": (RECORD_ROWS, altered(4, tenant="acne"), "column"),
    "a time": (RECORD_ROWS, altered(4, recorded_at=datetime(2026, 1, 1, tzinfo=UTC)), "column"),
    "a hash": (RECORD_ROWS, altered(4, hash=b"x" * 32), "seal"),
    "a row removed": (RECORD_ROWS, lambda rows: rows[:4] + rows[5:], "missing"),
    "the last row removed": (RECORD_ROWS, lambda rows: rows[:-1], "seal"),
    "a row twice": (RECORD_ROWS, lambda rows: [*rows[:5], *rows[4:]], "order"),
    "rows exchanged": (RECORD_ROWS, lambda rows: [*rows[:4], rows[5], rows[4], *rows[6:]], "missing"),
    "a record shown as purged": (RECORD_ROWS, purged, "purge"),
    "a seal removed": (SEAL_ROWS, lambda rows: rows[:-1], "checkpoint"),
    "a seal's time": (SEAL_ROWS, altered(0, last_at=datetime(2026, 1, 1, tzinfo=UTC)), "checkpoint"),
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_what_is_done_to_records_is_named_though_the_thief_signs_the_manifest_anew(months, attack):
    name, change, what = ATTACKS[attack]
    rewrite(months[0][0], name, change, signing=evidence.SIGNING)
    assert what in {one.what for one in verify_export(months[0][0], KEY).damages}


@pytest.mark.parametrize("name", DERIVED)
async def test_altered_typed_rows_are_named_with_and_without_their_digest(months, name):
    folder, made = months[0]
    held = (folder / name).read_bytes()
    rewrite(folder, name, altered(0, target="elsewhere"))
    [found] = verify_export(folder, KEY).damages
    assert (found.what, found.detail) == ("file", "manifest.json is not signed by this installation's key")
    (folder / MANIFEST).write_bytes(export.written(made))
    [found] = verify_export(folder, KEY).damages
    assert (found.what, found.detail) == ("file", f"{name} is not the file that was exported")
    (folder / name).write_bytes(held)
    assert verify_export(folder, KEY).damages == []


@pytest.mark.parametrize("name", ROWS)
async def test_a_file_of_another_month_is_named(months, name):
    (first, _), (second, _) = months
    (first / name).write_bytes((second / name).read_bytes())
    damages = verify_export(first, KEY).damages
    assert f"{name} is not the file that was exported" in {one.detail for one in damages}


@pytest.mark.parametrize("name", [SEAL_ROWS, RECORD_ROWS])
@pytest.mark.parametrize("place", [0.0, 0.3, 0.999])
async def test_a_damaged_file_is_damage_and_no_fault(months, name, place):
    folder, _ = months[0]
    held = bytearray((folder / name).read_bytes())
    start = int(place * len(held))
    held[start : start + 8] = bytes(byte ^ 0xFF for byte in held[start : start + 8])
    (folder / name).write_bytes(held)
    assert "file" in {one.what for one in verify_export(folder, KEY).damages}


@pytest.mark.parametrize(
    "changed", [{"month": "2020-01"}, {"rows": dict.fromkeys(ROWS, 1)}, {"since": ""}, {"signature": "AAAA"}]
)
async def test_an_altered_manifest_is_named(months, changed):
    folder, made = months[0]
    (folder / MANIFEST).write_bytes(export.written(replace(made, **changed)))
    try:
        damages = verify_export(folder, KEY).damages
    except ExportError:
        return
    assert "manifest.json is not signed by this installation's key" in {one.detail for one in damages}


async def test_another_key_believes_nothing(months):
    assert {one.what for one in verify_export(months[0][0], AuditSigningKey.generate().verifier).damages} == {"key"}


async def test_a_month_from_which_records_were_purged_verifies_with_their_hashes(then, started, archived, reader):
    log = await then.log(500, started)
    due, kept = await past.serve(log), await past.serve(log, 2190)
    await log.close()
    await then.checkpoint()
    before, _ = await archived(500, "before")
    [done] = await then.purge(started)
    folder, made = await archived(500, "after")
    report = verify_export(folder, KEY, then.anchor.lines())
    assert (report.damages, report.purged, report.records) == ([], done.records, made.records)
    assert set(pq.read_table(folder / EXCHANGES)["exchange"].to_pylist()) == {kept}
    assert verify_export(before, KEY).damages == []
    assert set(pq.read_table(before / EXCHANGES)["exchange"].to_pylist()) == {due, kept}


def texts(value):
    """Yield everything in a value as bytes."""
    if isinstance(value, dict):
        value = value.values()
    if isinstance(value, str | bytes):
        yield value if isinstance(value, bytes) else value.encode()
    elif value is not None and hasattr(value, "__iter__"):
        for one in value:
            yield from texts(one)


def contents(folder) -> bytes:
    """Return all values of all files, not compressed."""
    parts = [part for name in ROWS for part in texts(pq.read_table(folder / name).to_pylist())]
    return b"\n".join([*parts, *(one.read_bytes() for one in folder.iterdir() if one.suffix != ".parquet")])


async def test_no_payload_is_in_an_archive(months):
    for folder, _ in months:
        whole = contents(folder)
        assert evidence.CANARY.encode() not in whole
        assert orjson.dumps(evidence.CANARY) not in whole


async def test_an_archive_of_a_tenant_has_nothing_of_others_but_hashes_and_verifies(then, started, archived, reader):
    log = await then.log(500, started)
    for tenant in ("acme", "mercy", "acme"):
        await past.serve(log, tenant=tenant)
    await log.close()
    await then.checkpoint()
    folder, made = await archived(500, tenants=("mercy",))
    report = verify_export(folder, KEY, then.anchor.lines())
    shown = await reader.fetchval("SELECT count(*) FROM audit.record WHERE tenant = 'mercy'") + 2
    assert (report.damages, report.purged, report.withheld) == ([], 0, made.records - shown)
    assert b"mercy" in contents(folder)
    assert b"acme" not in contents(folder)
    assert pq.read_table(folder / EXCHANGES)["tenant"].to_pylist() == ["mercy"]
    as_whole = replace(made, tenants=())
    as_whole = replace(as_whole, signature=evidence.SIGNING.sign(as_whole.signed_text))
    (folder / MANIFEST).write_bytes(export.written(as_whole))
    with pytest.raises(ExportError, match="has no body"):
        verify_export(folder, KEY)


async def test_an_erasure_reaches_archives_because_they_hold_no_key_and_no_name(
    then, started, fresh_dsn, archived, reader, superuser
):
    subjects = await started(SubjectKeys(fresh_dsn, evidence.KEYRING, SystemClock()))
    named = await subjects.of("acme", "patient 7")
    log = await then.log(500, started)
    await past.serve(log, subject=named.reference)
    await log.close()
    await then.checkpoint()
    folder, _ = await archived(500)
    held = {one for row in pq.read_table(folder / EXCHANGES)["subjects"].to_pylist() for one in row}
    found = await known_subjects.find(reader, evidence.KEYRING, "patient 7", "acme")
    assert held == {named.reference} <= set(found.references)

    whole = contents(folder)
    keys = [row["sealed"] for row in await superuser.fetch("SELECT sealed FROM identity.subject_key")]
    unkeyed = {hashlib.sha256(b"patient 7").hexdigest().encode(), hashlib.sha256(b"patient 7").digest()}
    by_master = {one.encode() for one in evidence.KEYRING.digests(b"patient 7", "subject", "acme")}
    assert keys
    assert not [one for one in (b"patient 7", *keys, *unkeyed, *by_master) if one in whole]

    request = await subjects.request_erasure("acme", "patient 7", "DSR-7", "alice")
    assert await subjects.erase(request, "acme", "patient 7", "bob") == 1
    assert await superuser.fetchval("SELECT count(*) FROM identity.subject_key WHERE sealed IS NOT NULL") == 0
    with pytest.raises(SubjectErasedError):
        await known_subjects.find(reader, evidence.KEYRING, "patient 7", "acme")
    assert (await subjects.of("acme", "patient 7")).reference not in held
    assert verify_export(folder, KEY).damages == []


async def test_what_is_no_whole_month_is_refused(then, started, reader, archived, tmp_path):
    log = await then.log(500, started)
    await past.serve(log)
    with pytest.raises(ExportError, match="under no note yet"):
        await archived(500)
    await then.checkpoint()
    with pytest.raises(ExportError, match="nothing was sealed"):
        await archived(800)
    month = month_of(500)
    with pytest.raises(ExportError, match="can be archived from"):
        await archiving.stretch(reader, month, month.until + timedelta(hours=23))
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "something").touch()
    with pytest.raises(ExportError, match="not empty"):
        await archived(500)


@pytest.mark.parametrize("text", ["2026-13", "2026", "May 2026", "2026-05-01", ""])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(ValueError):
        Month.parse(text)


def test_a_month_ends_where_the_next_begins():
    one = Month.parse("2025-12")
    assert (one.since, one.until) == (datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
    assert Month.parse("2026-02").until == datetime(2026, 3, 1, tzinfo=UTC)


async def test_rows_are_written_some_thousands_at_a_time():
    async def chains():
        for length in (1, 3, 16_384, 2):
            yield [0] * length

    assert [len(group) async for group in archiving._groups(chains())] == [16_388, 2]
