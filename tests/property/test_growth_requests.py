"""Whatever there is much of in a request: it costs at most as many times more, and holds nobody else up."""

from __future__ import annotations

import asyncio
import functools
import gc
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest

from proxy.codecs.mcp import APIS as MCP
from proxy.codecs.openai.batch_files import FILES_API
from proxy.core.records import Obligation
from proxy.core.wire import Incoming
from proxy.exchange.request import ClientRequest
from testing import growth
from testing.dialects import stand
from testing.dialects.samples import every
from testing.fakes import (
    FakeClient,
    FakePdp,
    FakeReply,
    FakeUpstreams,
    Stage,
    capabilities,
    catalog,
    chat,
    exchange,
    target,
)
from tests.unit.codecs.batches.test_upload import chat as line
from tests.unit.codecs.batches.test_upload import form

OBLIGATIONS = (
    Obligation("o1", "pseudonymize", entities=("EMAIL_ADDRESS",)),
    Obligation("o2", "redact", entities=("US_SSN",)),
    Obligation("o3", "residual_scan"),
)
DOMAIN = "acme\x1fsupport\x1fcrm\x1f"
FILE = orjson.dumps({"id": "file-1", "object": "file", "filename": "in.jsonl", "purpose": "batch"})
#: As many as one time of something.
MANY = 25


def mail(number: int) -> str:
    return f"person{number}@firm{number % 97}.de"


