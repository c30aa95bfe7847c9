from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.policy.decision.document import input_document
from proxy.reports.siem import address, sinks
from proxy.reports.siem.positions import StoredPositions
from proxy.reports.siem.stream import LogStream
from proxy.runtime.clock import SystemClock
from testing import evidence


@pytest.fixture
def open_log(started, fresh_dsn):
    """Open logs, each a chain; all are closed at the end."""

    async def make() -> PostgresAuditLog:
        writer = fresh_writer_id("test")
        signing, document = evidence.SIGNING, input_document
        return await started(
            PostgresAuditLog(fresh_dsn, writer, evidence.KEYRING, SystemClock(), document=document, signing=signing)
        )

    return make


@pytest.fixture
async def log(open_log):
    return await open_log()


@dataclass
class Collector:
    """An HTTP collector that answers as it is told, one answer after the other, then 200."""

    url: str = ""
    answers: list = field(default_factory=list)
    bodies: list = field(default_factory=list)
    taken: list = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.bodies.append((dict(request.headers), body))
        answer = self.answers.pop(0) if self.answers else 200
        if callable(answer):
            answer = await answer(self, body)
        if answer == "close":
            request.transport.close()
            return web.Response()
        if answer == 200:
            self.taken += body.splitlines()
        return answer if isinstance(answer, web.StreamResponse) else web.Response(status=answer)

    @property
    def places(self):
        """The records that were taken, as (writer, seq), in their order."""
        said = [json.loads(line) for line in self.taken]
        return [(one["log_writer"], one["log_seq"]) for one in said]


@pytest.fixture
async def collector():
    made = Collector()
    app = web.Application(client_max_size=1 << 26)
    app.router.add_route("*", "/{tail:.*}", made.handle)
    async with TestServer(app) as server:
        made.url = str(server.make_url("/ingest"))
        yield made


@pytest.fixture
def streaming(reader, collector):
    """Return a stream of the log to the collector, in the format ``record``."""

    def make(options: str = "", connection=None, **changes) -> LogStream:
        to = address.parse(f"{collector.url}#format=record{options}")
        used = connection or reader
        given = {"sink": sinks.opened(to), "positions": StoredPositions(used, to.name), "period_s": 0.02, **changes}
        return LogStream(used, "audit.acme.example", to, **given)

    return make


@pytest.fixture
async def stored(superuser):
    """Return every record of the log as (writer, seq)."""

    async def read():
        return [
            tuple(row) for row in await superuser.fetch("SELECT writer, seq FROM audit.record ORDER BY writer, seq")
        ]

    return read


@dataclass
class SyslogCollector:
    port: int
    roots: str
    messages: list = field(default_factory=list)
    breaks: int = 0  # how many connections are to be cut before anything is read


@pytest.fixture
async def syslog_collector(tmp_path, request):
    """A syslog collector, with TLS where the test asks for it by ``indirect``."""
    secure = getattr(request, "param", True)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "k.pem",
         "-out", "c.pem", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "30"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    made = SyslogCollector(0, str(tmp_path / "c.pem"))

    async def take(reader, writer):
        if made.breaks:
            made.breaks -= 1
            writer.transport.abort()
            return
        data = await reader.read()
        while data:
            length, _, data = data.partition(b" ")
            made.messages.append(data[: int(length)])
            data = data[int(length) :]
        writer.close()

    context = None
    if secure:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
    server = await asyncio.start_server(take, "localhost", 0, ssl=context)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
    await server.wait_closed()
