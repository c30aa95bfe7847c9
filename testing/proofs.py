"""A log in memory for tests of proofs: two chains, seals, a note; and the proof of any of its exchanges."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from proxy.audit.records import answers
from proxy.audit.records.packing import unpacked
from proxy.audit.records.record import Columns, Head, Record, StatedAnswer, genesis, make
from proxy.audit.sealing import notes, succession, tree
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.sealing.notes import Note
from proxy.audit.sealing.seal import BatchSeal, BatchSealer
from proxy.audit.sealing.tree_proof import inclusion_ranges, root_with
from proxy.audit.verification import proof
from proxy.audit.verification.proof import ExchangeProof, ProvenRecord, ProvenSeal
from proxy.audit.writing.session import batched, chained

START = 1_790_000_000
#: What every decision of these logs names; each chain states it first.
ANSWER = StatedAnswer(hashlib.sha256(b'{"verdicts":[]}').hexdigest(), b'{"verdicts":[]}')
_ALWAYS = {"writer_started", succession.EVENT}
KEY = AuditSigningKey.generate("audit.acme.example/eu1")


def event(name: str, facts=None, target: str = "") -> Record:
    return make(Columns(START * 1_000_000, "event", action=name, target=target), facts or {})


def exchange(identity: str) -> list[Record]:
    kinds = ("decision", {answers.EVENT: ANSWER.digest}), ("attempt", {}), ("outcome", {})
    return [
        make(Columns(START * 1_000_000 + place, kind, identity, tenant="acme", action="forward", target="us-1"), facts)
        for place, (kind, facts) in enumerate(kinds)
    ]


@dataclass
class Chain:
    """One writer, certified by a key."""

    log: Log
    writer: str
    signing: AuditSigningKey
    head: Head = field(init=False)

    def __post_init__(self) -> None:
        self.sealer = BatchSealer(self.signing)
        self.head = genesis(self.writer)
        opening = event("writer_started", self.sealer.certificate(self.writer, START).facts())
        self.add([opening, answers.statement(ANSWER, exchange("any")[0])])

    def add(self, records: Sequence[Record]) -> None:
        """Store a batch under one seal."""
        rows, self.head = chained(self.writer, self.head, records)
        self.log.batches.append((self.sealer.seal(batched(rows)), rows))


@dataclass
class Log:
    """The log of seals of an installation."""

    signing: AuditSigningKey = KEY
    batches: list[tuple[BatchSeal, list]] = field(default_factory=list)

    def chain(self, writer: str, signing: AuditSigningKey | None = None) -> Chain:
        return Chain(self, writer, signing or self.signing)

    @property
    def leaves(self) -> list[bytes]:
        return [seal.leaf(self.signing.origin) for seal, _ in self.batches]

    def note(self, signing: AuditSigningKey | None = None) -> str:
        leaves = self.leaves
        return notes.sign(Note(len(leaves), tree.root(leaves)), signing or self.signing)

    def proof(self, identity: str, signing: AuditSigningKey | None = None) -> ExchangeProof:
        """Return the proof of an exchange, with every opening record and change of keys."""
        records, seals, leaves = [], [], self.leaves
        own = [row for _, rows in self.batches for row in rows if row[4] == identity]
        named = {(row[0], digest) for row in own for digest in answers.named(_stored(row))}
        for leaf, (seal, rows) in enumerate(self.batches):
            chosen = [row for row in rows if row in own or row[8] in _ALWAYS or (row[0], row[9]) in named]
            hashes = [row[11] for row in rows]
            for row in chosen:
                path = _roots(hashes, row[1] - rows[0][1])
                records.append(ProvenRecord(row[0], row[1], row[10], _stored(row).decode(), path))
            if chosen:
                seals.append(ProvenSeal(seal, leaf, _roots(leaves, leaf)))
        return ExchangeProof(self.signing.origin, identity, tuple(records), tuple(seals), self.note(signing))


def _stored(row: tuple[Any, ...]) -> bytes:
    return unpacked(row[-1] or row[-2].encode())


def _roots(leaves: list[bytes], index: int) -> tuple[bytes, ...]:
    return tuple(tree.root(leaves[start:end]) for start, end in inclusion_ranges(index, len(leaves)))


def replaced(old: AuditSigningKey, new: AuditSigningKey) -> Record:
    return event(succession.EVENT, {"note": succession.change_note("replaced", old, new), "key": old.verifier.id.hex()})


def some() -> Log:
    """Return a log of two chains with the exchanges x0 to x6."""
    log = Log()
    chains = [log.chain("proxy-a"), log.chain("proxy-b")]
    for number in range(7):
        first, *rest = exchange(f"x{number}")
        chains[number % 2].add([event("other"), first])
        chains[number % 2].add([*rest, event("other"), event("more")])
    return log


def _own_exchange(document) -> None:
    """An exchange of the attacker's, sealed by a key of the attacker's, in place of the real one."""
    forged = Log(AuditSigningKey.generate(KEY.origin))
    chain = forged.chain("proxy-a")
    chain.add(exchange(document["exchange"]))
    document.update(orjson.loads(proof.written(forged.proof(document["exchange"]))))


def _own_seals(document) -> None:
    """The real note over seals of the attacker's."""
    note = document["note"]
    _own_exchange(document)
    document["note"] = note


