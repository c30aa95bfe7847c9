"""Whose each reason code is: the one table from which records, metrics, reports, statuses and pages follow. Pure data.

A code has exactly one responsibility, and an exchange has that of its own code (the first of a refusal). A code of the
organisation's own rules is policy's.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Sequence
from types import MappingProxyType
from typing import NamedTuple

from proxy.core.decision.matters import FINAL, MATTERS, SUMMARY, About, matter
from proxy.core.statuses import DRY_RUN


class Responsibility(enum.StrEnum):
    """Who has to act, so that the same request is served."""

    POLICY = "policy"  # a rule refuses it: whoever owns the rules, or another request
    CALLER = "caller"  # the request is at fault, or asks for too much at once
    TARGET = "target"  # whoever runs the target: it is away, busy or replies what its API does not
    PROXY = "proxy"  # whoever runs this proxy: a part of it, its set-up, or a bug


class Reason(NamedTuple):
    """Whose a code is, and what to do about it: a sentence without the full stop."""

    responsibility: Responsibility
    advice: str


_POLICY, _CALLER, _TARGET, _PROXY = Responsibility
_MEND = "mend the request; the message says where"
_LATER = "retry after the seconds in Retry-After; whoever runs the proxy is told by an alert"
_FEWER = "send fewer at once, and retry after the seconds in Retry-After"
_TARGET_LATER = "retry later, or register another target for the model"
_TARGET_SET_UP = "whoever runs the proxy has to mend the target's entry in the registry"
_SHORTER = "send less at once"
_ADMIN = "see the operation in docs/reference/admin-api.md"
_VERIFY = "keep the database as it is, and run `compliance-proxy audit verify`"
_FAULTS: dict[str, tuple[Responsibility, str]] = {
    "abandoned": (_PROXY, "the process ended; whether the target served the request is in its records"),
    "act_refused": (_CALLER, _ADMIN),
    "admin_busy": (_CALLER, "retry: few commands run at once"),
    "admin_role_missing": (_CALLER, "use a key with a role of the admin API"),
    "audit_log_inconsistent": (_PROXY, _VERIFY),
    "audit_stream_gap": (_PROXY, _VERIFY),
    "audit_unavailable": (_PROXY, _LATER),
    "break_glass_unavailable": (_PROXY, _LATER),
    "break_glass_unusable": (_CALLER, "have the grant approved, or leave the header out"),
    "bulk_counter_unavailable": (_PROXY, _LATER),
    "budget_reached": (_CALLER, "wait for the next month, or have the budget raised in the registry"),
    "client_gone": (_CALLER, "nothing: the caller left before the reply"),
    "command_failed": (_PROXY, "see the log of the process"),
    "configuration_error": (_PROXY, "mend the setting that the message names"),
    "console_not_here": (
        _CALLER,
        "open the console on its machine, or have PROXY_CONSOLE_URL set to its address with https",
    ),
    "context_length_exceeded": (_CALLER, "shorten the conversation"),
    "deadline_exceeded": (_PROXY, "ask for less, or run the command from the command line"),
    "decoding_timeout": (_PROXY, _LATER),
    "detection_busy": (_PROXY, "retry after the seconds in Retry-After; more detection workers read more at once"),
    "detection_unavailable": (_PROXY, _LATER),
    "evidence_damaged": (_PROXY, _VERIFY),
    "export_unproven": (_CALLER, "have it asked for and approved again"),
    "file_reading_timeout": (_PROXY, "send fewer or smaller files; or have the deadline raised"),
    "foreign_request": (_CALLER, "open the page of the console anew, and send the form from there"),
    "header_mismatch": (_CALLER, _MEND),
    "identity_unavailable": (_PROXY, _LATER),
    "internal_error": (_PROXY, "report it with the exchange's id: this is a bug"),
    "invalid_api_key": (_CALLER, "use a key or token that is valid now; the message says what was wrong with this one"),
    "invalid_request": (_CALLER, _ADMIN),
    "kept_changed": (_CALLER, "send it again"),
    "key_concurrency_exceeded": (_CALLER, _FEWER),
    "limit_reached": (_CALLER, "retry after the seconds in Retry-After, or have the limit raised in the registry"),
    "limit_unknown": (_PROXY, _LATER),
    "malformed_request": (_CALLER, _MEND),
    "method_not_allowed": (_CALLER, "use a method of the header Allow"),
    "model_not_found": (_CALLER, "use a model that the list of models names"),
    "not_acceptable": (_CALLER, _ADMIN),
    "not_allowed_for_key": (_CALLER, "leave the fact out, or use a key that may declare it"),
    "not_approved": (_CALLER, _ADMIN),
    "not_cached": (_CALLER, "leave `only-if-cached` out of Cache-Control"),
    "not_configured": (_PROXY, "set up what the message names"),
    "not_found": (_CALLER, _ADMIN),
    "not_proven": (_PROXY, "wait for the next signed note; if that does not help, run `audit verify`"),
    "not_ready": (_CALLER, _ADMIN),
    "not_recomputable": (_CALLER, _ADMIN),
    "not_rendered": (_CALLER, "ask for less, or for another format"),
    "overloaded": (_PROXY, "retry after the seconds in Retry-After; more detection workers read more at once"),
    "payload_too_large": (_CALLER, _SHORTER),
    "policy_unavailable": (_PROXY, _LATER),
    "precondition_required": (_CALLER, _ADMIN),
    "refused": (_CALLER, "mend what the answer lists"),
    "registry_conflict": (_CALLER, "read the newest revision and change that"),
    "registry_in_files": (_CALLER, "change the files"),
    "registry_not_stored": (_CALLER, _ADMIN),
    "registry_unavailable": (_PROXY, _LATER),
    "reply_timeout": (_PROXY, "ask for less at once; or have the deadline raised"),
    "reply_too_large": (_PROXY, "ask for less at once; or have the deadline raised"),
    "revision_conflict": (_CALLER, "read the newest revision and change that"),
    "role_missing": (_CALLER, "use a key with the role"),
    "second_factor_needed": (_CALLER, "log in to the console again with the second factor"),
    "second_person_required": (_CALLER, "have somebody else activate it"),
    "stateful_unsupported": (_CALLER, "send the content itself"),
    "stream_limit": (_TARGET, "ask for less at once, or raise the target's limit in the registry"),
    "subject_erased": (_CALLER, "nothing: nobody can look this person up any more"),
    "target_connection": (_PROXY, _TARGET_SET_UP),
    "target_credential": (_PROXY, "give the target's credential, in its variable or file; `doctor` names it"),
    "target_down": (_TARGET, _TARGET_LATER),
    "target_model": (_TARGET, "register the model that the target serves, or have the pinned one served"),
    "target_refused": (_CALLER, "mend the request as the target's API asks"),
    "target_unsupported": (_TARGET, "use another model or API, or correct what the registry says that it serves"),
    "targets_down": (_TARGET, _TARGET_LATER),
    "targets_unconfigured": (_PROXY, "give a permitted target its address in the registry or in its variable"),
    "tenant_busy": (_CALLER, _FEWER),
    "tenant_bytes_exceeded": (_CALLER, _FEWER),
    "tenant_concurrency_exceeded": (_CALLER, _FEWER),
    "tenant_refused": (_CALLER, "use a key that may read this tenant"),
    "threads_busy": (_PROXY, _LATER),
    "token_unavailable": (_TARGET, _TARGET_LATER),
    "too_large": (_CALLER, "ask for a shorter time, or for an export"),
    "too_many_exports": (_CALLER, "fetch or wait for those that there are"),
    "too_many_schedules": (_CALLER, "stop one that nobody needs"),
    "too_much_text": (_CALLER, _SHORTER),
    "transform_timeout": (_PROXY, _LATER),
    "unknown_handle": (_CALLER, "start again without it"),
    "unknown_operation": (_CALLER, _ADMIN),
    "unknown_path": (_CALLER, "use a path of /v1/compliance/openapi.json"),
    "unsettled": (_PROXY, "report it with the exchange's id: this is a bug"),
    "unsupported_dialect": (_CALLER, "use another path or another model"),
    "unsupported_encoding": (_CALLER, _MEND),
    "unsupported_feature": (_CALLER, "leave the feature out, or use a model whose targets have it"),
    "unsupported_media_type": (_CALLER, _MEND),
    "unsupported_reference": (_CALLER, "send the content itself, as a data URL"),
    "upstream_cut": (_TARGET, _TARGET_LATER),
    "upstream_error": (_TARGET, _TARGET_LATER),
    "upstream_malformed": (_TARGET, "have whoever runs the target look; the message names it"),
    "upstream_rate_limited": (_TARGET, _TARGET_LATER),
    "upstream_timeout": (_TARGET, _TARGET_LATER),
    "vault_unavailable": (_PROXY, _LATER),
}
#: What codes mean that no fault and no rule has.
_SAYS = {
    "act_refused": "This act is refused: a second person must approve what another asked for, within a day.",
    "audit_log_inconsistent": "The log of seals lacks what was signed before; nothing is signed over that.",
    "audit_stream_gap": "The log lacks records that a collector does not have; its stream stops.",
    "evidence_damaged": "The log is not what was sealed, so nothing can be stated from it.",
    "export_unproven": "Nobody who has the master key asked for this export, or approved it.",
    "not_recomputable": "This statement cannot be asked again here.",
    "not_rendered": "The file could not be made in the memory and time that one may take.",
    "registry_not_stored": "The database does not hold the policy bundle that decided last.",
    "subject_erased": "This data subject was erased: records about them remain, and nobody can tell which.",
    "tenant_refused": "This question is about all tenants, and the key may read some.",
    "too_large": "The answer has more records or bytes than one may have.",
    "too_many_exports": "Eight exports of this tenant have not ended yet.",
    "too_many_schedules": "Twenty schedules of this person run already.",
    "abandoned": "The process that served the request ended before the request did.",
    "client_gone": "The caller left before the reply.",
    "context_length_exceeded": "The target refused the request: it is too long for the model.",
    "target_refused": "The target refused the request itself; no other target would accept it.",
    "targets_down": "Policy permits targets for this request, and all of them are down.",
    "targets_unconfigured": "Policy permits targets for this request, and none of them has an address.",
    "unsettled": "The exchange ended without an outcome.",
}
#: Codes of the policy contract that are not policy's own: a part failed, or the request asks for what is not offered.
_OTHERS: dict[str, tuple[Responsibility, str]] = {
    "CLASSIFIER_FAILED": (_PROXY, _LATER),
    "OPERATION_UNSUPPORTED": (_CALLER, "leave out what no permitted target offers; the message names it"),
    "POLICY_UNAVAILABLE": (_PROXY, _LATER),
}
_UNCHANGEABLE = "nothing in the request can change that: ask the owner of the rules"
_ASK = "or ask the owner of the rules, with the exchange's id"
_ADVICE = {
    About.SPECIAL: f"leave out what the message names, or use an activity with a condition of Art. 9(2), {_ASK}",
    About.HEALTH: f"leave out the health data it names, or use a model with a target in the region, {_ASK}",
    About.CRIME: f"leave out the data on offences that the message names, {_ASK}",
    About.PERSONAL: f"use a model with a target in the region, or leave the personal data out, {_ASK}",
    About.MINOR: f"use a model with a target in the region, {_ASK}",
    About.UNREAD: f"send it as text, or less at once, {_ASK}",
    About.OPAQUE: f"send it as text, or to a target in the region, {_ASK}",
    About.STORAGE: f"decline storage (`store: false`), {_ASK}",
    About.OFFER: f"leave the feature out, {_ASK}",
    About.ACTIVITY: f"name another activity of the key in x-compliance-activity, {_ASK}",
    About.CONSENT: _UNCHANGEABLE,
    About.RESTRICTION: _UNCHANGEABLE,
    About.CALLER: f"call from another country, {_ASK}",
    About.SETUP: f"the registry has to be completed, {_ASK}",
    About.ANYTHING: f"the codes beside it say why, {_ASK}",
}
#: Reason code -> whose it is: all of this release but those of the organisation's own rules.
REASONS = MappingProxyType({
    **{code: Reason(*row) for code, row in sorted(_FAULTS.items())},
    **{
        code: Reason(*_OTHERS.get(code, (_POLICY, _UNCHANGEABLE if code in FINAL else _ADVICE[each.about])))
        for code, each in sorted(MATTERS.items())
    },
})  # fmt: skip
#: Code -> its meaning, of those that have a sentence of their own; other faults say it in their docstring.
MEANINGS = MappingProxyType(_SAYS | {code: f"{each.says[0].upper()}{each.says[1:]}." for code, each in MATTERS.items()})
#: Responsibilities under which a request did not get what the service promises.
UNAVAILABLE = frozenset({_TARGET, _PROXY})


_OWN_RULE, _UNLISTED = Reason(_POLICY, _ADVICE[matter("").about]), REASONS["internal_error"]
#: Ends of exchanges that no code explains.
_ENDED = {"client_gone": _CALLER.value, "abandoned": _PROXY.value}


def reason(code: str) -> Reason:
    """Return whose a code is; one of the organisation's own rules is policy's, any other that is not listed ours."""
    return REASONS.get(code) or (_UNLISTED if code.islower() else _OWN_RULE)


def is_by_policy(code: str) -> bool:
    """Whether a rule refuses what has this code."""
    return reason(code).responsibility is _POLICY


def of_outcome(ended: str, code: str) -> str:
    """Return whose it is that an exchange ended like this, "" where its caller got a reply, or asked what would be."""
    if ended == DRY_RUN:
        return ""
    return reason(code).responsibility.value if code else _ENDED.get(ended, "")


def primary(codes: Sequence[str], denials: Iterable[Collection[str]]) -> str:
    """Return the code that says whose a refusal is: the first, unless no rule refuses but a part failed, say.

    ``denials`` are the codes of each target. A part of the proxy is at fault where it alone denies a target, the
    caller where nothing but what it asked for denies all of them.
    """
    if codes[:1] != (SUMMARY,):
        return codes[0] if codes else SUMMARY
    whose = [(list(each), {reason(code).responsibility for code in each}) for each in denials]
    for named, responsible in whose:
        if responsible == {_PROXY}:
            return named[0]
    callers = bool(whose) and all(responsible == {_CALLER} for _, responsible in whose)
    return whose[0][0][0] if callers else SUMMARY
