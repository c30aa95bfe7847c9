"""MCP's own SDK."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bench.interop.clients.cells import Cell, cell, said


def _mcp(mode: str, use: Callable[[Any], Any]) -> Cell:
    """Return a call of a server of tools; what the SDK raises is raised outside of its task groups."""

    async def connected(root: str, key: str) -> Any:
        import httpx2
        from mcp import Client, MCPError
        from mcp.client.streamable_http import streamable_http_client

        http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=60)
        transport = streamable_http_client(f"{root}/mcp/records", http_client=http)
        async with http, Client(transport, mode=mode, read_timeout_seconds=60) as client:
            try:
                return await use(client)
            except MCPError as error:
                raised = error
        raise raised

    return lambda root, key: asyncio.run(connected(root, key))


_ABOUT = {"person": "Katarzyna Wisniewska", "iban": "DE89370400440532013000"}


async def _mcp_called(client: Any) -> dict[str, Any]:
    await client.list_tools()
    made = await client.call_tool("look_up", _ABOUT)
    return said(made.content[0].text, calls=[("look_up", made.structured_content)])


async def _mcp_progress(client: Any) -> dict[str, Any]:
    told: list[Any] = []

    async def progress(_done: float, _total: float | None, message: str | None) -> None:
        told.append(message)

    made = await client.call_tool("look_up", _ABOUT, progress_callback=progress)
    return said(" ".join(told), len(told), [("look_up", made.structured_content)])


async def _mcp_prompt(client: Any) -> dict[str, Any]:
    made = await client.get_prompt("greet", {"who": _ABOUT["person"]})
    return said(made.messages[0].content.text)


async def _mcp_unknown(client: Any) -> Any:
    return await client.read_resource("nothing://here")


for _name, _mode in (("mcp", "2026-07-28"), ("mcp sessions", "legacy")):
    cell(_name, "chat")(_mcp(_mode, _mcp_prompt))
    cell(_name, "tools")(_mcp(_mode, _mcp_called))
    cell(_name, "stream tools")(_mcp(_mode, _mcp_progress))
    cell(_name, "error")(_mcp(_mode, _mcp_unknown))
