"""The policy operations: what is in force, and the ``policy`` commands, each in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from proxy.errors import RegistryUnavailableError
from proxy.policy.activation import activation
from proxy.web.api import commands, requests
from proxy.web.api.child import Ended
from proxy.web.api.commands import CommandContext, PolicyCommand
from proxy.web.api.faults import CommandFailedError, NotConfiguredError, NotFoundError, RefusedError
from proxy.web.api.operations import AdminRequest, AdminResponse
from proxy.web.api.ports import AdminContext
from proxy.web.api.requests import RequestModel

_DONE, _NO, _REFUSED = 0, 1, 2
_LONGEST_MESSAGE = 4000
_SPREADING_S = 30.0
_POLL_S = 0.2
#: How the engine's runtime begins what it says when it dies, with the same exit status as a refusal.
_CRASHES = ("runtime:", "fatal error:", "panic:", "SIG", "Traceback", "╭")


async def show(api: AdminContext, _call: AdminRequest) -> AdminResponse:
    """What policy is in force here and everywhere, and whether anything newer is refused."""
    shown = {**api.in_force.policy(), "digest": api.in_force.digest()}
    shown["data_revision"] = str(api.in_force.data().get("revision", ""))
    if (ended := api.in_force.last()) is not None:
        shown["last_activation"] = ended
    if api.registry is not None:
        with contextlib.suppress(RegistryUnavailableError):
            shown["replicas"] = [asdict(replica) for replica in await api.registry.replicas()]
    return AdminResponse(shown)


async def check(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """``policy check`` of the configured folders or of those sent."""
    return await _answered(api, call, commands.check)


async def test(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """``policy test``, with coverage on wish."""
    return await _answered(api, call, commands.test)


async def evaluate(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """``policy eval`` of one input document or of cases."""
    return await _answered(api, call, commands.evaluate)


async def explain(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """``policy explain`` of an input document or of a recorded request."""
    return await _answered(api, call, commands.explain)


async def diff(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """``policy diff`` of two policies over inputs."""
    return await _answered(api, call, commands.diff)


async def replay(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """``policy replay`` of a candidate over recorded inputs."""

    def plan(body: requests.Replay, context: CommandContext) -> PolicyCommand:
        return commands.replay(body, context, Path(api.children.environment["PROXY_POLICIES_DIR"]))

    return await _answered(api, call, plan)


async def what_if(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """``policy what-if``: the traffic that would stop or move."""
    return await _answered(api, call, commands.what_if)


async def shadow(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """``policy shadow``: what the candidate decided differently on live traffic."""
    return await _answered(api, call, commands.shadow)


async def _answered(
    api: AdminContext, call: AdminRequest, plan: Callable[[Any, CommandContext], PolicyCommand]
) -> AdminResponse:
    """Run the command and return ``{"ok", "result"}``: its JSON, whether its exit status was 0, any remarks.

    Raises:
        RefusedError: the command could not do its work; the message is its own.
        BusyError, DeadlineError, CommandFailedError: as they say.

    """
    with api.commands.one():
        body: RequestModel = call.body
        context = await _context(api, call, body)
        ended = await api.run(await asyncio.to_thread(plan, body, context), api.children)
    document = {"ok": ended.status == _DONE, "result": await asyncio.to_thread(_result, ended)}
    remarks = [line.strip() for line in _message(ended).splitlines() if line.strip()]
    return AdminResponse(document | ({"remarks": remarks} if remarks else {}))


async def activate(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """``policy activate``: the configured folders, or a signed bundle; answered when every worker here runs it.

    Raises:
        NotConfiguredError: no bundle is written here: an engine elsewhere gets its policy another way.

    """
    if not api.activates:
        raise NotConfiguredError("no policy bundle is written here: PROXY_BUNDLE_PATH is not set")
    with api.activations.one():
        plan = commands.activate(call.body, CommandContext({}, {}, call.asker))
        result = _result(await api.run(plan, api.children))
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
    """Wait until every worker of this service runs the revision; return what they run."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _SPREADING_S
    shown: list[str] = []
    while loop.time() < until:
        shown = list(api.in_force.policy().get("revisions") or ())
        if shown == [revision]:
            break
        await asyncio.sleep(_POLL_S)
    return shown


async def _context(api: AdminContext, call: AdminRequest, body: RequestModel) -> CommandContext:
    kept = {revision: await _bundle(api, revision) for revision in commands.revisions(body)}
    return CommandContext(kept, api.in_force.data(), call.asker, api.editable)


async def _bundle(api: AdminContext, revision: str) -> bytes:
    """Return the bundle that was in force as this revision.

    Raises:
        NotFoundError: it is kept nowhere.

    """
    packed = await api.registry.bundle(revision) if api.registry is not None else None
    if packed is None:
        path = activation.kept(api.files.kept, revision)
        packed = await asyncio.to_thread(lambda: path.read_bytes() if path.is_file() else None)
    if packed is None:
        raise NotFoundError(f"no bundle of revision {revision} is kept")
    return packed


def _result(ended: Ended) -> dict[str, Any]:
    """Return what the command printed.

    Raises:
        RefusedError: it printed why it could not do its work.
        CommandFailedError: it died.

    """
    try:
        if ended.status in {_DONE, _NO}:
            found: dict[str, Any] = orjson.loads(ended.out)
            return found
    except ValueError:
        pass
    message = _message(ended)
    if ended.status != _REFUSED or not message or message.startswith(_CRASHES):
        raise CommandFailedError
    raise RefusedError(message)


def _message(ended: Ended) -> str:
    return ended.err.decode(errors="replace").strip()[:_LONGEST_MESSAGE]
