"""The product as ``make run`` starts it, with the scripted provider as its third party: one line of its configuration differs."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import yaml

from proxy.runtime.resources import shipped
from testing.stack import CommandLine

_TARGET = "standin/eu"
#: What a provider of all programs speaks. Nothing else is declared: what programs ask for is kept with the product.
_SPEAKS = ["openai", "openai_responses", "openai_responses_tokens", "openai_responses_compact", "anthropic", "gemini"]


@asynccontextmanager
async def running(provider: str, folder: Path, *, own_models: bool = True) -> AsyncIterator[tuple[str, str]]:
    """Run the product until the block ends; give its address and a key. It loads its ``own_models``, or has this process's."""
    config, state = folder / "config", folder / "state"
    for place in (config, state):
        shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(shipped("config"), config)
    endpoints = yaml.safe_load((config / "endpoints.yaml").read_text())
    endpoints["endpoints"][_TARGET]["dialects"] = _SPEAKS
    (config / "endpoints.yaml").write_text(yaml.safe_dump(endpoints, sort_keys=False))
    state.mkdir(parents=True)
    line = CommandLine(state, own_models=own_models, PROXY_CONFIG_DIR=str(config), PROXY_STANDIN_URL=provider)
    await asyncio.to_thread(line.start)
    try:
        yield line.stack.proxy_url, line.key
    finally:
        await asyncio.to_thread(line.stop)
