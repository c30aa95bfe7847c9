from __future__ import annotations

import orjson

from proxy.codecs import envelope
from proxy.codecs.openai.apis import CHAT
from proxy.core.wire import Incoming, Wire
from testing.fakes import CANARY, chat

INCOMING = Incoming(
    chat("hello"),
    variables={"model": "m"},
    query={"alt": "sse"},
    headers={"x-version": "2026-01-01", "x-meta": f"for {CANARY}"},
)
OWN = frozenset({"@path/model", "@query/alt", "@header/x-version"})


def test_what_the_dialect_does_not_own_is_a_text_and_is_written_back_changed():
    payload = envelope.read(CHAT.decode(Incoming(INCOMING.body)), INCOMING, OWN)
    [span] = [span for span in payload.spans if span.pointer.startswith("@")]
    assert (span.pointer, span.path, span.text) == ("@header/x-meta", "@header.x-meta", f"for {CANARY}")
    changed = envelope.rewritten(payload, {payload.spans.index(span): "for [X]", 99: "unread"})
    assert changed.headers == {"x-version": "2026-01-01", "x-meta": "for [X]"}
    assert (changed.variables, changed.query, changed.body) == ({"model": "m"}, {"alt": "sse"}, INCOMING.body)
    body = CHAT.encode(payload, {payload.spans.index(span): "for [X]"}, "m").body
    assert orjson.loads(body) == orjson.loads(INCOMING.body)


def test_everything_is_a_text_unless_it_is_owned():
    payload = envelope.read(CHAT.decode(Incoming(INCOMING.body)), INCOMING)
    assert [span.text for span in payload.spans if span.pointer.startswith("@")] == [
        "m",
        "sse",
        "2026-01-01",
        f"for {CANARY}",
    ]


def test_what_is_written_beside_body_and_path_is_seen_but_for_the_dialects_own_words():
    wire = Wire("/models/a%20b:go", b"", query=(("alt", "sse"),), headers=(("x-meta", "for Ada"),))
    assert envelope.texts(wire, frozenset({"alt", "sse"})) == ["for Ada"]
    assert wire.outside_body == ("models", "a b:go", "alt", "sse", "for Ada")
