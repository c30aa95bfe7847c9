"""What each kind of record says about an exchange: pure functions from the request path's records to plain values."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import orjson

from proxy.audit.records.answers import transfers
from proxy.audit.records.record import Record, is_name
from proxy.core import obligations
from proxy.core.explanation import totals_of_remarks
from proxy.core.findings import Cause
from proxy.core.keyring import Keyring
from proxy.core.records import (
    Denial,
    EntitySummary,
    Exchange,
    Facts,
    Inspection,
    Outbound,
    Payload,
    TargetVerdict,
)
from proxy.core.statuses import Attempt, ReusedReply
from proxy.core.targets.capabilities import shown
from proxy.core.usage import Used
from proxy.runtime.recent import BoundedCache

_REMEMBERED, _MOST_CAUSES = 1024, 20
_DAY_US = 86_400_000_000


@dataclass
class Digests:
    """Keyed digests with their derived keys kept, one key per purpose and tenant."""

    keyring: Keyring
    _keys: BoundedCache[tuple[str, ...], bytes] = field(default_factory=lambda: BoundedCache(_REMEMBERED))

    def of(self, data: bytes, *purpose: str) -> str:
        """Return "hmac-sha256:<key id>:<hex>", or "" for no data. Equal to ``Keyring.digest``."""
        if not data:
            return ""
        key = self._keys.get(purpose)
        if key is None:
            key = self._keys[purpose] = self.keyring.derive(*purpose)
        return f"hmac-sha256:{self.keyring.key_id}:{hmac.digest(key, data, 'sha256').hex()}"

    def name(self, text: str) -> str:
        """Return a caller's string when it looks like a name, otherwise its keyed digest."""
        return text if is_name(text) else self.of(text.encode("utf-8", "surrogatepass"), "audit-name")


def plain(facts: Facts, _request_id: str, _now: float) -> Mapping[str, Any]:
    """Return the facts field by field, for callers without a policy document."""
    return {field_.name: getattr(facts, field_.name) for field_ in fields(facts) if field_.init}


def recordable(facts: Facts, digests: Digests) -> Facts:
    """Return the facts with the strings that a caller chose freely made safe to keep."""
    name, model, stream, stateful, tools = facts.operation
    if is_name(model) and all(is_name(label) for label in facts.labels):
        return facts
    return replace(
        facts,
        operation=(name, digests.name(model), stream, stateful, tools),
        labels=tuple(digests.name(label) for label in facts.labels),
    )


def caller(exchange: Exchange, digests: Digests) -> dict[str, Any]:
    """Return who asked, and through which door."""
    principal = exchange.principal
    conversation = exchange.declared.conversation
    return {
        "key_id": principal.key_id,
        "actor_type": principal.actor_type,
        "actor_country": principal.actor_country,
        "roles": principal.roles,
        "authn_method": principal.authn_method,
        "mfa": principal.mfa,
        "ingress_region": principal.ingress_region,
        "dialect": exchange.dialect,
        "path": exchange.path,
        "received_at": round(exchange.received_at * 1_000_000),
        "subject_refs": exchange.declared.subject_refs,
        "conversation": digests.of(conversation.encode(), "audit-conversation", principal.tenant),
        **({"break_glass": exchange.grant.id} if exchange.grant is not None else {}),
        **({"consent_ref": exchange.declared.consent_ref} if exchange.declared.consent_ref else {}),
        **({"dry_run": True} if exchange.declared.dry_run else {}),
        **({"mirror_of": exchange.mirror_of} if exchange.mirror_of else {}),
        **({"split": exchange.split._asdict()} if exchange.split is not None else {}),
    }


def content(payload: Payload, digests: Digests, tenant: str) -> str:
    """Return the keyed digest of the request's texts in order, parted by zero bytes."""
    texts = "\0".join([span.text for span in payload.spans])
    return digests.of(texts.encode("utf-8", "surrogatepass"), "audit-content", tenant)


def read(record: Record) -> dict[str, Any]:
    """Return the facts of a record's body."""
    facts: dict[str, Any] = orjson.loads(record.body)["facts"]
    return facts


def inspected(inspection: Inspection) -> dict[str, Any]:
    """Return how much was read, and why files were not. What was found is in the input document."""
    files = [document.outcome for document in inspection.payload.documents]
    kept, lines, line = inspection.payload.kept, len(inspection.payload.parts), inspection.payload.line
    return {
        "spans": len(inspection.payload.spans),
        "findings": sum([len(segment.findings) for segment in inspection.segments]),
        "opaque": len(inspection.payload.opaque),
        "status": inspection.status,
        "language": inspection.language,
        **({"files": dict(sorted(Counter(files).items()))} if files else {}),
        **({"kept": {"handle": kept.handle, "use": kept.use}} if kept is not None else {}),
        **({"lines": lines} if lines else {}),
        **({"line": line} if line else {}),
    }


