"""Every obligation type of the contract: its phase, its handler, and what counts as fulfilled. Pure.

Each row is a promise to an auditor, so everything derives from one table: the types offered to policy, the checks
before egress, what a record calls fulfilled, and the reference page. A type without a handler is listed too: a target
with such an obligation gets nothing (XACML 3.0 section 7.18).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, NamedTuple

from proxy.core.entities import ENTITIES
from proxy.core.records import Decision, Obligation, TargetVerdict
from proxy.core.statuses import DROPPED, Outcome
from proxy.runtime.recent import cached_by_identity


class Phase(enum.StrEnum):
    """When an obligation is carried out."""

    BEFORE = "before egress"  # in the request itself
    ALONGSIDE = "alongside the request"  # a durable record of its own, before anything leaves
    FALLBACK = "on failure of the target"  # limits the targets that may follow
    REPLY = "on the reply"
    RECORD = "in the record"  # of the decision or the attempt, durable before anything leaves
    NEVER = "never"


#: What an obligation's parameter may be.
Check = Callable[[Any], bool]


def _is(*values: Any) -> Check:
    return lambda value: value in values


def _is_period(days: Any) -> bool:
    number = isinstance(days, int | float) and not isinstance(days, bool)
    return number and 0 < days <= _LONGEST_DAYS and days == int(days)


def _is_age(seconds: Any) -> bool:
    return isinstance(seconds, int) and not isinstance(seconds, bool) and 0 <= seconds <= LONGEST_CACHED_S


def _are_names(names: Any) -> bool:
    return isinstance(names, list | tuple) and all(isinstance(name, str) for name in names)


def _are_places(names: Any) -> bool:
    return _are_names(names) and PLACES.issuperset(names)


def _are_origins(names: Any) -> bool:
    return _are_names(names) and all(map(LISTED.fullmatch, names))


#: Where originals may return in a reply (the parameter ``in``).
TEXT, ADDRESSES, DECLARED_TOOLS = "text", "addresses", "declared_tools"
PLACES = frozenset({TEXT, ADDRESSES, DECLARED_TOOLS})
#: An origin of a list: "https://example.com", "https://*.example.com:8443".
LISTED = re.compile(r"([a-z][a-z0-9+.-]{1,31})://((?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::([1-9]\d{0,4}))?")
_LONGEST_DAYS = 36_525
#: The longest time for which a reply may be an answer again, seconds.
LONGEST_CACHED_S = 7 * 86_400
#: The method that moves dates, and the types whose values are dates.
DATE_SHIFT = "date_shift"
DATES = frozenset(name for name, entity in ENTITIES.items() if "date" in entity.shapes)
#: How a request says what removed values become, the strictest first.
SURROGATES = ("tokens", DATE_SHIFT, "realistic")
#: Decisions, or their verdicts, of which is remembered what they oblige to.
_REMEMBERED = 1024


@dataclass(frozen=True, slots=True)
class Kind:
    """One obligation type. Whatever it names besides ``methods`` and ``params`` is not supported."""

    type: str
    phase: Phase
    does: str  # how it is carried out
    done: str  # the condition for a record to call it fulfilled
    failure: str  # the effect if it cannot be carried out
    on_reply: bool = False  # carried out for a reply too
    on_refusal: bool = False  # still applies when a permit becomes a denial
    strictness: int = 0  # of a transform: the strictest for an entity type wins
    of_requests: bool = False  # concerns requests only: without a ``when`` it does not apply to replies
    hl7: str = ""  # the code in HL7's obligation policies; "" if there is none
    methods: tuple[str, ...] = ()  # how its operator may be named; on replies the first alone
    params: Mapping[str, Check] | None = field(default_factory=dict)  # None for any: they are recorded
    needs: tuple[str, ...] = ()  # parameters that must be there

    def supports(self, obligation: Obligation, *, on_reply: bool = False) -> bool:
        """Whether each name in an obligation of this type stands for something that is done."""
        methods, profiled = self.methods[:1] if on_reply else self.methods, self.type == "deidentify"
        if obligation.method not in {"", *methods} or bool(obligation.profile) != profiled:
            return False
        if obligation.method == DATE_SHIFT and not (obligation.entities and DATES.issuperset(obligation.entities)):
            return False
        checks, params = self.params, obligation.params
        if checks is None:
            return True  # recorded as they are
        if _OPERATOR in params and self.strictness:  # it checks its own, and is the method
            return not on_reply and not obligation.method
        valid = all(name in checks and checks[name](value) for name, value in params.items())
        return valid and params.keys() >= set(self.needs)


_REFUSED = "refused with `OBLIGATION_UNSUPPORTED`; nothing leaves"
_UNSENT = "the request fails and nothing leaves"
_REPLACED = "the values were replaced in the outgoing body"


_OPERATOR = "operator"
_TRANSFORM = {
    _OPERATOR: _is(), "restore": _is("exchange"), "public_figures": _is("included"), "in": _are_places
}  # fmt: skip


def _transform(
    type_: str, strictness: int, hl7: str, does: str, methods: Sequence[str], *, on_reply: bool = False
) -> Kind:
    return Kind(
        type_, Phase.BEFORE, does, _REPLACED, _REFUSED, on_reply=on_reply, strictness=strictness, hl7=hl7,
        methods=tuple(methods), params=_TRANSFORM,
    )  # fmt: skip


TABLE: tuple[Kind, ...] = (
    _transform(
        "redact",
        5,
        "REDACT",
        "values become labels; in replies too, names after full detection of the whole reply",
        ["remove", "hmac"],
        on_reply=True,
    ),
    replace(_transform("deidentify", 4, "DEID", "the operators of a HIPAA profile", []), of_requests=True),
    replace(
        _transform(
            "pseudonymize",
            3,
            "PSEUD",
            "values become pseudonyms, kept in the vault: keyed ones, with `surrogate_random` new ones each time, with "
            "`surrogate_realistic` ones that look real, with `date_shift`, for types of dates alone, dates that moved",
            ["surrogate_keyed", "surrogate_random", "surrogate_realistic", DATE_SHIFT, "remove", "hmac"],
        ),
        of_requests=True,
    ),
    replace(
        _transform("generalize", 2, "MINEC", "values become broader ones", ["generalise", "remove", "hmac"]),
        of_requests=True,
    ),
    _transform("mask", 1, "MASK", "all but the last characters are masked", ["partial_mask", "remove", "hmac"]),
    Kind(
        "block_content",
        Phase.NEVER,
        "content with such values is sent to no target with this obligation",
        "never",
        "the target is denied with `OBLIGATION_UNSUPPORTED`; another permitted one may serve the request",
    ),
    Kind(
        "residual_scan",
        Phase.BEFORE,
        "the transformed request is searched again",
        "nothing was found",
        "`RESIDUAL_PII`",
        of_requests=True,
    ),
    Kind(
        "no_store",
        Phase.BEFORE,
        "members that request storage at the target (`store`, `prompt_cache_retention`) are removed",
        "the outgoing body requests no storage; policy decides on what a target stores by contract",
        "recorded as unfulfilled if the activity may use features that keep state",
        of_requests=True,
        hl7="DELAU",
    ),
    Kind(
        "no_train",
        Phase.BEFORE,
        "the target's contract is looked up in the registry",
        "`training_use: false` for the target, or a self-hosted target without `training_use: true`",
        _REFUSED,
        of_requests=True,
    ),
    Kind(
        "redisclosure_notice",
        Phase.BEFORE,
        "the statement of 42 CFR 2.32(a)(2) is sent as a first message of its own, and to the caller as a header",
        "the outgoing body holds the statement",
        "refused if the dialect has no place for it (embeddings)",
        of_requests=True,
        hl7="PRIVMARK",
    ),
    Kind(
        "notify",
        Phase.ALONGSIDE,
        "an event `policy_notice` (`break_glass_used`), a warning and a metric; of refusals if `on` is deny or both",
        "the event is durable",
        _UNSENT,
        on_reply=True,
        on_refusal=True,
        params=None,
    ),
    Kind(
        "post_review",
        Phase.ALONGSIDE,
        "an open item: the grant's review, or an entry of `oversight list`",
        "the event or the use of the grant is durable",
        _UNSENT,
        on_reply=True,
        params=None,
    ),
    Kind(
        "human_oversight",
        Phase.ALONGSIDE,
        "an open item of `oversight list` that a named person closes; `x-compliance-oversight` on the reply",
        "the event `oversight_required` is durable; the header is on every reply of the exchange",
        _UNSENT,
        on_reply=True,
        of_requests=True,
        params=None,
    ),
    Kind(
        "require_approval",
        Phase.ALONGSIDE,
        "the request presents a grant that a second person approved; its use is recorded with the grant",
        "the use of the grant is durable",
        "refused with `OBLIGATION_UNSUPPORTED` if none is presented",
        of_requests=True,
        params=None,
    ),
    Kind(
        "restrict_fallback",
        Phase.FALLBACK,
        "if the target fails, only the targets in `params.targets` may be tried (none if it is empty)",
        "every further attempt of the exchange went to one of them",
        "the request fails; no other target is tried",
        params={"targets": _are_names},
        of_requests=True,
        hl7="CPLYJPP",
    ),
    Kind(
        "response_scan",
        Phase.REPLY,
        "the reply is searched before it is delivered",
        "the reply was searched",
        "the reply is withheld",
        of_requests=True,
    ),
    Kind(
        "stream_guard",
        Phase.REPLY,
        "a streamed reply is searched as it arrives",
        "the whole stream was searched",
        "the stream is cut",
        of_requests=True,
    ),
    Kind(
        "reidentify_response",
        Phase.REPLY,
        "the originals of pseudonyms are restored in this process, in the places of `in` (`text`, `addresses`, "
        "`declared_tools`; without it in all); addresses are those of the request's origins and of `origins`",
        "the reply was searched for them",
        "they stay in the reply",
        params={"boundary": _is("in_region"), "in": _are_places, "origins": _are_origins},
        of_requests=True,
    ),
    Kind(
        "cache_reply",
        Phase.REPLY,
        "a permission: for `max_age_s` seconds the reply may answer equal requests of its domain; with "
        "`special_categories` those about special categories and unread content too; the shortest counts, 0 forbids; "
        "none outlasts three quarters of `PROXY_VAULT_TTL_S`",
        "the reply was judged, whether it came from the target or the cache",
        "the target is asked",
        params={"max_age_s": _is_age, "special_categories": _is("included")},
        needs=("max_age_s",),
        of_requests=True,
    ),
    Kind(
        "record_transfer",
        Phase.RECORD,
        "the attempt record names the destination and the transfer mechanism",
        "the attempt record is durable",
        _UNSENT,
        of_requests=True,
    ),
    Kind(
        "account_disclosure",
        Phase.RECORD,
        "the attempt record names recipient, kinds of data and subject; `audit ask AQ-02` lists them",
        "the attempt record is durable and names the subject",
        "refused if the request names no subject (`x-compliance-subject`)",
        of_requests=True,
        hl7="AOD",
    ),
    Kind(
        "log",
        Phase.RECORD,
        "decision, attempts and outcome are recorded, without content",
        "the records are durable",
        f"{_UNSENT}; levels other than `metadata` are refused",
        on_reply=True,
        on_refusal=True,
        params={"level": _is("metadata")},
        hl7="AUDIT",
    ),
    Kind(
        "retain",
        Phase.RECORD,
        "the records state how long they must be kept (`retain_until`); nothing purges one before",
        "the date is in the durable record",
        f"{_UNSENT}; anything but a whole number of days in `min_days` is refused",
        on_reply=True,
        on_refusal=True,
        params={"min_days": _is_period},
        needs=("min_days",),
    ),
)
KINDS = {kind.type: kind for kind in TABLE}
#: Obligations that change text before egress, strictest first.
TRANSFORMS: tuple[str, ...] = tuple(
    kind.type for kind in sorted(TABLE, key=lambda kind: -kind.strictness) if kind.strictness
)


@cache
def supported(phase: str) -> tuple[str, ...]:
    """Return, sorted, the types that are carried out in a phase of the policy input."""
    reply = phase == "response"
    return tuple(sorted(kind.type for kind in TABLE if (kind.on_reply if reply else kind.phase is not Phase.NEVER)))


def is_supported(obligation: Obligation, phase: str) -> bool:
    """Whether everything that an obligation names is done in a phase of the policy input."""
    kind, reply = KINDS.get(obligation.type), phase == "response"
    if kind is None or obligation.type not in supported(phase):
        return False
    return kind.supports(obligation, on_reply=reply)


@cached_by_identity(_REMEMBERED)
def alongside(verdict: TargetVerdict) -> tuple[Obligation, ...]:
    """Return the obligations of a permit for the target that are carried out alongside the request or its reply."""
    return tuple(each for each in verdict.obligations if is_for(each, Phase.ALONGSIDE))


def is_for(obligation: Obligation, *phases: Phase) -> bool:
    """Whether a permit's obligation is carried out in one of the phases."""
    kind = KINDS.get(obligation.type)
    return obligation.on != "deny" and kind is not None and kind.phase in phases


