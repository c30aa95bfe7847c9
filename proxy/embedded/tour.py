"""Sends the tour's requests through the running stack and observes both ends of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from proxy.embedded.demo import EXCHANGE_HEADER, JOURNAL, PATH, DemoRequest
from proxy.embedded.state import RunningStack

_PATIENCE = aiohttp.ClientTimeout(total=120)


@dataclass(frozen=True, slots=True)
class TourStop:
    """One request as the client sent it, as the target received it, and as the client got the reply."""

    request: DemoRequest
    status: int
    reply: str
    exchange: str
    model: str  # the name in the answering model's reply
    received: tuple[str, ...]  # the texts that the provider stand-in received, one per request


class Traveller:
    """A client of the proxy that can also read the stand-in's journal."""

    def __init__(self, session: aiohttp.ClientSession, stack: RunningStack, key: str) -> None:
        self._session = session
        self._stack = stack
        self._key = key

    async def travel(self, request: DemoRequest) -> TourStop:
        """Send one request.

        Raises:
            aiohttp.ClientError, TimeoutError: the proxy or the stand-in does not answer.

        """
        before = await self._journal()
        headers = {"authorization": f"Bearer {self._key}", **request.headers}
        url = f"{self._stack.proxy_url}{PATH}"
        async with self._session.post(url, json=request.body(), headers=headers) as response:
            answer = json.loads(await response.read())
            exchange = response.headers.get(EXCHANGE_HEADER, "")
            status = response.status
        after = await self._journal()
        numbers = {entry["seq"] for entry in before}
        received = tuple(_texts(entry["body"]) for entry in after if entry["seq"] not in numbers)
        return TourStop(request, status, _text(answer), exchange, str(answer.get("model", "")), received)

    async def _journal(self) -> list[dict[str, Any]]:
        """Return what the stand-in received; nothing if there is none."""
        if not self._stack.provider_url:
            return []
        async with self._session.get(f"{self._stack.provider_url}{JOURNAL}") as response:
            entries: list[dict[str, Any]] = (await response.json())["requests"]
        return entries


def _texts(body: Mapping[str, Any] | None) -> str:
    """Return the messages of a request as one text."""
    messages = (body or {}).get("messages") or []
    return "\n".join(str(message.get("content", "")) for message in messages)


def _text(answer: Mapping[str, Any]) -> str:
    """Return the assistant's text, or the error's message."""
    if "choices" in answer:
        return str(answer["choices"][0]["message"]["content"])
    error = answer.get("error") or {}
    return f"{error.get('code', '')}: {error.get('message', '')}"


def session() -> aiohttp.ClientSession:
    """Return a client session; the caller closes it."""
    return aiohttp.ClientSession(timeout=_PATIENCE)
