"""Generated requests and replies that are not as a dialect says; each case comes from its own number alone."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from proxy.codecs.base import Dialect
from proxy.codecs.endpoints import TABLE, Served
from proxy.codecs.framing import Frame, Framing
from testing.dialects import planting, stand
from testing.dialects.encodings import JSON_BODY, Form, Multipart
from testing.dialects.samples import Sample, every, is_kept, pointers
from testing.dialects.spoilt import ODD, places_of
from testing.fakes import CANARY
from testing.serving import KEY

_VARIABLE = re.compile(r"\{(\w+)(?::path)?\}")
_MEDIA = ("application/json", "text/event-stream", "text/html", "application/x-ndjson", "application/octet-stream",
          "application/vnd.amazon.eventstream", "")  # fmt: skip
_NAMES = ("m", "m", "m", "m", "m", "m", "a%2Fb", "%F0%9F%90%8C", "..%2f", "x" * 300)  # of a model, in a path
_STATUS = (*[200] * 20, 201, 204, 302, 400, 401, 404, 413, 429, 500, 503, 529)
_WORDS = (b"{", b"}", b"[", b'"', b",", b":", b"\\u0000", b"\\ud800", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"1e999",
          b"-", b"NaN", b"\n\n", b"data: ", b"event: x\n", b"[DONE]", b"\r\n--b", CANARY.encode())  # fmt: skip
#: Where an API has no recorded samples: what most requests hold.
_ANY = Sample(
    requests=[
        {"model": "m", "messages": [{"role": "user", "content": "Hello there."}]},
        {"model": "m", "prompt": "Hello there."},
        {"model": "m", "input": "Hello there.", "voice": "alloy"},
        {"model": "m", "input": ["Hello there."], "inputs": "Hello there.", "query": "Hello", "documents": ["there"]},
    ],
    text=("model",),
    replies=[{"id": "x", "model": "m", "choices": [], "data": [], "message": {"content": "Hello."}, "text": "Hello."}],
)


@dataclass(frozen=True)
class Place:
    """One endpoint of one API, and what is known to be said there."""

    served: Served
    samples: tuple[Sample, ...]
    marks: dict[str, str]  # headers that tell this dialect from another at the same path

    @property
    def name(self) -> str:
        """The API's name and its path."""
        return f"{self.served.api.name if self.served.api else ''} {self.served.endpoint.path}"


