"""Dates that move: what the target received and what the client got."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.findings import Finding
from proxy.core.records import Obligation
from proxy.core.replies.restore import RestorablePseudonyms, Restorer
from testing.fakes import DONE, FakeClient, FakeDetector, FakePdp, FakeReply, Stage, chat, completion, delta, exchange

_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d\d?\.\d\d?\.\d{4}|\d\d? March \d{4}|March \d{4}|(?<=born )\d{4}")
_NUMBERS = re.compile(r"\d{4}-\d\d-\d\d|\d\d?\.\d\d?\.\d{4}")
MOVES = (
    Obligation("s", "pseudonymize", method="date_shift", entities=("DATE", "DATE_OF_BIRTH")),
    Obligation("r", "residual_scan"),
    Obligation("b", "reidentify_response"),
)
TEXT = "Anna born 1984-03-12, admitted 1.3.2024, again 8.3.2024 and 15.3.2024, seen 3 March 2024; in March 2024. Max born 1985."
WEEKLY = " ".join(
    f"{year}-{month:02d}-{day:02d}" for year in range(2019, 2025) for month in range(1, 13) for day in (1, 8)
)


@dataclass
class Dates(FakeDetector):
    def scan(self, text: str, tenant: str = "") -> tuple[Finding, ...]:
        return tuple(Finding("DATE", match.start(), match.end(), 0.9, "fake") for match in _DATE.finditer(text))


async def served(text, reply=lambda sent: sent, *, stream=False, obligations=MOVES, stage=None, **declared):
    stage = stage or Stage(detector=Dates(), pdp=FakePdp(obligations))
    sent: list[str] = []

    def answer(out):
        sent.append(orjson.loads(out.wire.body)["messages"][0]["content"])
        written = reply(sent[0])
        whole = FakeReply(parts=[completion(written)])
        pieces = FakeReply(parts=[*map(delta, written), DONE], content_type="text/event-stream")
        stage.upstreams.replies = {"a": pieces if stream else whole}

    stage.upstreams.before = answer
    about = replace(exchange().declared, **declared)
    client = await stage.run(chat(text, stream=stream), declared=about)
    return sent, client


def words(client, *, stream):
    if not stream:
        return orjson.loads(client.body)["choices"][0]["message"]["content"]
    events = [line[6:] for line in client.body.decode().splitlines() if line.startswith("data: {")]
    return "".join(orjson.loads(event)["choices"][0]["delta"].get("content", "") for event in events)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("text", [TEXT, WEEKLY])
async def test_every_date_leaves_moved_and_comes_back_exactly(text, stream):
    sent, client = await served(text, stream=stream)
    assert client.status == 200
    assert words(client, stream=stream) == text
    days = int((shift := shifts(text, sent[0])).pop())
    assert not shift
    assert days % 7 == 0
    assert -1274 <= days <= -189


def shifts(text, sent):
    """Return the distances between full dates and what was sent for them, in days."""

    def of(value):
        numbers = [int(number) for number in re.findall(r"\d+", value)]
        return date(*(numbers if "-" in value else numbers[::-1]))

    pairs = zip(_NUMBERS.findall(text), _NUMBERS.findall(sent), strict=True)
    return {(of(new) - of(old)).days for old, new in pairs}


async def test_a_subject_has_one_offset_in_all_conversations():
    async def sent(**declared):
        return (await served(TEXT, **declared))[0][0]

    first = await sent(subject_mark=b"anna", conversation="1")
    assert first == await sent(subject_mark=b"anna", conversation="2")
    others = {await sent(subject_mark=bytes([number]), conversation="1") for number in range(8)}
    assert len(others) > 1
    assert await sent(conversation="1") == await sent(conversation="1")


async def test_later_turns_move_earlier_dates_alike():
    stage = Stage(detector=Dates(), pdp=FakePdp(MOVES))
    [first], _ = await served(TEXT, stage=stage)
    stage.client = FakeClient()
    [second], _ = await served(f"{TEXT} And on 2024-05-06?", stage=stage)
    assert second.startswith(first)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_date_comes_back_in_the_layout_of_the_reply(stream):
    sent, client = await served(
        "born 1984-03-12", lambda sent: f"Am {german(sent)} geboren; {english(sent)}.", stream=stream
    )
    assert words(client, stream=stream) == "Am 12. März 1984 geboren; March 12, 1984."
    assert "1984" not in sent[0]


def german(sent):
    year, month, day = re.findall(r"\d+", sent)
    names = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()
    return f"{int(day)}. {names[int(month) - 1]} {year}"


def english(sent):
    year, month, day = re.findall(r"\d+", sent)
    names = "January February March April May June July August September October November December".split()
    return f"{names[int(month) - 1]} {int(day)}, {year}"


async def test_a_date_that_cannot_be_moved_leaves_as_a_token():
    sent, client = await served("on 31.02.2024 and 1.3.2024")
    assert re.fullmatch(r"on (Date_[A-Z]{10}|[\d.]+\d{4}) and \d+\.\d+\.202\d", sent[0])
    assert "31.02" not in sent[0]
    assert words(client, stream=False) == "on 31.02.2024 and 1.3.2024"


@pytest.mark.parametrize("entities", [(), ("PERSON",), ("DATE", "PERSON")])
async def test_what_is_no_date_is_not_moved_but_refused(entities):
    sent, client = await served(
        TEXT, obligations=(Obligation("s", "pseudonymize", method="date_shift", entities=entities),)
    )
    assert (sent, client.status) == ([], 403)


STAND_INS = {"1983": "1984", "1983-05-02": "1984-11-07", "2.5.1983": "7.11.1984", "May 1983": "November 1984"}
PIECES = st.lists(
    st.sampled_from([*STAND_INS, "19", "-0", ".", " ", "83", "x", "May ", "5/", "1983-05-021"]), max_size=12
)


@given(PIECES, st.lists(st.integers(1, 9), max_size=30))
def test_any_chunking_restores_whole_dates_alone(pieces, cuts):
    text = "".join(pieces)
    known = RestorablePseudonyms(STAND_INS, natural=STAND_INS)
    whole = Restorer(known).whole(text)
    stream, parts, at = Restorer(known), [], 0
    for cut in cuts:
        parts.append(stream.feed(text[at : at + cut]))
        at += cut
    parts += (stream.feed(text[at:]), stream.flush())
    assert "".join(parts) == whole


@pytest.mark.parametrize(
    ("reply", "restored"),
    [
        ("in 1983.", "in 1984."), ("31983", "31983"), ("1983x", "1983x"), ("05/1983", "05/1983"), ("1983-06", "1983-06"),
        ("1983-1983", "1984-1984"), ("1983-05-02,", "1984-11-07,"), ("1983-05-021", "1983-05-021"), ("MAY 1983", "NOVEMBER 1984"),
    ],
)  # fmt: skip
def test_part_of_another_number_is_none(reply, restored):
    assert Restorer(RestorablePseudonyms(STAND_INS, natural=STAND_INS)).whole(reply) == restored
