"""Compiles a validated catalog and the shipped legal data into one frozen ``Catalog`` with a revision."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import orjson

from proxy.catalog import documents, limits, prices
from proxy.catalog.documents import Documents
from proxy.catalog.endpoints import PLACEHOLDER, TargetEndpoint, spoken
from proxy.catalog.law import Law
from proxy.catalog.models import RegistryDocument, RouteEntry, TargetEntry
from proxy.core.decision import lawbook
from proxy.core.targets import clients
from proxy.core.targets.access import UNPROBED, Access, Authorization, Probe
from proxy.core.targets.attempts import Retry, StreamLimits
from proxy.core.targets.canary import NO_CANARY, NO_MIRROR, Canary, Mirror
from proxy.core.targets.capabilities import Capabilities
from proxy.core.targets.destinations import ANYWHERE, Destinations
from proxy.core.targets.regions import ExpectedOrigin
from proxy.core.targets.registered import Catalog, Route, Target
from proxy.errors import ConfigurationError

_LEGAL_KEYS = (
    "as_of",
    "max_age_days",
    "regions",
    "adequacy",
    "regimes",
    "ai_practices",
    "entity_map",
    "hipaa",
    "doj",
    "retention",
    "config",
)
#: Sections of which a registry replaces single members; it replaces the others whole, or entry by entry (``lawbook``).
_BY_MEMBER = frozenset({"config", "entity_map"})
#: Sections of the registry that no rule decides by.
_NOT_FOR_POLICY = {"limits", "budgets"}
#: Dates of a last day take effect at the midnight after it, dates of a first day at the midnight before it.
_NEVER = "1970-01-01"
_LAST_DAYS = frozenset({"expires", "until", "due_on"})
_FIRST_DAYS = frozenset({"from", "revoked_at", "signed_on", "created", "effective_on", "filed_on"})


def compiled(
    written: Documents,
    policies_dir: Path,
    environment: Mapping[str, str] | None = None,
    destinations: Destinations = ANYWHERE,
    declared: Collection[str] | None = None,
) -> Catalog:
    """Compile a validated catalog with the legal data of the policies.

    ``declared`` are the APIs that the installation declares itself, None to accept any.

    Raises:
        ConfigurationError: a target has an address outside the allowed destinations, or speaks an undeclared API.

    """
    document = data_document(written.registry, legal_data(policies_dir), written.rules)
    _check_spoken(written.endpoints, declared)
    return Catalog(
        revision=document["revision"],
        targets=MappingProxyType(_allowed(_targets(written, environment or {}), destinations)),
        routes=tuple(map(_route, written.routes)),
        tenants=MappingProxyType(document["tenants"]),
        activities=MappingProxyType(document["activities"]),
        entity_kinds=MappingProxyType({name: entry["kind"] for name, entry in document["entity_map"].items()}),
        entity_categories=MappingProxyType(
            {name: tuple(entry.get("categories", ())) for name, entry in document["entity_map"].items()}
        ),
        data_document=MappingProxyType(document),
        change_dates=change_dates(document),
        prices=prices.compiled(written.registry.prices),
        limits=tuple(limits.compiled(written.registry.limits, written.registry.budgets)),
        registry_revision=written.revision,
    )


def _route(entry: RouteEntry) -> Route:
    mirror = Mirror(entry.mirror.target, entry.mirror.share) if entry.mirror is not None else NO_MIRROR
    canary, new = NO_CANARY, entry.canary
    if new is not None:
        canary = Canary(new.target, new.percent / 100, frozenset(new.tenants))
    return Route(entry.tenant, entry.model, entry.operation, tuple(entry.targets), entry.weights, mirror, canary)


def legal_data(policies_dir: Path) -> dict[str, Any]:
    """Return the shipped legal reference data (adequacy lists, regions, entity map ...).

    Raises:
        ConfigurationError: a fault in it: an unknown key or word, no country, no day.

    """
    loaded: dict[str, Any] = orjson.loads((policies_dir / "data" / "legal.json").read_bytes())
    check_law(loaded)
    return loaded


def check_law(legal: Mapping[str, Any]) -> None:
    """Validate legal reference data.

    Raises:
        ConfigurationError: as ``legal_data``.

    """
    file = "policies/data/legal.json: "
    law = documents.valid({key: legal[key] for key in _LEGAL_KEYS if key in legal}, Law, file)
    if law.config is None or law.config.threshold is None or law.config.special is None:
        raise ConfigurationError(f"{file}config: threshold and special are missing")


def data_document(
    registry: RegistryDocument, legal: Mapping[str, Any], rules: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the policy data document: the registry's evidence and the legal data, without nulls, with a revision.

    The revision covers ``rules``, so that it tells which processes decide by them.

    Raises:
        ConfigurationError: a tenant has an instrument, or an activity a practice, that no law of the data knows.

    """
    organisation = registry.model_dump(exclude_none=True, exclude=_NOT_FOR_POLICY)
    written = {**{key: legal[key] for key in _LEGAL_KEYS if key in legal}, **organisation}
    for section in _BY_MEMBER & organisation.keys():
        written[section] = {**legal.get(section, {}), **organisation[section]}
    document = lawbook.completed(written, legal)
    _check_lists(document["recipients"], document.get("regimes", {}))
    _check_instruments(document["tenants"].values(), document.get("regimes", {}))
    _check_practices(document["activities"], document.get("ai_practices", {}))
    for tenant in document["tenants"].values():
        tenant.setdefault("us_person", any(code.startswith("US") for code in tenant["establishments"]))
    for section in ("tenants", "activities"):
        for name, entry in document[section].items():
            entry["id"] = name
    if "revision" not in document:
        covered = [document, dict(rules)] if rules else document
        digest = hashlib.sha256(orjson.dumps(covered, option=orjson.OPT_SORT_KEYS)).hexdigest()
        document["revision"] = f"{document['as_of']}.{digest[:12]}"
    return document


