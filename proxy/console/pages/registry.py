"""Registry: providers, targets and activities with their evidence and its dates; a change is a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from proxy.console import entries
from proxy.console.entries import EntryForm, NotANumberError
from proxy.console.pages.approvals import written
from proxy.console.visit import GoTo, PageView, Shown, Visit
from proxy.console.words import mark
from proxy.registry import edit
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
#: What a form shows beside its entry before anybody wrote into it.
_UNWRITTEN: Mapping[str, Any] = {"origins": {}, "comment": "", "name": ""}


async def page(visit: Visit) -> Shown:
    """A section, or one entry of it with what depends on it and a form for its change."""
    path = visit.query.get("path", "")
    if path:
        return await _entry(visit, path)
    if (new := visit.query.get("new", "")) in SECTIONS:
        return await _new(visit, new)
    if back := visit.query.get("back", ""):
        return await _back(visit, back)
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
            "path_of": lambda *keys: edit.joined(keys),
        },
    )  # fmt: skip


async def change(visit: Visit) -> Shown:
    """Store a change as a request that another person decides: of a form's fields, or of a place as JSON.

    A form that was sent for another row, or for one row less, is shown again as it was written.

    Raises:
        InvalidRequestError: no place is named, or what was written is not JSON, or no number.

    """
    path = visit.fields.get("place", "")
    if new := visit.fields.get("new", ""):
        if new not in SECTIONS:
            raise InvalidRequestError("this place has no form: write it as JSON")
        path = edit.joined([new, visit.fields.get("name", "").strip()])
    if not path:
        raise InvalidRequestError("name the place of the registry that changes")
    if {"more", "drop"} & visit.fields.keys():
        return await _again(visit, path)
    headers = {"If-Match": f'"{visit.fields.get("base", "")}"'}
    comment = visit.fields.get("comment", "").strip()
    answer = await visit.call(
        "registry.put_place", path, await _written(visit, path), headers=headers, activate="false", comment=comment,
        wait="0",
    )  # fmt: skip
    return GoTo(f"/console/approvals/{answer.document['revision']}")


async def bring_back(visit: Visit) -> Shown:
    """Put a revision that was in force before in force again; who wrote it cannot, where a change needs two people."""
    headers = {"If-Match": f'"{visit.fields.get("base", "")}"'}
    await visit.call("registry.activate", "", {"revision": visit.fields.get("revision", "")}, headers=headers, wait="5")
    return GoTo(PATH)


async def _back(visit: Visit, revision: str) -> PageView:
    """Return what would change if an earlier revision were in force again."""
    compared = await visit.document("registry.changes", to=revision)
    rows = [
        {"path": row["path"], **{name: written(row.get(name)) for name in ("before", "after")}}
        for row in compared["changes"]
    ]
    return PageView("pages/back.html.j2", {"revision": revision, "base": compared["from"], "changes": rows})


async def _written(visit: Visit, path: str) -> Any:
    """Return what a place would say."""
    if "value" in visit.fields:
        try:
            return orjson.loads(visit.fields["value"])
        except ValueError as error:
            raise InvalidRequestError(f"what you wrote is not JSON: {error}") from error
    value, form = await _stated(visit, path)
    return _changed(form, value, visit.fields)


async def _stated(visit: Visit, path: str) -> tuple[Any, EntryForm]:
    """Return what a place says, {} for an entry that is not there yet, and the form of it."""
    new, value = visit.fields.get("new", ""), {}
    if not new:
        value = (await visit.document("registry.read_place", path))["value"]
    form = await _form(visit, path, value, visit.fields.get("add", ""))
    if form is None:
        raise InvalidRequestError("this place has no form: write it as JSON")
    return value, form


def _changed(form: EntryForm, value: Any, inputs: Mapping[str, str]) -> Any:
    try:
        return form.changed(value, inputs)
    except NotANumberError as error:
        raise InvalidRequestError(str(error)) from error


async def _form(visit: Visit, path: str, value: Any, add: str) -> EntryForm | None:
    section, *segments = edit.segments_of(path)
    schema = (await visit.document("registry.schema")).get(section)
    return None if schema is None else entries.form(schema, segments, value, add)


async def _again(visit: Visit, path: str) -> PageView:
    """Return the form as it was written, with a spare row more or one row less; nothing is stored."""
    stood, form = await _stated(visit, path)
    dropped = tuple(f"{kind}{visit.fields.get('drop', '-')}" for kind in (entries.PREFIX, entries.OF_ROW))
    inputs = {
        name: text
        for name, text in visit.fields.items()
        if not f"{name}.".startswith((f"{dropped[0]}.", f"{dropped[1]}."))
    }
    value, add = _changed(form, stood, inputs), visit.fields.get("add", "")
    shown = await (_new(visit, visit.fields["new"]) if visit.fields.get("new") else _entry(visit, path))
    more = {
        "form": await _form(visit, path, value, add), "add": add, "origins": form.origins(stood, inputs),
        "revision": visit.fields.get("base", ""), "comment": visit.fields.get("comment", ""),
        "name": visit.fields.get("name", ""),
    }  # fmt: skip
    return PageView(shown.template, {**shown.values, **more})


async def _new(visit: Visit, section: str) -> PageView:
    """Return the form of an entry that is not there yet."""
    revision = (await visit.document("registry.read"))["revision"]
    return PageView(
        "pages/entry.html.j2",
        {
            "path": edit.joined([section, "…"]), "new": section, "section": SECTIONS[section][0],
            "revision": revision, "written": None, "form": await _form(visit, edit.joined([section, "new"]), {}, ""),
            "add": "", "ends": {}, "segments": (), "depending": (), "editable": visit.console.api.editable,
            **_UNWRITTEN,
        },
    )  # fmt: skip


async def _entry(visit: Visit, path: str) -> PageView:
    """Return the page of one place."""
    answer, add = await visit.document("registry.read_place", path), visit.query.get("add", "")
    value = answer["value"]
    written = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    if len(written) > _LONGEST:
        raise InvalidRequestError("this place is too large to be shown as one: open one in it")
    expiring = (await visit.document("registry.expiring", days="3650"))["expiring"]
    return PageView(
        "pages/entry.html.j2",
        {
            "path": path, "new": "", "section": "", "revision": answer["revision"], "written": written,
            "form": await _form(visit, path, value, add), "add": add,
            "ends": {edit.segments_of(row["path"]): row for row in expiring}, "segments": edit.segments_of(path),
            "depending": await visit.rows("registry.dependents", "dependents", path=path),
            "editable": visit.console.api.editable, **_UNWRITTEN,
        },
    )  # fmt: skip
