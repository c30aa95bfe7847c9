"""A request's requirements beyond the model, and the targets that lack them. Pure facts; policy decides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from proxy.core.dialects import NATIVE, NO, TRANSLATED
from proxy.core.records import Payload
from proxy.core.targets import capabilities, links
from proxy.core.targets.access import CALLER, NO_CREDENTIAL, Access
from proxy.core.targets.capabilities import INPUTS, NATIVELY, NO_REQUIREMENTS, Capabilities, Requirements, Translations
from proxy.core.targets.registered import Target
from proxy.errors import (
    ProxyError,
    UnsupportedDialectError,
    UnsupportedFeatureError,
    UnsupportedReferenceError,
    at_line,
)

#: An unknown kind of part: only a target that accepts everything accepts it.
UNKNOWN = "unknown"


def check(payload: Payload, targets: Iterable[Target], dialect: str, spoken: Translations = NATIVELY) -> None:
    """Refuse a request that no target of its route could serve; ``spoken`` are its possible translations.

    Raises:
        UnsupportedDialectError: no target speaks the dialect, or one into which all of the request can be translated;
            a model without targets raises nothing.
        UnsupportedFeatureError: a member that is not known to only tune the answer, and that no target declares.
        UnsupportedReferenceError: an address outside the hosts that the targets may fetch from.

    """
    offered = tuple(targets)
    if offered and all(speaks(target, dialect, spoken) == NO for target in offered):
        raise UnsupportedDialectError(*untranslatable(offered, spoken))
    if offered and all(_unread_lines(payload, target.accepts) for target in offered):
        raise UnsupportedDialectError("no target of this model takes batches of requests for the API of these lines")
    for line in payload.parts:
        try:
            _check_features(line, offered)
        except ProxyError as fault:
            raise at_line(fault, line.line) from fault
    _check_features(payload, offered)


def _check_features(payload: Payload, offered: Sequence[Target]) -> None:
    """Refuse features and addresses that no target declares."""
    if not (payload.features or payload.links):
        return
    for name in payload.features:
        if not any(target.accepts.offers(name) for target in offered):
            raise UnsupportedFeatureError(_unsupported(name))
    hosts = {name for target in offered for name in target.accepts.remote_hosts}
    if any(links.host(address) not in hosts for address in payload.links):
        raise UnsupportedReferenceError


def requirements(
    payload: Payload,
    targets: Iterable[Target],
    dialect: str,
    *,
    spoken: Translations = NATIVELY,
    credential: bool = False,
    misplaced: Collection[str] = (),
) -> Requirements:
    """Return a request's requirements, the targets that lack some of them, and how the targets speak its dialect.

    ``credential`` says whether the caller presented its own, which some targets require; ``misplaced`` are targets
    that answered from a region they are not registered for.
    """
    inputs, hosts, offered = needed(payload), remote_hosts(payload), tuple(targets)
    missing = (
        (
            target.id,
            (
                *_lacks(target.accepts, payload, inputs, hosts),
                *_lacking_credential(target.access, presented=credential),
                *_untranslatable_path(target.id, spoken),
            ),
        )
        for target in offered
    )
    lacking = tuple((name, names) for name, names in missing if names)
    ways = ((target.id, speaks(target, dialect, spoken)) for target in offered)
    speaking = tuple((name, way) for name, way in ways if way != NATIVE)
    elsewhere = tuple(target.id for target in offered if target.id in misplaced)
    if not (inputs or hosts or payload.features or lacking or speaking or elsewhere):
        return NO_REQUIREMENTS
    return Requirements(payload.features, hosts, inputs, lacking, elsewhere, speaking)


def unfit(requirements: Requirements, target: str) -> bool:
    """Whether a target cannot serve the request, whatever policy decides."""
    return target in dict(requirements.lacking) or requirements.speaks(target) == NO


def speaks(target: Target, dialect: str, spoken: Translations = NATIVELY) -> str:
    """Return how a target speaks a dialect: native, translated or no."""
    if dialect in target.accepts.dialects:
        return NATIVE
    return TRANSLATED if target.id in spoken.translated else NO


def untranslatable(targets: Iterable[Target], spoken: Translations) -> tuple[str, ...]:
    """Return the error message if targets of another dialect could serve the request but for some of its members."""
    named = [(target.id, spoken.untranslatable[target.id]) for target in targets if target.id in spoken.untranslatable]
    if not named:
        return ()
    reasons = "; ".join(f"'{each.path}' {each.why}" for each in dict.fromkeys(each for _, each in named))
    return (f"{', '.join(name for name, _ in named)} speaks another dialect that cannot express all of it: {reasons}",)


def needed(payload: Payload) -> tuple[str, ...]:
    """Return the kinds of content besides text that a target has to accept; what was read is sent as text."""
    kinds = {part.input for part in payload.opaque if part.input}
    return tuple(sorted(INPUTS - {"text"} if UNKNOWN in kinds else kinds))


def remote_hosts(payload: Payload) -> tuple[str, ...]:
    """Return the hosts from which a target would fetch."""
    return tuple(sorted({links.host(address) for address in payload.links}))


def _lacks(accepts: Capabilities, payload: Payload, inputs: Iterable[str], hosts: Iterable[str]) -> tuple[str, ...]:
    operation = payload.operation.value
    return (
        *((operation,) if accepts.operations is not None and operation not in accepts.operations else ()),
        *(kind for kind in inputs if kind not in accepts.inputs),
        *(name for name in payload.features if not accepts.offers(name)),
        *(name for name in hosts if name not in accepts.remote_hosts),
        *_unread_lines(payload, accepts),
    )


def _unread_lines(payload: Payload, accepts: Capabilities) -> tuple[str, ...]:
    """Return the API of the lines of a batch, if the target does not speak it."""
    api = payload.batched.api if payload.batched is not None else ""
    return (api,) if api and api not in accepts.dialects else ()


def _untranslatable_path(target: str, spoken: Translations) -> tuple[str, ...]:
    return (spoken.untranslatable[target].path,) if target in spoken.untranslatable else ()


def _lacking_credential(access: Access, *, presented: bool) -> tuple[str, ...]:
    return (NO_CREDENTIAL,) if access.authorization.scheme == CALLER and not presented else ()


def _unsupported(name: str) -> str:
    return (
        f"'{capabilities.shown(name)}' is not known to only tune the answer, and no target of this model is declared "
        "to take it. Leave it out, or have it added to 'features' of a target in endpoints.yaml."
    )
