"""How the document of a sample becomes the body of a request, and is read again in what the third party got."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode

import orjson

from proxy.codecs import multipart

Written = tuple[bytes, str, dict[str, str]]  # body, media type, parameters of the media type
BODY = "@body"


class Encoding(Protocol):
    def write(self, document: dict[str, Any]) -> Written: ...

    def read(self, body: bytes, media: str) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Json:
    """``bare``: the document holds the value of the body under ``BODY``."""

    bare: bool = False

    def write(self, document):
        return orjson.dumps(_bare(document) if self.bare else document), "application/json", {}

    def read(self, body, media):
        return {BODY: orjson.loads(body)} if self.bare else orjson.loads(body)


class Form:
    def write(self, document):
        return urlencode(list(_pairs(document))).encode(), "application/x-www-form-urlencoded", {}

    def read(self, body, media):
        return _document(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body)))


class Multipart:
    def write(self, document):
        parts = tuple(multipart.FormPart(name, None, "text/plain", text.encode()) for name, text in _pairs(document))
        if not parts:
            return b"", multipart.MEDIA, {"boundary": "b"}
        return multipart.write(multipart.Form("b", parts)), multipart.MEDIA, {"boundary": "b"}

    def read(self, body, media):
        return _document((part.name, part.text) for part in multipart.read(media, body).parts)


@dataclass(frozen=True)
class Lines:
    """The document is the body of the last of two requests for one path, in a file of lines."""

    url: str

    def write(self, document):
        lines = b"".join(orjson.dumps(self._line(name, body)) + b"\n" for name, body in _two(document))
        parts = (
            multipart.FormPart("purpose", None, "text/plain", b"batch"),
            multipart.FormPart("file", "a.jsonl", "application/octet-stream", lines),
        )
        return multipart.write(multipart.Form("b", parts)), multipart.MEDIA, {"boundary": "b"}

    def _line(self, name, body):
        return {"custom_id": name, "method": "POST", "url": self.url, "body": body}

    def read(self, body, media):
        file = next(part for part in multipart.read(media, body).parts if part.name == "file")
        return orjson.loads(file.content.splitlines()[-1])["body"]


class Requests:
    """The document is the last of two requests for Anthropic's Messages."""

    def write(self, document):
        requests = [{"custom_id": name, "params": params} for name, params in _two(document)]
        return orjson.dumps({"requests": requests}), "application/json", {}

    def read(self, body, media):
        return orjson.loads(body)["requests"][-1]["params"]


@dataclass(frozen=True)
class Named:
    """JSON in which a target's own identifier stands where a handle does before."""

    member: str
    handle: str
    theirs: str

    def write(self, document):
        return orjson.dumps(document), "application/json", {}

    def read(self, body, media):
        document = orjson.loads(body)
        assert document[self.member] == self.theirs
        return {**document, self.member: self.handle}


@dataclass(frozen=True)
class Text:
    media: str = "text/plain"

    def write(self, document):
        said = _bare(document)
        return (said if isinstance(said, str) else json.dumps(said)).encode(), self.media, {}

    def read(self, body, media):
        return {BODY: body.decode()}


JSON_BODY = Json()


def _two(document):
    """Return two requests by their names: of the document, and before it one that holds nothing."""
    plain = {"role": "user", "content": "Hello."}
    model = document.get("model") if isinstance(document, dict) else None
    asked = {"model": model, "messages": [plain], "input": "Hello.", "prompt": "Hello.", "max_tokens": 5}
    known = document.keys() if isinstance(document, dict) else ()
    return ("first", {name: value for name, value in asked.items() if name in known}), ("second", document)


def _bare(document):
    return document.get(BODY) if isinstance(document, dict) else document


def _pairs(document):
    """Yield the fields of a form; what is not text is written as JSON."""
    document = document if isinstance(document, dict) else {"odd": document}
    for name, value in document.items():
        for one in value if isinstance(value, list) else [value]:
            if name:
                yield name, one if isinstance(one, str) else json.dumps(one)


def _document(pairs):
    """Return fields as a document: lists where a name is repeated or ends in []."""
    found: dict[str, list[str]] = {}
    for name, text in pairs:
        found.setdefault(name, []).append(text)
    return {name: texts if len(texts) > 1 or name.endswith("[]") else texts[0] for name, texts in found.items()}
