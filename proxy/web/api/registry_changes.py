"""Changes the registry, based on the revision that the author saw, and waits until every process runs the new one.

The document is ``{registry, endpoints, routes, rules}``; a path names a place in it (``proxy.registry.edit``).
``If-Match`` names the revision that the change is based on. A change of a sensitive place
(``proxy.registry.sensitive``) comes into force only when another person than its author activates the revision. A
change and its record are completed together, even if the caller disconnects.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from proxy.errors import ConfigurationError, RegistryConflictError, SecondPersonError
from proxy.registry import changes, edit, fleet
from proxy.registry.store import Stored
from proxy.runtime.background import to_completion
from proxy.web.api.faults import (
    ConflictError,
    NotFoundError,
    PreconditionMissingError,
    ReadOnlyError,
    RefusedError,
)
from proxy.web.api.operations import AdminRequest, AdminResponse
from proxy.web.api.ports import AdminContext, RegistryHistory

_WAIT_S = 15
_LONGEST_WAIT_S = 120
_Edit = Callable[[Mapping[str, Any]], Mapping[str, Any]]


async def put(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Replace the registry, or one place in it, by the body."""
    if not call.parameter:
        return await change(api, call, lambda _: _object(call.body))
    return await change(api, call, lambda before: edit.put(before, call.parameter, call.body))


