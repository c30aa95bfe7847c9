"""Every position of every reply of every dialect, whole and streamed, a text planted there, and what the caller got of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

import orjson

from bench.leaks.encoders import leaves, views
from bench.restoration import ollama
from bench.restoration.spellings import OWN
from proxy.codecs.base import Api
from proxy.codecs.declared.api import DeclaredApi
from proxy.codecs.framing import Frame
from proxy.codecs.kept_api import KeptApi
from proxy.core.findings import Finding
from proxy.core.records import Obligation
from testing.dialects import stand
from testing.dialects.samples import Sample, every, is_one_text
from testing.dialects.streams import Stream
from testing.readers import addresses

#: Of the request, by kind; whatever of them stands in a reply was restored there.
VALUES = {"person": "Quistorp", "mail": "zelda.q@lettermail.org", "ssn": "536-22-8145", "card": "4111 1111 1111 1111",
          "key": "sk-live-Hq7Zt2Vb9Lm4"}  # fmt: skip
WORDS = "Ottilie"
_TYPES = {"person": "PERSON", "mail": "EMAIL_ADDRESS", "ssn": "US_SSN", "card": "CREDIT_CARD", "key": "CREDENTIAL"}
_MARKS = {kind: re.compile(marks, re.IGNORECASE) for kind, marks in {
    "person": "quistorp", "mail": "zelda.q", "ssn": "536.?22.?8145", "card": r"411111\D?111111\D?1111|4111\D{1,3}1111\D{1,3}1111",
    "key": "hq7zt2"}.items()}  # fmt: skip
_PIECE = 5
_TOOLS, UNDECLARED = frozenset({"look_up", "run"}), "bash"
_CALLED = re.compile(r"argument|partial_json|toolUse|tool_use|tool_calls|tool_call_input|functionCall")
_BESIDE = re.compile(r"(?i)name|type|status|index|.*id|p")
#: Texts of elements that clients put together.
_JOINED = re.compile(r"(?:content|parts|output)\.\d+\.(?:text|content\.\d+\.text)$")
#: What ends one of them and white space parts from the next: words, unless it is an address by itself.
_END = re.compile(r"(?<!\S)([\w.@-]+)\Z")
_ADDRESS = re.compile(r"(?:^|_)(?:url|uri|href|link)s?$|(?<=[a-z])(?:Url|Uri)$")
_REQUEST = f"Write to {WORDS} of {', '.join(VALUES.values())}; see https://{OWN}/start for how."
_OBLIGATIONS = (
    Obligation("o1", "pseudonymize", entities=("PERSON", "EMAIL_ADDRESS", "US_SSN")),
    Obligation("o2", "mask", entities=("CREDIT_CARD",), params={"restore": "exchange"}),
    Obligation("o3", "redact", entities=("CREDENTIAL",), params={"restore": "exchange"}),
    *(
        Obligation(f"o{kind}", kind)
        for kind in ("reidentify_response", "residual_scan", "response_scan", "stream_guard")
    ),
)


class Detector(stand.Detector):
    """Finds the planted values, wherever they stand."""

    def scan(self, text: str, tenant: str = "") -> tuple[Finding, ...]:  # noqa: ARG002 - the port asks for it
        values = {WORDS: "PERSON", **{value: _TYPES[kind] for kind, value in VALUES.items()}}
        found = [Finding(kind, at.start(), at.end(), 0.95, "fake") for value, kind in values.items()
                 for at in re.finditer(re.escape(value), text)]  # fmt: skip
        return tuple(sorted(found, key=lambda one: one.start))


@dataclass(frozen=True)
class Position:
    """One position of a reply. ``plant`` returns the body with a text there; ``said`` a body's texts, joined over events."""

    name: str
    plant: Callable[[str], bytes]
    said: Callable[[bytes], Iterable[str]]
    media: str = "application/json"
    streamed: bool = False
    address: bool = False  # the member holds an address, by its name or by what stands there
    argument: bool = False  # it is what a called tool receives
    called: bool = False  # it belongs to a call of a tool
    joined: bool = False  # clients may join it: half of the text is in the next