def obliged(verdict: TargetVerdict, type_: str) -> bool:
    """Whether a permit for the target has an obligation of this type."""
    return type_ in [obligation.type for obligation in verdict.obligations if obligation.on != "deny"]


def on_refusal(obligation: Obligation) -> bool:
    """Whether an obligation still applies when a permit becomes a denial."""
    kind = KINDS.get(obligation.type)
    return kind is not None and kind.on_refusal and kind.supports(obligation)


def notices(decision: Decision) -> tuple[Obligation, ...]:
    """Return what is carried out alongside a refusal, once for all its targets."""
    due = (each for verdict in decision.targets for each in verdict.obligations if each.on != "permit")
    return tuple({each.id: each for each in due if on_refusal(each) and _phase(each) is Phase.ALONGSIDE}.values())


def _phase(obligation: Obligation) -> Phase:
    return KINDS[obligation.type].phase


def fallback_targets(verdict: TargetVerdict) -> frozenset[str] | None:
    """Return the targets that may be tried if this one fails, None for any."""
    named = [frozenset(o.params.get("targets", ())) for o in verdict.obligations if o.type == "restrict_fallback"]
    return frozenset.intersection(*named) if named else None


class Restoration(NamedTuple):
    """Where originals may return in replies, and the listed origins of addresses."""

    places: frozenset[str]
    places_of_removed: frozenset[str]
    origins: frozenset[str]


