"""The product as ``make run`` starts it, with the scripted provider in place of its stand-in and of a server in the region."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.agents.provider import REGION
from testing.stack import CommandLine

#: For reading a request: what is read is judged here, on a machine that may have other work.
PATIENCE_S = "480"


@asynccontextmanager
async def running(provider: str, folder: Path, *, own_models: bool = True) -> AsyncIterator[tuple[str, str]]:
    """Run the product until the block ends; give its address and a key.

    It loads its ``own_models``, or has those of this process.
    """
    state = folder / "state"
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    line = CommandLine(
        state,
        own_models=own_models,
        PROXY_DETECTION_DEADLINE_S=PATIENCE_S,
        PROXY_STANDIN_URL=provider,
        TARGET_REGION_URL=provider + REGION,
    )
    await asyncio.to_thread(line.start)
    try:
        yield line.stack.proxy_url, line.key
    finally:
        await asyncio.to_thread(line.stop)
