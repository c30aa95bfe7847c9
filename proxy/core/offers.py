"""What a request needs of a target beside its model, and which targets do not take it. Pure facts; policy decides."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from proxy.core import links
from proxy.core.access import CALLER, NO_CREDENTIAL, Access
from proxy.core.dialects import NATIVE, NO
from proxy.core.records import Payload, Target
from proxy.core.takes import INPUTS, NOTHING_ASKED, Asked, Takes
from proxy.errors import UnsupportedDialectError, UnsupportedFeatureError, UnsupportedReferenceError

#: A kind of part that nobody knows: only a target that takes everything takes it.
UNKNOWN = "unknown"
#: Members that may be named in an error: words, no sentences and no numbers.
_WORD = re.compile(r"[A-Za-z_](?:[A-Za-z_-]|\d(?!\d\d)){0,39}", re.ASCII)


def check(payload: Payload, targets: Iterable[Target], dialect: str) -> None:
    """Refuse what no target of a route may be asked for.

    Raises:
        UnsupportedDialectError: none speaks the dialect of the request; a model without targets is not its fault.
        UnsupportedFeatureError: a member that is not known, or that only tunes nothing, and that no target declares.
        UnsupportedReferenceError: an address outside the hosts that the targets may fetch from.

    """
    offered = tuple(targets)
    if offered and all(speaks(one.takes, dialect) == NO for one in offered):
        raise UnsupportedDialectError
    if not (payload.features or payload.links):
        return
    features = {name for one in offered for name in one.takes.features}
    for name in payload.features:
        if name not in features:
            raise UnsupportedFeatureError(_told(name))
    hosts = {name for one in offered for name in one.takes.remote_hosts}
    if any(links.host(address) not in hosts for address in payload.links):
        raise UnsupportedReferenceError


def asked(
    payload: Payload,
    targets: Iterable[Target],
    dialect: str,
    *,
    credential: bool = False,
    misplaced: Collection[str] = (),
) -> Asked:
    """Return what a request asks of its targets, which of these do not take it, and how they speak its dialect.

    ``credential`` says whether the caller gave one of its own, without which some targets cannot be called;
    ``misplaced`` are targets that answered from elsewhere.
    """
    wanted, hosts, offered = needed(payload), remote_hosts(payload), tuple(targets)
    found = (
        (one.id, (*_lacks(one.takes, payload, wanted, hosts), *_uncredited(one.access, given=credential)))
        for one in offered
    )
    lacking = tuple((name, missing) for name, missing in found if missing)
    spoken = ((one.id, speaks(one.takes, dialect)) for one in offered)
    speaking = tuple((name, how) for name, how in spoken if how != NATIVE)
    elsewhere = tuple(one.id for one in offered if one.id in misplaced)
    if not (wanted or hosts or payload.features or lacking or speaking or elsewhere):
        return NOTHING_ASKED
    return Asked(payload.features, hosts, wanted, lacking, elsewhere, speaking)


def unfit(asked: Asked, target: str) -> bool:
    """Whether a target cannot serve the request, whatever policy says of it."""
    return target in dict(asked.lacking) or asked.speaks(target) == NO


def speaks(takes: Takes, dialect: str) -> str:
    """Return how a target speaks a dialect; one that no codec writes is never asked for."""
    return NATIVE if dialect in takes.dialects else NO


def needed(payload: Payload) -> tuple[str, ...]:
    """Return the kinds of content beside text that a target has to take; what was read goes as text."""
    kinds = {part.input for part in payload.opaque if part.input}
    return tuple(sorted(INPUTS - {"text"} if UNKNOWN in kinds else kinds))


def remote_hosts(payload: Payload) -> tuple[str, ...]:
    """Return the hosts that a target would fetch from."""
    return tuple(sorted({links.host(address) for address in payload.links}))


def _lacks(takes: Takes, payload: Payload, wanted: Iterable[str], hosts: Iterable[str]) -> tuple[str, ...]:
    operation = payload.operation.value
    return (
        *((operation,) if takes.operations is not None and operation not in takes.operations else ()),
        *(kind for kind in wanted if kind not in takes.inputs),
        *(name for name in payload.features if name not in takes.features),
        *(name for name in hosts if name not in takes.remote_hosts),
    )


def _uncredited(access: Access, *, given: bool) -> tuple[str, ...]:
    return (NO_CREDENTIAL,) if access.authorization.scheme == CALLER and not given else ()


def _told(name: str) -> str:
    shown = ".".join(part if _WORD.fullmatch(part) else "*" for part in name.split(".")[:8])
    return (
        f"'{shown}' is not known to only tune the answer, and no target of this model is declared to take it. "
        "Leave it out, or let the operator name it under 'features' of a target in endpoints.yaml."
    )
