"""Moves of routes from one target to another: each is a change of the registry, and refused as any other."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial

from proxy.errors import ConfigurationError
from proxy.registry import moving
from proxy.web.api import policy, registry, registry_changes, requests
from proxy.web.api.faults import NotFoundError, RefusedError
from proxy.web.api.operations import AdminRequest, AdminResponse
from proxy.web.api.ports import AdminContext

_stays = policy.command("moves")
_MOST_NAMED = 5


async def listed(api: AdminContext, _call: AdminRequest) -> AdminResponse:
    """The routes in order, each with its name: the first that matches a request applies."""
    revision, document = await registry.document(api, "")
    rows = zip(moving.names(document), document["routes"], strict=True)
    return AdminResponse(
        {"revision": revision, "routes": [{"name": name, **route} for name, route in rows]}, {"ETag": f'"{revision}"'}
    )


async def canary(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Begin a route's canary, or change its share."""
    body = call.body
    edited = partial(moving.canary, name=call.parameter, target=body.target, percent=body.percent, tenants=body.tenants)
    return await registry_changes.change(api, call, edited)


async def promote(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Make a route's canary the first of its targets.

    Raises:
        RefusedError: policy would keep activities at the old target.
        NotFoundError: there is no such route, or it has no canary.

    """
    _, document = await registry.document(api, "")
    try:
        move = moving.move(document, call.parameter)
    except ConfigurationError as error:
        raise NotFoundError(str(error)) from error
    if not call.body.partly:
        asked = requests.Moves(**asdict(move))
        answer = (await _stays(api, replace(call, body=asked))).document
        if not answer["ok"]:
            rows = answer["result"]["stays"]
            named = [f"{row['activity']} of {row['tenant']} ({', '.join(row['codes'])})" for row in rows[:_MOST_NAMED]]
            raise RefusedError(
                f"policy would keep {len(rows)} flows at {move.old}: {'; '.join(named)}; 'partly' promotes all the same"
            )
    return await registry_changes.change(api, call, partial(moving.promoted, name=call.parameter))


async def take_back(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Take a route's last step back."""
    return await registry_changes.change(api, call, partial(moving.returned, name=call.parameter))
