"""A proxy on fakes between a caller of any dialect and a third party that is watched, and what can be planted."""

from __future__ import annotations

import asyncio
import atexit
import json
import pickle
import re
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, cast

import orjson

from proxy.codecs.api import TableApi
from proxy.codecs.base import Api
from proxy.codecs.batches.upload import LinesApi
from proxy.codecs.request import RequestTable
from proxy.core.findings import Finding
from proxy.core.records import Obligation
from proxy.core.targets.capabilities import Capabilities
from proxy.exchange.request import ClientRequest
from testing.dialects.samples import Sample
from testing.fakes import SSN, FakeDetector, FakePdp, FakeReply, Stage, catalog, exchange, target

OBLIGATIONS = tuple(Obligation(f"o{number}", kind) for number, kind in enumerate(
    ("pseudonymize", "reidentify_response", "residual_scan", "response_scan", "stream_guard")))  # fmt: skip


#: Of the exchanges here, in the vault.
DOMAIN = "acme\x1fsupport\x1fcrm\x1f"
#: A number that identifies somebody, as a number.
NUMBER = 4111111111111111
_NUMBER = re.compile(str(NUMBER))


class Detector(FakeDetector):
    """Finds the number too."""

    def scan(self, text, tenant=""):
        others = super().scan(text, tenant)
        found = [Finding("US_SSN", m.start(), m.end(), 0.95, "fake") for m in _NUMBER.finditer(text)]
        return tuple(sorted((*others, *found), key=lambda one: one.start)) if found else others


class Pdp(FakePdp):
    """Permits what was read completely, as the shipped policy does for third parties."""

    async def decide(self, facts, exchange, now):
        self.denied = frozenset({"third"} if facts.opaque else ())
        return await super().decide(facts, exchange, now)


@dataclass
class Exchange:
    """One request through the proxy: what the third party got, and what the caller."""

    sent: Any
    client: Any

    @property
    def seen(self) -> str:
        """Everything that the third party saw."""
        wire = self.sent.wire if self.sent else None
        return "" if wire is None else " ".join([wire.body.decode(), *wire.outside_body])


def call(
    api: Api,
    sample: Sample,
    document: dict[str, Any] | bytes,
    answer: Any = None,
    media: str = "application/json",
    status: int = 200,
    *,
    streamed: bool = False,
    accepts: Capabilities | None = None,
    detector: FakeDetector | None = None,
    pdp: FakePdp | None = None,
) -> Exchange:
    """Send a request, or the bytes of one; ``answer`` makes the chunks of the reply of what left.

    ``streamed``: it asks for a stream.
    """
    if streamed and _says(api, sample):
        document = {**document, _table(api, sample).stream: True}
    stage = Stage(
        api=api,
        detector=detector or Detector(),
        pdp=pdp or Pdp(OBLIGATIONS, guards=frozenset({"US_SSN"})),
        catalog=catalog(
            target("third", models={"*": "theirs"}, accepts=accepts or Capabilities(dialects=_spoken(api, sample)))
        ),
    )
    if sample.held:
        done(stage.vault.put(DOMAIN, sample.held))

    def reply(outbound):
        chunks = answer(outbound) if answer else [orjson.dumps(sample.replies[0])]
        stage.upstreams.replies = {"third": FakeReply(status, media, chunks)}

    stage.upstreams.before = reply
    by_path = streamed and not _says(api, sample)
    raw = document if isinstance(document, bytes) else None
    incoming = sample.incoming(sample.requests[0] if raw is not None else document, stream=by_path)
    if raw is not None:
        incoming = replace(incoming, body=raw)
    told = exchange(dialect=api.name, path=api.endpoints[0].path)
    done(stage.pipeline.handle(ClientRequest(told, api, incoming, stage.client)))
    return Exchange(stage.upstreams.sent[0] if stage.upstreams.sent else None, stage.client)


def done(work: Coroutine[Any, Any, object]) -> None:
    """Run it to its end on the loop that all exchanges here share: one of its own costs a tenth of an exchange."""
    loop = _loop()
    loop.run_until_complete(work)
    if asyncio.all_tasks(loop):  # a generator that was dropped closes itself with the loop's next turns
        loop.run_until_complete(asyncio.sleep(0.01))
    assert not asyncio.all_tasks(loop), "an exchange leaves a task behind"


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    atexit.register(loop.close)
    return loop


def _spoken(api: Api, sample: Sample) -> frozenset[str]:
    """Return the API, and those that the lines of its requests are for."""
    return frozenset({api.name, *sample.speaks, *(one.name for one in lines_of(api).values())})


def lines_of(api: Api) -> Mapping[str, Api]:
    """Return what the lines of its requests may be for, by path."""
    makes = getattr(api, "makes", None)
    return makes.apis if isinstance(makes, LinesApi) else {}


def _says(api: Api, sample: Sample) -> bool:
    """Whether a request of this API says itself that it streams; else its path does."""
    return bool(_table(api, sample).stream)


def _table(api: Api, sample: Sample) -> RequestTable:
    return sample.table or cast("TableApi", api).request


def leaves(node: Any, keys: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the places of all strings."""
    if isinstance(node, str):
        return [keys]
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [found for key, value in items for found in leaves(value, (*keys, key))]


def objects(node: Any, keys: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the places of all objects."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    own = [keys] if isinstance(node, dict) else []
    return own + [found for key, value in items for found in objects(value, (*keys, key))]


def at(document: Any, keys: tuple[str | int, ...]) -> Any:
    """Return what stands at a place."""
    for key in keys:
        document = document[key]
    return document


def copied(document: Any) -> Any:
    """Return a copy of a JSON document: a tenth of the cost of ``copy.deepcopy``."""
    return pickle.loads(pickle.dumps(document))


def planted(document: Any, keys: tuple[str | int, ...], value: Any) -> Any:
    """Return a copy with a value at a place."""
    made = copied(document)
    at(made, keys[:-1])[keys[-1]] = value
    return made


def text(value: str, before: str) -> str:
    """Return a text that says a value, in JSON where the text before was JSON."""
    said = f"Dear {value}, hello"
    return json.dumps({"who": said}) if before.lstrip()[:1] in {"{", "["} else said


def pseudonym(api: Api, sample: Sample) -> tuple[dict[str, Any], str]:
    """Return a request that holds a value, and the pseudonym under which the value leaves."""
    request = planted(sample.requests[0], sample.text, f"Hello {SSN}.")
    sent = call(api, sample, request).sent
    return request, next(name for name, value in sent.pseudonyms.items() if value == SSN)