@dataclass
class Table:
    """One API by one of its samples."""

    api: Api
    sample: Sample

    @cached_property
    def request(self) -> dict[str, Any]:
        return stand.planted(self.sample.requests[0], self.sample.text, _REQUEST)

    @cached_property
    def stand_ins(self) -> dict[str, str]:
        """Return what the third party sees in place of each value, by kind; of the words by ``WORDS``."""
        sent = self._call(None, None).sent
        by_value = {value: stand_in for stand_in, value in {**sent.pseudonyms, **sent.placeholders}.items()}
        return {kind: by_value[value] for kind, value in (*VALUES.items(), (WORDS, WORDS))}

    def undeclared(self) -> Table:
        """Return the same with replies that call a tool which no request declares."""
        sample = replace(self.sample, replies=_renamed(self.sample.replies), streams=_renamed(self.sample.streams))
        return Table(self.api, sample)

    def answer(self, position: Position, text: str) -> str:
        """Let the target say a text there; return every text that the caller got, one a line."""
        made = self._call(position, [position.plant(text)])
        said = [*position.said(made.client.body)] if made.client.status == 200 else []
        if position.joined and any(text.startswith(" ") for text in said):
            said = [_END.sub(_parted, text) for text in said]
        return "\n".join(said)

    def _call(self, position: Position | None, chunks: list[bytes] | None) -> stand.Exchange:
        media = position.media if position else "application/json"
        pdp = stand.Pdp(_OBLIGATIONS, guards=frozenset({"US_SSN"}))
        return stand.call(
            self.api, self.sample, self.request, (lambda _sent: chunks) if chunks else None, media,
            streamed=bool(position and position.streamed), detector=Detector(), pdp=pdp,
        )  # fmt: skip

    def positions(self) -> Iterator[Position]:
        """Yield every position."""
        for number, reply in enumerate(self.sample.replies):
            tools = _arguments(reply)
            for keys in stand.leaves(reply):
                yield Position(
                    f"reply {number} {_path(keys)}", _into(reply, keys), _whole, address=_is_address(reply, keys),
                    argument=keys in tools, called=_is_called(reply, keys),
                )  # fmt: skip
                if _JOINED.search(_path(keys)):
                    yield Position(
                        f"reply {number} {_path(keys)} and the next",
                        _over_two(reply, keys),
                        _whole,
                        argument=keys in tools,
                        called=_is_called(reply, keys),
                        joined=True,
                    )
            for keys in stand.objects(reply):
                called = _is_called(reply, keys)
                name = f"reply {number} {_path((*keys, 'x_new'))}"
                yield Position(name, _into(reply, (*keys, "x_new")), _whole, argument=called, called=called)
                yield Position(f"{name} as key", _as_key(reply, keys), _whole, argument=called, called=called)
        if is_one_text(self.api):
            yield self._plain()
        elif self.sample.streams:
            yield from self._streamed()

    def _plain(self) -> Position:
        framing = cast("DeclaredApi", self.api).framing

        def plant(text: str) -> bytes:
            encode = framing.encoder()
            return b"".join(encode(Frame(), one.encode()) for one in _pieces(text))

        def said(raw: bytes) -> list[str]:
            parser = framing.parser()
            return ["".join(one.data.decode() for one in (*parser.feed(raw), *parser.finish()) if one.data)]

        return Position("stream", plant, said, framing.media[0], streamed=True)

    def _streamed(self) -> Iterator[Position]:
        stream = Stream(self.api, self.sample)
        told = {"said": lambda raw: _joined(stream.events(raw)), "media": stream.framing.media[0], "streamed": True}
        for number, events in enumerate(self.sample.streams):
            channels, pieces = growing(stream, events)
            for argument in sorted(set(channels.values())):
                name = f"stream {number} {'arguments' if argument else 'texts'}"
                grown = _grown(stream, events, channels, argument=argument)
                yield Position(name, grown, argument=argument, called=argument, **told)
            for at, (kind, event) in enumerate(events):
                tools = _arguments(event)
                for keys in stand.leaves(event):
                    if (at, keys) not in pieces:
                        called = _is_called(event, keys) or bool(
                            _CALLED.search(" ".join((kind, *map(_path, stand.leaves(event)))))
                        )
                        yield Position(f"stream {number} event {at} {_path(keys)}", _within(stream, events, at, keys),
                                       address=_is_address(event, keys), argument=keys in tools, called=called, **told)  # fmt: skip


def tables() -> list[Table]:
    """Return every API that answers a request with a text of the caller's, with each of its samples."""
    tables = [Table(api, sample) for api, sample in (*every(), *ollama.SAMPLES.items()) if not isinstance(api, KeptApi)]
    return [one for one in tables if isinstance(stand.at(one.sample.requests[0], one.sample.text), str)]


def _parted(run: re.Match[str]) -> str:
    return "" if run[1] in VALUES.values() or not [*addresses(run[1])] else run[0]


def originals(said: str) -> frozenset[str]:
    """Return the kinds of the values that stand in a text, in any encoding."""
    return frozenset(kind for view in views(said) for kind, mark in _MARKS.items() if mark.search(view))


def _into(document: Any, keys: tuple[str | int, ...]) -> Callable[[str], bytes]:
    at = document
    for key in keys[:-1]:
        at = at[key]
    before = at.get(keys[-1], "") if isinstance(at, dict) else at[keys[-1]]
    nested = before.lstrip()[:1] in {"{", "["}
    return lambda text: orjson.dumps(stand.planted(document, keys, json.dumps({"who": text}) if nested else text))


