"""A real PgBouncer in front of an embedded database, in any pool mode; skipped where the program is not installed."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
_CONFIGURATION = """
[databases]
* = host={host} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
logfile = {folder}/log
pidfile = {folder}/pid
{more}
"""


@asynccontextmanager
async def bouncing(dsn: str, folder: Path, mode: str, more: str = "") -> AsyncIterator[str]:
    """Serve the databases of an embedded server; yield a connection string. ``mode``: session, transaction, statement."""
    assert PROGRAM is not None
    server, port = urlsplit(dsn), _free_port()
    user, host = server.username or "postgres", parse_qs(server.query)["host"][0]
    place = folder / "pgbouncer.ini"
    place.write_text(_CONFIGURATION.format(host=host, user=user, port=port, mode=mode, folder=folder, more=more))
    command = [PROGRAM, "-q", str(place)]
    if os.getuid() == 0:  # it refuses to run as root
        command = ["unshare", "--user", "--map-user=65534", "--map-group=65534", "--", *command]
    process = await asyncio.create_subprocess_exec(*command)
    try:
        await _listening(port)
        yield f"postgresql://{user}@127.0.0.1:{port}{server.path}"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


async def _listening(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
