"""A value that is removed where it was read leaves nowhere else as a number: real patterns, the whole outgoing body."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from decimal import Decimal

import orjson
import pytest

from proxy.core.records import Obligation
from proxy.detection.patterns.scanner import PatternScanner
from testing import models
from testing.fakes import FakeDetector, FakePdp, Stage, catalog

OBLIGATIONS = (Obligation("o1", "redact"), Obligation("o2", "residual_scan"))
PIN, CVV = "482913", "731"
TOLD = f"My card PIN is {PIN} and the cvv: {CVV}."
KINDS = {
    "CARD_PIN": "sad", "CVV": "sad", "GEO_COORDINATES": "quasi", "CREDIT_CARD": "pan", "US_SSN": "govid", "NATIONAL_ID": "govid",
    "BANK_ACCOUNT": "fin",
}  # fmt: skip
CARDS = ("4111111111111111", "5555555555554444", "378282246310005", "6011111111111117")


@dataclass
class Patterns(FakeDetector):
    """The real pattern tier."""

    scanner: PatternScanner = field(default_factory=models.scanner)

    def scan(self, text, tenant=""):
        return self.scanner.read(text)


def body(content, arguments=None, **more):
    messages = [{"role": "user", "content": content}]
    if arguments is not None:
        function = {"name": "f", "arguments": orjson.dumps(arguments).decode()}
        messages.append(
            {"role": "assistant", "tool_calls": [{"id": "call_1", "type": "function", "function": function}]}
        )
    return orjson.dumps({"model": "m", "messages": messages, **more})


async def sent_bytes(request):
    stage = Stage(detector=Patterns(), pdp=FakePdp(OBLIGATIONS), catalog=catalog(entity_kinds=KINDS))
    await stage.run(request)
    [outbound] = stage.upstreams.sent
    return outbound.wire.body


async def sent(request):
    return orjson.loads(await sent_bytes(request))


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


async def test_long_numbers_that_are_nobodys_leave_as_they_came():
    long = b"98765432109876543210987654321"
    request = body(TOLD, metadata={"value": "LONG"}).replace(b'"LONG"', long)
    assert b'"value":' + long in await sent_bytes(request)


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


def spellings(number):
    """Return JSON fragments that mean a number."""
    groups = [number[at : at + 4] for at in range(0, len(number), 4)]
    exponent = f"{number[0]}.{number[1:]}"
    return [
        number, f"{number}.0", f"{number}.000", f"{exponent}e{len(number) - 1}", f"{exponent}E+{len(number) - 1}",
        f"{number}0e-1", json.dumps(number), json.dumps(f"{number}.0"), json.dumps(f"{exponent}e{len(number) - 1}"),
        json.dumps(list(map(int, number))), json.dumps(list(number)), json.dumps(groups), json.dumps([*groups, "12", "27"]),
        json.dumps(f"{number}0e-1"), json.dumps(f"{number[:9]}.{number[9:]}e{len(number) - 9}"), json.dumps("~".join(groups)),
        json.dumps(f"({') ('.join(groups)})"), json.dumps("".join(f"{digit}\ufe0f\u20e3" for digit in number)),
        json.dumps({f"part{at}": group for at, group in enumerate(groups)}), json.dumps(dict(enumerate(map(int, number)))),
        json.dumps(["Anna", *groups]), json.dumps(f"id,value\n1,{number}.0\n2,5\n"),
        *([json.dumps(list(map(int, groups)))] if all(len(str(int(g))) == 4 for g in groups) else []),
    ]  # fmt: skip


def digits(received):
    """Return all digits of a body, however they are separated, with exponents written out."""
    return re.sub(r"[^0-9]", "", re.sub(r"[0-9.]+[eE][+]?[0-9]+", lambda m: f"{Decimal(m[0]):f}", received))


@pytest.mark.parametrize("number", CARDS)
async def test_a_card_however_it_is_spelled_leaves_nowhere(number):
    for key in ("card", "value", "ticket", "serial_no"):
        for spelt in spellings(number):
            member = f'{{"{key}":{spelt}}}'
            for request in (
                chat_with(f'"metadata":{{"{key}":{spelt},"x":[{{"deep":{spelt}}}]}}'),
                body("pay", json.loads(member)),
                chat_with(f'"user":{json.dumps(member)}'),
            ):
                received = orjson.dumps(await sent(request)).decode()
                assert number not in digits(received), (key, spelt)
                assert "CREDIT_CARD" in received


def chat_with(member):
    """Return a request with a member as it is written, not as a library would write it."""
    return body("pay")[:-1] + b"," + member.encode() + b"}"


@pytest.mark.parametrize(
    "spelt", ["212456789.0", "212456789", "2.12456789e8", '"212456789.0"', "2124567890e-1", '["212","45","6789"]']
)
async def test_a_social_security_number_however_it_is_spelled_leaves_nowhere(spelt):
    member = f'{{"ssn":{spelt}}}'
    for request in (chat_with(f'"metadata":{member}'), chat_with(f'"user":{json.dumps(member)}')):
        received = orjson.dumps(await sent(request)).decode()
        assert "212456789" not in digits(received)


@pytest.mark.parametrize("long", ["61109010140000071219812874", "4000000000000000006.0", "4.000000000000000006e18"])
async def test_a_number_longer_than_readers_agree_on_is_read_whole(long):
    member = f'{{"account number":{long}}}'
    for request in (chat_with(f'"metadata":{member}'), chat_with(f'"user":{json.dumps(member)}')):
        received = orjson.dumps(await sent(request)).decode()
        assert not any(part in received for part in ("61109010140", "400000000"))


async def test_numbers_that_are_nobodys_leave_byte_for_byte():
    rng = random.Random(7)
    members = {
        "prices": [19.99, 1200.0, 5e3, 0.1], "times": [1.7e9, 1700000000.0, 1764547200123], "years": [2019, 2020, 2021, 2022],
        "embedding": [rng.uniform(-1, 1) for _ in range(256)], "ids": [rng.randrange(50_000) for _ in range(300)],
        "ports": ["8080", "4430"], "box": [120, 48, 640, 360], "flags": [0, 1, 0, 1, 1, 0, 0, 1], "months": [3, 0, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5],
        "screen": {"width": "2560", "height": "1440", "rate": "60"}, "sizes": {"a": "219", "b": "09", "c": "9999"}, "range": "1990~1995",
        "snowflake": 1700000000000000000, "codes": ["USER", "ROLE"], "version": ["3", "13", "2"],
    }  # fmt: skip
    request = chat_with(f'"metadata":{orjson.dumps(members).decode()}')
    stage = Stage(detector=Patterns(), pdp=FakePdp(OBLIGATIONS), catalog=catalog(entity_kinds=KINDS))
    await stage.run(request)
    assert stage.upstreams.sent[0].wire.body == request