def _over_two(document: Any, keys: tuple[str | int, ...]) -> Callable[[str], bytes]:
    """Return what plants the beginning of a text at a position and its rest in a copy of the element, behind it."""
    at = max(number for number, key in enumerate(keys) if isinstance(key, int))

    def plant(text: str) -> bytes:
        cut = text.find("?") + 1 or len(text) // 2
        made = stand.planted(document, keys, text[:cut])
        elements = stand.at(made, keys[:at])
        elements.insert(keys[at] + 1, stand.at(stand.planted(made, keys, text[cut:]), keys[: at + 1]))
        return orjson.dumps(made)

    return plant


def _as_key(document: Any, keys: tuple[str | int, ...]) -> Callable[[str], bytes]:
    def plant(text: str) -> bytes:
        made = stand.copied(document)
        stand.at(made, keys)[text] = "x"
        return orjson.dumps(made)

    return plant


def growing(stream: Stream, events: list[Any]) -> tuple[dict[Any, bool], set[Any]]:
    """Return each growing text, and whether it is the arguments of a call; and the positions of its pieces: (event, keys)."""
    channels: dict[Any, bool] = {}
    positions = set()
    shape = stream.shape()
    for at, (name, event) in enumerate(stand.copied(events)):
        held = {(id(stand.at(event, keys[:-1])), keys[-1]): keys for keys in stand.leaves(event) if keys}
        for piece in shape.read(name, event).pieces:
            keys = held.get((id(piece.holder), piece.key), ())
            positions.add((at, keys))
            called = piece.key != "name" and bool(_CALLED.search(f"{name} {_path(keys)} {piece.key}"))
            channels[piece.channel] = channels.get(piece.channel, False) or called
    return channels, positions


def _grown(stream: Stream, events: list[Any], channels: dict[Any, bool], *, argument: bool) -> Callable[[str], bytes]:
    def texts(text: str, piece: Any) -> list[str]:
        if channels[piece.channel] != argument:
            return []
        return _pieces(json.dumps({"who": text}) if piece.position.document else text)

    return lambda text: stream.written(stream.divided(events, lambda piece: texts(text, piece)))


def _within(stream: Stream, events: list[Any], at: int, keys: tuple[str | int, ...]) -> Callable[[str], bytes]:
    name, event = events[at]
    into = _into(event, keys)
    return lambda text: stream.written([*events[:at], (name, orjson.loads(into(text))), *events[at + 1 :]])


def _pieces(text: str) -> list[str]:
    return [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]


def _calls(document: Any) -> list[tuple[str | int, ...]]:
    """Return the positions of the objects that name a called tool."""
    named = [keys for keys in stand.leaves(document) if stand.at(document, keys) in {*_TOOLS, UNDECLARED}]
    return [keys[:-1] for keys in named if "tools" not in keys]


def _is_called(document: Any, keys: tuple[str | int, ...]) -> bool:
    calls = (call[:-1] if call and call[-1] in {"function", "custom"} else call for call in _calls(document))
    return any(keys[: len(call)] == call for call in calls)


def _arguments(document: Any) -> frozenset[tuple[str | int, ...]]:
    """Return the positions beside or below the name of a called tool that are none of its names, types and identifiers."""
    return frozenset(
        keys for keys in stand.leaves(document) for call in _calls(document)
        if keys[: len(call)] == call and not (len(keys) == len(call) + 1 and _BESIDE.fullmatch(str(keys[-1])))
    )  # fmt: skip


def _renamed(node: Any) -> Any:
    """Return a document or event in which every tool is called by a name that no request declares."""
    if isinstance(node, dict):
        return {key: _renamed(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return type(node)(map(_renamed, node))
    return UNDECLARED if isinstance(node, str) and node in _TOOLS else node


def _is_address(document: Any, keys: tuple[str | int, ...]) -> bool:
    return bool(_ADDRESS.search(str(keys[-1]))) or "://" in stand.at(document, keys)


def _path(keys: tuple[str | int, ...]) -> str:
    return ".".join(map(str, keys)) or "."


def _whole(body: bytes) -> Iterator[str]:
    for leaf in leaves(orjson.loads(body)):
        yield leaf
        if leaf.lstrip()[:1] in {"{", "["}:
            yield from _nested(leaf)


def _nested(leaf: str) -> Iterable[str]:
    try:
        return leaves(json.loads(leaf))
    except ValueError:
        return ()


def _joined(events: list[tuple[str, Any]]) -> Iterator[str]:
    """Yield the texts of a stream: those of equal places in order, in one."""
    found: dict[Any, str] = {}
    for name, event in events:
        for keys in stand.leaves(event):
            where = (name, keys)
            found[where] = found.get(where, "") + stand.at(event, keys)
        found |= {key: key for at in stand.objects(event) for key in stand.at(event, at)}
    for text in found.values():
        yield text
        if text.lstrip()[:1] in {"{", "["}:
            yield from _nested(text)
