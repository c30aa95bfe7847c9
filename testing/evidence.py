"""Records of a whole exchange for tests of the evidence, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from proxy.audit.access import whole as whole_records
from proxy.audit.records import answers
from proxy.audit.records.derivation import EXCHANGE, Derivation
from proxy.audit.records.packing import packed, unpacked
from proxy.audit.records.record import Columns, Record, microseconds
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.verification.stored_record import SharedColumns, StoredRecord, TableColumns
from proxy.core.findings import DetectorVersion, SegmentFindings, Status
from proxy.core.keyring import Keyring
from proxy.core.records import (
    Decision,
    DeclaredFacts,
    Denial,
    EntitySummary,
    Exchange,
    Facts,
    Inspection,
    Obligation,
    Operation,
    Outbound,
    Payload,
    Principal,
    Remark,
    TargetVerdict,
    TextSpan,
    Transfer,
)
from proxy.core.statuses import Attempt, Outcome
from proxy.core.targets.registered import Target
from proxy.core.wire import Wire

if TYPE_CHECKING:
    from proxy.audit.writing.log import PostgresAuditLog

KEYRING = Keyring(b"a master key of thirty-two bytes" * 2)
SIGNING = AuditSigningKey.generate()
NOW = 1_790_000_000.25
CANARY = "Zyxwvut Canaryson, born 1971-02-03"
DELIVERED = Outcome(200, "delivered", response_action="deliver", restored=1)
COMPLETE = Attempt(1, "us-1", 200, "complete", 40, 20, 12, "req_1")
DENIAL = Denial(403, "GDPR_NO_TRANSFER", ("GDPR_NO_TRANSFER",), "refused by policy", "d-1")


def stored_record(row: Mapping[str, Any]) -> StoredRecord:
    """Return a row of ``audit.record`` as verification reads it."""
    shared = SharedColumns.of(row["writer"], TableColumns._make(row[name] for name in TableColumns._fields))
    return StoredRecord(
        row["seq"], microseconds(row["recorded_at"]), shared, row["exchange"], row["prev"], row["hash"], body_of(row),
        beside=row["body"].encode(),
    )  # fmt: skip


def body_of(row: Mapping[str, Any]) -> bytes:
    """Return the body of a row of ``audit.record``."""
    return unpacked(row["packed"] or row["body"].encode())


def repacked(row: Mapping[str, Any], body: str) -> tuple[str, bytes]:
    """Return what a row would hold in ``body`` and ``packed`` for another body."""
    return (
        (body, b"")
        if row["kind"] == "event"
        else packed(Record(*Columns(0, "attempt"), body.encode(), beside=row["body"]))
    )


async def rewritten(connection: Any, where: str, change: Callable[[str], str]) -> None:
    """Have the records of a condition say other things, with their hashes left as they are."""
    for row in await connection.fetch(f"SELECT * FROM audit.record r WHERE {where}"):
        await connection.execute(
            "UPDATE audit.record SET body = $3::text::json, packed = $4 WHERE writer = $1 AND seq = $2",
            row["writer"], row["seq"], *repacked(row, change(body_of(row).decode())),
        )  # fmt: skip


async def exchanges(connection: Any) -> dict[str, dict[str, Any]]:
    """Return what the records make: a row of each exchange that has ended, by its columns."""
    derived = Derivation()
    for row in await connection.fetch("SELECT * FROM audit.record ORDER BY writer, seq"):
        derived.add(row["writer"], row["seq"], row["hash"], body_of(row))
    derived.end()
    rows = [dict(zip(EXCHANGE, row, strict=True)) for row in derived.exchanges]
    return {row["exchange"]: row for row in rows}


async def recorded(connection: Any, where: str, *values: Any) -> list[dict[str, Any]]:
    """Return the records of a condition in order: their columns, and the ``body`` with the answers that it names."""
    rows = await connection.fetch(f"SELECT * FROM audit.record WHERE {where} ORDER BY recorded_at, seq", *values)
    read = await whole_records.documents(connection, [row["packed"] or row["body"].encode() for row in rows])
    return [{**row, **one["columns"], "body": one} for row, one in zip(rows, read, strict=True)]


def whole(record: Record) -> Record:
    """Return a record read together with the answers that it names, as ``audit.access.whole`` does."""
    body = orjson.loads(record.body)
    stated = {one.digest: orjson.loads(one.facts) for one in record.stated}
    return record._replace(body=orjson.dumps({"columns": body["columns"], "facts": _whole(body["facts"], stated)}))


def _whole(value: Any, stated: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_whole(one, stated) for one in value]
    if not isinstance(value, dict):
        return value
    made = {name: _whole(one, stated) for name, one in value.items() if name != answers.EVENT}
    return _merged(stated[value[answers.EVENT]], made) if answers.EVENT in value else made


def _merged(first: Any, second: Any) -> Any:
    if not (isinstance(first, dict) and isinstance(second, dict)):
        return second
    return first | {name: _merged(first.get(name), value) for name, value in second.items()}


def signing_key_file(folder: Path) -> Path:
    """Write the audit signing key of the tests into a folder, as PROXY_AUDIT_SIGNING_KEY wants it."""
    path = folder / "audit-signing.pem"
    path.write_bytes(SIGNING.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


@dataclass
class FixedClock:
    seconds: float = NOW

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds


PRINCIPAL = Principal(
    key_id="k1", tenant="acme", service="helpdesk", activities=("support",), default_activity="support",
    ingress_region="DE", default_subject_region="DE",
)  # fmt: skip


def exchange(identity: str, **changes) -> Exchange:
    declared = DeclaredFacts(activity="support", subject_regions=("DE",), conversation="conversation with a name")
    made = Exchange(identity, NOW - 0.5, PRINCIPAL, declared, "openai_chat", "/v1/chat/completions")
    return replace(made, **changes)


ENTITIES = (EntitySummary("PERSON", 1, 0.9, ("messages[*].content",)),)


def inspection() -> Inspection:
    span = TextSpan("/messages/0/content", "messages[*].content", CANARY)
    payload = Payload(
        {"model": "gpt-4o", "messages": [{"role": "user", "content": CANARY}]},
        Operation.CHAT, "gpt-4o", stream=False, stateful=False, tools=False, spans=(span,),
    )  # fmt: skip
    return Inspection(
        payload, (SegmentFindings(),), Status.COMPLETE, 1.0, ENTITIES, ("personal",), "en", minor=False, regions=(),
        detectors=(DetectorVersion("patterns", "1"),),
    )  # fmt: skip


def facts(**changes) -> Facts:
    made = Facts(
        phase="request", tenant="acme", actor=("service", "helpdesk", None, (), "api_key", False), activity="support",
        consent_withdrawn=False, regions=(("DE", "declared", 1.0),), region_status="known", minor="no",
        restricted=False, subject_refs=(), operation=("chat", "gpt-4o", False, False, False), status="complete",
        coverage=1.0, opaque=(), language="en", detectors=(("patterns", "1", ""),), entities=ENTITIES,
        categories=("personal",), labels=(), residual_entities=0, ingress_region="DE",
        candidates=(("us-1", 0, True), ("de-1", 1, True)),
    )  # fmt: skip
    return replace(made, **changes)


VERDICT = TargetVerdict(
    "us-1", permit=True, rank=0, region="US",
    obligations=(
        Obligation("o-pseudonymize", "pseudonymize"), Obligation("o-log", "log"),
        Obligation("o-restore", "reidentify_response"),
    ),
    transfers=(Transfer("GDPR", "scc", "DE", "US", "SCC-7", ("e-1",)),),
)  # fmt: skip


def decision(**changes) -> Decision:
    document = {
        "decision_id": "d-1", "effect": "permit", "action": "redact_and_forward", "selected_target": "us-1",
        "reasons": [{"code": "PSEUDONYMISE", "rule_id": "r-1", "effect": "oblige"}],
    }  # fmt: skip
    made = Decision(
        id="d-1", permit=True, action="redact_and_forward", selected="us-1",
        targets=(VERDICT, TargetVerdict("de-1", permit=False, rank=1, denials=("NO_DPA",))), block_codes=(),
        http_status=200, bundle="baseline", revision="rev-1", data_revision="data-1", engine="opa", document=document,
    )  # fmt: skip
    return made._replace(**changes)


def outbound(identity: str, target: str = "us-1") -> Outbound:
    return Outbound(
        exchange_id=identity, target=Target(target, "https://us.example", "US"),
        verdict=VERDICT, wire=Wire("/chat/completions", b'{"content":"Name_KQTMXBZRWD"}'), stream=False,
        pseudonyms={"Name_KQTMXBZRWD": CANARY},
        remarks=(Remark("messages[*].content", "PERSON", "pseudonymize", "o-pseudonymize"),),
        fulfilled=("o-pseudonymize", "o-log"), guarded=False, decision_id="d-1", dialect="openai_chat",
    )  # fmt: skip


async def serve(log: PostgresAuditLog, identity: str) -> None:
    """Record an exchange that was sent and delivered."""
    async with log.entry(exchange(identity)) as entry:
        entry.note(inspection(), facts(), decision())
        await entry.intend(outbound(identity), 1)
        entry.attempted(COMPLETE)
        entry.settle(DELIVERED)