@lru_cache(maxsize=1024)
def host(address: str) -> str:
    """Return host and port of a target's address as it stood then, without what else an address may hold."""
    return urlsplit(address).netloc.rpartition("@")[2]


def intended(outbound: Outbound, digests: Digests, tenant: str) -> dict[str, Any]:
    """Return what is about to leave, for where and on which grounds."""
    return {
        "region": outbound.verdict.region or outbound.target.region,
        "operator": "self" if outbound.target.self_hosted else "third_party",
        "recipient": outbound.recipient or outbound.target.id,
        "host": host(outbound.target.base_url),
        "dialect": outbound.dialect,
        **({"translated": True} if outbound.translated else {}),
        **({"causes": caused_by(outbound.causes)} if outbound.causes else {}),
        **({"dropped": sorted(set(map(shown, outbound.dropped)))} if outbound.dropped else {}),
        "stream": outbound.stream,
        "guarded": outbound.guarded,
        "bytes": len(outbound.wire.body),
        "content": digests.of(outbound.wire.body, "audit-content", tenant),
        "obligations_fulfilled": outbound.fulfilled,
        "obligations_open": _open(outbound.verdict, outbound.fulfilled),
        **({"notice": outbound.notice, "notice_version": obligations.REDISCLOSURE_VERSION} if outbound.notice else {}),
        "transfers": transfers(outbound.verdict.transfers),
        "pseudonyms": len(outbound.pseudonyms),
        "recalled": outbound.recalled,
        "placeholders": len(outbound.placeholders),
        "remarks": totals_of_remarks(outbound.remarks),
    }


def _open(verdict: TargetVerdict, fulfilled: Collection[str]) -> list[str]:
    """Return what the permit still obliges to when it leaves; unfulfilled if nobody comes to it."""
    return [each.id for each in verdict.obligations if each.on != "deny" and each.id not in fulfilled]


def attempted(attempt: Attempt, digests: Digests) -> dict[str, Any]:
    """Return how one upstream call ended."""
    counts, source = attempt.usage
    return {
        "number": attempt.number,
        "target": attempt.target,
        "status": attempt.status,
        "ended": attempt.ended,
        "bytes_out": attempt.bytes_out,
        "bytes_in": attempt.bytes_in,
        "duration_ms": attempt.duration_ms,
        "upstream_request_id": digests.name(attempt.upstream_request_id),
        **({"region": attempt.region} if attempt.region else {}),
        **({"kept": attempt.kept} if attempt.kept else {}),
        **({"left": digests.name(attempt.left)} if attempt.left else {}),
        **({"usage": {**counts, "source": source}} if source else {}),
        **({"refused": True} if attempt.refused else {}),
    }


def reused(outbound: Outbound, reply: ReusedReply, saved: Used) -> dict[str, Any]:
    """Return whose reply the cache answered with, how old it was, and what the target did not use."""
    counts, source = saved
    return {
        "cache": {
            "exchange": reply.exchange,
            "age_s": reply.age_s,
            "target": outbound.target.id,
            "operator": "self" if outbound.target.self_hosted else "third_party",
            **({"saved": {**counts, "source": source}} if source else {}),
        }
    }


def entities(summaries: Sequence[EntitySummary]) -> list[dict[str, Any]]:
    """Return counts per entity type."""
    return [
        {"type": entity.type, "count": entity.count, "max_confidence": entity.max_confidence} for entity in summaries
    ]


def denied(denial: Denial) -> dict[str, Any]:
    """Return why the request was refused. The message is left out: its code says the same."""
    caused = {"causes": caused_by(denial.causes)} if denial.causes else {}
    codes = {"code": denial.code, "codes": denial.codes, "decision_id": denial.decision_id}
    obliged = {"obligation": denial.obligation} if denial.obligation else {}
    return {"status": denial.status, **codes, **caused, **obliged}


def caused_by(causes: Sequence[Cause]) -> list[dict[str, Any]]:
    """Return positions and types of the texts that a refusal or pin is about; what stands there names tools."""
    return [{"position": cause.position, "types": cause.types} for cause in causes[:_MOST_CAUSES]]


def retained(at: int, days: int) -> dict[str, str]:
    """Return until the end of which day (UTC) a record of ``at`` (microseconds) must be kept; nothing for 0 days."""
    return {"retain_until": _day(at // _DAY_US + days)} if days else {}


@lru_cache(maxsize=64)
def _day(number: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=number)).isoformat()


def disclosed(exchange: Exchange, facts: Facts, outbound: Outbound) -> dict[str, Any]:
    """Return the entry for the accounting of disclosures (45 CFR 164.528): to whom, of what kind, about whom."""
    return {
        "recipient": outbound.recipient or outbound.target.id,
        "subjects": exchange.declared.subject_refs,
        "categories": facts.categories,
        "entities": [entity.type for entity in facts.entities],
    }
