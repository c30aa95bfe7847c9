"""What an agent's interpreter made of a removed value leaves with no later request."""

from __future__ import annotations

import base64

import orjson
import pytest

from proxy.core.records import Obligation
from testing.fakes import SSN, FakePdp, Stage, chat

EMAIL = "zebulon.quark@canary-leak.example"
TOLD = f"Write to {EMAIL}, SSN {SSN}."


def selectors(value):
    """Return bytes as variation selectors behind a picture."""
    return "\U0001f600" + "".join(chr((0xFE00 if byte < 16 else 0xE00F0) + byte) for byte in value.encode())


TRANSFORMS = {
    "backwards": lambda v: v[::-1],
    "code points": lambda v: str([ord(c) for c in v]),
    "one text of code points": lambda v: ",".join(str(ord(c)) for c in v),
    "hexadecimal": lambda v: " ".join(f"0x{ord(c):x}" for c in v),
    "separators": "|".join,
    "zero width": "\u200b".join,
    "integer": lambda v: str(int.from_bytes(v.encode(), "big")),
    "chr": lambda v: "+".join(f"chr({ord(c)})" for c in v),
    "object": lambda v: orjson.dumps({str(at): c for at, c in enumerate(v)}).decode(),
    "pairs": lambda v: orjson.dumps(list(enumerate(v))).decode(),
    "records": lambda v: orjson.dumps([{"i": at, "c": c} for at, c in enumerate(v)]).decode(),
    "object of codes": lambda v: orjson.dumps({str(at): ord(c) for at, c in enumerate(v)}).decode(),
    "pairs of codes": lambda v: orjson.dumps([[at, ord(c)] for at, c in enumerate(v)]).decode(),
    "records of codes": lambda v: orjson.dumps([{"i": at, "c": ord(c)} for at, c in enumerate(v)]).decode(),
    "tags": lambda v: "".join(chr(0xE0000 + ord(c)) for c in v),
    "tags behind a sentence": lambda v: "All fine." + "".join(chr(0xE0000 + ord(c)) for c in f"of {v} it was"),
    "variation selectors": selectors,
    "variation selectors among others": lambda v: f"Yes {selectors(f'of {v} it was')} no",
    "two separators": lambda v: "".join(c + "|-"[at % 2] for at, c in enumerate(v)),
    "markup": lambda v: f"{v[:3]}<b>{v[3:6]}</b>{v[6:]}",
    "comments": lambda v: f"{v[:3]}<!-- -->{v[3:6]}<!-- -->{v[6:]}",
    "octal": lambda v: " ".join(oct(ord(c)) for c in v),
    "base64 of backwards": lambda v: base64.b64encode(v[::-1].encode()).decode(),
}


async def held(*messages, obligations=("redact", "residual_scan")):
    stage = Stage(pdp=FakePdp(tuple(Obligation(f"o{n}", type_) for n, type_ in enumerate(obligations))))
    body = orjson.loads(chat(TOLD))
    body["messages"] += messages
    await stage.run(orjson.dumps(body))
    if stage.upstreams.sent:
        sent = orjson.loads(stage.upstreams.sent[0].wire.body)
        return False, "\n".join(message["content"] for message in sent["messages"])
    assert stage.audit.outcome()[0].codes == ("RESIDUAL_PII",)
    return True, ""


def result(content):
    return {"role": "tool", "tool_call_id": "call_1", "content": content}


@pytest.mark.parametrize("value", [EMAIL, SSN])
@pytest.mark.parametrize("transform", TRANSFORMS)
async def test_a_transformed_value_leaves_nowhere(transform, value):
    spelt = TRANSFORMS[transform](value)
    for message in (
        result(spelt),
        result(orjson.dumps({"stdout": spelt}).decode()),
        {"role": "user", "content": f"The program printed:\n{spelt}\nWhat now?"},
    ):
        refused, body = await held(message)
        assert refused or spelt not in body


@pytest.mark.parametrize("value", [EMAIL, SSN])
async def test_a_list_of_codes_or_characters_is_replaced(value):
    for spelt in ([ord(c) for c in value], list(value), [hex(ord(c)) for c in value]):
        refused, body = await held(result(orjson.dumps({"stdout": spelt}).decode()))
        assert not refused
        assert "stdout" in body
        assert orjson.dumps(spelt).decode()[1:-1] not in body.replace("\\", "")


async def test_other_results_leave_as_they_are():
    printed = [
        "HR 98, 101, 99, 87, 92, 110",
        "| a | b | c | d | e |",
        "9f86d081884c7d659a2feaa0c55ad015",
        "a-b-c-d-e-f",
        '{"rows": [["a", "b"], ["c", "d"], ["e", "f"], ["zeb", "canary", "com"]]}',
        orjson.dumps([{"id": str(n), "state": "open", "by": "ann"} for n in range(99)]).decode(),
        '{"a": 82, "b": 101, "c": 99, "d": 78}',
        "[[1, 82], [2, 101], [3, 99], [4, 105]]",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f 4\ufe0f\u20e3 \u845b\U000e0100\u57ce",
    ]
    refused, body = await held(*map(result, printed))
    assert not refused
    assert all(text in body for text in printed)


async def test_without_removed_values_nothing_is_searched():
    refused, body = await held(result(EMAIL[::-1]), obligations=("residual_scan",))
    assert not refused
    assert EMAIL[::-1] in body
