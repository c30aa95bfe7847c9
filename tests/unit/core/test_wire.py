from __future__ import annotations

from proxy.core.wire import Incoming, Wire


def test_what_is_said_beside_the_body_is_told_as_its_reader_sees_it():
    wire = Wire("/v1/models/a%2Fb%20c:go", b"x", query=(("alt", "s s"),), headers=(("x-a", "v w"),))
    assert wire.outside_body == ("v1", "models", "a/b c:go", "alt", "s s", "v w")
    assert Wire("/", b"x").outside_body == ()


def test_what_a_caller_writes_beside_the_body_is_told_without_the_names_of_the_endpoint():
    incoming = Incoming(b"x", variables={"model": "m"}, query={"alt": "sse"}, headers={"anthropic-version": "v"})
    assert incoming.outside_body == ("m", "sse", "v")
