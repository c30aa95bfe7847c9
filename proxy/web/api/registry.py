"""The reading operations of the registry: a place, the history, differences, what expires, the running processes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from typing import Any

from pydantic import BaseModel

from proxy.catalog import documents
from proxy.catalog.endpoints import Endpoints
from proxy.catalog.models import RegistryDocument, Routes
from proxy.errors import ConfigurationError
from proxy.registry import allowances as taken
from proxy.registry import dependents, edit, expiry
from proxy.registry.fleet import differs
from proxy.web.api.faults import NotFoundError
from proxy.web.api.operations import AdminRequest, AdminResponse
from proxy.web.api.ports import AdminContext

_MOST_REVISIONS = 500
_MOST_DAYS = 3650


async def read(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """The registry, or one place in it: of the revision in force, or of ``revision``.

    Raises:
        NotFoundError: there is no such revision or place.

    """
    revision, content = await document(api, call.query.get("revision", ""))
    try:
        value = edit.get(content, call.parameter)
    except ConfigurationError as error:
        raise NotFoundError(str(error)) from error
    return AdminResponse({"revision": revision, "value": value}, {"ETag": f'"{revision}"'})


async def revisions(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Revisions, those made or activated last first."""
    limit = call.number("limit", 50, _MOST_REVISIONS)
    if api.registry is None or not api.editable:
        revision, _ = await document(api, "")
        return AdminResponse({"kept_in": "files", "revisions": [{"revision": revision, "active": True}]})
    history = await api.registry.history(limit)
    return AdminResponse({"kept_in": "database", "revisions": [asdict(entry) for entry in history]})


async def changes(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """The differences between the revisions ``from`` and ``to`` (default: the one in force)."""
    before_revision, before = await document(api, call.query.get("from", ""))
    after_revision, after = await document(api, call.query.get("to", ""))
    changes = await asyncio.to_thread(edit.changes, before, after)
    rows = [{"path": row.path, "kind": row.kind, "before": row.before, "after": row.after} for row in changes]
    listed = [{name: value for name, value in row.items() if value is not None} for row in rows]
    return AdminResponse({"from": before_revision, "to": after_revision, "changes": listed})


async def expiring(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Contracts, exceptions and reviews that have ended or will within ``days``, and what depends on them."""
    days = call.number("days", 90, _MOST_DAYS)
    revision, registry = await document(api, "")
    rows = await asyncio.to_thread(expiry.expiring, registry, api.in_force.today(), days)
    return AdminResponse({"revision": revision, "expiring": [asdict(row) for row in rows]})


async def schema(_api: AdminContext, _call: AdminRequest) -> AdminResponse:
    """The JSON schemas of the registry's sections, as forms need them."""
    return AdminResponse(await asyncio.to_thread(_schemas))


@cache
def _schemas() -> Mapping[str, Any]:
    sections: Mapping[str, type[BaseModel]] = {"registry": RegistryDocument, "endpoints": Endpoints, "routes": Routes}
    return {name: model.model_json_schema() for name, model in sections.items()}


async def depending(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """The places of the registry that name the entry that ``path`` is in.

    Raises:
        NotFoundError: there is no such place.

    """
    revision, content = await document(api, "")
    try:
        edit.get(content, call.query.get("path", ""))
        places = await asyncio.to_thread(dependents.dependents, content, call.query.get("path", ""))
    except ConfigurationError as error:
        raise NotFoundError(str(error)) from error
    return AdminResponse({"revision": revision, "dependents": places})


async def fleet(api: AdminContext, _call: AdminRequest) -> AdminResponse:
    """What every proxy process of the organisation runs."""
    replicas = await api.registry.replicas() if api.registry is not None else ()
    return AdminResponse({"differs": differs(replicas), "replicas": [asdict(replica) for replica in replicas]})


async def usage(api: AdminContext, _call: AdminRequest) -> AdminResponse:
    """What is taken from limits and budgets in the windows that run now."""
    counters = await api.registry.usage() if api.registry is not None else ()
    if not counters:
        return AdminResponse({"counters": []})
    _, content = await document(api, "")
    return AdminResponse({"counters": await asyncio.to_thread(taken.standing, counters, content)})


async def document(api: AdminContext, revision: str) -> tuple[str, Mapping[str, Any]]:
    """Return a revision and its document; "" is the one in force.

    Raises:
        NotFoundError: it does not exist.

    """
    if api.registry is None or not api.editable:
        current = await asyncio.to_thread(documents.read, api.files.config)
        if revision not in {"", current.revision}:
            raise NotFoundError("the registry is read from files, which have no old revisions")
        return current.revision, current.plain
    stored = await (api.registry.get(revision) if revision else api.registry.active())
    if stored is None:
        raise NotFoundError(f"no revision {revision} is stored" if revision else "the registry is empty")
    return stored.revision, stored.documents
