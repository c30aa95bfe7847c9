"""Policy answers as records hold them: what many say alike is stated once in a chain and day, the rest in each. Pure.

An answer is what policy was asked and what it replied. Its own are ids, times and what was found in the request; the
candidates, the versions, the verdicts and their reasons recur. They are the facts of the event ``answer_stated``, whose
``target`` is their SHA-256; a record names it in the member ``answer_stated`` and is read as both together. An answer
holds no text and nothing that is derived from a text but what was found, and that stays in its own record.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from proxy.audit.records.record import ESCAPED_NUL, Columns, Record, StatedAnswer, beginning
from proxy.core.records import Decision, Facts, TargetVerdict, Transfer
from proxy.ports import InputDocument
from proxy.runtime.clock import timestamp
from proxy.runtime.recent import BoundedCache

#: The event that states an answer, and the member by which records name it.
EVENT = "answer_stated"
#: The kinds of records that may name one.
NAMING = frozenset({"decision", "attempt"})
_MEMBER = f'"{EVENT}":"'.encode()  # within a string of JSON its quotes would be escaped
_DIGEST = re.compile(rb'[0-9a-f]{64}"')
_REMEMBERED = 1024
_DAY_US = 86_400_000_000
#: Members of a policy answer that the enforcement point sets for each use of it.
_STAMPED = ("decision_id", "request_id", "time")
#: Members of an input document that are about one request; of the classification all but who detected.
_ASKED_OF_ONE = ("break_glass", "classification", "data_subjects", "ext", "request_id", "time")
_DETECTORS = "detectors"
_ABOUT = ("bundle", "data_revision", "digest", "engine", "path", "revision")

Key = tuple[str, int, str]  # tenant, day, digest


class _Question(NamedTuple):
    """An input document: what recurs, and its own bytes, in which a name stands for a value that each use has anew."""

    recurring: bytes
    members: tuple[bytes | str, ...]


class _Reply(NamedTuple):
    """A decision with its question, prepared; all its uses state the same."""

    decision: Decision
    stated: StatedAnswer | None


@dataclass
class AnswerBytes:
    """Makes the facts of answers. Equal questions and cached decisions are stamped anew each time, and made once."""

    document: InputDocument
    _questions: BoundedCache[Facts, _Question] = field(default_factory=lambda: BoundedCache(_REMEMBERED))
    _replies: BoundedCache[tuple[int, bytes], _Reply] = field(default_factory=lambda: BoundedCache(_REMEMBERED))

    def of(
        self, facts: Facts, decision: Decision, exchange: str, asked_at: float
    ) -> tuple[dict[str, Any], StatedAnswer | None]:
        """Return what an answer says of its own, and what it names; None where it says everything itself.

        ``facts`` are recordable; ``asked_at`` is in Unix seconds.
        """
        question = self._question(facts)
        reply = self._reply(decision, facts.phase, question)
        once = {"decision_id": decision.id, "cached": decision.cached, "evaluation_us": decision.evaluation_us}
        if reply.stated is None:  # PostgreSQL's text does not hold it as it is
            asked = self.document(facts, exchange, asked_at)
            return once | _recurring(decision, facts.phase) | {"input": asked, "decision": decision.document}, None
        stamp = {"request_id": exchange, "time": timestamp(asked_at)}
        once |= {"input": _stamped(question.members, stamp), EVENT: reply.stated.digest}
        stamps = {name: decision.document[name] for name in _STAMPED if name in decision.document}
        return once | {"decision": stamps}, reply.stated

    def _question(self, facts: Facts) -> _Question:
        cached = self._questions.get(facts)
        if cached is None:
            cached = self._questions[facts] = _question(self.document(facts, "", 0.0))
        return cached

    def _reply(self, decision: Decision, phase: str, question: _Question) -> _Reply:
        original = decision.original or decision
        key = id(original), question.recurring
        cached = self._replies.get(key)
        if cached is None:
            cached = self._replies[key] = _Reply(original, _stated(original, phase, question))
        return cached


def _question(document: Mapping[str, Any]) -> _Question:
    members = {name: document[name] for name in sorted(document) if name in _ASKED_OF_ONE}
    recurring = {name: value for name, value in document.items() if name not in members}
    classification = members.get("classification")
    if classification is not None and _DETECTORS in classification:
        members["classification"] = {name: value for name, value in classification.items() if name != _DETECTORS}
        recurring["classification"] = {_DETECTORS: classification[_DETECTORS]}
    try:
        return _Question(_canonical(recurring), tuple(_parts(members)))
    except TypeError:  # a lone surrogate
        return _Question(b"", ())


def _parts(members: Mapping[str, Any]) -> Iterator[bytes | str]:
    for name, value in members.items():
        yield name if name in _STAMPED else _canonical(name) + b":" + _canonical(value)


def _stamped(parts: Iterable[bytes | str], stamp: Mapping[str, str]) -> orjson.Fragment:
    members = [part if isinstance(part, bytes) else _canonical(part) + b":" + _canonical(stamp[part]) for part in parts]
    return orjson.Fragment(b"{" + b",".join(members) + b"}")


def _stated(decision: Decision, phase: str, question: _Question) -> StatedAnswer | None:
    document = {name: value for name, value in decision.document.items() if name not in _STAMPED}
    try:
        facts = _canonical(
            _recurring(decision, phase) | {"decision": document, "input": orjson.Fragment(question.recurring)}
        )
    except TypeError:
        return None
    if not question.recurring or ESCAPED_NUL in facts:
        return None
    return StatedAnswer(hashlib.sha256(facts).hexdigest(), facts)


def _recurring(decision: Decision, phase: str) -> dict[str, Any]:
    about = {name: getattr(decision, name) for name in _ABOUT}
    return about | {"phase": phase, "verdicts": [_verdict(target) for target in decision.targets]}


def _verdict(verdict: TargetVerdict) -> dict[str, Any]:
    """Return one candidate's verdict."""
    return {
        "target": verdict.target,
        "permit": verdict.permit,
        "rank": verdict.rank,
        "region": verdict.region,
        "denials": verdict.denials,
        "obligations": [{"id": each.id, "type": each.type, "on": each.on} for each in verdict.obligations],
        "transfers": transfers(verdict.transfers),
    }