@cached_by_identity(_REMEMBERED)
def restoration(verdict: TargetVerdict) -> Restoration:
    """Return what a target's obligations say of the places in which originals return: each narrows the others."""
    obligations = [each for each in verdict.obligations if each.on != "deny"]
    ours = [each.params for each in obligations if each.type == "reidentify_response"]
    removed = [each.params for each in obligations if each.params.get("restore") and KINDS[each.type].strictness]
    places, of_removed = (PLACES.intersection(*(each.get("in", PLACES) for each in all_)) for all_ in (ours, removed))
    return Restoration(places, of_removed, frozenset(origin for each in ours for origin in each.get("origins", ())))


def caching(verdict: TargetVerdict) -> tuple[int, int]:
    """Return for how many seconds a target's reply may answer equal requests: ordinary ones, special categories.

    Of several permissions the shortest counts, and 0 forbids; special categories never stay longer than ordinary ones.
    """
    permits = [each.params for each in verdict.obligations if each.type == "cache_reply" and each.on != "deny"]
    shortest = min((params["max_age_s"] for params in permits), default=0)
    return shortest, shortest if any(params.get("special_categories") for params in permits) else 0


@cached_by_identity(_REMEMBERED)
def retention_days(verdicts: Sequence[TargetVerdict]) -> int:
    """Return the longest obligatory retention of the records in days, 0 for none."""
    retained = (
        o for verdict in verdicts for o in verdict.obligations if o.type == "retain" and KINDS["retain"].supports(o)
    )
    return max((int(obligation.params["min_days"]) for obligation in retained), default=0)


def fulfilment(verdict: TargetVerdict, before: Collection[str], outcome: Outcome) -> tuple[list[str], list[str]]:
    """Return the ids of a target's obligations that were (fulfilled, not fulfilled).

    ``before`` are the ids of those carried out when the request left. Obligations on the reply are fulfilled once the
    reply was judged and delivered or withheld, or discarded as that of a copy; a missing or cut reply leaves them
    unfulfilled.
    """
    judged = outcome.ended == DROPPED or (outcome.ended in {"delivered", "denied"} and bool(outcome.response_action))
    done: tuple[list[str], list[str]] = ([], [])
    for each in verdict.obligations:
        if each.on != "deny":
            fulfilled = judged if is_for(each, Phase.REPLY) else each.id in before or is_for(each, Phase.FALLBACK)
            done[not fulfilled].append(each.id)
    return done


#: The second of the two statements that 42 CFR 2.32(a) allows, as amended on 16 February 2024 (89 FR 12472).
REDISCLOSURE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
#: The day of the text, for records: it changes with ``REDISCLOSURE``.
REDISCLOSURE_VERSION = "2024-02-16"
#: Its citation, for records.
REDISCLOSURE_CITATION = "42 CFR 2.32(a)(2)"
