"""A record of the log as others are told of it: its place, by which it can be proven, and what it says. Pure."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

import orjson

from proxy.audit.records import settled
from proxy.audit.records.record import Columns, columns_of, instant
from proxy.core.decision.reasons import Responsibility, reason

Detail = str | int | float | bool | list[str]
_CALLER = (
    "key_id", "actor_type", "actor_country", "ingress_region", "dialect", "path", "consent_ref", "break_glass",
    "mirror_of", "subject_refs",
)  # fmt: skip
_LEGAL = ("regimes", "legal_basis", "art9_condition", "hipaa_basis", "controller")
_ATTEMPT = (
    "region", "operator", "recipient", "host", "dialect", "bytes", "decision_id", "obligations_fulfilled", "notice",
    "notice_version", "pseudonyms",
)  # fmt: skip
_OUTCOME = ("ended", "code", "responsibility", "response_action", "obligations_fulfilled", "obligations_unfulfilled",
            "restored", "duration_ms")  # fmt: skip
#: Events that say that the evidence, a target or a credential is not as it should be.
_ALARMS = frozenset({
    "authentication_failed", "audit_key_changed", "break_glass_used", "catalog_refused", "checkpoints_refused",
    "exchanges_unrecorded", "late_outcome", "master_key_rotated", "policy_refused", "target_quarantined",
    "writer_recovered",
})  # fmt: skip
_EMPTY: Sequence[Any] = ("", None, [])
_FAILED = frozenset({"failed", "cut", "abandoned"})


class EntrySeverity(enum.IntEnum):
    """How much an entry matters to who watches; the numbers are OCSF's ``severity_id``."""

    INFORMATIONAL = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4


class LogPlace(NamedTuple):
    """Where a record stands. ``leaf``: place of its seal in the log of seals, None until a note covers it.

    ``hash`` is the record's own, which the proof of its exchange leads to.
    """

    origin: str
    writer: str
    seq: int
    leaf: int | None
    hash: bytes

    @property
    def name(self) -> str:
        """The record's name within its log."""
        return f"{self.writer}/{self.seq}"

    def document(self) -> dict[str, str | int]:
        """Return the place in plain values."""
        leaf = {} if self.leaf is None else {"log_leaf": self.leaf}
        return {
            "log_origin": self.origin, "log_writer": self.writer, "log_seq": self.seq, **leaf,
            "log_hash": self.hash.hex(),
        }  # fmt: skip


