from __future__ import annotations

from proxy.schemes.header import SCHEME


def test_the_credential_stands_in_the_header_that_is_named(present):
    assert present("header", "sk-1", name="api-key").headers["api-key"] == "sk-1"


def test_headers_of_the_connection_are_not_to_be_had():
    assert {"host", "cookie", "content-length"} <= SCHEME.parameters["name"].refused
