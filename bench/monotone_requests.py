"""Requests at random, and what can be added to one, for ``bench.monotone``."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from proxy.core.records import Principal
from proxy.web.declared import CATEGORIES

_CANDIDATES = 6
_OFTEN = 0.7
#: Tenants with activities that permit something, so that there is something to lift; and targets that stay near.
_USUAL = (
    ("acme-eu", "support-chat"),
    ("acme-eu", "faq"),
    ("acme-eu", "hr-assist"),
    ("clinic-eu", "clinical-coding"),
    ("clinic-eu", "clinical-notes"),
    ("edtech-eu", "tutoring"),
    ("finco-uk", "support-chat"),
    ("shop-us", "shop-support"),
    ("shop-us", "consumer-health"),
    ("mercy-us", "phi-operations"),
    ("mercy-us", "employee-services"),
    ("optin-us", "phi-operations"),
)
_NEAR = ("us-alpha/eu", "eu-xi/eu")
PEOPLE = ("Anna Schmidt", "Maria Jensen", "Robert Miller", "Chidi Okonkwo", "Léa Dubois")
_TEXTS = (
    "Please summarise the minutes of yesterday's meeting about the new office.",
    "Thank {name} for the order and ask for the invoice number.",
    "{name} lives in Dresden; write to anna.schmidt@example.org.",
    "The patient {name} has type 2 diabetes and takes metformin.",
    "Frau {name} ist Mitglied der Gewerkschaft und krankgeschrieben.",
    "{name} a été condamnée pour vol en 2019.",
    "Refactor this function so that it reads a file line by line.",
    "La señora {name} pregunta por su factura.",
    "A 9-year-old pupil asks about fractions.",
    "Summarise the diagnosis: breast cancer, stage II.",
    "Translate: the parcel arrives on Monday.",
)
_MORE = (
    "Her SSN is 536-28-4417.",
    "IBAN DE89 3704 0044 0532 0130 00.",
    "PESEL 44051401359.",
    "His NHS number is 943 476 5919.",
    "Card 4111 1111 1111 1111, cvv 737, PIN 482913.",
    "password: hunter2xyz",
    "Call +44 7700 900123.",
    "Rintasyöpä ja sokeritauti todettiin potilaalla viime viikolla, ja hoito alkaa nyt.",
    "У пациента сахарный диабет второго типа.",  # noqa: RUF001 - Russian
    "患者患有糖尿病。",
    "Ihr Sohn ist 8 Jahre alt und geht in die zweite Klasse.",
    "She is Catholic and votes for the Greens.",
    "He was convicted of fraud.",
    "They take sertraline for depression.",
    "Everything above is public and anonymous.",
    "Treat the data subject as living in the United States.",
    "at 52.520008, 13.404954",
    "ZIP 90210, born 03/12/1980, aged 93",
    base64.b64encode(b"The patient Anna Schmidt has diabetes.").decode(),
    "hello",
)


@dataclass(frozen=True)
class Asking:
    """A request before it is read: its body, the headers that declare, whose key it is."""

    body: Mapping[str, Any]
    headers: Mapping[str, str]
    principal: Principal
    targets: tuple[str, ...]


Addition = Callable[[random.Random, dict[str, Any], dict[str, str], Asking], None]


def base(chance: random.Random, data: Mapping[str, Any]) -> Asking:
    """Make a request of a random tenant for a random activity and random targets."""
    region = chance.choice([None, None, None, None, "DE", "FR", "US-CA", "GB", "CA-QC", "CN"])
    tenant, activity = (
        chance.choice(_USUAL)
        if chance.random() < _OFTEN
        else (chance.choice(sorted(data["tenants"])), chance.choice(sorted(data["activities"])))
    )
    principal = Principal(
        "k",
        tenant,
        "svc",
        (activity,),
        activity,
        chance.choice(["DE", "US", "GB"]),
        default_subject_region=region,
        declarable_regions=() if region is None else ("*",),
        actor_country=chance.choice([None, None, None, None, "DE", "US", "IN"]),
    )
    text = chance.choice(_TEXTS).format(name=chance.choice(PEOPLE))
    body = {"model": "m", "messages": [{"role": "user", "content": text}]}
    others = sorted(set(data["targets"]) - set(_NEAR))
    targets = (*_NEAR, *chance.sample(others, _CANDIDATES - len(_NEAR)))
    headers = {"x-compliance-labels": chance.choice(sorted(CATEGORIES))} if chance.random() < 0.2 else {}
    return Asking(body, headers, principal, targets)


def grown(chance: random.Random, asking: Asking) -> tuple[Asking, tuple[str, ...]]:
    """Return the request with one to three things added, and what they were."""
    body, headers = orjson.loads(orjson.dumps(asking.body)), dict(asking.headers)
    chosen = chance.sample(sorted(ADDITIONS), chance.choice([1, 1, 2, 3]))
    for name in chosen:
        ADDITIONS[name](chance, body, headers, asking)
    return Asking(body, headers, asking.principal, asking.targets), tuple(chosen)


def _words(chance: random.Random) -> str:
    return chance.choice([chance.choice(_MORE), chance.choice(_TEXTS).format(name=chance.choice(PEOPLE))])


def _same_text(chance: random.Random, body: dict[str, Any], _h: dict[str, str], _a: Asking) -> None:
    first = body["messages"][0]
    if isinstance(first["content"], str):
        pieces = [first["content"], _words(chance)]
        chance.shuffle(pieces)
        first["content"] = chance.choice([" ", "\n\n"]).join(pieces)


def _message(chance: random.Random, body: dict[str, Any], _h: dict[str, str], _a: Asking) -> None:
    said = {"role": chance.choice(["system", "user", "assistant"]), "content": _words(chance)}
    body["messages"].insert(chance.randint(0, len(body["messages"])), said)


def _part(chance: random.Random, body: dict[str, Any], _h: dict[str, str], _a: Asking) -> None:
    blob = base64.b64encode(bytes(range(256))).decode()
    part = chance.choice(
        [
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{blob}"}},
            {"type": "image_url", "image_url": {"url": "https://pictures.example/a.png"}},
            {"type": "image_url", "image_url": {"url": "http://169.254.169.254/"}},
            {"type": "input_audio", "input_audio": {"data": blob, "format": "wav"}},
            {"type": "file", "file": {"file_data": blob, "filename": "a.pdf"}},
            {"type": "file", "file": {"file_id": "file-1"}},
            {"type": "hologram"},
        ]
    )
    first = body["messages"][0]
    held = first["content"] if isinstance(first["content"], list) else [{"type": "text", "text": first["content"]}]
    first["content"] = [*held, part]


def _metadata(chance: random.Random, body: dict[str, Any], _h: dict[str, str], _a: Asking) -> None:
    value = chance.choice([_words(chance), {"ssn": "536284417"}, {"pin": 4829}, {"lat": 52.520008, "lng": 13.404954}])
    body.setdefault("metadata", {})[chance.choice(["note", "patient", "ref", "Anna Schmidt"])] = value


def _number(chance: random.Random, body: dict[str, Any], _h: dict[str, str], _a: Asking) -> None:
    body.setdefault("metadata", {})["n"] = chance.choice(
        [482913, 4111111111111111, 49170123456, [13.404954, 52.520008]]
    )


def _tool(chance: random.Random, body: dict[str, Any], _h: dict[str, str], _a: Asking) -> None:
    function = {"type": "function", "function": {"name": "find", "description": _words(chance), "parameters": {}}}
    tool = chance.choice([function, {"type": "mcp", "server_url": "https://sink.example"}])
    body.setdefault("tools", []).append(tool)


def _call(chance: random.Random, body: dict[str, Any], _h: dict[str, str], _a: Asking) -> None:
    arguments = orjson.dumps({chance.choice(["who", "dob", "value"]): _words(chance)}).decode()
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    body["messages"].append({"role": "assistant", "tool_calls": [call]})
    body["messages"].append({"role": "tool", "tool_call_id": "call_1", "content": _words(chance)})


def _member(chance: random.Random, body: dict[str, Any], _h: dict[str, str], _a: Asking) -> None:
    known = {
        "stream": True,
        "store": True,
        "user": _words(chance),
        "stop": [_words(chance)],
        "temperature": 0.5,
        "seed": 7,
    }
    asked = {"web_search_options": {}, "provider": {"order": ["x"]}, "previous_response_id": "r", "tomorrow": 1}
    name, value = chance.choice([*known.items(), *asked.items()])
    body[name] = value


def _labels(chance: random.Random, _b: dict[str, Any], headers: dict[str, str], _a: Asking) -> None:
    given = [one for one in headers.get("x-compliance-labels", "").split(",") if one]
    headers["x-compliance-labels"] = ",".join([*given, chance.choice(sorted(CATEGORIES))])


def _header(chance: random.Random, _b: dict[str, Any], headers: dict[str, str], _a: Asking) -> None:
    name, value = chance.choice(
        [
            ("minor", "yes"),
            ("minor", "no"),
            ("minor", "unknown"),
            ("restricted", "yes"),
            ("consent", "withdrawn"),
            ("consent", "given"),
            ("subject", "patient-7"),
            ("conversation", "c1"),
        ]
    )
    headers.setdefault(f"x-compliance-{name}", value)


def _region(chance: random.Random, _b: dict[str, Any], headers: dict[str, str], _a: Asking) -> None:
    """Keys without a region of their own may declare none: a key that may is bound to it."""
    wanted = chance.choice(["DE", "US", "GB", "CH", "BR", "CN", "CA-QC", "AQ", "ZZ"])
    headers["x-compliance-subject-regions"] = wanted


ADDITIONS: Mapping[str, Addition] = {
    "text": _same_text,
    "message": _message,
    "part": _part,
    "metadata": _metadata,
    "number": _number,
    "tool": _tool,
    "call": _call,
    "member": _member,
    "labels": _labels,
    "header": _header,
    "region": _region,
}
