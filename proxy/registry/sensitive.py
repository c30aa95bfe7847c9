"""Which changes of the registry need two people: all but those to places that are listed here as one person's work.

A place counts as sensitive unless it is listed, so a field that is added to the registry needs two people until
somebody decides otherwise. What one person may change alone either cannot permit anything (routes, names, limits), or
is evidence that a person answers for by name (contracts, certificates). Taking a whole target, endpoint, tenant,
activity, provider or exception out permits nothing: it is what somebody does alone when something goes wrong. But for
the last tenant beside another: contracts that name nobody count for the only tenant that is left (ADR 0012).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxy.errors import SecondPersonError
from proxy.policy.decision.parties import CONTRACTS
from proxy.registry import edit
from proxy.registry.edit import DocumentChange

_NAMED = 5  # places that a refusal names
_EVIDENCE = ("dpa", "baa", "dua", "scc", "uk_idta", "tia", "bcr", "dpf", "encryption", "attestations")
#: section -> the members of each of its entries that one person may change alone.
ONE_PERSON: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("endpoints",): ("models", "stream", "timeout_s"),
    ("registry", "providers"): ("contacts", "subprocessors", "subprocessors_reviewed"),
    ("registry", "targets"): ("models", "operations", "reports_actual_region", *_EVIDENCE),
    ("registry", "tenants"): ("id", "ext", "qc_pia", "br_scc", "cn_mechanism"),
    ("registry", "activities"): ("id", "ext", "purpose", "dpia_ref"),
}
_WHOLE_ENTRIES = frozenset({*ONE_PERSON, ("registry", "exceptions")})
_EXCEPTIONS, _TENANTS = ("registry", "exceptions"), ("registry", "tenants")
#: An operator of the command line is recorded by the account, a caller of the API as "service (credential)".
_OPERATOR = re.compile(r"[^()]+")


def touched(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the paths of the sensitive places that differ, in the order of ``after``."""
    held = [*_exceptions(before)]
    found = edit.changes(before, after)
    alone = _left_alone(before, after)
    return tuple(
        one.path
        for one in found
        if (alone and one.segments[:2] == _TENANTS) or (not _is_one_persons(one) and _counts(one, held))
    )


def check(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Refuse what one person may not put in force. Takes a while for thousands of targets: call it in a thread.

    Raises:
        SecondPersonError: a sensitive place differs; the message names the first ones.

    """
    found = touched(before, after)
    if found:
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        raise SecondPersonError(
            f"somebody else than its author has to put this in force: it changes {', '.join(found[:_NAMED])}{more}"
        )


def same_operator(operator: str, recorded: str) -> bool:
    """Whether an operator of the command line may be who was recorded; True also where that cannot be told."""
    return _OPERATOR.fullmatch(recorded) is None or recorded == operator


def _counts(change: DocumentChange, exceptions: Sequence[Any]) -> bool:
    """Whether a change of the list of exceptions as a whole grants or alters one."""
    if change.segments != _EXCEPTIONS:
        return True
    return any(one not in exceptions for one in change.after or ())


def _left_alone(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether one of several tenants is left, and contracts that name nobody now count for it."""
    held, kept = (_section(document, "tenants") for document in (before, after))
    contracts = (contract for target in _section(after, "targets").values() for contract in _contracts(target))
    return len(held) > 1 == len(kept) and any("tenants" not in one for one in contracts)


def _contracts(target: Any) -> Iterator[Mapping[str, Any]]:
    for kind in CONTRACTS:
        if isinstance(target, Mapping) and isinstance(target.get(kind), Mapping):
            yield target[kind]


def _section(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    registry = document.get("registry")
    found = registry.get(name) if isinstance(registry, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _is_one_persons(change: DocumentChange) -> bool:
    path = change.segments
    section = path[: 2 if path[0] == "registry" else 1]
    if section == ("routes",):
        return True
    depth = len(section)
    if section in _WHOLE_ENTRIES and len(path) == depth + 1 and change.after is None:
        return True
    return len(path) > depth + 1 and path[depth + 1] in ONE_PERSON.get(section, ())


def _exceptions(document: Mapping[str, Any]) -> Iterator[Any]:
    registry = document.get("registry")
    found = registry.get("exceptions") if isinstance(registry, Mapping) else None
    yield from found if isinstance(found, list | tuple) else ()