async def patch(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Merge the body into one place (JSON Merge Patch, RFC 7396); null removes a key."""

    def merge(before: Mapping[str, Any]) -> Mapping[str, Any]:
        changed = merged(edit.get(before, call.parameter), call.body)
        return edit.put(before, call.parameter, changed) if call.parameter else _object(changed)

    return await change(api, call, merge)


async def delete(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Remove one place."""
    return await change(api, call, lambda before: edit.remove(before, call.parameter))


async def activate(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Put a stored revision in force.

    Raises:
        SecondPersonError: it changes a sensitive place, and the caller is its author, or the author is unknown.
        NotFoundError, ConflictError, PreconditionMissingError, ReadOnlyError: see there.

    """
    store = _editable(api)
    before = await _based(store, call)
    stored = await store.get(call.body.revision)
    if stored is None:
        raise NotFoundError(f"no revision {call.body.revision} is stored")
    commit = partial(store.activate, stored.revision, by=call.actor, base=_name(before), may_be_author=call.may_be)
    return await _put_in_force(api, call, before, commit, active=True)


async def change(api: AdminContext, call: AdminRequest, edited: _Edit) -> AdminResponse:
    """Store the changed document, in force at once unless ``activate=false``.

    Raises:
        RefusedError: the changed document is invalid; nothing is stored.
        SecondPersonError: it changes a sensitive place and would come into force at once.
        ConflictError, PreconditionMissingError, ReadOnlyError: see there.

    """
    return await _changed(api, call, edited, call.query.get("comment", ""), call.flag("activate", default=True))


async def ask(
    api: AdminContext, call: AdminRequest, edited: _Edit, comment: str, tried: Callable[[], Awaitable[str]]
) -> AdminResponse:
    """Store the changed document with what ``tried`` returns; another person puts it in force. Raises as ``change``.

    ``tried`` is awaited only where the change is based on the revision in force: it may take minutes.
    """
    return await _changed(api, call, edited, comment, False, tried)


async def _changed(
    api: AdminContext,
    call: AdminRequest,
    edited: _Edit,
    comment: str,
    at_once: bool,
    tried: Callable[[], Awaitable[str]] | None = None,
) -> AdminResponse:
    store = _editable(api)
    before = await _based(store, call)
    with _as_faults():
        after = await asyncio.to_thread(edited, before.documents if before is not None else {})
    evidence = await tried() if tried is not None else ""
    commit = partial(
        store.put, after, by=call.actor, base=_name(before), comment=comment, activate=at_once, evidence=evidence
    )
    try:
        return await _put_in_force(api, call, before, commit, active=at_once)
    except SecondPersonError as error:
        raise SecondPersonError(f"{error}; store it with ?activate=false") from error


async def _based(store: RegistryHistory, call: AdminRequest) -> Stored | None:
    """Return the revision in force, which the change is based on; None if the registry is empty.

    Raises:
        PreconditionMissingError: the call does not name its base revision.
        ConflictError: another revision is in force.

    """
    base = _base(call)
    current = await store.active()
    if base != _name(current):
        raise ConflictError(f"{_name(current) or 'nothing'} is in force now")
    return current


def _name(stored: Stored | None) -> str | None:
    return stored.revision if stored is not None else None


@contextlib.contextmanager
def _as_faults() -> Iterator[None]:
    """Turn the registry's refusals into faults of the admin API."""
    try:
        yield
    except RegistryConflictError as error:
        raise ConflictError(str(error)) from error
    except SecondPersonError:
        raise
    except ConfigurationError as error:
        raise RefusedError(str(error)) from error


async def _put_in_force(
    api: AdminContext,
    call: AdminRequest,
    before: Stored | None,
    commit: Callable[[], Awaitable[Stored]],
    *,
    active: bool,
) -> AdminResponse:
    """Make a change, record it, and wait until every process runs it."""
    wait_s = call.number("wait", _WAIT_S, _LONGEST_WAIT_S)
    refused_before = fleet.refusals(await _editable(api).replicas()) if active else {}
    stored, changes_made = await to_completion(_recorded(api, call, before, commit, active=active))
    facts = changes.facts(before, stored, active=active)
    document = {"ok": True, **facts, "changes": [{"path": row.path, "kind": row.kind} for row in changes_made]}
    if active:
        document["ok"], document["replicas"] = await _spread(api, stored, refused_before, wait_s)
    return AdminResponse(document, {"ETag": f'"{stored.revision}"'}, facts)


async def _recorded(
    api: AdminContext,
    call: AdminRequest,
    before: Stored | None,
    commit: Callable[[], Awaitable[Stored]],
    *,
    active: bool,
) -> tuple[Stored, Sequence[edit.DocumentChange]]:
    """Make a change and record it; return the new revision and the differences."""
    author = changes.Author(call.actor, f"admin API {call.id}", call.principal.tenant)
    with _as_faults():
        return await changes.recorded(commit, before, api.evidence, author, active=active)


async def _spread(
    api: AdminContext, stored: Stored, refused_before: Mapping[str, str], wait_s: int
) -> tuple[bool, list[dict[str, Any]]]:
    """Wait until every process runs the revision and its data or refuses; return whether all do, and what each runs.

    If the database cannot be reached, they do not.
    """
    data = await asyncio.to_thread(fleet.data_revision, stored.documents, api.files.policies)
    state = await changes.settled(_editable(api).replicas, stored.revision, data, refused_before, wait_s)
    if state is None:
        return False, []
    names = ("host", "pid", "registry_revision", "policy_revision", "data_revision", "refused")
    return state.everywhere, [{name: getattr(replica, name) for name in names} for replica in state.replicas]


def _editable(api: AdminContext) -> RegistryHistory:
    if api.registry is None or not api.editable:
        raise ReadOnlyError(
            "the registry is read from files: change and activate those, or move it to the database "
            "(PROXY_REGISTRY=database, compliance-proxy registry import)"
        )
    return api.registry


def _base(call: AdminRequest) -> str | None:
    """Return the revision that the change is based on; None if the registry must be empty."""
    if call.if_none_match == "*":
        return None
    revision = call.if_match.removeprefix("W/").strip('"')
    if not revision or revision == "*":
        raise PreconditionMissingError
    return revision


def merged(before: Any, change: Any) -> Any:
    """Return the value after a JSON Merge Patch (RFC 7396)."""
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
        raise ConfigurationError("the registry must be an object {registry, endpoints, routes}")
    return value
