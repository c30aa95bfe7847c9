"""Changes the registry, against the revision its author has seen, and waits until every process runs the new one.

The document is ``{registry, endpoints, routes}``; a path names a place in it (``proxy.registry.edit``). A change names
the revision it is based on in ``If-Match``. An exception from a rule comes into force only when another administrator
than its author activates the revision.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from proxy.errors import ConfigurationError, RegistryConflictError
from proxy.registry import edit
from proxy.registry.store import Stored
from proxy.web.api.faults import (
    ConflictError,
    NotFoundError,
    PreconditionMissingError,
    ReadOnlyError,
    RefusedError,
    SecondPersonError,
)
from proxy.web.api.operations import Answer, Call
from proxy.web.api.ports import Api, Registry

_CHANGED = "registry_changed"
_EXCEPTIONS = "exceptions"
_MOST_PATHS = 200
_POLL_S = 0.25
_WAIT_S = 15
_LONGEST_WAIT_S = 120
_Edit = Callable[[Mapping[str, Any]], Mapping[str, Any]]


async def put(api: Api, call: Call) -> Answer:
    """Replace the registry, or one place of it, by the body."""
    if not call.parameter:
        return await _change(api, call, lambda _: _object(call.body))
    return await _change(api, call, lambda before: edit.put(before, call.parameter, call.body))


async def patch(api: Api, call: Call) -> Answer:
    """Merge the body into one place (JSON Merge Patch, RFC 7396); null removes a key."""

    def merge(before: Mapping[str, Any]) -> Mapping[str, Any]:
        changed = merged(edit.get(before, call.parameter), call.body)
        return edit.put(before, call.parameter, changed) if call.parameter else _object(changed)

    return await _change(api, call, merge)


async def delete(api: Api, call: Call) -> Answer:
    """Remove one place."""
    return await _change(api, call, lambda before: edit.remove(before, call.parameter))


async def activate(api: Api, call: Call) -> Answer:
    """Put a stored revision in force.

    Raises:
        SecondPersonError: it adds or changes an exception, and the caller made it.
        NotFoundError, ConflictError, PreconditionMissingError, ReadOnlyError: as they say.

    """
    store, base = _editable(api), _base(call)
    call.number("wait", _WAIT_S, _LONGEST_WAIT_S)
    stored = await store.get(call.body.revision)
    if stored is None:
        raise NotFoundError(f"no revision {call.body.revision} is stored")
    current = await store.active()
    if stored.made_by == call.asker and await _waives(current, stored.documents):
        raise SecondPersonError
    try:
        stored = await store.activate(stored.revision, by=call.asker, base=base)
    except RegistryConflictError as error:
        raise ConflictError(str(error)) from error
    except ConfigurationError as error:
        raise RefusedError(str(error)) from error
    return await _put_in_force(api, call, current, stored, active=True)


async def _change(api: Api, call: Call, change: _Edit) -> Answer:
    """Store the changed document, in force at once unless ``activate=false``.

    Raises:
        RefusedError: the document would not be valid; nothing is stored.
        SecondPersonError: it adds or changes an exception and would come into force at once.
        ConflictError, PreconditionMissingError, ReadOnlyError: as they say.

    """
    store, base = _editable(api), _base(call)
    call.number("wait", _WAIT_S, _LONGEST_WAIT_S)
    at_once = call.flag("activate", default=True)
    current = await store.active()
    if base != (current.revision if current is not None else None):
        raise ConflictError(f"{current.revision if current is not None else 'nothing'} is in force by now")
    try:
        after = await asyncio.to_thread(change, current.documents if current is not None else {})
        if at_once and await _waives(current, after):
            raise SecondPersonError("an exception is stored with ?activate=false; another administrator activates it")
        comment = call.query.get("comment", "")
        stored = await store.put(after, by=call.asker, base=base, comment=comment, activate=at_once)
    except RegistryConflictError as error:
        raise ConflictError(str(error)) from error
    except ConfigurationError as error:
        raise RefusedError(str(error)) from error
    return await _put_in_force(api, call, current, stored, active=at_once)


async def _put_in_force(api: Api, call: Call, before: Stored | None, stored: Stored, *, active: bool) -> Answer:
    """Record what changed and wait until every process runs it."""
    refusals = await _refusals(api)
    found = await asyncio.to_thread(edit.changes, before.documents if before is not None else {}, stored.documents)
    facts = {
        "revision": stored.revision,
        "parent": before.revision if before is not None else "",
        "active": active,
    }
    if found:
        paths = [one.path for one in found[:_MOST_PATHS]]
        said = {**facts, "command": f"admin API {call.id}", "by": call.asker, "paths": paths}
        await api.evidence.event_durable(_CHANGED, said, tenant=call.principal.tenant)
    document: dict[str, Any] = {
        "ok": True,
        "revision": stored.revision,
        "parent": facts["parent"],
        "active": active,
        "changes": [{"path": one.path, "kind": one.kind} for one in found],
    }
    if active:
        wait_s = call.number("wait", _WAIT_S, _LONGEST_WAIT_S)
        document["ok"], document["replicas"] = await _spread(api, stored.revision, refusals, wait_s)
    return Answer(document, {"ETag": f'"{stored.revision}"'}, facts)


async def _refusals(api: Api) -> dict[str, str]:
    """Return what each process refuses already, so that a refusal of the new revision can be told apart."""
    replicas = await api.registry.replicas() if api.registry is not None else ()
    return {one.writer: one.refused for one in replicas}


async def _spread(
    api: Api, revision: str, refusals: Mapping[str, str], wait_s: int
) -> tuple[bool, list[dict[str, Any]]]:
    """Wait until every process runs the revision or says why not; return whether it is so, and what each runs."""
    if api.registry is None:
        return True, []
    loop = asyncio.get_running_loop()
    until = loop.time() + wait_s
    while True:
        replicas = await api.registry.replicas()
        behind = [one for one in replicas if one.registry_revision != revision]
        everywhere = not behind and _decides(api, revision)
        refused = any(one.refused and one.refused != refusals.get(one.writer, "") for one in replicas)
        if everywhere or refused or loop.time() >= until:
            names = ("host", "pid", "registry_revision", "policy_revision", "refused")
            return everywhere, [{name: getattr(one, name) for name in names} for one in replicas]
        await asyncio.sleep(_POLL_S)


def _decides(api: Api, revision: str) -> bool:
    """Whether the workers here decide with the data of this registry, as far as this machine writes their bundle."""
    written = api.in_force.last()
    if written is None:
        return True
    return written.get("registry") == revision and api.in_force.policy().get("revisions") == [written["revision"]]


def _editable(api: Api) -> Registry:
    if api.registry is None or not api.editable:
        raise ReadOnlyError(
            "the registry is read from files: change those and activate, or keep it in the database "
            "(PROXY_REGISTRY=database, compliance-proxy registry import)"
        )
    return api.registry


def _base(call: Call) -> str | None:
    """Return the revision that the change is based on; None where the registry is to be empty so far."""
    if call.if_none_match == "*":
        return None
    named = call.if_match.removeprefix("W/").strip('"')
    if not named or named == "*":
        raise PreconditionMissingError
    return named


async def _waives(current: Stored | None, after: Mapping[str, Any]) -> bool:
    """Whether a document adds or changes an exception from a rule."""
    if current is None:
        return bool(_exceptions(after))
    return await asyncio.to_thread(lambda: any(one not in _exceptions(current.documents) for one in _exceptions(after)))


def _exceptions(document: Mapping[str, Any]) -> list[Any]:
    registry = document.get("registry")
    found = registry.get(_EXCEPTIONS) if isinstance(registry, Mapping) else None
    return list(found) if isinstance(found, list | tuple) else []


def merged(before: Any, change: Any) -> Any:
    """Return a value after a JSON Merge Patch (RFC 7396)."""
    if not isinstance(change, Mapping):
        return change
    after = dict(before) if isinstance(before, Mapping) else {}
    for key, value in change.items():
        if value is None:
            after.pop(key, None)
        else:
            after[key] = merged(after.get(key), value)
    return after


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigurationError("the registry is an object {registry, endpoints, routes}")
    return value
