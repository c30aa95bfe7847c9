"""What a request needs of a target beside its model, and which targets do not take it. Pure facts; policy decides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from proxy.core.dialects import NATIVE, NO, TRANSLATED
from proxy.core.records import Payload
from proxy.core.targets import links
from proxy.core.targets.access import CALLER, NO_CREDENTIAL, Access
from proxy.core.targets.registered import Target
from proxy.core.targets.takes import INPUTS, NATIVELY, NOTHING_ASKED, Requirements, Takes, Translations, shown
from proxy.errors import (
    ProxyError,
    UnsupportedDialectError,
    UnsupportedFeatureError,
    UnsupportedReferenceError,
    at_line,
)

#: A kind of part that nobody knows: only a target that takes everything takes it.
UNKNOWN = "unknown"


def check(payload: Payload, targets: Iterable[Target], dialect: str, spoken: Translations = NATIVELY) -> None:
    """Refuse what no target of a route may be asked for; ``spoken`` says to which targets it can be translated.

    Raises:
        UnsupportedDialectError: none speaks the dialect of the request, or one into which all of it can be translated;
            a model without targets is not its fault.
        UnsupportedFeatureError: a member that is not known, or that only tunes nothing, and that no target declares.
        UnsupportedReferenceError: an address outside the hosts that the targets may fetch from.

    """
    offered = tuple(targets)
    if offered and all(speaks(one, dialect, spoken) == NO for one in offered):
        raise UnsupportedDialectError(*untold(offered, spoken))
    if offered and all(_unread_lines(payload, one.takes) for one in offered):
        raise UnsupportedDialectError("no target of this model takes batches of what the lines are written for")
    for line in payload.parts:
        try:
            _check_asked(line, offered)
        except ProxyError as fault:
            raise at_line(fault, line.line) from fault
    _check_asked(payload, offered)


def _check_asked(payload: Payload, offered: Sequence[Target]) -> None:
    """Refuse features and addresses that none of the targets is declared to take."""
    if not (payload.features or payload.links):
        return
    for name in payload.features:
        if not any(one.takes.offers(name) for one in offered):
            raise UnsupportedFeatureError(_told(name))
    hosts = {name for one in offered for name in one.takes.remote_hosts}
    if any(links.host(address) not in hosts for address in payload.links):
        raise UnsupportedReferenceError


def asked(
    payload: Payload,
    targets: Iterable[Target],
    dialect: str,
    *,
    spoken: Translations = NATIVELY,
    credential: bool = False,
    misplaced: Collection[str] = (),
) -> Requirements:
    """Return what a request asks of its targets, which of these do not take it, and how they speak its dialect.

    ``credential`` says whether the caller gave one of its own, without which some targets cannot be called;
    ``misplaced`` are targets that answered from elsewhere.
    """
    wanted, hosts, offered = needed(payload), remote_hosts(payload), tuple(targets)
    found = (
        (
            one.id,
            (
                *_lacks(one.takes, payload, wanted, hosts),
                *_uncredited(one.access, given=credential),
                *_unsaid(one.id, spoken),
            ),
        )
        for one in offered
    )
    lacking = tuple((name, missing) for name, missing in found if missing)
    how = ((one.id, speaks(one, dialect, spoken)) for one in offered)
    speaking = tuple((name, said) for name, said in how if said != NATIVE)
    elsewhere = tuple(one.id for one in offered if one.id in misplaced)
    if not (wanted or hosts or payload.features or lacking or speaking or elsewhere):
        return NOTHING_ASKED
    return Requirements(payload.features, hosts, wanted, lacking, elsewhere, speaking)


def unfit(asked: Requirements, target: str) -> bool:
    """Whether a target cannot serve the request, whatever policy says of it."""
    return target in dict(asked.lacking) or asked.speaks(target) == NO


def speaks(target: Target, dialect: str, spoken: Translations = NATIVELY) -> str:
    """Return how a target speaks a dialect; one that no codec writes is never asked for."""
    if dialect in target.takes.dialects:
        return NATIVE
    return TRANSLATED if target.id in spoken.translated else NO


def untold(targets: Iterable[Target], spoken: Translations) -> tuple[str, ...]:
    """Return what to tell the caller where targets could be asked if something were not in the request."""
    named = [(one.id, spoken.untold[one.id]) for one in targets if one.id in spoken.untold]
    if not named:
        return ()
    told = "; ".join(f"'{what.path}' {what.why}" for what in dict.fromkeys(what for _, what in named))
    return (f"{', '.join(name for name, _ in named)} speaks another dialect, and not all can be said in it: {told}",)


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
        *(name for name in payload.features if not takes.offers(name)),
        *(name for name in hosts if name not in takes.remote_hosts),
        *_unread_lines(payload, takes),
    )


def _unread_lines(payload: Payload, takes: Takes) -> tuple[str, ...]:
    """Return the API that the lines of a payload are written for, where the target does not speak it."""
    api = payload.batched.api if payload.batched is not None else ""
    return (api,) if api and api not in takes.dialects else ()


def _unsaid(target: str, spoken: Translations) -> tuple[str, ...]:
    return (spoken.untold[target].path,) if target in spoken.untold else ()


def _uncredited(access: Access, *, given: bool) -> tuple[str, ...]:
    return (NO_CREDENTIAL,) if access.authorization.scheme == CALLER and not given else ()


def _told(name: str) -> str:
    return (
        f"'{shown(name)}' is not known to only tune the answer, and no target of this model is declared to take it. "
        "Leave it out, or let the operator name it under 'features' of a target in endpoints.yaml."
    )
