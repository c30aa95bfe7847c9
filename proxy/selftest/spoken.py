"""How each API is asked with a text and answered with one: ``dialects.yaml``, read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

import orjson

from proxy.codecs.api import TableApi
from proxy.codecs.base import Api
from proxy.codecs.endpoints import TABLE
from proxy.codecs.framing import Frame, Framing
from proxy.codecs.framing.sse import Sse
from proxy.runtime.resources import document

TEXT, MODEL = "@text", "@model"
#: APIs that are not tried: they carry files, pictures, recordings or what a target keeps, or name no model.
UNTRIED = frozenset(
    """openai_responses_kept openai_conversations openai_files openai_batches openai_images openai_image_edits
    openai_image_variations openai_speech openai_transcriptions openai_translations anthropic_batches
    bedrock_apply_guardrail kserve_model mcp mistral_ocr sglang_generate tfserving_model""".split()
)
_PIECE = 7  # characters of an event: a pseudonym stands in several


@dataclass(frozen=True, slots=True)
class Spoken:
    """One API, asked in one way: whole, or with a stream."""

    api: Api
    path: str
    ask: Any
    say: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """The API and how it is asked."""
        return f"{self.api.name}{' streamed' if self.stream else ''}"

    @property
    def echoes(self) -> bool:
        """Whether a reply says the text."""
        return next(_places(self.stream["piece"] if self.stream else self.say), None) is not None

    @property
    def _framing(self) -> Framing:
        return cast("TableApi", self.api).framing or Sse()

    @property
    def media(self) -> str:
        """The media type of a reply."""
        return str(self._framing.media[0]) if self.stream else "application/json"

    def request(self, text: str, model: str) -> tuple[str, bytes]:
        """Return path and body."""
        asked = {**self.ask, **self.stream.get("ask", {})} if self.stream else self.ask
        return self.path.replace(MODEL, model), orjson.dumps(_filled(asked, {TEXT: text, MODEL: model}))

    def reply(self, text: str) -> bytes:
        """Return the body of the reply that says a text."""
        if self.stream is None:
            return orjson.dumps(_filled(self.say, {TEXT: text}))
        pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
        events = [_filled(self.stream["piece"], {TEXT: piece}) for piece in pieces]
        encode = self._framing.encoder()
        named = [event if isinstance(event, list) else ["", event]
                 for event in (*self.stream.get("before", ()), *events, *self.stream.get("after", ()))]  # fmt: skip
        body = b"".join(encode(Frame(name=name), orjson.dumps(data)) for name, data in named)
        return body + str(self.stream.get("end", "")).encode()

    def text(self, body: bytes) -> str:
        """Return what a reply says.

        Raises:
            ValueError, LookupError, TypeError: it is not a reply of this API.

        """
        if self.stream is None:
            return str(_at(orjson.loads(body), next(_places(self.say))))
        piece = self.stream["piece"]
        template = piece[1] if isinstance(piece, list) else piece
        path = next(_places(template))
        parser = self._framing.parser()
        frames = [frame for frame in (*parser.feed(body), *parser.finish()) if frame.data]
        return "".join(_text_at(orjson.loads(frame.data or b""), path) for frame in frames if frame.data != b"[DONE]")


def longest(body: bytes) -> str:
    """Return the longest text of a request."""
    return max((str(_at(document, path)) for document in [orjson.loads(body)] for path in _strings(document)),
               key=len, default="")  # fmt: skip


@cache
def every() -> tuple[Spoken, ...]:
    """Return every API that is tried, whole, and streamed where it streams."""
    apis = {served.api.name: served.api for served in TABLE.served if served.api is not None}
    rows = document(Path(__file__).with_name("dialects.yaml"))
    return tuple(spoken for name, row in rows.items() for spoken in _spoken(apis[name], row))


def _spoken(api: Api, row: Mapping[str, Any]) -> Iterator[Spoken]:
    first = next(endpoint.path for endpoint in api.endpoints if endpoint.method == "POST")
    path = row.get("path") or first.replace("{model:path}", MODEL).replace("{model}", MODEL)
    yield Spoken(api, path, row["ask"], row["say"], row.get("headers", {}))
    if stream := row.get("stream"):
        yield Spoken(api, stream.get("path", path), row["ask"], row["say"], row.get("headers", {}), stream)


def _filled(template: Any, values: Mapping[str, str]) -> Any:
    match template:
        case dict():
            return {key: _filled(value, values) for key, value in template.items()}
        case list():
            return [_filled(value, values) for value in template]
        case str():
            return values.get(template, template)
        case _:
            return template


def _strings(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(node, str):
        yield path
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from _strings(value, (*path, key))


def _places(template: Any) -> Iterator[tuple[str | int, ...]]:
    return (path for path in _strings(template) if _at(template, path) == TEXT)


def _at(node: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        node = node[key]
    return node


def _text_at(event: Any, path: tuple[str | int, ...]) -> str:
    """Return the text at a place of an event, "" where the event is another one."""
    try:
        text = _at(event, path)
    except (LookupError, TypeError):
        return ""
    return text if isinstance(text, str) else ""
