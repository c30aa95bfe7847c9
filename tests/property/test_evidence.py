"""The typed row that the writer makes from the objects in hand is the one that the records tell."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from proxy.audit.records import answers, columns, settled
from proxy.audit.records.answers import AnswerBytes
from proxy.audit.records.derivation import Derivation
from proxy.audit.records.facts import Digests
from proxy.audit.writing.entry import ExchangeEntry
from proxy.core.records import Denial, EntitySummary, Exchange, Grant, Obligation, Remark, TargetVerdict, Transfer
from proxy.core.statuses import Attempt, Outcome
from proxy.core.targets.registered import Target
from proxy.errors import AuditUnavailableError, DetectionError
from proxy.policy.decision.document import input_document
from testing import evidence
from testing.examples import examples

TARGETS = ("us-1", "de-1", "local")
NAMES = st.sampled_from(["", "GDPR", "a b", "ä", "x\x00y", "NO_DPA", "hmac-sha256:k1:00"])
SOME = st.lists(NAMES, max_size=3).map(tuple)
KINDS = st.sampled_from(["PERSON", "EMAIL_ADDRESS", "DIAGNOSIS"])
COUNTS = st.integers(0, 5)


@dataclass
class Unreliable:
    """A writer whose units are stored, withdrawn or of unknown fate."""

    fates: list[str]
    units: list[list] = field(default_factory=list)

    def put(self, records, *, admitted=False, instead=None, lazy=False):
        if not admitted and self.fates[:1] == ["full"]:
            self.fates.pop(0)
            raise AuditUnavailableError
        self.units.append(list(records))
        return self.units[-1]

    def withdraw(self, unit):
        if self.fates.pop(0) == "unknown":
            return False
        self.units[:] = [one for one in self.units if one is not unit]
        return True

    async def durable(self, unit):
        if self.fates[:1] in (["withdrawn"], ["unknown"]):
            raise AuditUnavailableError
        if self.fates and unit[-1].kind == "attempt":
            self.fates.pop(0)


@dataclass
class Log:
    writer: Unreliable
    clock: evidence.FixedClock = field(default_factory=evidence.FixedClock)
    digests: Digests = field(default_factory=lambda: Digests(evidence.KEYRING))
    answers: AnswerBytes = field(default_factory=lambda: AnswerBytes(input_document))
    open_entries: int = 0
    suspended: str = ""

    def unrecorded(self):
        pass


def exchanges():
    return st.builds(
        lambda principal, declared, mirror, grant: Exchange(
            "x1", evidence.NOW - 0.5, principal, declared, "openai_chat", "/v1/chat/completions",
            grant=grant, mirror_of=mirror,
        ),
        st.builds(
            lambda country, roles: replace(evidence.PRINCIPAL, actor_country=country, roles=roles),
            st.sampled_from([None, "", "DE"]), SOME,
        ),
        st.builds(
            lambda refs, conversation, dry: replace(
                evidence.exchange("x1").declared, subject_refs=refs, conversation=conversation, dry_run=dry
            ),
            SOME, NAMES, st.booleans(),
        ),
        NAMES,
        st.sampled_from([None, Grant("g1", "T-1", "ann", mfa=True, role_ok=True, expires=1_790_000_100)]),
    )  # fmt: skip


@st.composite
def facts(draw):
    return evidence.facts(
        phase=draw(st.sampled_from(["request", "fallback"])),
        consent_withdrawn=draw(st.booleans()),
        regions=draw(st.lists(st.tuples(NAMES, st.just("declared"), st.just(1.0)), max_size=2).map(tuple)),
        minor=draw(st.sampled_from(["yes", "no", "unknown"])),
        restricted=draw(st.booleans()),
        operation=("chat", draw(NAMES), False, False, False),
        status=draw(st.sampled_from(["complete", "partial"])),
        coverage=draw(st.floats(0, 1)),
        opaque=draw(st.lists(st.tuples(st.just("p"), NAMES), max_size=3).map(tuple)),
        language=draw(NAMES),
        detectors=draw(st.lists(st.tuples(NAMES, NAMES, st.sampled_from(["", "ab" * 32])), max_size=2).map(tuple)),
        entities=draw(st.lists(st.builds(EntitySummary, KINDS, COUNTS, st.floats(0, 1)), max_size=3).map(tuple)),
        categories=draw(SOME),
        labels=draw(SOME),
        candidates=draw(
            st.lists(
                st.tuples(st.sampled_from(TARGETS), COUNTS, st.booleans()), max_size=3, unique_by=lambda one: one[0]
            ).map(tuple)
        ),
        us_bulk=draw(st.sampled_from([None, ("health", None), ("health", 7)])),
    )


LEGAL = st.fixed_dictionaries(
    {}, optional={"regimes": SOME.map(list), "legal_basis": NAMES, "art9_condition": NAMES, "hipaa_basis": NAMES}
)
REASONS = st.fixed_dictionaries(
    {"code": NAMES, "rule_id": NAMES, "effect": st.sampled_from(["deny", "oblige"])}, optional={"waived_by": NAMES}
)
OVERRIDES = st.fixed_dictionaries(
    {},
    optional={
        "exceptions": st.lists(
            st.fixed_dictionaries({"id": NAMES}, optional={"waived": SOME.map(list)}), max_size=2
        ),
        "break_glass": st.fixed_dictionaries({}, optional={"ticket": NAMES, "waived": SOME.map(list)}),
    },
)  # fmt: skip
DOCUMENTS = st.fixed_dictionaries(
    {"reasons": st.lists(REASONS, max_size=3)}, optional={"legal": LEGAL, "overrides": OVERRIDES}
)
TRANSFERS = st.lists(st.builds(Transfer, NAMES, NAMES, NAMES, NAMES, NAMES, SOME), max_size=2).map(tuple)


def verdicts(target: str):
    obligations = st.sampled_from(
        [(), (Obligation("o-1", "account_disclosure"), Obligation("o-2", "retain", params={"min_days": 9}))]
    )
    return st.builds(
        lambda owed, transfers, region: TargetVerdict(target, True, 0, (), owed, transfers, region),
        obligations, TRANSFERS, NAMES,
    )  # fmt: skip


@st.composite
def decisions(draw):
    return evidence.decision(
        id=draw(NAMES), document=draw(DOCUMENTS), targets=(draw(verdicts("us-1")),), block_codes=draw(SOME),
        action=draw(st.sampled_from(["forward", "block"])), selected=draw(st.sampled_from([None, "us-1"])),
    )  # fmt: skip


@st.composite
def outbounds(draw):
    target = draw(st.sampled_from(TARGETS))
    return replace(
        evidence.outbound("x1"),
        target=Target(target, "https://a.example", "US"),
        verdict=draw(verdicts(target)),
        recipient=draw(NAMES),
        notice=draw(NAMES),
        remarks=tuple(draw(st.lists(st.builds(Remark, st.just("p"), KINDS, NAMES, NAMES, COUNTS), max_size=3))),
    )


NOTES = st.tuples(facts(), decisions())
STEPS = st.lists(
    st.one_of(
        NOTES.map(lambda one: ("note", one)),
        outbounds().map(lambda one: ("intend", one)),
        st.builds(Attempt, st.integers(1, 3), st.sampled_from(TARGETS), st.just(200), NAMES, COUNTS, COUNTS, COUNTS,
                  st.just(""), NAMES).map(lambda one: ("attempted", one)),
    ),
    max_size=6,
)  # fmt: skip
ENDINGS = st.one_of(
    st.builds(Outcome, st.just(200), st.sampled_from(["delivered", "cut", "dry_run"]), NAMES, NAMES,
              restored=COUNTS, retain_days=st.sampled_from([0, 30])),
    st.builds(Denial, st.just(403), NAMES, SOME, st.just("m")),
    st.sampled_from([DetectionError(), asyncio.CancelledError(), ConnectionError(), None]),
)  # fmt: skip
FATES = st.lists(st.sampled_from(["stored", "stored", "withdrawn", "unknown", "full"]), max_size=4)


async def play(log: Log, exchange: Exchange, noted, steps, ending) -> None:
    number = 0
    async with ExchangeEntry(log, exchange) as entry:
        if noted is not None:
            entry.note(evidence.inspection(), *noted)
        for what, one in steps:
            if what == "note":
                entry.note(evidence.inspection(), *one)
            elif what == "attempted":
                entry.attempted(one)
            else:
                number += 1
                with contextlib.suppress(AuditUnavailableError):
                    await entry.intend(one, number)
        log.writer.fates.clear()
        if isinstance(ending, BaseException):
            raise ending
        if isinstance(ending, Outcome):
            entry.settle(ending)
        elif ending is not None:
            entry.deny(ending)


def plain(row):
    return [list(value) if isinstance(value, tuple) else value for value in row]


@examples(80)
@given(exchanges(), st.none() | NOTES, STEPS, ENDINGS, FATES)
def test_a_chain_makes_the_row_of_the_records_in_any_order(exchange, noted, steps, ending, fates):
    log = Log(Unreliable(list(fates)))
    with contextlib.suppress(DetectionError, asyncio.CancelledError, ConnectionError, AuditUnavailableError):
        asyncio.run(play(log, exchange, noted, steps, ending))
    records = [record for unit in log.writer.units for record in unit]
    outcome = records[-1]
    assert outcome.kind == "outcome"
    told = settled.read(reversed([evidence.whole(one) for one in records]))
    assert told is not None
    [derived] = derived_rows(records)
    assert plain(derived[2:]) == plain(columns.row(told))


def derived_rows(records):
    """Return what is derived from records in a chain that states answers as a writer does."""
    stated, derivation, seq = set(), Derivation(), 0
    for record in records:
        fresh = [one for one in record.stated if one.digest not in stated]
        stated |= {one.digest for one in fresh}
        for one in (*(answers.statement(answer, record) for answer in fresh), record):
            seq += 1
            derivation.add("w", seq, b"", one.body)
    assert derivation.opened == {}
    return derivation.exchanges
