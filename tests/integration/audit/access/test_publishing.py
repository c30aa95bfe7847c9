"""The log over HTTP: served as C2SP says, and followed by a monitor that knows nothing of the product."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bench.tamper.attacks import ATTACKS
from bench.tamper.ground import FREE, Ground
from proxy.audit.access.publishing import PublishedLog
from proxy.audit.sealing import notes, tree
from proxy.audit.sealing.tiles import Tile
from proxy.audit.upkeep.anchors.file import FileAnchor
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.web import monitors
from proxy.web.monitors import Monitors, RateLimit
from testing import evidence

SCRIPT = Path(__file__).parents[4] / "docs" / "how-to" / "follow_log.py"
SIZE = 300
FOREVER = "public, max-age=31536000, immutable"


@pytest.fixture
async def client(fresh_dsn):
    """Monitors' view of a database; its clock stands still."""
    made = await served(fresh_dsn, evidence.SIGNING.origin)
    yield made
    await made.close()


async def served(dsn, origin) -> TestClient:
    log = PublishedLog(dsn, origin)
    app = web.Application()
    app.router.add_get(monitors.PATTERN, Monitors(log, RateLimit(evidence.FixedClock())).answer)
    app.on_cleanup.append(lambda _: log.close())
    made = TestClient(TestServer(app))
    await made.start_server()
    return made


async def get(client, path):
    async with client.get(f"/audit/log/{path}") as reply:
        return reply.status, await reply.read(), reply.headers["Cache-Control"]


@pytest.fixture
async def filled(fresh_dsn, log):
    """A log of more than one tile."""
    first = None
    for number in range(SIZE - 1):
        await log.event_durable("e", {"n": number})
        if number == 9:
            first = await Checkpointer(fresh_dsn, evidence.SIGNING).once()
    return first, await Checkpointer(fresh_dsn, evidence.SIGNING).once()


async def test_tiles_are_those_of_the_signed_checkpoint(client, filled):
    first, newest = filled
    status, note, caching = await get(client, "checkpoint")
    assert (status, notes.opened(note.decode(), evidence.SIGNING.verifier), caching) == (
        200,
        newest,
        "public, max-age=2",
    )
    (_, full, kept), (_, part, kept_too), (_, above, _) = [
        await get(client, path) for path in ("tile/0/000", f"tile/0/001.p/{newest.size - 256}", "tile/1/000.p/1")
    ]
    hashes = [full[at : at + 32] for at in range(0, 8192, 32)] + [part[at : at + 32] for at in range(0, len(part), 32)]
    assert (tree.root(hashes), tree.root(hashes[: first.size])) == (newest.root, first.root)
    assert (len(full), kept, kept_too, above) == (8192, FOREVER, FOREVER, tree.root(hashes[:256]))
    assert (await get(client, f"tile/0/000.p/{first.size}"))[1] == full[: 32 * first.size]
    _, entries, _ = await get(client, f"tile/entries/001.p/{newest.size - 256}")
    length = int.from_bytes(entries[:2], "big")
    assert hashlib.sha256(b"\x00" + entries[2 : 2 + length]).digest() == hashes[256]
    assert evidence.CANARY.encode() not in entries


async def test_nothing_beyond_the_signed_checkpoint_is_served(fresh_dsn, client, log):
    assert (await get(client, "checkpoint"))[0] == 404
    await log.event_durable("e", {})
    size = (await Checkpointer(fresh_dsn, evidence.SIGNING).once()).size
    await log.event_durable("e", {})
    found = [await get(client, Tile(0, 0, width).path) for width in (size, size + 1)]
    assert [(status, caching) for status, _, caching in found] == [(200, FOREVER), (404, "no-store")]
    for path in (
        "tile/0/000",
        "tile/1/000.p/1",
        "tile/0/0",
        "records",
        "tile/0/000.p/256",
        "checkpoint/",
    ):
        assert (await get(client, path))[0] == 404


