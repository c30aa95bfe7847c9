"""What a proxy answers to a caller's key: whether it is there, the key is valid, and an agent is served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aiohttp

from proxy.core.targets.capabilities import NATIVE, NO, TRANSLATED
from proxy.core.targets.clients import CLIENTS

_OK = 200
_PATIENCE = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True, slots=True)
class Service:
    """``problem`` is empty if the agent can be used, and ``advice`` says what to do or to know."""

    problem: str = ""
    advice: str = ""


async def asked(root: str, key: str, agent: str) -> Service:
    """Ask a proxy about an agent; what goes wrong is part of the answer."""
    headers = {"Authorization": f"Bearer {key}"}
    path = f"/v1/compliance/clients/{agent}" if agent in CLIENTS else "/v1/models"
    try:
        async with (
            aiohttp.ClientSession(timeout=_PATIENCE) as session,
            session.get(root + path, headers=headers, allow_redirects=False) as reply,
        ):
            document = await reply.json(content_type=None) if reply.status == _OK else {}
            return _judged(root, agent, reply.status, document)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return Service(
            f"no proxy answers at {root} ({type(error).__name__})",
            "start one with: compliance-proxy run, or give the right address with --url",
        )


def _judged(root: str, agent: str, status: int, document: dict[str, Any]) -> Service:
    if status in {401, 403}:
        return Service(
            f"{root} does not accept this key ({status})",
            "ask whoever runs the proxy for a key (compliance-proxy keys create), and give it with --key",
        )
    if status != _OK:
        return Service(
            f"{root} answers {status}, so it is not a proxy of this release", "give the right address with --url"
        )
    apis, served = " or ".join(document.get("speaks", ())), document.get("served", NATIVE)
    if served == NO:
        return Service(
            f"no target of this key serves {agent}",
            f"have a target in endpoints.yaml for {agent}: dialects {apis}, clients {agent}, and a route to it",
        )
    if served == TRANSLATED:
        return Service(advice=f"no target speaks {apis}: requests of {agent} are translated for another model's API")
    return Service()
