from __future__ import annotations

import asyncio
import ssl
import subprocess
from datetime import UTC, datetime

import pytest

from proxy.audit.upkeep.anchors import NewNote
from proxy.audit.upkeep.anchors.syslog import message, opened

LINE = "audit.acme.example/eu1 5 cm9vdA== c2lnbmF0dXJl"


async def growth(old: int):
    return []


NOTE = NewNote(5, "", LINE, growth)


def test_message_is_that_of_rfc_5424():
    sent = message(LINE, datetime(2026, 11, 27, 7, 0, 0, 250_000, tzinfo=UTC), "host").decode()
    assert sent == f"<109>1 2026-11-27T07:00:00.250000Z host compliance-proxy - audit-anchor - {LINE}"


@pytest.fixture
async def collector(tmp_path):
    """A collector with TLS; what it got, and how it is named in a setting."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "k.pem",
         "-out", "c.pem", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "30"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    got = asyncio.Queue()

    async def take(reader, writer):
        got.put_nowait(await reader.read())
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
    server = await asyncio.start_server(take, "localhost", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    yield got, f"tls://localhost:{port}", tmp_path / "c.pem"
    server.close()
    await server.wait_closed()


async def test_each_note_is_one_message_with_its_length(collector):
    got, address, roots = collector
    assert await opened(f"{address}#{roots}").put(NOTE) == b""
    length, _, rest = (await asyncio.wait_for(got.get(), 10)).partition(b" ")
    assert int(length) == len(rest)
    assert rest.endswith(LINE.encode())


async def test_a_collector_that_is_not_trusted_or_away_is_a_fault(collector):
    _, address, _ = collector
    with pytest.raises(OSError):
        await opened(address).put(NOTE)
    with pytest.raises(OSError):
        await opened("tls://localhost:1").put(NOTE)


@pytest.mark.parametrize("where", ["", "localhost:514", "tcp://localhost"])
def test_syslog_without_tls_is_refused(where):
    with pytest.raises(ValueError, match="tls"):
        opened(where)
