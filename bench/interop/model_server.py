"""Servers of models that are in no package registry, by their documented shapes: Triton, TensorFlow Serving, TGI, TEI.

``python model_server.py PORT`` serves Triton's health, descriptions, ``infer`` with JSON and with bytes, ``generate`` and
``generate_stream``; TensorFlow Serving's ``:predict``; TGI at ``/``; TEI's ``/embed``. The one model gives each text back, and a
greeting beside it; one that asks to be too busy gets an error. What came is told at ``/__aimock/journal``, as by the other
stand-in. Nothing here knows the proxy.
"""

from __future__ import annotations

import json
import re
import struct
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GREETING = "Good morning from the provider, and good night."
_LENGTH = "Inference-Header-Content-Length"
_POST = re.compile(r"/v2/models/([^/]+)(?:/versions/[^/]+)?/(infer|generate|generate_stream)")
_GET = re.compile(r"/v2/models/([^/]+)(/ready)?")
_PREDICT = re.compile(r"/v1/models/[^/:]+(?:/(?:versions|labels)/[^/:]+)?:predict")
JOURNAL: list[str] = []


def _texts(given: Any) -> list[str]:
    return given if isinstance(given, list) else [given]


def _pieces(text: str) -> list[str]:
    return [text[at : at + 7] for at in range(0, len(text), 7)]


def unpacked(content: bytes) -> list[str]:
    """Return the elements of a tensor of text."""
    found, at = [], 0
    while at < len(content):
        (size,) = struct.unpack_from("<I", content, at)
        found.append(content[at + 4 : at + 4 + size].decode())
        at += 4 + size
    return found


def packed(texts: list[str]) -> bytes:
    """Return the bytes of a tensor of text."""
    raw = [text.encode() for text in texts]
    return b"".join(struct.pack("<I", len(one)) + one for one in raw)


def flat(node: Any) -> list[str]:
    """Return the texts of a tensor that came as JSON."""
    return [text for one in node for text in flat(one)] if isinstance(node, list) else [node]


def told(body: bytes, length: str | None) -> tuple[dict[str, Any], list[str]]:
    """Return a message's JSON and the texts of its tensors."""
    at = int(length) if length else len(body)
    document: dict[str, Any] = json.loads(body[:at])
    texts: list[str] = []
    for one in document["inputs"]:
        size = one.get("parameters", {}).get("binary_data_size")
        content, at = body[at : at + (size or 0)], at + (size or 0)
        if one["datatype"] == "BYTES":
            texts += flat(one["data"]) if size is None else unpacked(content)
    return document, texts


def answered(document: dict[str, Any], texts: list[str]) -> tuple[bytes, dict[str, str]]:
    """Return a reply in the way in which it was asked for, with its headers."""
    asked = {one["name"]: one.get("parameters", {}).get("binary_data", False) for one in document.get("outputs", [])}
    binary = document.get("parameters", {}).get("binary_data_output", False)
    outputs, content = [], b""
    for name, said in (("greeting", [GREETING]), ("echo", texts)):
        tensor: dict[str, Any] = {"name": name, "datatype": "BYTES", "shape": [len(said)]}
        if asked.get(name, binary):
            tensor["parameters"] = {"binary_data_size": len(packed(said))}
            content += packed(said)
        else:
            tensor["data"] = said
        outputs.append(tensor)
    body = json.dumps({"model_name": "greeter", "model_version": "1", "outputs": outputs}).encode()
    if not content:
        return body, {"Content-Type": "application/json"}
    return body + content, {"Content-Type": "application/octet-stream", _LENGTH: str(len(body))}


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        """Answer what clients ask before they send anything."""
        found = _GET.fullmatch(self.path)
        if self.path == "/__aimock/journal":
            self._json(JOURNAL)
        elif self.path.startswith("/v2/health/") or (found and found[2]):
            self._send(200, b"", {})
        elif self.path == "/v2":
            self._json({"name": "stand-in", "version": "1", "extensions": ["binary_tensor_data"]})
        elif found:
            tensor = {"datatype": "BYTES", "shape": [-1]}
            named = {key: [{"name": name, **tensor}] for key, name in (("inputs", "text"), ("outputs", "greeting"))}
            self._json({"name": found[1], "versions": ["1"], "platform": "stand-in", **named})
        else:
            self._json({"error": "no such path"}, 404)

    def do_POST(self) -> None:
        """Answer a request of the model."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        JOURNAL.append(body.decode("latin-1"))
        found = _POST.fullmatch(self.path)
        if self.path == "/embed":
            self._json([[0.25, -0.5, 0.125, 0.0625] for _ in _texts(json.loads(body)["inputs"])])
        elif self.path == "/":
            self._tgi(json.loads(body))
        elif _PREDICT.fullmatch(self.path):
            self._predicted(json.loads(body)["instances"])
        elif not found:
            self._json({"error": "no such path"}, 404)
        elif found[2] == "infer":
            document, texts = told(body, self.headers.get(_LENGTH))
            if any("be too busy" in text for text in texts):
                self._json({"error": "slow down"}, 429)
            else:
                self._send(200, *answered(document, texts))
        else:
            self._generated(json.loads(body)["text_input"], streamed=found[2] == "generate_stream")

    def _predicted(self, rows: list[dict[str, str]]) -> None:
        if any("be too busy" in row["text"] for row in rows):
            self._json({"error": "slow down"}, 429)
        else:
            self._json({"predictions": [{"greeting": GREETING, "echo": row["text"]} for row in rows]})

    def _tgi(self, asked: dict[str, Any]) -> None:
        said = f"{GREETING} {asked['inputs']}"
        if "be too busy" in asked["inputs"]:
            self._json({"error": "slow down", "error_type": "overloaded"}, 429)
        elif not asked.get("stream"):
            self._json([{"generated_text": said}])
        else:
            tokens = [{"id": 0, "text": piece, "logprob": -0.5, "special": False} for piece in _pieces(said)]
            events: list[dict[str, Any]] = [{"index": at, "token": one} for at, one in enumerate(tokens, 1)]
            events = [{**one, "generated_text": None, "details": None} for one in events]
            details = {"finish_reason": "eos_token", "generated_tokens": len(events), "seed": None}
            events[-1] |= {"generated_text": said, "details": details}
            self._events(events)

    def _generated(self, text: str, *, streamed: bool) -> None:
        said = f"{GREETING} {text}"
        made = {"model_name": "greeter", "model_version": "1"}
        if not streamed:
            self._json({**made, "text_output": said})
            return
        self._events([{**made, "text_output": piece} for piece in _pieces(said)])

    def _events(self, documents: list[dict[str, Any]]) -> None:
        events = [b"data:" + json.dumps(document).encode() + b"\n\n" for document in documents]
        self._send(200, b"".join(events), {"Content-Type": "text/event-stream"})

    def _json(self, document: Any, status: int = 200) -> None:
        self._send(status, json.dumps(document).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
