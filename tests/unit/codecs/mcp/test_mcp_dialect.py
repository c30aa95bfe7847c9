from __future__ import annotations

import orjson
import pytest

from proxy.codecs.endpoints import TABLE
from proxy.codecs.framing import sse
from proxy.codecs.mcp import DIALECT
from proxy.core.wire import Incoming


def about(body):
    return DIALECT.for_request(DIALECT, Incoming(body))


@pytest.mark.parametrize(
    ("status", "code", "number"),
    [(400, "malformed_request", -32600), (403, "NO_BASIS", -32600), (503, "audit_unavailable", -32603), (400, "header_mismatch", -32020)],
)  # fmt: skip
def test_an_error_is_one_of_json_rpc(status, code, number):
    made = orjson.loads(DIALECT.error(status, code, "why", "x1"))
    told = {"code": number, "message": "why", "data": {"code": code, "exchange": "x1"}}
    assert made == {"jsonrpc": "2.0", "id": None, "error": told}


@pytest.mark.parametrize("identity", [7, 0, "7", "call-12", "0b1c2d3e-0000-4000-8000-000000000001"])
def test_an_error_answers_the_message(identity):
    dialect = about(orjson.dumps({"jsonrpc": "2.0", "id": identity, "method": "ping"}))
    assert orjson.loads(dialect.error(403, "c", "m", "x"))["id"] == identity
    [event] = sse.EventParser().feed(dialect.error_event("", "c", "m", "x"))
    assert (event.name, orjson.loads(event.data)["id"]) == ("message", identity)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b'{"id":1}', b'{"method":"a"}', b'{"method":"a","id":true}', b'{"method":"a","id":null}',
        b'{"method":"a","id":"078-05-1120"}', b'{"method":"a","id":4111111111111111}', b'{"method":"a","id":"Ada Lovelace"}',
    ],
)  # fmt: skip
def test_an_error_repeats_no_id_that_could_say_anything(body):
    assert orjson.loads(about(body).error(403, "c", "m", "x"))["id"] is None


def test_paths_name_a_server_and_belong_to_the_dialect():
    for method in ("POST", "GET", "DELETE"):
        found = TABLE.find(method, "/mcp/crm", {})
        assert (found.dialect, found.variables, found.served is not None) == (DIALECT, {"model": "crm"}, True)
    assert TABLE.find("PUT", "/mcp/crm", {}).allowed == ("POST", "GET", "DELETE")
    assert TABLE.find("POST", "/mcp", {}).dialect is DIALECT
