"""An exchange that has ended, as its records tell it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from proxy.audit.records.record import Columns, Record, columns_of_record
from proxy.core.records import Facts

UNSENT = "unsent"
_NOTHING: Mapping[str, Any] = {}


class PolicyQuestion(NamedTuple):
    """What policy was asked, as far as questions are asked about it later."""

    requested: str  # the first candidate
    subject_regions: tuple[str, ...]
    minor: str
    restricted: bool
    consent: str
    us_category: str
    us_persons: int | None
    operation: str
    model: str
    status: str
    coverage: float | None
    language: str
    media: tuple[str, ...]
    detectors: tuple[str, ...]
    categories: tuple[str, ...]
    labels: tuple[str, ...]
    entities: tuple[tuple[str, int, float], ...]  # type, count, highest confidence


NO_QUESTION = PolicyQuestion("", (), "", False, "", "", None, "", "", "", None, "", (), (), (), (), ())


@lru_cache(maxsize=1024)  # conversations ask alike
def question(facts: Facts) -> PolicyQuestion:
    """Return the question of recordable facts (``facts.recordable``)."""
    us_category, us_persons = facts.us_bulk or ("", None)
    return PolicyQuestion(
        requested=min(facts.candidates, key=lambda candidate: candidate[1])[0] if facts.candidates else "",
        subject_regions=tuple(code for code, _, _ in facts.regions),
        minor=facts.minor,
        restricted=facts.restricted,
        consent="withdrawn" if facts.consent_withdrawn else "",
        us_category=us_category,
        us_persons=us_persons,
        operation=facts.operation[0],
        model=facts.operation[1],
        status=facts.status,
        coverage=facts.coverage,
        language=facts.language,
        media=_distinct(part[1] for part in facts.opaque),
        detectors=tuple(_detector(*detector) for detector in facts.detectors),
        categories=facts.categories,
        labels=facts.labels,
        entities=tuple((entity.type, entity.count, entity.max_confidence) for entity in facts.entities),
    )


def read_question(document: Mapping[str, Any]) -> PolicyQuestion:
    """Return the question that a recorded input document asks."""
    subjects, classification = document.get("data_subjects", _NOTHING), document.get("classification", _NOTHING)
    operation, us_bulk = document.get("operation", _NOTHING), subjects.get("us_bulk", _NOTHING)
    ranked = [candidate for candidate in document.get("candidates", ()) if "rank" in candidate]
    return PolicyQuestion(
        requested=min(ranked, key=lambda candidate: candidate["rank"])["target"] if ranked else "",
        subject_regions=tuple(region["code"] for region in subjects.get("regions", ())),
        minor=subjects.get("minor", ""),
        restricted=subjects.get("restricted", False),
        consent=document.get("activity", _NOTHING).get("consent", _NOTHING).get("status", ""),
        us_category=us_bulk.get("category", ""),
        us_persons=us_bulk.get("us_persons"),
        operation=operation.get("name", ""),
        model=operation.get("model", ""),
        status=classification.get("status", ""),
        coverage=classification.get("coverage"),
        language=classification.get("language", ""),
        media=_distinct(part["media"] for part in classification.get("opaque_parts", ())),
        detectors=tuple(
            _detector(detector["id"], detector["version"], detector.get("ruleset_sha256", ""))
            for detector in classification.get("detectors", ())
        ),
        categories=tuple(classification.get("categories", ())),
        labels=tuple(classification.get("labels", ())),
        entities=tuple(
            (entity["type"], entity["count"], entity["max_confidence"]) for entity in classification.get("entities", ())
        ),
    )


class PolicyAnswer(NamedTuple):
    """The last recorded answer of the policy engine: what it was asked, and the document that it returned."""

    id: str
    bundle: str
    question: PolicyQuestion
    document: Mapping[str, Any]


NO_ANSWER = PolicyAnswer("", "", NO_QUESTION, _NOTHING)


def read_answer(facts: Mapping[str, Any]) -> PolicyAnswer:
    """Return the answer in the facts of a decision, or in those of an attempt under ``answer``."""
    if "decision" not in facts:
        return NO_ANSWER
    return PolicyAnswer(
        facts["decision_id"], facts["bundle"], read_question(facts.get("input", _NOTHING)), facts["decision"]
    )


class Intent(NamedTuple):
    """An attempt as it was recorded before the bytes left: its number, its target, its facts."""

    number: int
    target: str
    facts: Mapping[str, Any]


class Call(NamedTuple):
    """An attempt and how it ended: "unsent" where nothing left, "" where nobody knows."""

    target: str
    recipient: str
    operator: str
    region: str
    reported_region: str
    accounted: bool
    ending: str
    host: str
    kept: str  # the handle of what the target keeps of it
    status: int  # HTTP status, 0 for none
    ms: int  # how long it took
    refused: bool  # the reply is a refusal


NO_CALL = Call("", "", "", "", "", False, "", "", "", 0, 0, False)


class Disclosure(NamedTuple):
    """A cross-border disclosure of an attempt that was sent."""

    target: str
    recipient: str
    regime: str
    mechanism: str
    origin: str
    destination: str
    instrument: str
    evidence: str


class Found(NamedTuple):
    """Values of one type: found, and in what was sent to a target ("" where nothing was)."""

    type: str
    target: str
    operator: str
    confidence: float
    detected: int
    sent: int


@dataclass(slots=True)
class Settled:
    """What the records of one ended exchange say. ``caller`` and ``end`` are facts of decision and outcome."""

    opened: Columns
    caller: Mapping[str, Any]
    answer: PolicyAnswer
    intents: Sequence[Intent]
    closed: Columns
    end: Mapping[str, Any]
    retain_until: str = ""  # as the decision says
    kept: Mapping[str, Any] = field(default_factory=dict)  # what a target keeps and the request is about
    #: Each attempt and how it ended.
    calls: list[Call] = field(init=False)
    #: The call that the outcome names.
    last: Call = field(init=False)
    #: The attempts of which something may have left.
    sent: list[Intent] = field(init=False)
    #: The calls, column by column as in ``Call``.
    attempts: list[Sequence[Any]] = field(init=False)
    #: The cross-border disclosures of the attempts that were sent, column by column as in ``Disclosure``.
    transfers: list[Sequence[str]] = field(init=False)
    #: What was found, for each target that was sent to, column by column as in ``Found``. It counts once.
    entities: list[Sequence[Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.calls = _calls(self.intents, self.end)
        self.last = next((call for call in reversed(self.calls) if call.target == self.closed.target), NO_CALL)
        pairs = zip(self.intents, self.calls, strict=True)
        self.sent = [pair for pair, call in pairs if call.ending != UNSENT]
        self.attempts = _by_column(self.calls, Call._fields)
        self.transfers = _by_column(_disclosures(self.sent), Disclosure._fields)
        self.entities = _by_column(_entities_of(self.answer.question, self.sent), Found._fields)


def _calls(intents: Iterable[Intent], end: Mapping[str, Any]) -> list[Call]:
    endings = {attempt["number"]: attempt for attempt in end.get("attempts", ())}
    unsent = end.get("unsent", ())
    return [
        _call(target, facts, endings.get(number, _NOTHING), unsent=number in unsent)
        for number, target, facts in intents
    ]


def _disclosures(sent: Iterable[Intent]) -> list[Disclosure]:
    return [
        Disclosure(
            target,
            facts.get("recipient", ""),
            transfer["regime"],
            transfer["mechanism"],
            transfer["from"],
            transfer["to"],
            transfer["instrument"],
            " ".join(transfer["evidence"]),
        )
        for _, target, facts in sent
        for transfer in facts.get("transfers", ())
    ]


def _entities_of(asked: PolicyQuestion, sent: Iterable[Intent]) -> list[Found]:
    operators = {target: _operators(facts) for _, target, facts in sent} or {"": {}}
    return [
        Found(kind, target, changed.get(kind, ""), confidence, 0 if number else count, count if target else 0)
        for kind, count, confidence in asked.entities
        for number, (target, changed) in enumerate(operators.items())
    ]


def _call(target: str, facts: Mapping[str, Any], ended: Mapping[str, Any], *, unsent: bool) -> Call:
    return Call(
        target,
        facts.get("recipient", ""),
        facts.get("operator", ""),
        facts.get("region", ""),
        ended.get("region", ""),
        "disclosure" in facts,
        UNSENT if unsent else ended.get("ended", ""),
        facts.get("host", ""),
        ended.get("kept") or "",
        ended.get("status", 0),
        ended.get("duration_ms", 0),
        ended.get("refused", False),
    )


def _by_column(rows: Sequence[tuple[Any, ...]], names: tuple[str, ...]) -> list[Sequence[Any]]:
    return list(zip(*rows, strict=True)) if rows else [()] * len(names)


def read(records: Iterable[Record]) -> Settled | None:
    """Return the exchange that its records tell, in any order; None while it has no outcome."""
    return exchange_of((columns_of_record(record), orjson.loads(record.body)["facts"]) for record in records)


def exchange_of(records: Iterable[tuple[Columns, Mapping[str, Any]]]) -> Settled | None:
    """Return the exchange that the columns and facts of its records tell; None while it has no outcome."""
    of = {(columns.kind, columns.attempt): (columns, facts) for columns, facts in records}
    if ("decision", 0) not in of or ("outcome", 0) not in of:
        return None
    (decision, decided), (outcome, end) = of.pop(("decision", 0)), of.pop(("outcome", 0))
    intents = [Intent(number, intent.target, facts) for (_, number), (intent, facts) in sorted(of.items(), key=_number)]
    renewed = [intent.facts["answer"] for intent in intents if "answer" in intent.facts]
    return Settled(
        decision,
        decided.get("caller", _NOTHING),
        read_answer(renewed[-1] if renewed else decided),
        intents,
        outcome,
        end,
        decided.get("retain_until", ""),
        decided.get("inspection", _NOTHING).get("kept") or _NOTHING,
    )


def _number(item: tuple[tuple[str, int], Any]) -> int:
    return item[0][1]


def _operators(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the operator that changed values of each type; the first by name where there were several."""
    return {remark["entity_type"]: remark["operator"] for remark in reversed(facts.get("remarks", ()))}


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))


def _detector(identity: str, version: str, ruleset: str) -> str:
    return " ".join(filter(None, (identity, version, ruleset[:12])))
