"""A value that is removed where it was read leaves nowhere else as a number: real patterns, the whole outgoing body."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson
import pytest

from proxy.core.records import Obligation
from proxy.detection.patterns.scanner import PatternScanner
from testing import models
from testing.fakes import FakeDetector, FakePdp, Stage, catalog

OBLIGATIONS = (Obligation("o1", "redact"), Obligation("o2", "residual_scan"))
PIN, CVV = "482913", "731"
TOLD = f"My card PIN is {PIN} and the cvv: {CVV}."
KINDS = {"CARD_PIN": "sad", "CVV": "sad", "GEO_COORDINATES": "quasi"}


@dataclass
class Patterns(FakeDetector):
    """The real pattern tier."""

    scanner: PatternScanner = field(default_factory=models.scanner)

    def scan(self, text, tenant=""):
        return self.scanner.scan(text)


def body(content, arguments=None, **more):
    messages = [{"role": "user", "content": content}]
    if arguments is not None:
        function = {"name": "f", "arguments": orjson.dumps(arguments).decode()}
        messages.append(
            {"role": "assistant", "tool_calls": [{"id": "call_1", "type": "function", "function": function}]}
        )
    return orjson.dumps({"model": "m", "messages": messages, **more})


async def sent(request):
    stage = Stage(detector=Patterns(), pdp=FakePdp(OBLIGATIONS), catalog=catalog(entity_kinds=KINDS))
    await stage.run(request)
    [outbound] = stage.upstreams.sent
    return orjson.loads(outbound.wire.body)


@pytest.mark.parametrize(
    "place",
    [
        {"metadata": {"value": int(PIN)}},
        {"metadata": {"value": float(PIN)}},
        {"metadata": {"value": [[{"deep": int(PIN)}]]}},
        {"metadata": {"value": [4, 8, 2, 9, 1, 3]}},
        {"metadata": {"value": [482, 913], "negative": -482913}},
        {"metadata": {PIN: 1}},
        {"seed": int(PIN)},
        {"arguments": {"value": int(PIN), "text": PIN}},
        {"arguments": {"value": f"[{PIN}]"}},
        {"metadata": {"value": int(CVV)}},
        {"arguments": {"amount": [int(CVV)]}},
    ],
)
async def test_a_removed_number_leaves_nowhere(place):
    received = orjson.dumps(await sent(body(TOLD, **place))).decode()
    assert not any(one in received for one in (PIN, CVV, "4,8,2,9", "482,913"))


@pytest.mark.parametrize(
    "place", [{"metadata": {"value": 482}}, {"arguments": {"a": [{"b": 482}]}}, {"metadata": {"value": "0482"}}]
)
async def test_a_number_of_json_lacks_the_leading_zeros(place):
    received = orjson.dumps(await sent(body("My card PIN is 0482.", **place))).decode()
    assert "482" not in received


async def test_numbers_that_are_nobodys_stay_numbers():
    more = {"metadata": {"amount": 1200, "share": 0.25, "rows": [[481, 732]], "year": 2026}, "max_tokens": 731}
    assert {name: (await sent(body(TOLD, **more)))[name] for name in more} == more


@pytest.mark.parametrize(
    "place",
    [
        {"type": "Point", "coordinates": [13.404954, 52.520008]},
        {"type": "LineString", "coordinates": [[13.404954, 52.520008], [-122.419416, 37.774929]]},
        {"lat": 52.520008, "lng": 13.404954},
        ["52.520008", "13.404954"],
        {"homeLatitude": "52.520008", "homeLongitude": 13.404954},
    ],
)
async def test_coordinates_in_numbers_leave_nowhere(place):
    for request in (body("where?", {"at": place}), body("where?", metadata={"at": place})):
        received = orjson.dumps(await sent(request)).decode()
        assert "GEO_COORDINATES" in received
        assert not any(one in received for one in ("52.52", "13.40", "122.4", "37.77"))