@dataclass(frozen=True)
class StreamEntry:
    """One record: its place, its columns, its facts, and its body byte for byte as the chain covers it."""

    position: LogPlace
    columns: Columns
    facts: Mapping[str, Any]
    body: bytes

    @property
    def at(self) -> datetime:
        """When it was recorded, by the writer's clock."""
        return instant(self.columns.at)

    @property
    def name(self) -> str:
        """What happened: decision, attempt, outcome, or the event's name."""
        return self.columns.action if self.is_event else self.columns.kind

    @property
    def is_event(self) -> bool:
        """Whether it belongs to no exchange."""
        return self.columns.kind == "event"

    @property
    def is_alarm(self) -> bool:
        """Whether it is an event that somebody should look at."""
        return self.is_event and self.name in _ALARMS

    @property
    def responsibility(self) -> str:
        """Whose it is that there was no reply: policy's, the caller's, a target's or the proxy's; "" otherwise."""
        whose = self.facts.get("responsibility")
        if isinstance(whose, str):
            return whose
        blocked = not self.is_event and self.columns.action == "block" and self.columns.codes
        return reason(self.columns.codes[0]).responsibility.value if blocked else ""

    @property
    def refused(self) -> bool:
        """Whether it says that policy refused the request, or a reply to it."""
        return self.responsibility == Responsibility.POLICY

    @property
    def failed(self) -> bool:
        """Whether it says that something was to happen and did not."""
        return bool(self.responsibility) or self.facts.get("ended") in _FAILED

    @property
    def unfulfilled(self) -> Sequence[str]:
        """The obligations that were not carried out although the exchange did not fail."""
        unfulfilled = self.facts.get("obligations_unfulfilled") if self.columns.kind == "outcome" else None
        return unfulfilled if unfulfilled and not self.failed else ()

    @property
    def severity(self) -> EntrySeverity:
        """How much it matters."""
        if self.is_alarm or self.unfulfilled:
            return EntrySeverity.HIGH
        if self.refused:
            return EntrySeverity.MEDIUM
        return EntrySeverity.LOW if self.failed else EntrySeverity.INFORMATIONAL

    @property
    def actor(self) -> str:
        """Who did it: the calling service; for events who caused it, as far as they say."""
        by = self.facts.get("by")
        return self.columns.service or (by if isinstance(by, str) else "") or "compliance-proxy"

    @property
    def actor_key(self) -> str:
        """The caller's key or token, "" where the record names none."""
        caller = self.facts.get("caller")
        key = (caller if isinstance(caller, Mapping) else self.facts).get("key_id")
        return key if isinstance(key, str) else ""

    @property
    def title(self) -> str:
        """One plain sentence."""
        reason = f": {' '.join(self.columns.codes)}" if self.columns.codes else ""
        where = f" to {self.columns.target}" if self.columns.target else ""
        titles = {
            "decision": f"Request {'refused' if self.refused else 'permitted'}{where}{reason}",
            "attempt": f"Request sent{where}",
            "outcome": f"Exchange {self.facts.get('ended', 'ended')} with status {self.columns.status}{reason}",
        }
        by = f" by {self.facts['by']}" if isinstance(self.facts.get("by"), str) else ""
        return titles.get(self.columns.kind, f"Event {self.name}{by}{reason}")

    @property
    def filled(self) -> Mapping[str, Detail]:
        """The columns that are not empty."""
        columns = self.columns._asdict() | {"codes": list(self.columns.codes)}
        return {name: value for name, value in columns.items() if value not in _EMPTY}

    @cached_property
    def uuid(self) -> str:
        """An id for formats that want one: the same for the same record."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.position.origin}/{self.position.name}"))

    @cached_property
    def details(self) -> Mapping[str, Detail]:
        """What else it says, flat, without what is empty."""
        detail = _READ.get(self.columns.kind, _event)(self.facts)
        return {name: value for name, value in detail if value not in _EMPTY}


def read(position: LogPlace, body: bytes, whole: Mapping[str, Any] | None = None) -> StreamEntry:
    """Return the record of a body; ``whole`` is that as a document with the answers that it names."""
    document = whole or orjson.loads(body)
    return StreamEntry(position, columns_of(document), document["facts"], body)


def _decision(facts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from _picked(facts.get("caller", {}), _CALLER)
    yield from _picked(facts, ("decision_id", "bundle"))
    if "decision" not in facts:
        return
    asked = settled.read_question(facts["input"])
    yield from (
        ("operation", asked.operation), ("model", asked.model), ("classification", asked.status),
        ("language", asked.language), ("categories", list(asked.categories)), ("labels", list(asked.labels)),
        ("entities", [f"{kind}:{count}" for kind, count, _ in asked.entities]),
        ("subject_regions", list(asked.subject_regions)),
    )  # fmt: skip
    yield from _picked(facts["decision"].get("legal", {}), _LEGAL)
    yield "rules", sorted({item["rule_id"] for item in facts["decision"].get("reasons", ())})


def _attempt(facts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from _picked(facts, _ATTEMPT)
    yield "changed", sorted({f"{remark['entity_type']}:{remark['operator']}" for remark in facts.get("remarks", ())})
    yield (
        "transfers",
        [
            f"{transfer['regime']} {transfer['mechanism']} {transfer['from']}>{transfer['to']}"
            for transfer in facts.get("transfers", ())
        ],
    )


def _outcome(facts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from _picked(facts, _OUTCOME)
    attempts = facts.get("attempts", ())
    yield "attempts", len(attempts)
    for name in ("bytes_out", "bytes_in"):
        yield name, sum(attempt.get(name, 0) for attempt in attempts)


def _event(facts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in facts.items():
        yield name, _flat(value)


_READ = {"decision": _decision, "attempt": _attempt, "outcome": _outcome}


def _picked(facts: Mapping[str, Any], names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    for name in names:
        yield name, _flat(facts.get(name))


def _flat(value: Any) -> Detail | None:
    """Return a value as it is where it is plain or a list of texts, else as JSON."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, list) and all(isinstance(element, str) for element in value):
        return value
    return orjson.dumps(value).decode()
