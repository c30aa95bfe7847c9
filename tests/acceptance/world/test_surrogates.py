"""What removed values become, as the caller asks in a header: seen from the provider, the caller and the record."""

from __future__ import annotations

import http.client
import json
import re

import pytest

from tests.acceptance.world.conftest import PLANTED

pytestmark = pytest.mark.stack
PERSON, EMAIL, _ = PLANTED
LETTER = f"Letter to Mrs {PERSON}, born 12 March 1984, due on 2026-04-01. Write to {EMAIL}."
HEADER = "x-compliance-surrogates"


def sent(world, said):
    answer = world.ask(LETTER, "ok", {HEADER: said} if said else {})
    assert answer.status == 200, answer.body
    assert answer.text == LETTER
    received = world.journal()[-1]
    assert HEADER not in json.dumps(received["headers"]).lower()
    assert not re.search("Ottilie|Brandt|1984", json.dumps(received["body"]))
    decision = next(record for record in world.records(answer.exchange) if record["kind"] == "decision")
    facts = decision["body"]["facts"]
    methods = {one.get("method", "") for verdict in facts["decision"]["targets"] for one in verdict["obligations"]}
    text = received["body"]["messages"][0]["content"]
    return text, facts["input"].get("ext", {}).get("surrogates"), methods & {"date_shift", "surrogate_realistic"}


@pytest.mark.parametrize(
    ("said", "names", "due", "methods"),
    [
        ("", True, True, set()),
        ("tokens", True, True, set()),
        ("date_shift", True, False, {"date_shift"}),
        ("Realistic", False, False, {"date_shift", "surrogate_realistic"}),
    ],
)
def test_a_caller_chooses_where_the_activity_says_nothing(world, said, names, due, methods):
    text, recorded, obliged = sent(world, said)
    assert ("Name_" in text, "2026-04-01" in text) == (names, due)
    assert (recorded, obliged) == (said.lower() or None, methods)


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("/v1/chat/completions", {"model": "ok", "messages": [{"role": "user", "content": "Hi"}]}, ("error", "message")),
        ("/v1/messages", {"model": "ok", "max_tokens": 5, "messages": [{"role": "user", "content": "Hi"}]},
         ("error", "message")),
        ("/v1beta/models/ok:generateContent", {"contents": [{"parts": [{"text": "Hi"}]}]}, ("error", "message")),
        ("/api/chat", {"model": "ok", "messages": [{"role": "user", "content": "Hi"}]}, ("error",)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["masks", "tokens, realistic"])
def test_another_word_is_refused_in_the_dialect_of_the_caller(world, path, body, place, value):
    before = len(world.journal())
    answer = world.post(path, json.dumps(body).encode(), {HEADER: value})
    said = answer.json
    for key in place:
        said = said[key]
    assert answer.status == 400
    assert f"{HEADER} must be one of tokens, date_shift, realistic" in said
    assert value not in said
    assert len(world.journal()) == before


def test_a_header_that_comes_twice_is_refused(world):
    body = json.dumps({"model": "ok", "messages": [{"role": "user", "content": "Hi"}]}).encode()
    asked = http.client.HTTPConnection(world.line.stack.proxy_url.removeprefix("http://"), timeout=30)
    asked.putrequest("POST", "/v1/chat/completions")
    for name, value in (
        ("authorization", f"Bearer {world.line.key}"), ("content-length", str(len(body))), (HEADER, "tokens"),
        ("X-Compliance-Surrogates", "realistic"),
    ):  # fmt: skip
        asked.putheader(name, value)
    asked.endheaders(body)
    reply = asked.getresponse()
    assert (reply.status, f"the header {HEADER} is repeated: it has one value" in reply.read().decode()) == (400, True)
    asked.close()