def _own_certificate(document) -> None:
    """The attacker's writer in a log that the installation signed: whoever may insert records and seals can do that."""
    log = some()
    log.chain("proxy-c", AuditSigningKey.generate(KEY.origin)).add(exchange("never"))
    document.update(orjson.loads(proof.written(log.proof("never"))))


def _body(document) -> None:
    record = document["records"][-1]
    record["body"] = record["body"].replace("us-1", "de-1")


def _root_of_its_own(document) -> None:
    _body(document)
    forged = proof.read(document).records[-1]
    seal = document["seals"][-1]
    size = seal["last_seq"] - seal["first_seq"] + 1
    root = root_with(forged.hash, forged.seq - seal["first_seq"], size, forged.path)
    seal["root"] = base64.b64encode(root).decode()


def _at(*path) -> Callable[[dict], None]:
    """Change what stands somewhere."""

    def change(document) -> None:
        *ways, last = path
        place = document
        for way in ways:
            place = place[way]
        held = place[last]
        place[last] = held + 1 if isinstance(held, int) else base64.b64encode(b"x" * 32).decode()

    return change


def _another(document) -> None:
    document["exchange"] = "x4"


def _unsigned(document) -> None:
    document["note"] = document["note"].replace("\n16\n", "\n17\n")


def _without_decision(document) -> None:
    document["records"] = [one for one in document["records"] if '"decision"' not in one["body"]]


def _without_answer(document) -> None:
    document["records"] = [one for one in document["records"] if '"action":"answer_stated"' not in one["body"]]


def _without_opening(document) -> None:
    document["records"] = [one for one in document["records"] if one["seq"] != 1]


#: What somebody does to a true proof of x3 in ``some()``; none may be believed.
FORGERIES: Mapping[str, Callable[[dict], None]] = {
    "an exchange of its own under keys of its own": _own_exchange,
    "seals of its own under the real note": _own_seals,
    "a writer that nobody certified": _own_certificate,
    "another body": _body,
    "another body and the root that it makes": _root_of_its_own,
    "another record before it": _at("records", -1, "prev"),
    "another place in the chain": _at("records", -1, "seq"),
    "another path in the batch": _at("records", -1, "path", 0),
    "another head": _at("seals", -1, "head"),
    "another time": _at("seals", -1, "last_at"),
    "another leaf": _at("seals", -1, "leaf"),
    "another path in the log": _at("seals", -1, "path", 0),
    "another exchange": _another,
    "a note over more": _unsigned,
    "no decision": _without_decision,
    "no opening record": _without_opening,
    "no answer that the decision names": _without_answer,
}
