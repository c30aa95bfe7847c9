"""Changes of the registry that need two people: all except those to the paths listed here.

A path is sensitive unless listed, so a new field of the registry needs two people until it is listed. One person may
change what cannot permit anything (routes but their mirrors, names, limits), and evidence that a named person answers
for (contracts, certificates). One person may also remove a whole target, endpoint, tenant, activity, provider or
exception, which permits nothing and is what an emergency needs; except where a single tenant is left: contracts that
name no parties then become valid for it (ADR 0012).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxy.errors import SecondPersonError
from proxy.policy.decision.parties import CONTRACTS
from proxy.registry import edit
from proxy.registry.edit import DocumentChange

_NAMED = 5  # paths named in a refusal
_EVIDENCE = ("dpa", "baa", "dua", "scc", "uk_idta", "tia", "bcr", "dpf", "encryption", "attestations")
#: section -> the members of each of its entries that one person may change alone.
ONE_PERSON: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("endpoints",): ("models", "stream", "timeout_s"),
    ("registry", "providers"): ("contacts", "subprocessors_reviewed"),
    ("registry", "targets"): ("models", "operations", "reports_actual_region", *_EVIDENCE),
    ("registry", "tenants"): ("id", "ext", "qc_pia", "br_scc", "cn_mechanism"),
    ("registry", "activities"): ("id", "ext", "purpose", "dpia_ref"),
}
_WHOLE_ENTRIES = frozenset({*ONE_PERSON, ("registry", "exceptions")})
_MIRROR = "mirror"
_EXCEPTIONS, _TENANTS = ("registry", "exceptions"), ("registry", "tenants")
#: A user of the command line is recorded by the account, a caller of the API as "service (credential)".
_ACCOUNT = re.compile(r"[^()]+")


def touched(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the sensitive paths that differ, in the order of ``after``."""
    exceptions = [*_exceptions(before)]
    alone = _left_alone(before, after)
    return tuple(
        change.path
        for change in edit.changes(before, after)
        if (alone and change.segments[:2] == _TENANTS) or (not _is_one_persons(change) and _counts(change, exceptions))
    )


def check(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Refuse a change that needs two people. Slow for thousands of targets: call it in a thread.

    Raises:
        SecondPersonError: a sensitive path differs; the message names the first ones.

    """
    paths = touched(before, after)
    if paths:
        more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
        raise SecondPersonError(
            f"a second person has to put this in force, not its author: it changes {', '.join(paths[:_NAMED])}{more}"
        )


def same_account(account: str, recorded: str) -> bool:
    """Whether a user of the command line may be the recorded author; True if that is unknown."""
    return _ACCOUNT.fullmatch(recorded) is None or recorded == account


def _counts(change: DocumentChange, exceptions: Sequence[Any]) -> bool:
    """Whether a change is sensitive: not one of the whole list of exceptions that only removes some."""
    if change.segments != _EXCEPTIONS:
        return True
    return any(exception not in exceptions for exception in change.after or ())


def _left_alone(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether only one of several tenants is left, for which contracts without parties become valid."""
    old, new = (_section(document, "tenants") for document in (before, after))
    contracts = (contract for target in _section(after, "targets").values() for contract in _contracts(target))
    return len(old) > 1 == len(new) and any("tenants" not in contract for contract in contracts)


def _contracts(target: Any) -> Iterator[Mapping[str, Any]]:
    for kind in CONTRACTS:
        if isinstance(target, Mapping) and isinstance(target.get(kind), Mapping):
            yield target[kind]


def _section(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    registry = document.get("registry")
    section = registry.get(name) if isinstance(registry, Mapping) else None
    return section if isinstance(section, Mapping) else {}


def _is_one_persons(change: DocumentChange) -> bool:
    path = change.segments
    section = path[: 2 if path[0] == "registry" else 1]
    if section == ("routes",):
        return not _mirrors(change.after) and not (_MIRROR in path and change.after is not None)
    depth = len(section)
    if section in _WHOLE_ENTRIES and len(path) == depth + 1 and change.after is None:
        return True
    return len(path) > depth + 1 and path[depth + 1] in ONE_PERSON.get(section, ())


def _mirrors(value: Any) -> bool:
    """Whether a route in it has a copy of its requests sent elsewhere."""
    if isinstance(value, Mapping):
        return value.get(_MIRROR) is not None
    return isinstance(value, list | tuple) and any(map(_mirrors, value))


def _exceptions(document: Mapping[str, Any]) -> Iterator[Any]:
    registry = document.get("registry")
    listed = registry.get("exceptions") if isinstance(registry, Mapping) else None
    yield from listed if isinstance(listed, list | tuple) else ()