def code(number: int) -> str:
    return "".join("BCDFGHJKLMNPQRSTVWXZ"[number // 20**place % 20] for place in range(10))


def talk(*said: Any) -> bytes:
    return orjson.dumps({"model": "m", "messages": [{"role": "user", "content": each} for each in said]})


def tool(number: int) -> dict[str, Any]:
    schema = {"type": "object", "properties": {f"p{number}": {"type": "string", "description": f"it is {number}"}}}
    return {"type": "function", "function": {"name": f"f{number}", "description": "does it", "parameters": schema}}


#: What there may be much of, by name: the body with so many.
BODIES: dict[str, Callable[[range], bytes]] = {
    "latitudes": lambda many: chat("x", metadata={f"a{n}lat": "x" for n in many}),
    "coordinates": lambda many: chat("x", metadata={f"a{n}{end}": n + 0.5 for n in many for end in ("lat", "lng")}),
    "keys": lambda many: chat("x", metadata={f"key{n}": f"v {n}" for n in many}),
    "keys that name somebody": lambda many: chat("x", metadata={mail(n): "x" for n in many}),
    "keys that become the same": lambda many: chat("x", metadata={f"078-{n % 90 + 10}-{n:04}": "x" for n in many}),
    "fields": lambda many: chat("x", metadata={f"ssn{n}": f"{212456789 + n}" for n in many}),
    "numbers": lambda many: chat("x", metadata={f"b{n}": n * 1.5 for n in many}),
    "elements": lambda many: chat("x", metadata=[f"v {n}" for n in many]),
    "pairs of numbers": lambda many: chat("x", metadata=[[n + 0.12345, n + 0.54321] for n in many]),
    "json in text": lambda many: chat(json.dumps({f"key{n}": [f"v {n}"] for n in many})),
    "messages": lambda many: talk(*(f"hello {n}" for n in many)),
    "parts": lambda many: chat([{"type": "text", "text": f"hello {n}"} for n in many]),
    "findings in a text": lambda many: chat(" ".join(f"write to {mail(n)} now" for n in many)),
    "findings in texts": lambda many: talk(*(f"write to {mail(n)} now" for n in many)),
    "the same finding": lambda many: talk(*(f"hello {n}, write to {mail(1)}" for n in many)),
    "numbers in a text": lambda many: chat(" ".join(f"{212456789 + n}" for n in many)),
    "rows of a table": lambda many: chat("name,ssn,born\n" + "\n".join(f"Ann,{212456789 + n},1980-01-0{n % 8 + 1}" for n in many)),
    "tools": lambda many: chat("x", tools=[tool(n) for n in many]),
    "files": lambda many: chat([{"type": "file", "file": {"file_id": f"f{n}"}} for n in many]),
    "addresses": lambda many: chat([{"type": "image_url", "image_url": {"url": f"https://h{n}.test/a"}} for n in many]),
    "features": lambda many: chat("x", **{f"feature_{n}": n for n in many}),
    "lines of text": lambda many: chat("".join(f"line {n} of a text\n" for n in many)),
    "escapes": lambda many: chat("".join(f"M&uuml;ller{n} \\u00fc %20 =C3 " for n in many)),
    "encoded parts": lambda many: chat("".join(f"TWFyaWEgU2NobWlkdCBpcyBoZXJl{n} " for n in many)),
    "pseudonyms": lambda many: talk(*(f"what about Name_{code(n)}?" for n in many)),
    "pseudonyms in a text": lambda many: chat(f"of {mail(1)}: " + " ".join(f"Name_{code(n)}" for n in many)),
}  # fmt: skip


class Served:
    """A proxy that serves one body again and again, remembering what there is to remember."""

    def __init__(self, body: bytes | Incoming, held: Mapping[str, str] | None = None, **changes: Any) -> None:
        incoming = body if isinstance(body, Incoming) else Incoming(body)
        self.stage = Stage(pdp=FakePdp(OBLIGATIONS), detector=growth.detector(), **changes)
        api = self.stage.api
        self._request = ClientRequest(exchange(dialect=api.name), api, incoming, self.stage.client)
        if held:
            asyncio.run(self.stage.vault.put(DOMAIN, held))

    def again(self) -> None:
        self.stage.client = FakeClient()
        asyncio.run(self.stage.pipeline.handle(replace(self._request, client=self.stage.client)))
        assert self.stage.client.ended in {"answered", "clean"}

    def anew(self) -> None:
        """Serve it as if for the first time."""
        self.stage.detector = growth.detector()
        self.stage.__post_init__()
        self.again()


@pytest.mark.parametrize("what", BODIES)
def test_a_request_with_much_of_something(what):
    served = functools.cache(lambda times: Served(BODIES[what](range(MANY * times))))
    growth.check_served(lambda times: served(times).anew)
    growth.check_served(lambda times: served(times).again)


@pytest.mark.parametrize("what", ["keys", "findings in texts", "files", "features"])
def test_a_request_leaves_no_cycles_whether_it_is_served_or_refused(what):
    served = Served(BODIES[what](range(24 * MANY)))

    async def left():
        for _ in range(2):
            gc.collect()
            served.stage.client = FakeClient()
            await served.stage.pipeline.handle(replace(served._request, client=served.stage.client))
            served.stage.client = FakeClient()
            await asyncio.sleep(0.01)
        return gc.collect()

    gc.disable()
    try:
        assert asyncio.run(left()) == 0
    finally:
        gc.enable()


def test_known_pseudonyms():
    def prepare(times):
        many = range(MANY * times)
        held = {f"Name_{code(n)}": f"Ada {n}" for n in many}
        return Served(talk(*(f"ask {name} of {mail(1)}" for name in held)), held).again

    growth.check_served(prepare)


def test_candidate_targets():
    def prepare(times):
        accepts = capabilities(dialects=frozenset({"anthropic_messages"}), translated=True)
        targets = [target(f"t{n}", accepts=accepts) for n in range(MANY * times // 4)]
        return Served(chat("hello " + mail(1)), catalog=catalog(*targets)).again

    growth.check_served(prepare)


@pytest.mark.parametrize("kind", ["equal", "findings", "different", "pseudonyms"])
def test_lines_of_a_batch(kind):
    text = {
        "equal": lambda n: f"hello {n}",
        "findings": lambda n: f"hello {mail(n)}",
        "different": lambda n: " ".join(map(mail, range(n % 40))) + f" {n}",
        "pseudonyms": lambda n: f"ask Name_{code(n)}",
    }[kind]

    def prepare(times):
        many = range(MANY * times // 4)
        held = {f"Name_{code(n)}": f"Ada {n}" for n in many} if kind == "pseudonyms" else {}
        replies = {"a": FakeReply(parts=[FILE])}
        lines = form(*(line(f"n{n}", text(n)) for n in many))
        made = Served(lines, held, api=FILES_API, upstreams=FakeUpstreams(replies), catalog=catalog(target("a")))
        return made.again

    growth.check_served(prepare)


def test_headers_that_repeat_values_of_a_message():
    [api] = MCP

    def prepare(times):
        many = range(MANY * times)
        arguments = {f"a{n}": "x" if n % 2 else f"v{n}" for n in many}
        headers = {f"mcp-param-a{n}": arguments[f"a{n}"] for n in many}
        document = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "f", "arguments": arguments}}
        incoming = Incoming(orjson.dumps(document), variables={"model": "crm"}, headers=headers)

        def work():
            payload = api.decode(incoming)
            assert len(payload.incoming.mirrored) == len(many)
            api.outgoing_texts(api.encode(payload, {}, "theirs"))

        return work

    growth.check_linear(prepare)


def read(api, sample, document):
    """Return what reads a request and writes it, with every text changed."""
    incoming = sample.incoming(document)

    def work():
        payload = api.decode(incoming)
        wire = api.encode(payload, dict.fromkeys(range(len(payload.spans)), "x"), "theirs")
        api.outgoing_texts(wire)

    return work


#: What needs nothing of the caller's but the request.
UNBOUND = [pytest.param(api, sample, id=api.name) for api, sample in every() if not sample.held and api.name != "mcp"]


@pytest.mark.parametrize(("api", "sample"), UNBOUND)
def test_every_dialect(api, sample):
    def prepare(times):
        value = json.dumps({f"k{n}lat": ["a", n * 1.5] for n in range(MANY * times)})
        return read(api, sample, stand.planted(sample.requests[0], sample.text, value))

    growth.check_linear(prepare)


@pytest.mark.parametrize(("api", "sample"), UNBOUND)
def test_every_list_of_every_dialect(api, sample):
    def prepare(times):
        document = stand.copied(sample.requests[0])
        places = [keys for keys in stand.objects(document) if keys and isinstance(keys[-1], int)]
        for keys in sorted(places, key=len):  # from the outside: none is copied with what was added to it
            elements = stand.at(document, keys[:-1])
            if isinstance(elements, list) and len(elements) < MANY:
                elements.extend(stand.copied(elements[-1]) for _ in range(MANY * times // 4))
        return read(api, sample, document)

    growth.check_linear(prepare)
