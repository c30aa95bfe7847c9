"""Rules that somebody asks to be put in force: what was tried of them is frozen with the request, then another decides.

From then on they are in shadow: policy sees facts, and the log has them, so that what they would have decided on live
traffic since is what ``policy replay`` says of the decisions since. Nothing of it touches traffic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from pydantic import Field

from proxy.web.api import policy, registry_changes
from proxy.web.api.faults import RefusedError
from proxy.web.api.operations import AdminRequest, AdminResponse
from proxy.web.api.ports import AdminContext
from proxy.web.api.requests import Folder, Replay, RequestModel, Since, Test

#: Groups of changed decisions, and examples of each, that are kept.
_MOST_GROUPS, _EXAMPLES = 20, 5
_LONGEST_MESSAGE = 500


class Propose(RequestModel):
    """Ask for rules to be put in force: tested, tried on recorded decisions, and stored with what both said."""

    overlay: Folder = Field(description="The rules, with their tests.")
    comment: Annotated[str, Field(min_length=1, max_length=1500)] = Field(description="Why, for the record.")
    since: Since = "7d"


async def propose(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Test the rules, replay recorded decisions with them, and store both with a revision that is not in force.

    Raises:
        RefusedError: a test fails or there is none, or the registry refuses the rules.
        ConflictError, PreconditionMissingError, ReadOnlyError: see ``registry_changes``.

    """
    asked: Propose = call.body

    async def tried() -> str:
        return orjson.dumps(await _evidence(api, call, asked), default=str).decode()

    def with_rules(before: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**before, "rules": {**before.get("rules", {}), **asked.overlay.files}}

    return await registry_changes.ask(api, call, with_rules, asked.comment, tried)


async def _evidence(api: AdminContext, call: AdminRequest, asked: Propose) -> dict[str, Any]:
    """Return what tests and replay say, and of which policy that is."""
    tests = await _run(api, call, "test", Test(overlay=asked.overlay, match="org.", coverage=True, floor=0.0))
    result = tests["result"]
    if not tests["ok"] or not result.get("total"):
        raise RefusedError("its tests do not pass, or there is none, so nobody could approve it: mend them first")
    until = datetime.now(UTC)
    try:
        replay = _replayed(
            (await _run(api, call, "replay", Replay(since=asked.since, overlay=asked.overlay)))["result"]
        )
    except RefusedError as fault:
        replay = {"refused": str(fault)[:_LONGEST_MESSAGE]}
    names = ("passed", "total")
    reach = result.get("coverage") or {}
    return {
        "policy": str(api.in_force.policy().get("revision") or ""),
        "data": str(api.in_force.data().get("revision", "")),
        "tests": {name: result.get(name, 0) for name in names} | {"reached": reach.get("own_percent")},
        "replay": {"since": asked.since, "until": until.isoformat(timespec="seconds"), **replay},
    }


def _replayed(result: Mapping[str, Any]) -> dict[str, Any]:
    groups = [
        {
            name: value[:_EXAMPLES] if name == "exchanges" else value
            for name, value in group.items()
            if name != "samples"
        }
        for group in result.get("groups", ())[:_MOST_GROUPS]
    ]
    return {"total": result.get("total", 0), "changed": result.get("changed", 0), "groups": groups}


async def _run(api: AdminContext, call: AdminRequest, name: str, body: RequestModel) -> Mapping[str, Any]:
    return (await policy.command(name)(api, replace(call, body=body))).document
