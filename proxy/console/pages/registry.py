"""Registry: providers, targets and activities with their evidence and its dates; a change is a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from proxy.console.visit import GoTo, PageView, Shown, Visit
from proxy.console.words import mark
from proxy.web.api.faults import InvalidRequestError

PATH = "/console/registry"
#: Sections that are shown as tables, and the members that name where an entry is or what it is for.
SECTIONS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "targets": (
        mark("Targets"),
        {"provider": mark("Provider"), "processing_regions": mark("Processed in"), "operations": mark("Operations")},
    ),
    "providers": (
        mark("Providers"),
        {"legal_name": mark("Legal name"), "role": mark("Role"), "parent_country": mark("Parent in")},
    ),
    "activities": (
        mark("Activities"),
        {"purpose": mark("Purpose"), "legal_basis": mark("Legal basis"), "categories": mark("Categories")},
    ),
    "tenants": (mark("Tenants"), {"establishments": mark("Established in"), "us_person": mark("US person")}),
}  # fmt: skip
_LONGEST = 100_000


async def page(visit: Visit) -> Shown:
    """A section, or one entry of it with what depends on it and a form for its change."""
    path = visit.query.get("path", "")
    if path:
        return await _entry(visit, path)
    section = visit.query.get("section", "targets")
    chosen = section if section in SECTIONS else "targets"
    answer = await visit.document("registry.read")
    registry = answer["value"]["registry"]
    expiring = (await visit.document("registry.expiring", days="3650"))["expiring"]
    ends: dict[str, list[Mapping[str, Any]]] = {}
    for row in expiring:
        ends.setdefault(row["path"].rpartition(".")[0], []).append(row)
    return PageView(
        "pages/registry.html.j2",
        {
            "revision": answer["revision"], "chosen": chosen, "sections": SECTIONS,
            "counts": {name: len(registry.get(name, {})) for name in SECTIONS},
            "entries": registry.get(chosen, {}), "members": SECTIONS[chosen][1], "ends": ends,
            "history": (await visit.document("registry.revisions", limit="8"))["revisions"],
        },
    )  # fmt: skip


async def change(visit: Visit) -> Shown:
    """Store a change as a request that another person decides.

    Raises:
        InvalidRequestError: what was written is not JSON.

    """
    path, text = visit.fields.get("place", ""), visit.fields.get("value", "")
    try:
        value = orjson.loads(text)
    except ValueError as error:
        raise InvalidRequestError(f"what you wrote is not JSON: {error}") from error
    headers = {"If-Match": f'"{visit.fields.get("base", "")}"'}
    comment = visit.fields.get("comment", "").strip()
    answer = await visit.call(
        "registry.put_place", path, value, headers=headers, activate="false", comment=comment, wait="0"
    )
    return GoTo(f"/console/approvals/{answer.document['revision']}")


async def _entry(visit: Visit, path: str) -> PageView:
    """Return the page of one place."""
    answer = await visit.document("registry.read_place", path)
    value, name = answer["value"], path.rpartition(".")[2]
    written = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    if len(written) > _LONGEST:
        raise InvalidRequestError("this place is too large to be shown as one: open one in it")
    depending = await visit.rows("registry.dependents", "dependents", path=path)
    evidence = {
        key: one for key, one in value.items() if isinstance(one, Mapping) and {"expires", "status", "ref"} & one.keys()
    } if isinstance(value, Mapping) else {}  # fmt: skip
    plain = {
        key: one for key, one in value.items() if not isinstance(one, Mapping)
    } if isinstance(value, Mapping) else {}  # fmt: skip
    return PageView(
        "pages/entry.html.j2",
        {
            "path": path, "name": name, "revision": answer["revision"], "written": written, "evidence": evidence,
            "plain": plain, "depending": depending,
            "editable": visit.console.api.editable,
        },
    )  # fmt: skip
