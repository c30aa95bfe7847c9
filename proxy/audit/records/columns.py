"""The columns of ``exchange``, a row for each that has ended: what each means and where its value comes from. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from proxy.audit.records.record import instant
from proxy.audit.records.settled import Call, Disclosure, Found, PolicyAnswer, PolicyQuestion, Settled
from proxy.core import usage
from proxy.runtime.recent import cached_by_identity

Row = tuple[Any, ...]
#: Who counted what was used, the least sure first.
_LEAST_SURE = (usage.UNKNOWN, usage.ESTIMATED, usage.REPORTED)


class Column(NamedTuple):
    """A column. ``value`` returns "" and no None for text, and a list or tuple for an array.

    It is made of the exchange, or of the answer of the policy engine alone.
    """

    name: str
    meaning: str
    value: Callable[[Any], Any]


def _caller(name: str, default: Any = "") -> Callable[[Settled], Any]:
    return lambda settled: settled.caller.get(name) or default


def _split(name: str, default: Any = "") -> Callable[[Settled], Any]:
    return lambda settled: settled.caller.get("split", {}).get(name, default)


def _legal(name: str, default: Any = "") -> Callable[[PolicyAnswer], Any]:
    return lambda answer: answer.document.get("legal", {}).get(name, default)


def _end(name: str, default: Any = "") -> Callable[[Settled], Any]:
    return lambda settled: settled.end.get(name, default)


def _sum(name: str) -> Callable[[Settled], int]:
    return lambda settled: sum(each.get(name, 0) for each in settled.end.get("attempts", ()))


def _used(name: str) -> Callable[[Settled], int]:
    return lambda settled: sum(each.get("usage", {}).get(name, 0) for each in settled.end.get("attempts", ()))


def _cost(settled: Settled) -> int | None:
    costs = [each["usage"]["cost"] for each in settled.end.get("attempts", ()) if "cost" in each.get("usage", {})]
    return sum(costs) if costs else None


def _cache(name: str, default: Any = "") -> Callable[[Settled], Any]:
    return lambda settled: settled.end.get("cache", {}).get(name, default)


def _saved(name: str, default: int | None = 0) -> Callable[[Settled], Any]:
    return lambda settled: settled.end.get("cache", {}).get("saved", {}).get(name, default)


def _counted_by(settled: Settled) -> str:
    sources = {each["usage"]["source"] for each in settled.end.get("attempts", ()) if "usage" in each}
    return next((source for source in _LEAST_SURE if source in sources), "")


def _intended(name: str, default: Any = "") -> Callable[[Settled], Any]:
    return lambda settled: next((each.facts[name] for each in reversed(settled.sent) if name in each.facts), default)


def _overrides(answer: PolicyAnswer) -> Iterable[dict[str, Any]]:
    overrides = answer.document.get("overrides", {})
    return [*overrides.get("exceptions", ()), *([overrides["break_glass"]] if "break_glass" in overrides else ())]


def _waived(answer: PolicyAnswer) -> list[str]:
    return sorted({code for each in _overrides(answer) for code in each.get("waived", ())})


def _exceptions(answer: PolicyAnswer) -> list[str]:
    return sorted(each["id"] for each in answer.document.get("overrides", {}).get("exceptions", ()))


def _ticket(answer: PolicyAnswer) -> str:
    ticket: str = answer.document.get("overrides", {}).get("break_glass", {}).get("ticket", "")
    return ticket


def _denials(index: int) -> Callable[[PolicyAnswer], list[str]]:
    def value(answer: PolicyAnswer) -> list[str]:
        reasons = answer.document.get("reasons", ())
        pairs = {
            (each["code"], each["rule_id"]) for each in reasons if each["effect"] == "deny" and "waived_by" not in each
        }
        return [pair[index] for pair in sorted(pairs)]

    return value


def _refused_targets(answer: PolicyAnswer) -> list[str]:
    return sorted(each["target"] for each in answer.document.get("targets") or () if not each.get("permit"))


def _retain_until(settled: Settled) -> date | None:
    last = max(settled.retain_until, settled.end.get("retain_until", ""))
    return date.fromisoformat(last) if last else None


def _subjects(settled: Settled) -> tuple[str, ...]:
    return tuple(settled.caller.get("subject_refs", ()))


def _reply(name: str) -> Callable[[Settled], Sequence[Any]]:
    return lambda settled: [each[name] for each in settled.end.get("response_entities", ())]


def _scanned(settled: Settled) -> bool:
    facts = settled.sent[-1].facts if settled.sent else {}
    return bool(facts.get("guarded")) and not facts.get("stream")


def _entities(name: str) -> Callable[[Settled], Sequence[Any]]:
    index = Found._fields.index(name)
    return lambda settled: settled.entities[index]


def _calls(name: str) -> Callable[[Settled], Sequence[Any]]:
    index = Call._fields.index(name)
    return lambda settled: settled.attempts[index]


def _transfers(name: str) -> Callable[[Settled], Sequence[Any]]:
    index = Disclosure._fields.index(name)
    return lambda settled: settled.transfers[index]


#: What is made of the exchange.
_OF_EXCHANGE: tuple[Column, ...] = (
    Column("at", "when it was decided (the decision's record)", lambda sign: instant(sign.opened.at)),
    Column("ended_at", "when it ended (the outcome's record)", lambda sign: instant(sign.closed.at)),
    Column("exchange", "the request id", lambda sign: sign.opened.exchange),
    Column("mirror_of", "the exchange of which this is a copy that nobody waits for", _caller("mirror_of")),
    Column("split_arm", "its side of the route's split where it has a canary: `canary`, `primary`", _split("arm")),
    Column("split_target", "the canary", _split("target")),
    Column("split_over", "the target that comes first without it", _split("over")),
    Column("split_drawn", "whether its side was drawn, so that both sides can be compared", _split("drawn", False)),
    Column("tenant", "whose request", lambda sign: sign.opened.tenant),
    Column("activity", "processing activity under which it was sent", lambda sign: sign.opened.activity),
    Column("service", "the calling service", lambda sign: sign.opened.service),
    Column("key_id", "the caller's key or token", _caller("key_id")),
    Column("actor_type", "`service`, `user` or `agent`", _caller("actor_type")),
    Column("actor_country", "where the caller acts from, ISO 3166", _caller("actor_country")),
    Column("ingress_region", "where the request came in", _caller("ingress_region")),
    Column("conversation", "keyed digest of the conversation id", _caller("conversation")),
    Column("subjects", "keyed references of data subjects, as records hold them", _subjects),
    Column("consent_ref", "the caller's reference of the consent", _caller("consent_ref")),
    Column("dialect", "the caller's dialect", _caller("dialect")),
    Column("path", "route template", _caller("path")),
    Column("entity_types", "type of the values found; a place for each target that was sent to", _entities("type")),
    Column("entity_targets", "that target, `''` where nothing was sent", _entities("target")),
    Column("entity_operators", "what changed the values; `''`: they left as they were", _entities("operator")),
    Column("entity_confidences", "highest confidence, 0 to 1", _entities("confidence")),
    Column("entity_found", "how many values were found; 0 at the further targets of a type", _entities("detected")),
    Column("entity_sent", "how many of them were in what was sent, changed or not", _entities("sent")),
    Column("decision_id", "of the last answer that was recorded", lambda sign: sign.answer.id),
    Column("bundle", "policy bundle", lambda sign: sign.answer.bundle),
    Column("revision", "of the policy", lambda sign: sign.closed.revision),
    Column("data_revision", "of its data", lambda sign: sign.closed.data_revision),
    Column("action", "what was done: `forward`, `redact_and_forward`, `pin_local`, `block`, `dry_run`",
           lambda sign: sign.closed.action),
    Column("codes", "reason codes: the outcome's, else the decision's",
           lambda sign: sign.closed.codes or sign.opened.codes),
    Column("grant_id", "the break-glass grant that was presented", _caller("break_glass")),
    Column("obligations_fulfilled", "ids", _end("obligations_fulfilled", ())),
    Column("obligations_unfulfilled", "ids", _end("obligations_unfulfilled", ())),
    Column("selected", "the candidate that policy selected first", lambda sign: sign.opened.target),
    Column("target", "the target that was called last", lambda sign: sign.closed.target),
    Column("recipient", "who receives there, as the registry named the provider", lambda sign: sign.last.recipient),
    Column("operator", "`self` or `third_party`", lambda sign: sign.last.operator),
    Column("region", "where that target is registered", lambda sign: sign.last.region),
    Column("reported_region", "where its reply said it was made, in the provider's words",
           lambda sign: sign.last.reported_region),
    Column("attempt_targets", "each call's target", _calls("target")),
    Column("attempt_recipients", "its recipient", _calls("recipient")),
    Column("attempt_operators", "`self` or `third_party`", _calls("operator")),
    Column("attempt_regions", "its registered region", _calls("region")),
    Column("attempt_accounted", "whether it has an entry in the accounting of disclosures (45 CFR 164.528)",
           _calls("accounted")),
    Column("attempt_endings", "how it ended; `unsent`: nothing left; `''`: unknown", _calls("ending")),
    Column("attempt_hosts", "the host that it went to", _calls("host")),
    Column("attempt_statuses", "HTTP status of the target's answer, 0 for none", _calls("status")),
    Column("attempt_ms", "how long it took, in milliseconds", _calls("ms")),
    Column("attempt_refused", "whether the reply is a refusal of the model, or of a filter there", _calls("refused")),
    Column("attempt_kept", "handle of what the target keeps of it, where it keeps anything", _calls("kept")),
    Column("transfer_targets", "each cross-border disclosure: its target", _transfers("target")),
    Column("transfer_recipients", "its recipient", _transfers("recipient")),
    Column("transfer_regimes", "the law that restricts it", _transfers("regime")),
    Column("transfer_mechanisms", "what it stands on", _transfers("mechanism")),
    Column("transfer_origins", "from", _transfers("origin")),
    Column("transfer_destinations", "to", _transfers("destination")),
    Column("transfer_instruments", "the instrument's reference", _transfers("instrument")),
    Column("transfer_evidence", "ids of the evidence for it, by space", _transfers("evidence")),
    Column("notice", "the statement on redisclosure that went along (42 CFR 2.32)", _intended("notice")),
    Column("notice_version", "version of its text", _intended("notice_version")),
    Column("pseudonyms", "values that may come back", _intended("pseudonyms", 0)),
    Column("restored", "values that came back to the caller", _end("restored", 0)),
    Column("status", "HTTP status that the caller got", lambda sign: sign.closed.status),
    Column("ended", "how: `delivered`, `denied`, `failed`, `client_gone`, `cut`, `abandoned`, `dry_run`, `dropped`",
           _end("ended")),
    Column("code", "stable code of the error or refusal", _end("code")),
    Column("responsibility", "who is at fault that there was no reply: `policy`, `caller`, `target`, `proxy`",
           _end("responsibility")),
    Column("response_action", "`deliver`, `redact_and_deliver`, `block`", _end("response_action")),
    Column("reply_types", "types of values in the reply that are not the request's own", _reply("type")),
    Column("reply_counts", "how many of each", _reply("count")),
    Column("reply_scanned", "whether they were looked for: in whole replies, where policy obliges to", _scanned),
    Column("bytes_out", "sent to targets", _sum("bytes_out")),
    Column("bytes_in", "received from targets", _sum("bytes_in")),
    Column("usage", "who counted what was used: targets (`reported`), this program by size (`estimated`), or nobody "
           "(`unknown`); `''`: nothing was used", _counted_by),
    Column("tokens_input", "tokens of the request", _used("input")),
    Column("tokens_cached", "of these, read from a target's cache", _used("cached")),
    Column("tokens_written", "of these, written to one", _used("written")),
    Column("tokens_output", "tokens of the reply", _used("output")),
    Column("tokens_reasoning", "of these, spent on reasoning", _used("reasoning")),
    Column("images", "pictures made", _used("images")),
    Column("pages", "pages read", _used("pages")),
    Column("searches", "searches made by the target", _used("searches")),
    Column("seconds", "of sound that was read", _used("seconds")),
    Column("cost", "of the calls with a price on that day, in millionths of the registry's currency; or empty", _cost),
    Column("cache_exchange", "the exchange whose kept reply answered, `''` where none did", _cache("exchange")),
    Column("cache_operator", "who runs the target of that reply: `self` or `third_party`", _cache("operator")),
    Column("saved_input", "tokens of the request that no target read", _saved("input")),
    Column("saved_output", "tokens of the reply that no target made", _saved("output")),
    Column("saved_cost", "what they would have cost on that day, in millionths; or empty", _saved("cost", None)),
    Column("duration_ms", "from the request to its end", _end("duration_ms", None)),
    Column("kept_use", "what the request did with something that a target keeps: `read`, `delete` ...",
           lambda sign: sign.kept.get("use", "")),
    Column("kept_handle", "its handle", lambda sign: sign.kept.get("handle", "")),
    Column("retain_until", "day (UTC) through which policy obliges to keep the records", _retain_until),
)  # fmt: skip
#: What is made of the answer alone.
_OF_ANSWER: tuple[Column, ...] = (
    Column("subject_regions", "regions of data subjects, ISO 3166", lambda answer: answer.question.subject_regions),
    Column("minor", "`yes`, `no` or `unknown`: declared, or found", lambda answer: answer.question.minor),
    Column("restricted", "the subject restricted or objected", lambda answer: answer.question.restricted),
    Column("consent", "`withdrawn`, where it was declared so", lambda answer: answer.question.consent),
    Column("us_category", "category of 28 CFR 202", lambda answer: answer.question.us_category),
    Column("us_persons", "distinct US persons counted then", lambda answer: answer.question.us_persons),
    Column("operation", "`chat`, `embedding` ...", lambda answer: answer.question.operation),
    Column("model", "the model that was asked for, or its keyed digest", lambda answer: answer.question.model),
    Column("class_status", "how far the content was read: `complete`, `partial`, `failed`, `timeout`, `skipped`",
           lambda answer: answer.question.status),
    Column("coverage", "share of the text that was read, 0 to 1", lambda answer: answer.question.coverage),
    Column("language", "of the text", lambda answer: answer.question.language),
    Column("media", "media types of parts that nobody read", lambda answer: answer.question.media),
    Column("detectors", "`id version rules`, for each detector", lambda answer: answer.question.detectors),
    Column("categories", "data categories found or declared", lambda answer: answer.question.categories),
    Column("labels", "categories that the caller knows of", lambda answer: answer.question.labels),
    Column("denial_codes", "codes of the rules that denied any candidate", _denials(0)),
    Column("denial_rules", "ids of these rules, place by place", _denials(1)),
    Column("regimes", "laws that apply", _legal("regimes", ())),
    Column("legal_basis", "GDPR Art. 6", _legal("legal_basis")),
    Column("art9_condition", "GDPR Art. 9(2)", _legal("art9_condition")),
    Column("hipaa_basis", "45 CFR 164.502, 506, 508, 512", _legal("hipaa_basis")),
    Column("controller", "who decides on purposes", _legal("controller")),
    Column("ticket", "of the grant that lifted a rule", _ticket),
    Column("exceptions", "ids of the exceptions that lifted a rule", _exceptions),
    Column("waived", "codes of the rules that were lifted", _waived),
    Column("refused_targets", "candidates that policy did not permit", _refused_targets),
    Column("requested", "the first candidate", lambda answer: answer.question.requested),
)  # fmt: skip
COLUMNS = _OF_EXCHANGE + _OF_ANSWER
NAMES: tuple[str, ...] = tuple(column.name for column in COLUMNS)
_EXCHANGE_VALUES = tuple(column.value for column in _OF_EXCHANGE)
_ANSWER_VALUES = tuple(column.value for column in _OF_ANSWER)
#: Answers whose values are remembered.
_REMEMBERED = 256


def row(settled: Settled) -> Row:
    """Return the values of an exchange in the order of ``COLUMNS``."""
    answered = _answered(settled.answer.question, settled.answer.document)
    return (*[value(settled) for value in _EXCHANGE_VALUES], *answered)  # a list is made faster than by a generator


@cached_by_identity(_REMEMBERED)
def _answered(question: PolicyQuestion, document: Mapping[str, Any]) -> Row:
    answer = PolicyAnswer("", "", question, document)
    return tuple([value(answer) for value in _ANSWER_VALUES])
