"""The policy operations: the policy in force, and the ``policy`` commands, each in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

import orjson

from proxy.errors import RegistryUnavailableError
from proxy.policy.activation import activation
from proxy.policy.bundles import bundle
from proxy.web.api import commands
from proxy.web.api.commands import CommandContext
from proxy.web.api.faults import CommandFailedError, NotConfiguredError, NotFoundError, RefusedError
from proxy.web.api.operations import AdminRequest, AdminResponse
from proxy.web.api.ports import AdminContext
from proxy.web.api.requests import RequestModel

_LONGEST_MESSAGE = 4000
_SPREADING_S = 30.0
_POLL_S = 0.2
_MOST_REVISIONS = 500
_REVISION = re.compile(r"[0-9a-f]{1,64}")  # it names a file, so it is nothing else


async def show(api: AdminContext, _call: AdminRequest) -> AdminResponse:
    """The policy in force here and everywhere, and whether a newer one is refused."""
    policy = {**api.in_force.policy(), "digest": api.in_force.digest()}
    policy["data_revision"] = str(api.in_force.data().get("revision", ""))
    if (outcome := api.in_force.last()) is not None:
        policy["last_activation"] = outcome
    if api.registry is not None:
        with contextlib.suppress(RegistryUnavailableError):
            policy["replicas"] = [asdict(replica) for replica in await api.registry.replicas()]
    return AdminResponse(policy)


async def revisions(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """The policy revisions that were in force and are kept, newest first."""
    kept = (
        await api.registry.kept_bundles(call.number("limit", 50, _MOST_REVISIONS)) if api.registry is not None else ()
    )
    return AdminResponse({"revisions": [asdict(part) for part in kept]}, facts={"rows": len(kept)})


async def sources(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """The Rego of a revision that was in force, by path.

    Raises:
        NotFoundError: it is not stored anywhere.

    """
    packed = await _bundle(api, call.parameter)
    read = await asyncio.to_thread(bundle.loads, packed)
    return AdminResponse({"revision": read.revision, "files": read.modules}, facts={"revision": read.revision})


def command(name: str) -> Callable[[AdminContext, AdminRequest], Awaitable[AdminResponse]]:
    """Return the operation of a policy command."""

    async def run(api: AdminContext, call: AdminRequest) -> AdminResponse:
        """Run the command and return ``{"ok", "result", "remarks"}``.

        Raises:
            RefusedError: the command could not do its work; the message is the command's.
            BusyError, DeadlineError, CommandFailedError: see there.

        """
        with api.commands.hold():
            context = await _context(api, call, call.body)
            plan = await asyncio.to_thread(commands.plan, name, call.body, context)
            run = api.warm.run if plan.parameters.get("quick") else api.run
            answer = await asyncio.to_thread(_answer, await run(plan, api.children))
        return AdminResponse({key: value for key, value in answer.items() if key != "remarks" or value})

    return run


async def activate(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """``policy activate``: the configured folders, or a signed bundle; answered once every worker here runs it.

    Raises:
        NotConfiguredError: no bundle is written here; a remote engine gets its policy in another way.

    """
    if not api.activates:
        raise NotConfiguredError("no policy bundle is written here: PROXY_BUNDLE_PATH is not set")
    with api.activations.hold():
        plan = commands.plan("activate", call.body, CommandContext({}, {}, call.actor))
        result = _answer(await api.run(plan, api.children))["result"]
        if result.get("active") and call.body.bundle is None:
            api.in_force.reread()
        revision = str(result.get("revision", ""))
        if result.get("active"):
            result["revisions"] = await _spread(api, revision)
    everywhere = bool(result.get("active")) and result["revisions"] == [revision]
    return AdminResponse(
        {"ok": everywhere, "result": result},
        facts={"revision": revision, "active": bool(result.get("active")), "reason": result.get("reason", "")},
    )


async def _spread(api: AdminContext, revision: str) -> list[str]:
    """Wait until every worker of this service runs the revision; return the revisions they run."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _SPREADING_S
    running: list[str] = []
    while loop.time() < until:
        running = list(api.in_force.policy().get("revisions") or ())
        if running == [revision]:
            break
        await asyncio.sleep(_POLL_S)
    return running


async def _context(api: AdminContext, call: AdminRequest, body: RequestModel) -> CommandContext:
    bundles = {revision: await _bundle(api, revision) for revision in commands.revisions(body)}
    return CommandContext(bundles, api.in_force.data(), call.actor, api.editable)


async def _bundle(api: AdminContext, revision: str) -> bytes:
    """Return the bundle of a revision that was in force.

    Raises:
        NotFoundError: it is not stored anywhere.

    """
    packed = await api.registry.bundle(revision) if api.registry is not None else None
    if packed is None and _REVISION.fullmatch(revision):
        path = activation.archived(api.files.revisions, revision)
        packed = await asyncio.to_thread(lambda: path.read_bytes() if path.is_file() else None)
    if packed is None:
        raise NotFoundError(f"no bundle of revision {revision} is stored")
    return packed


def _answer(printed: bytes) -> dict[str, Any]:
    """Return the command's answer.

    Raises:
        RefusedError: the answer says why the command could not do its work.
        CommandFailedError: the command died.

    """
    try:
        answer: dict[str, Any] = orjson.loads(printed)
    except ValueError:
        raise CommandFailedError from None
    if "refused" in answer:
        raise RefusedError(answer["refused"][:_LONGEST_MESSAGE])
    return answer
