"""A second process that serves on the same database with its clock behind: what it records is as old as that."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from bench.hostile.stand import Stand
from proxy.embedded import state
from testing import past
from testing.processes import free_port


class NotServingError(Exception):
    """The second process does not serve; the message is what it printed last."""


@contextlib.asynccontextmanager
async def behind(stand: Stand, seconds: int) -> AsyncIterator[tuple[Stand, Path]]:
    """Serve so far behind; yield where to ask, and the file that the process prints to.

    Raises:
        NotServingError: it does not serve within a minute or two.

    """
    port, log = free_port(), stand.folder / f"behind-{seconds}"
    with log.open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.system_checks.skewed", str(-seconds), "serve", env=_settings(stand, port),
            stdout=said, stderr=said,
        )  # fmt: skip
    other = Stand(stand.folder, url=f"http://127.0.0.1:{port}", keys=stand.keys)
    try:
        if not await other.settled(100):
            raise NotServingError(log.read_text(errors="replace")[-300:])
        yield other, log
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        await other.session.close()
        if (running := state.running(stand.state_dir)) is not None:
            await past.aged(running.database_url)


def _settings(stand: Stand, port: int) -> Mapping[str, str]:
    running = state.running(stand.state_dir)
    if running is None:
        raise RuntimeError("the stack does not run")
    return {
        **stand.settings(), "DATABASE_URL": running.database_url, "OPA_URL": running.opa_url, "PROXY_PORT": str(port),
        "PROXY_SECRET_KEY": state.master_key(stand.state_dir).split()[0],
        "PROXY_AUDIT_SIGNING_KEY": str(stand.state_dir / "audit-signing.pem"),
        "PROXY_LOCAL_MODEL_URL": running.model_url, "PROXY_STANDIN_URL": stand.settings()["PROXY_STANDIN_URL"],
    }  # fmt: skip