def _check_lists(lists: Collection[str], regimes: Mapping[str, Any]) -> None:
    """Check the lists of decisions that regimes name.

    Raises:
        ConfigurationError: a regime names a list that does not exist, or no regime asks for one.

    """
    named = {step["list"] for regime in regimes.values() for step in regime.get("ladder", ()) if "list" in step}
    for name in sorted(named ^ set(lists)):
        reason = "no regime asks for this list" if name in lists else "a regime asks for a list that does not exist"
        raise ConfigurationError(f"adequacy.{name}: {reason}; the lists are {', '.join(sorted(named & set(lists)))}")


def _check_instruments(tenants: Iterable[dict[str, Any]], regimes: Mapping[str, Any]) -> None:
    """Check the kinds of instruments, and end each on the last day on which the check of it still counts.

    Raises:
        ConfigurationError: no law knows a kind of instrument.

    """
    steps = [step for regime in regimes.values() for step in regime.get("ladder", ())]
    kinds = {kind for step in steps for kind in (*step.get("needs", ()), *step.get("special", ()))}
    days = {kind: step["checked_days"] for step in steps if "checked_days" in step for kind in step["needs"]}
    for instrument in (each for tenant in tenants for each in tenant.get("instruments", ())):
        if instrument["kind"] not in kinds:
            listed = ", ".join(sorted(kinds))
            raise ConfigurationError(f"'{instrument['kind']}' is not an instrument of any regime; known are {listed}")
        if instrument["kind"] in days:
            checked = dt.date.fromisoformat(instrument.get("checked_on", _NEVER)[:10])
            due = (checked + dt.timedelta(days=days[instrument["kind"]])).isoformat()
            instrument["expires"] = min(instrument.get("expires", due), due)


def _check_practices(activities: Mapping[str, Any], practices: Mapping[str, Any]) -> None:
    """Check the AI practices of activities.

    Raises:
        ConfigurationError: the law's data lists none of that name.

    """
    for name, activity in activities.items():
        unknown = [practice for practice in activity.get("ai_practices", ()) if practice not in practices]
        if unknown:
            listed = ", ".join(sorted(practices))
            raise ConfigurationError(
                f"activities.{name}.ai_practices: unknown practice '{unknown[0]}'; known are {listed}"
            )