def transfers(crossings: Iterable[Transfer]) -> list[dict[str, Any]]:
    """Return cross-border disclosures with the mechanism each stands on."""
    return [
        {
            "regime": transfer.regime,
            "mechanism": transfer.mechanism,
            "from": transfer.origin,
            "to": transfer.destination,
            "instrument": transfer.instrument,
            "evidence": transfer.evidence,
        }
        for transfer in crossings
    ]


def _canonical(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def statement(answer: StatedAnswer, first: Record) -> Record:
    """Return the event that states an answer for the first record that names it."""
    columns = Columns(
        at=first.at, kind="event", tenant=first.tenant, action=EVENT, target=answer.digest,
        revision=first.revision, data_revision=first.data_revision,
    )  # fmt: skip
    return Record(*columns, beginning(columns) + answer.facts + b"}")


def key(tenant: str, at: int, digest: str) -> Key:
    """Return under what a chain states an answer; ``at`` is in microseconds."""
    return tenant, at // _DAY_US, digest


def states(kind: str, action: str) -> bool:
    """Whether a record states an answer."""
    return kind == "event" and action == EVENT


def named(body: bytes) -> list[str]:
    """Return the digests of the answers that the body of a record names."""
    return [part[:64].decode() for part in body.split(_MEMBER)[1:] if _DIGEST.match(part)]


def whole(facts: Mapping[str, Any], stated: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the facts of a record together with the answers that it names, as far as these are there (by digest)."""
    document = _with_answer(facts, stated)
    if "answer" in facts:
        document["answer"] = _with_answer(facts["answer"], stated)
    if "earlier" in facts:
        document["earlier"] = [_with_answer(record, stated) for record in facts["earlier"]]
    return document


def _with_answer(facts: Mapping[str, Any], stated: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    shared = stated.get(facts.get(EVENT, ""))
    if shared is None:
        return dict(facts)
    document = {**shared, **facts, "decision": {**shared["decision"], **facts["decision"]}}
    asked = document["input"] = {**shared["input"], **facts["input"]}
    if "classification" in shared["input"]:
        asked["classification"] = {**shared["input"]["classification"], **facts["input"].get("classification", {})}
    del document[EVENT]
    return document


def true_to(digest: str, body: bytes) -> bool:
    """Whether the facts of a statement's body have this digest."""
    return hashlib.sha256(body.partition(b',"facts":')[2][:-1]).hexdigest() == digest