@dataclass(frozen=True)
class Case:
    """One request, and what the target answers."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int = 200
    media: str = "application/json"
    answer: tuple[bytes, ...] = ()
    spoilt: str = "request"  # or "reply": whose fault it is; "asked", "said": nobody's, it holds a guarded value
    recorded: bool = True  # what the target answers, where it is not spoilt, is what this API says


def reached() -> Iterator[Place]:
    """Yield every endpoint that takes a request; new dialects come by themselves."""
    known: dict[str, list[Sample]] = {}
    for api, sample in every():
        known.setdefault(api.name, []).append(sample)
    for served in TABLE.served:
        if served.api is None:
            continue
        samples = tuple(known.get(served.api.name, ())) or (_generic(served),)
        for marks in ({}, *({name: "2023-06-01"} for name in sorted(served.dialect.client_headers))):
            found = TABLE.find(served.endpoint.method, _path(served, samples[0], "m"), marks)
            if any(one is served for one in (found.served, *found.others)):
                yield Place(served, samples, marks)
                break


def _generic(served: Served) -> Sample:
    media = served.endpoint.media
    encoded = JSON_BODY if "application/json" in media else Multipart() if "multipart/form-data" in media else Form()
    return Sample(_ANY.requests, _ANY.text, _ANY.replies, encoded=encoded)


def _path(served: Served, sample: Sample, other: str) -> str:
    return _VARIABLE.sub(lambda found: sample.variables.get(found[1], other), served.endpoint.path)


def case(place: Place, seed: int, number: int) -> Case:
    """Return the case of this number."""
    random = Random(f"{seed}/{place.name}/{number}")
    sample = random.choice(place.samples)
    spoilt = random.choices(("request", "reply", "asked", "said"), (40, 35, 10, 15))[0]
    document = copy.deepcopy(random.choice(sample.requests))
    if spoilt == "request":
        document = _spoilt(random, _planted(random, document))
    asked = _guarded(random, document, planting.REQUESTS) if spoilt == "asked" else None
    document = asked.document if asked else document
    streams = _streams(sample, place, document, random)
    body, media, parameters = _written(sample, document)
    body = asked.written(body) if asked else body
    if spoilt == "request" and random.random() < 0.35:
        body = _broken(random, body)
    kind = media + "".join(f"; {name}={value}" for name, value in parameters.items())
    if spoilt == "request" and random.random() < 0.05:
        kind = random.choice(_MEDIA)
    headers, query = _credential(place.served.dialect)
    if (unless := place.served.endpoint.array_unless) is not None:
        query = f"&{'='.join(unless)}{query}"
    headers |= {**sample.headers, **place.marks, **({"content-type": kind} if kind else {})}
    path = _path(place.served, sample, random.choice(_NAMES) if spoilt == "request" else "m")
    status, answered, chunks = _reply(random, place, sample, streams=streams, spoilt=spoilt)
    return Case(
        place.served.endpoint.method, path + query.replace("&", "?", 1), headers, body, status, answered, chunks,
        spoilt, sample.requests is not _ANY.requests,
    )  # fmt: skip


def _written(sample: Sample, document: Any) -> tuple[bytes, str, dict[str, str]]:
    """Return a document as a body; what is nested too deep for the usual writer is written as JSON all the same."""
    try:
        return sample.encoded.write(document)
    except TypeError:
        return json.dumps(document).encode(), "application/json", {}


def _credential(dialect: Dialect) -> tuple[dict[str, str], str]:
    """Return the headers and the query of a caller whose key is known."""
    if "bearer" in dialect.credential_places:
        return {"authorization": f"Bearer {KEY}"}, ""
    name = next(one for one in dialect.credential_places if one not in {"basic", "aws4-hmac-sha256"})
    return ({}, f"&{name[1:]}={KEY}") if name.startswith("?") else ({name: KEY}, "")


def _streams(sample: Sample, place: Place, document: Any, random: Random) -> bool:
    """Ask for a stream where that is possible; return whether it is asked for."""
    if not sample.streams:
        return False
    if place.served.endpoint.stream:
        return True
    table = sample.table or getattr(place.served.api, "request", None)
    wanted = bool(table is not None and table.stream) and random.random() < 0.5
    if wanted and isinstance(document, dict):
        document["stream"] = True
    return wanted


def _planted(random: Random, document: Any) -> Any:
    """Return the document with the canary in one to three of its texts."""
    made = copy.deepcopy(document)
    for keys in random.sample(leaves := stand.leaves(made), min(len(leaves), random.randint(1, 3))):
        if keys:
            stand.at(made, keys[:-1])[keys[-1]] = f"Tell {CANARY} of it."
    return made


def _spoilt(random: Random, document: Any) -> Any:
    """Return the document with something odd, or nothing, in one to three places."""
    made = copy.deepcopy(document)
    for _ in range(random.randint(1, 3)):
        places = places_of(made)
        keys = random.choice(places)
        if not keys:
            if random.random() < 0.2:
                return copy.deepcopy(random.choice(ODD))
            continue
        holder = stand.at(made, keys[:-1])
        act = random.randrange(6)
        if act == 0:
            del holder[keys[-1]]
        elif act == 1:
            holder[keys[-1]] = [copy.deepcopy(holder[keys[-1]])] * random.randint(1, 50)
        elif act == 2:
            holder[keys[-1]] = {CANARY: copy.deepcopy(holder[keys[-1]])}
        elif act == 3:
            holder[keys[-1]] = copy.deepcopy(stand.at(made, random.choice(places)))
        else:
            holder[keys[-1]] = copy.deepcopy(random.choice((*ODD, f"{CANARY} " * random.randint(1, 40))))
    return made


def _broken(random: Random, body: bytes) -> bytes:
    """Return the bytes cut, or with others among them."""
    made = bytearray(body)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(made) + 1)
        act = random.randrange(5)
        if act == 0:
            del made[at:]
        elif act == 1:
            del made[at : at + random.randint(1, 30)]
        elif act == 2:
            made[at:at] = random.choice(_WORDS)
        elif act == 3:
            made[at : at + 1] = bytes([random.randrange(256)])
        else:
            made[at:at] = bytes(made[at : at + random.randint(1, 200)])
    return bytes(made)


def _guarded(
    random: Random, document: Any, notations: Sequence[str], kept: Sequence[str] = ()
) -> planting.Planted | None:
    """Plant a value that nobody may get, outside what nothing may change."""
    free = [keys for keys in stand.leaves(document) if keys and not is_kept(keys, pointers(document, kept))]
    return planting.plant(document, random.choice(free), random.choice(notations)) if free else None


def _reply(
    random: Random, place: Place, sample: Sample, *, streams: bool, spoilt: str
) -> tuple[int, str, tuple[bytes, ...]]:
    """Return status, media type and chunks of what the target answers."""
    if streams:
        media = _framing(place, sample).media[0]
        raw = _stream(random, place, sample, spoilt=spoilt)
    else:
        media, raw = "application/json", _whole(random, sample, spoilt)
    if spoilt != "reply":
        return 200, media, (raw,)
    if random.random() < 0.3:
        raw = _broken(random, raw)
    if random.random() < 0.08:
        media = random.choice(_MEDIA)
    cuts = sorted(random.randrange(len(raw) + 1) for _ in range(random.randrange(4)))
    chunks = tuple(raw[low:high] for low, high in zip((0, *cuts), (*cuts, len(raw)), strict=True))
    return random.choice(_STATUS), media, chunks


def _whole(random: Random, sample: Sample, spoilt: str) -> bytes:
    reply = random.choice(sample.replies)
    if spoilt == "reply":
        return json.dumps(_spoilt(random, _planted(random, reply))).encode()
    said = _guarded(random, reply, planting.REPLIES, sample.kept) if spoilt == "said" else None
    if said is not None:
        return said.written(json.dumps(said.document).encode())
    document = _planted(random, reply)
    if isinstance(reply, dict) and "id" in reply:
        document["id"] = reply["id"]  # by which it is kept: a text would be no reply of this API
    return json.dumps(document).encode()


def _framing(place: Place, sample: Sample) -> Framing:
    framing = sample.framing or getattr(place.served.api, "framing", None)
    assert framing is not None, f"{place.name} streams without a framing"
    return framing


def _stream(random: Random, place: Place, sample: Sample, *, spoilt: str) -> bytes:
    encode = _framing(place, sample).encoder()
    events: list[tuple[str, Any]] = list(random.choice(sample.streams))
    if spoilt == "said":
        at = random.randrange(len(events))
        name, event = events[at]
        if (said := _guarded(random, event, planting.REPLIES, sample.kept_events)) is not None:
            events[at] = (name, said.written(json.dumps(said.document).encode()))
    if spoilt == "reply":
        for _ in range(random.randint(1, 2)):
            at = random.randrange(len(events))
            name, event = events[at]
            events[at] = (random.choice((name, name, "", "odd")), _spoilt(random, _planted(random, event)))
        if random.random() < 0.2:
            random.shuffle(events)
    written = [(name, event if isinstance(event, bytes) else json.dumps(event).encode()) for name, event in events]
    return b"".join(encode(Frame(name=name), event) for name, event in written) + sample.ending