async def test_entries_are_compressed_where_the_caller_can_read_that(client, filled):
    async with client.get("/audit/log/tile/entries/000", headers={"Accept-Encoding": "gzip"}) as reply:
        assert (reply.headers["Content-Encoding"], reply.content_type) == ("gzip", "application/octet-stream")


async def test_all_callers_together_get_so_many_answers_and_are_told_when_to_return(client):
    answers = [await get(client, "checkpoint") for _ in range(101)]
    assert [status for status, _, _ in answers] == [404] * 100 + [429]
    async with client.get("/audit/log/checkpoint") as reply:
        assert reply.headers["Retry-After"] == "1"


async def test_a_log_that_lost_a_seal_serves_no_tile_of_it(fresh_dsn, client, filled):
    owner = await asyncpg.connect(fresh_dsn)
    await owner.execute(f"{FREE}; DELETE FROM audit.seal WHERE last_seq = 290")
    await owner.close()
    statuses = [(await get(client, path))[0] for path in ("tile/0/000", "tile/0/001.p/44", "tile/entries/001.p/44")]
    assert statuses == [200, 503, 503]


def follow(client, state, key) -> tuple[int, str]:
    arguments = [str(client.make_url("/audit/log")), str(state), str(key)]
    done = subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


async def followed(client, state, key=evidence.SIGNING.verifier) -> tuple[int, str]:
    return await asyncio.to_thread(follow, client, state, key)


async def test_a_monitor_follows_a_log_that_only_grows(fresh_dsn, client, log, filled, tmp_path):
    state = tmp_path / "state.json"
    assert await followed(client, state) == (0, f"the log only grew, to {SIZE} leaves\n")
    assert await followed(client, state) == (0, f"the log only grew, to {SIZE} leaves\n")
    await log.event_durable("more", {})
    await Checkpointer(fresh_dsn, evidence.SIGNING).once()
    assert await followed(client, state) == (0, f"the log only grew, to {SIZE + 1} leaves\n")


REWRITTEN = {
    "a seal changed, the log signed anew under the product's key": "does not continue the",
    "everything made anew under the product's key": "its newest were cut off",
    "the newest exchanges forgotten under the product's key": "its newest were cut off",
    "the last checkpoint removed with all it covers": "its newest were cut off",
    "everything made anew under a key of the attacker's": "not signed by a key that you trust",
    "checkpoints signed anew by another key": "not signed by a key that you trust",
}


@pytest.fixture(scope="module")
def ground(postgres_server, tmp_path_factory) -> Ground:
    name = f"followed_{tmp_path_factory.getbasetemp().name.replace('-', '_')}"
    postgres_server.run(postgres_server.named(name))
    made = Ground(postgres_server.postgres, name, FileAnchor(tmp_path_factory.mktemp("anchor") / "audit.anchor"))
    postgres_server.run(made.fill(8))
    return made


@pytest.mark.parametrize("attack", REWRITTEN)
async def test_a_monitor_names_a_log_that_was_rewritten(postgres_server, ground, tmp_path, attack):
    key, state = ground.signing.verifier, tmp_path / "state.json"
    copy = await asyncio.to_thread(postgres_server.run, ground.copy())
    dsn = postgres_server.postgres.dsn_of(copy)
    client = await served(dsn, ground.signing.origin)
    try:
        assert (await followed(client, state, key))[0] == 0
        known = state.read_bytes()
        connection = await asyncpg.connect(dsn)
        await connection.execute(FREE)
        await next(one for one in ATTACKS if one.name == attack).run(connection, ground)
        await connection.close()
        status, said = await followed(client, state, key)
        assert (status, REWRITTEN[attack] in said, said.startswith("REWRITTEN: ")) == (1, True, True), said
        assert state.read_bytes() == known
    finally:
        await client.close()
        await asyncio.to_thread(postgres_server.run, ground.drop(copy, ""))


async def test_a_monitor_says_that_it_cannot_read(client, tmp_path):
    assert (await followed(client, tmp_path / "state.json"))[0] == 2