def change_dates(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return, sorted, the ISO dates at whose midnight (UTC) evidence or an adequacy decision begins or ends."""
    dates = {day.isoformat() for day in _days(document)}
    stale = dt.date.fromisoformat(document["as_of"][:10]) + dt.timedelta(days=document.get("max_age_days", 30) + 1)
    dates.add(stale.isoformat())
    return tuple(sorted(dates))


def _days(node: Any) -> Iterator[dt.date]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key in _LAST_DAYS | _FIRST_DAYS and isinstance(value, str):
                yield from _change(value, after=key in _LAST_DAYS)
            else:
                yield from _days(value)
    elif isinstance(node, list):
        for value in node:
            yield from _days(value)


def _change(text: str, *, after: bool) -> Iterator[dt.date]:
    """Yield the day on which a date takes effect; invalid dates never do."""
    with contextlib.suppress(ValueError, OverflowError):
        yield dt.date.fromisoformat(text[:10]) + dt.timedelta(days=after)


def _targets(written: Documents, environment: Mapping[str, str]) -> dict[str, Target]:
    targets: dict[str, Target] = {}
    for name, endpoint in written.endpoints.items():
        entry = written.registry.targets.get(name)
        targets[name] = Target(
            id=name,
            base_url=_expand(endpoint.base_url, environment).rstrip("/"),
            self_hosted=entry is not None and entry.operator == "self",
            region=entry.processing_regions[0] if entry and entry.processing_regions else "",
            models=MappingProxyType(dict(endpoint.models)),
            timeout_s=endpoint.timeout_s,
            stream=StreamLimits(**endpoint.stream.model_dump()),
            accepts=_capabilities(endpoint, entry),
            access=_access(endpoint),
            expected=_expected(endpoint, entry),
        )
    return targets


def _check_spoken(endpoints: Mapping[str, TargetEndpoint], declared: Collection[str] | None) -> None:
    for name, endpoint in endpoints.items():
        try:
            spoken(endpoint.dialects, declared)
        except ValueError as error:
            raise ConfigurationError(f"endpoints.{name}.dialects: {error}") from error


def _allowed(targets: dict[str, Target], destinations: Destinations) -> dict[str, Target]:
    for name, target in targets.items():
        try:
            address = urlsplit(target.base_url)
            refusal = destinations.refusal(address.hostname or "", address.port) if target.base_url else ""
            refusal = "{model} is allowed only in its path" if "{" in address.netloc else refusal
        except ValueError:
            refusal = "it is not a URL"
        if refusal:
            raise ConfigurationError(f"endpoints.{name}.base_url: {refusal}")
    return targets


def _expected(endpoint: TargetEndpoint, entry: TargetEntry | None) -> ExpectedOrigin:
    return ExpectedOrigin(
        models=MappingProxyType(dict(endpoint.pins)),
        regions=frozenset(entry.processing_regions) if entry else None,
        anywhere=entry is not None and entry.deployment == "global",
        header=endpoint.reports.header,
        places=MappingProxyType(dict(endpoint.reports.regions)),
    )


def _access(endpoint: TargetEndpoint) -> Access:
    return Access(
        authorization=Authorization(**endpoint.authorization.model_dump()),
        credential=endpoint.credential,
        credential_file=endpoint.credential_file,
        **endpoint.tls.model_dump(),
        retry=Retry(**endpoint.retry.model_dump()),
        probe=UNPROBED if endpoint.probe is None else Probe(**endpoint.probe.model_dump()),
    )


def _capabilities(endpoint: TargetEndpoint, entry: TargetEntry | None) -> Capabilities:
    self_hosted = entry is not None and entry.operator == "self"
    return Capabilities(
        frozenset(endpoint.inputs),
        frozenset(endpoint.features) | clients.taken(endpoint.clients),
        frozenset(endpoint.remote_hosts),
        spoken(endpoint.dialects),
        None if endpoint.operations is None else frozenset(endpoint.operations),
        self_hosted if endpoint.translate is None else endpoint.translate,
        clients.droppable(endpoint.clients) | frozenset(endpoint.drops),
    )


def _expand(text: str, environment: Mapping[str, str]) -> str:
    names = PLACEHOLDER.findall(text)
    if any(not environment.get(name) for name in names):
        return ""
    return PLACEHOLDER.sub(lambda match: environment[match.group(1)], text)
