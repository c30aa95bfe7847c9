"""A first start with the registry in the database fills it once from the folder, as evidence; later starts do not."""

from __future__ import annotations

import base64
import json
import shutil

import asyncpg
import pytest

from proxy.audit.records.chain import genesis
from proxy.audit.records.record import Columns, make
from proxy.audit.sealing import notes
from proxy.audit.sealing import signing_key as audit_key
from proxy.audit.upkeep import anchors
from proxy.audit.verification.verify import verify
from proxy.audit.writing.session import _COLUMNS, chained
from proxy.embedded import first_start
from proxy.errors import ConfigurationError, RegistryUnavailableError
from proxy.registry.store import RegistryStore
from proxy.runtime import database, migrations
from proxy.runtime.resources import shipped
from proxy.settings import Settings
from tests.integration.registry.sample import document

MASTER = base64.b64encode(b"k" * 32).decode()


@pytest.fixture(autouse=True)
def state_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("PROXY_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
async def store(fresh_dsn):
    made = RegistryStore(fresh_dsn)
    await made.start()
    yield made
    await made.close()


async def test_an_empty_registry_is_filled_from_the_folder_and_that_is_recorded(fresh_dsn, store):
    imported = await first_start.fill_registry(Settings(), fresh_dsn, MASTER)
    found = await store.active()
    assert found.revision == imported
    assert (found.made_by, found.parent) == ("first start", None)
    assert str(Settings().config_dir) in found.comment
    rows = await _events(fresh_dsn)
    assert [(row["facts"]["revision"], row["facts"]["paths"]) for row in rows] == [
        (imported, ["registry", "endpoints", "routes"])
    ]


async def _events(dsn):
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT body FROM audit.record WHERE action = 'registry_changed'")
        return [json.loads(row["body"]) for row in rows]
    finally:
        await connection.close()


async def test_a_registry_that_is_there_is_left_alone(fresh_dsn, store):
    made = await store.put(document(), by="ann", base=None)
    assert await first_start.fill_registry(Settings(), fresh_dsn, MASTER) == ""
    assert await store.active() == made
    assert await _events(fresh_dsn) == []


async def test_a_folder_that_is_refused_fills_nothing(fresh_dsn, store, tmp_path):
    config = shutil.copytree(shipped("config"), tmp_path / "config")
    (config / "routes.yaml").write_text("routes: [{targets: [nowhere]}]\n")
    with pytest.raises(ConfigurationError, match=r"routes\.yaml"):
        await first_start.fill_registry(Settings(config_dir=config), fresh_dsn, MASTER)
    assert await store.active() is None


async def test_a_database_that_is_away_is_named():
    with pytest.raises(RegistryUnavailableError):
        await first_start.fill_registry(Settings(), "postgresql://u@127.0.0.1:1/x", MASTER)


@pytest.fixture
async def older(postgres_server, tmp_path):
    """A database of a release without seals, with a chain in it."""
    connection = await asyncpg.connect(postgres_server.postgres.dsn_of("postgres"))
    name = await connection.fetchval("SELECT 'older_' || replace(gen_random_uuid()::text, '-', '')")
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    dsn = postgres_server.postgres.dsn_of(name)
    folder = tmp_path / "migrations"
    folder.mkdir()
    for one in migrations.read(shipped("migrations")):
        if one.name < first_start._SEALS:
            (folder / one.name).write_text(one.sql)
    await migrations.migrate(dsn, folder)
    records = [
        make(Columns(at=n, kind="event", action=action), {})
        for n, action in enumerate(("writer_started", "writer_closed"))
    ]
    rows, _ = chained("old-1", genesis("old-1"), records)
    connection = await asyncpg.connect(dsn)
    await connection.copy_records_to_table("record", schema_name="audit", columns=_COLUMNS, records=rows)
    await connection.close()
    return dsn


async def state_of(dsn) -> tuple[str, int]:
    key = audit_key.signing_key(Settings()).verifier
    connection = await database.connect(dsn, database.READER)
    try:
        report = await verify(connection, key)
    finally:
        await connection.close()
    return report.state, sum(one.records for one in report.adoptions)


async def test_chains_of_an_older_release_on_this_machine_are_taken_over_by_the_upgrade(older):
    await first_start.prepare_database(Settings(), older, MASTER)
    assert await state_of(older) == ("unwitnessed", 2)


async def test_nothing_is_taken_over_where_an_anchor_knows_of_more(older, state_dir):
    """Somebody emptied the database and put a forgery in its place: no start makes that good."""
    key = audit_key.create(state_dir / "audit-signing.pem", Settings().audit_origin)
    anchors.opened(None, state_dir)[0].add(notes.anchor_line(notes.sign(notes.Note(7, bytes(32)), key)), 7)
    await first_start.prepare_database(Settings(), older, MASTER)
    assert await state_of(older) == ("damaged", 0)
