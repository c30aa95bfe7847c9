from __future__ import annotations

import orjson
import pytest

from proxy.codecs.endpoints import TABLE
from proxy.codecs.llamacpp import DIALECT


def test_errors_are_openais():
    assert orjson.loads(DIALECT.error(403, "denied", "refused by policy", "r1"))["error"]["code"] == "denied"


@pytest.mark.parametrize(
    "path", ["/completion", "/completions", "/infill", "/embedding", "/tokenize", "/apply-template"]
)
def test_native_paths_are_served(path):
    found = TABLE.find("POST", path, {})
    assert DIALECT in {one.dialect for one in (found.served, *found.others)}


@pytest.mark.parametrize(
    "path",
    [
        "/detokenize",
        "/slots/0",
        "/slots",
        "/props",
        "/lora-adapters",
        "/tools",
        "/cors-proxy",
        "/v1/streams",
        "/v1/stream/c1",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_shows_or_changes_the_server_is_not(path, method):
    assert TABLE.find(method, path, {}).served is None
