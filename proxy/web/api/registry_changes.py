"""Changes the registry, against the revision its author has seen, and waits until every process runs the new one.

The document is ``{registry, endpoints, routes}``; a path names a place in it (``proxy.registry.edit``). A change names
the revision it is based on in ``If-Match``. A change of a sensitive place (``proxy.registry.sensitive``) comes into
force only when another person than its author activates the revision. A change and its record are made together,
whether or not the caller stays.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from proxy.errors import ConfigurationError, RegistryConflictError, SecondPersonError
from proxy.registry import changes, edit, spread
from proxy.registry.store import Stored
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
_Result = TypeVar("_Result")


async def put(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Replace the registry, or one place of it, by the body."""
    if not call.parameter:
        return await _change(api, call, lambda _: _object(call.body))
    return await _change(api, call, lambda before: edit.put(before, call.parameter, call.body))


async def patch(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Merge the body into one place (JSON Merge Patch, RFC 7396); null removes a key."""

    def merge(before: Mapping[str, Any]) -> Mapping[str, Any]:
        changed = merged(edit.get(before, call.parameter), call.body)
        return edit.put(before, call.parameter, changed) if call.parameter else _object(changed)

    return await _change(api, call, merge)


async def delete(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Remove one place."""
    return await _change(api, call, lambda before: edit.remove(before, call.parameter))


async def activate(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Put a stored revision in force.

    Raises:
        SecondPersonError: it changes a sensitive place, and the caller made it, or it cannot be told who did.
        NotFoundError, ConflictError, PreconditionMissingError, ReadOnlyError: as they say.

    """
    store = _editable(api)
    before = await _based(store, call)
    stored = await store.get(call.body.revision)
    if stored is None:
        raise NotFoundError(f"no revision {call.body.revision} is stored")
    commit = partial(store.activate, stored.revision, by=call.asker, base=_name(before), may_be_author=call.may_be)
    return await _put_in_force(api, call, before, commit, active=True)


async def _change(api: AdminContext, call: AdminRequest, change: _Edit) -> AdminResponse:
    """Store the changed document, in force at once unless ``activate=false``.

    Raises:
        RefusedError: the document would not be valid; nothing is stored.
        SecondPersonError: it changes a sensitive place and would come into force at once.
        ConflictError, PreconditionMissingError, ReadOnlyError: as they say.

    """
    store = _editable(api)
    before = await _based(store, call)
    at_once = call.flag("activate", default=True)
    with _refusals_told():
        after = await asyncio.to_thread(change, before.documents if before is not None else {})
    comment = call.query.get("comment", "")
    commit = partial(store.put, after, by=call.asker, base=_name(before), comment=comment, activate=at_once)
    return await _put_in_force(api, call, before, commit, active=at_once)


async def _based(store: RegistryHistory, call: AdminRequest) -> Stored | None:
    """Return the revision in force, which the change is based on; None where the registry is empty so far.

    Raises:
        PreconditionMissingError: the call does not say what it is based on.
        ConflictError: another revision is in force by now.

    """
    base = _base(call)
    current = await store.active()
    if base != _name(current):
        raise ConflictError(f"{_name(current) or 'nothing'} is in force by now")
    return current


def _name(stored: Stored | None) -> str | None:
    return stored.revision if stored is not None else None


@contextlib.contextmanager
def _refusals_told() -> Iterator[None]:
    """Tell the caller what the registry refuses."""
    try:
        yield
    except RegistryConflictError as error:
        raise ConflictError(str(error)) from error
    except SecondPersonError as error:
        raise SecondPersonError(f"{error}; store it with ?activate=false") from error
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
    refused_before = spread.refusals(await _editable(api).replicas()) if active else {}
    stored, found = await _to_its_end(_recorded(api, call, before, commit, active=active))
    facts = changes.facts(before, stored, active=active)
    document = {"ok": True, **facts, "changes": [{"path": one.path, "kind": one.kind} for one in found]}
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
    """Make a change and record it; return the new revision and what differs."""
    author = changes.Author(call.asker, f"admin API {call.id}", call.principal.tenant)
    with _refusals_told():
        return await changes.recorded(commit, before, api.evidence, author, active=active)


async def _to_its_end(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Return the result of work that ends even when its caller leaves meanwhile; the leaving goes on after it."""
    task = asyncio.get_running_loop().create_task(work)
    left: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as cancelled:
            left = cancelled
    if left is None:
        return task.result()
    if not task.cancelled():
        task.exception()  # seen, so that nobody prints it
    raise left


async def _spread(
    api: AdminContext, stored: Stored, refused_before: Mapping[str, str], wait_s: int
) -> tuple[bool, list[dict[str, Any]]]:
    """Wait until every process runs the revision over its data or says why not; return whether so, and what each runs.

    While the database cannot be reached it is not so.
    """
    data = await asyncio.to_thread(spread.data_revision, stored.documents, api.files.policies)
    found = await changes.settled(_editable(api).replicas, stored.revision, data, refused_before, wait_s)
    if found is None:
        return False, []
    names = ("host", "pid", "registry_revision", "policy_revision", "data_revision", "refused")
    return found.everywhere, [{name: getattr(one, name) for name in names} for one in found.replicas]


def _editable(api: AdminContext) -> RegistryHistory:
    if api.registry is None or not api.editable:
        raise ReadOnlyError(
            "the registry is read from files: change those and activate, or keep it in the database "
            "(PROXY_REGISTRY=database, compliance-proxy registry import)"
        )
    return api.registry


def _base(call: AdminRequest) -> str | None:
    """Return the revision that the change is based on; None where the registry is to be empty so far."""
    if call.if_none_match == "*":
        return None
    named = call.if_match.removeprefix("W/").strip('"')
    if not named or named == "*":
        raise PreconditionMissingError
    return named


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
