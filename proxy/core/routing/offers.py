"""A request's requirements beyond the model, and the targets that lack them. Pure facts; policy decides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from proxy.core.records import Payload
from proxy.core.targets import capabilities, destinations
from proxy.core.targets.access import CALLERS, NO_CREDENTIAL, Access
from proxy.core.targets.capabilities import (
    INPUTS,
    NATIVE,
    NATIVELY,
    NO,
    NO_REQUIREMENTS,
    TRANSLATED,
    Capabilities,
    Requirements,
    Translations,
)
from proxy.core.targets.registered import Target
from proxy.errors import (
    ProxyError,
    UnsupportedDialectError,
    UnsupportedFeatureError,
    UnsupportedReferenceError,
    at_line,
)

#: Thinking that a model has sealed: what a translation for another model may leave out.
THINKING, _SEALED = "thinking", "sealed"
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
    """Refuse features and addresses that no target declares, all of them at once."""
    if not (payload.features or payload.links):
        return
    missing = [(target, names) for target in offered if (names := lacking(payload, target.accepts))]
    hosts = {name for target in offered for name in target.accepts.remote_hosts}
    unreachable = any(destinations.host(address) not in hosts for address in payload.links)
    if offered and len(missing) == len(offered):
        more = f" Also: {UnsupportedReferenceError()}" if unreachable else ""
        nearest, names = min(missing, key=lambda each: (not each[0].base_url, len(each[1])))
        raise UnsupportedFeatureError(_unsupported(nearest.id, names) + more)
    if unreachable:
        raise UnsupportedReferenceError


def lacking(payload: Payload, accepts: Capabilities) -> tuple[str, ...]:
    """Return the features of a request that a target lacks and that cannot be left out for it."""
    return tuple(
        name for name in payload.features if not (accepts.offers(name) or _is_optional(name, payload, accepts))
    )


def dropped(payload: Payload, accepts: Capabilities, *, translated: bool = False) -> frozenset[str]:
    """Return the features of a request to leave out for a target: no other dialect has any of them."""
    optional = (name for name in payload.features if _is_optional(name, payload, accepts))
    less = frozenset(name for name in optional if translated or not accepts.offers(name))
    sealed = translated and THINKING in accepts.droppable and any(part.media == _SEALED for part in payload.opaque)
    return less | {THINKING} if sealed else less


def unread(payload: Payload, targets: Sequence[Target], spoken: Translations) -> Payload:
    """Return a request without the texts of members that are left out whatever its target."""
    ways = [dropped(payload, each.accepts, translated=each.id in spoken.translated) for each in targets]
    members = tuple(f"/{name}" for name in frozenset.intersection(*ways) if "." not in name) if ways else ()
    if not members:
        return payload
    return replace(
        payload,
        spans=tuple(span for span in payload.spans if not _is_below(span.pointer, members)),
        unread_numbers=tuple(span for span in payload.unread_numbers if not _is_below(span.pointer, members)),
    )


def _is_below(address: str, members: tuple[str, ...]) -> bool:
    """Whether an address is one of these members or stands below it (see ``codecs.pointer``)."""
    return any(address.startswith(member) and address[len(member) : len(member) + 1] in "/#~" for member in members)


def _is_optional(name: str, payload: Payload, accepts: Capabilities) -> bool:
    """Whether a feature may be left out; none of a batch, whose lines are sent as they stand."""
    return not (payload.parts or payload.line) and (name in payload.optional or name in accepts.droppable)


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
    return tuple(sorted({destinations.host(address) for address in payload.links}))


def _lacks(accepts: Capabilities, payload: Payload, inputs: Iterable[str], hosts: Iterable[str]) -> tuple[str, ...]:
    operation = payload.operation.value
    return (
        *((operation,) if accepts.operations is not None and operation not in accepts.operations else ()),
        *(kind for kind in inputs if kind not in accepts.inputs),
        *lacking(payload, accepts),
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
    return (NO_CREDENTIAL,) if access.authorization.scheme in CALLERS and not presented else ()


def _unsupported(target: str, names: Sequence[str]) -> str:
    """Return the message for the features that the nearest target lacks, with the line that would declare them."""
    shown = list(dict.fromkeys(map(capabilities.shown, names)))
    it, all_of_it, are = ("them", "all of them", "are") if len(shown) > 1 else ("it", "it", "is")
    return (
        f"{', '.join(map(repr, shown))} {are} not known to only tune the answer, and no target of this model is "
        f"declared to take {all_of_it}. Leave {it} out, or have this added to {target} in endpoints.yaml: "
        f"features: [{', '.join(shown)}]"
    )
