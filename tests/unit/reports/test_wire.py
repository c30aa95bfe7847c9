from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import orjson
import pytest

from proxy.audit.upkeep.readings import Requester
from proxy.audit.verification.reading import EvidenceDamagedError
from proxy.errors import AuditUnavailableError
from proxy.reports import answer, catalogue, composing, counting, listing, report, wire
from proxy.reports.answer import FoundRows, QueryContext, SignedAnswer
from proxy.reports.counting import CrossedCounts, Facets, Series
from proxy.reports.listing import Page
from proxy.reports.parameters import InvalidParameterError
from proxy.reports.report import SignedReport
from testing import evidence

AT = datetime(2026, 9, 21, 14, tzinfo=UTC)
ABOUT = QueryContext(Requester("officer", "review", "crm"), AT, ("acme",), evidence.SIGNING, at_once=True)
READS, MONTHLY = catalogue.named("AQ-24"), composing.named("monthly")


def stream(*content: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    for some in content:
        reader.feed_data(some)
    reader.feed_eof()
    return reader


async def test_messages_come_one_by_one_and_end_with_the_stream():
    reader = stream(wire.message(7, b"one") + wire.message(8, b""), wire.message(9, b"cut")[:-1])
    assert [await wire.received(reader), await wire.received(reader)] == [(7, b"one"), (8, b"")]
    with pytest.raises(EOFError):
        await wire.received(reader)


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        (answer.ask, (READS, {"limit": 3})),
        (report.compose, (MONTHLY, {"tenant": "acme"})),
        (listing.page, ({"tenant": "acme"}, 10, "")),
        (counting.series, ({}, "action", "day")),
        (counting.crossed, ({}, "to", "mechanism")),
        (counting.facets, ({},)),
    ],
)
def test_a_question_is_asked_there_as_it_is_here(call, arguments):
    asked = orjson.loads(wire.question(call, arguments, ABOUT, 4))
    assert wire.CALLS[asked["call"]] is call
    assert wire.arguments(asked) == [*arguments]
    about = wire.context(asked, evidence.SIGNING.verifier)
    assert (about.requester, about.at, about.tenants, about.at_once) == (ABOUT.requester, AT, ("acme",), True)
    assert (asked["moment"], about.signing) == (4, None)
    assert about.trusted == ABOUT.trusted == evidence.SIGNING.verifier


def test_who_reads_all_tenants_does_so_there():
    everyone = QueryContext(Requester("officer"), AT)
    asked = orjson.loads(wire.question(counting.facets, ({},), everyone, 0))
    assert wire.context(asked, evidence.SIGNING.verifier).tenants is None


def test_the_key_that_signs_stays_here():
    secret = evidence.SIGNING.private.private_bytes_raw()
    asked = wire.question(answer.ask, (READS, {}), ABOUT, 0)
    assert secret not in asked
    assert b"sign" not in asked


def test_a_value_that_json_has_not_is_refused():
    with pytest.raises(InvalidParameterError):
        wire.question(listing.page, ({"tenant": object()}, 10, ""), ABOUT, 0)


ROWS = tuple({"by": f"officer {number}", "at": None} for number in range(1_001))


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        ((READS, {}), SignedAnswer(READS, ROWS, {"rows": 1001, "log": None}, evidence.SIGNING, {"by": "text"})),
        ((READS, {}), SignedAnswer(READS, (), {"rows": 0}, evidence.SIGNING, {"by": "text"})),
        (
            (MONTHLY, {}),
            SignedReport(
                MONTHLY,
                tuple(
                    FoundRows(part.question, ROWS[:number], number > 0, {"by": "text"}, {"limit": 5})
                    for number, part in enumerate(MONTHLY.parts)
                ),
                {"rows": 3},
                evidence.SIGNING,
            ),
        ),
        (({}, 2, ""), Page(ROWS[:2], "next", complete=True, unread=3)),
        (({}, "action", "day"), Series(({"from": "2026", "value": None, "exchanges": 2},), complete=False)),
        (({}, "action", "code"), CrossedCounts(({"row": "a", "column": "b", "exchanges": 2},), complete=True)),
        (({},), Facets(None, {"code": ({"value": "X", "exchanges": None},), "tenant": ()}, ("code",), True, 1, "2026")),
    ],
)
async def test_an_answer_arrives_as_it_was_made(arguments, result):
    assert await wire.read(wire.answered(result), arguments, ABOUT) == result


async def test_what_went_wrong_there_is_raised_here():
    with pytest.raises(EvidenceDamagedError, match=r"^w 2: records are missing$"):
        await wire.read(wire.failed(EvidenceDamagedError("w 2: records are missing")), ({},), ABOUT)


async def test_of_what_nobody_foresaw_the_log_names_kind_and_place_and_no_text():
    failed = wire.failed(KeyError(evidence.CANARY))
    assert b"Canaryson" not in failed
    with pytest.raises(AuditUnavailableError, match=r"^the evidence cannot be read$"):
        await wire.read(failed, ({},), ABOUT)
    assert orjson.loads(failed)["failed"] == "KeyError"
