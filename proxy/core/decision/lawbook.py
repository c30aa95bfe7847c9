"""What a data document derives from its law: indexes that rules look into instead of walking lists.

``scopes`` is place -> ids of the regimes that reach it; ``recipients`` is list -> place -> its adequacy decisions, both
with the members of areas ("EEA") written out; ``filed`` is tenant -> instruments that the registry writes as lists of
targets. A document has the library's law where it has none of its own, and its list of countries
without one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Final

#: Sections of law that a document may leave out, so that the library's count.
_LAW: Final = ("ai_practices", "retention", "regions", "adequacy", "regimes")
#: Those of them in which each name stands for itself.
_BY_NAME: Final = frozenset({"ai_practices", "regions", "adequacy", "regimes"})
#: What a registry may write on a tenant for an instrument: targets under the name of its kind, and a mechanism.
_LISTED: Final = ("qc_pia", "br_scc")
_MECHANISM: Final = "cn_mechanism"


def completed(document: Mapping[str, Any], legal: Mapping[str, Any]) -> dict[str, Any]:
    """Return a data document with the law that it leaves out, and with its indexes; ``document`` is not changed.

    A regime, a list of decisions, an area and a practice of the document stand in place of the library's of that name.
    """
    whole = {**{key: legal[key] for key in _LAW if key in legal}, **document}
    for section in _BY_NAME & whole.keys():
        whole[section] = {**legal.get(section, {}), **document.get(section, {})}
    if lawless := legal.get("config", {}).get("no_transfer_law"):
        whole["config"] = {"no_transfer_law": lawless, **document.get("config", {})}
    areas = {name: list(places(area)) for name, area in whole.get("regions", {}).items()}
    if "regimes" in whole:
        whole["scopes"] = _scopes(whole["regimes"], areas)
    if "adequacy" in whole:
        whole["recipients"] = {name: _recipients(entries, areas) for name, entries in whole["adequacy"].items()}
    if "tenants" in document:
        filed = {name: list(_filed(tenant)) for name, tenant in document["tenants"].items()}
        whole["filed"] = {name: instruments for name, instruments in filed.items() if instruments}
    return whole


def places(area: Mapping[str, Any]) -> Iterator[str]:
    """Yield the members and the territories of an area."""
    yield from area.get("members") or ()
    yield from area.get("territories") or ()


def _scopes(regimes: Mapping[str, Any], areas: Mapping[str, list[str]]) -> dict[str, list[str]]:
    scopes: dict[str, list[str]] = {}
    for name, regime in sorted(regimes.items()):
        for code in itertools.chain.from_iterable(areas.get(area, [area]) for area in regime["scope"]):
            scopes.setdefault(code, []).append(name)
    return scopes


def _recipients(entries: list[Any], areas: Mapping[str, list[str]]) -> dict[str, list[Any]]:
    """Return place -> entries; those of organisations are under "organisations"."""
    recipients: dict[str, list[Any]] = {}
    for entry in entries:
        code = "organisations" if entry["scope"] == "organisation" else entry["code"]
        for country in areas.get(code, [code]):
            recipients.setdefault(country, []).append(entry)
    return recipients


def _filed(tenant: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for kind in _LISTED:
        if tenant.get(kind):
            yield {"kind": kind, "targets": list(tenant[kind]), "status": "signed"}
    if _MECHANISM in tenant:
        mechanism = dict(tenant[_MECHANISM])
        title = {"decision": mechanism.pop("type")} if "type" in mechanism else {}
        yield {"status": "signed", **mechanism, **title, "kind": _MECHANISM}
