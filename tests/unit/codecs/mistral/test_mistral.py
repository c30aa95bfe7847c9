from __future__ import annotations

import orjson
import pytest

from proxy.codecs import openai
from proxy.codecs.endpoints import TABLE
from proxy.codecs.mistral import DIALECT


def test_errors_stand_alone():
    told = orjson.loads(DIALECT.error(403, "denied", "refused by policy", "r1"))
    assert (told["object"], told["type"], told["message"], told["code"]) == (
        "error",
        "permission_error",
        "refused by policy",
        "denied",
    )
    assert orjson.loads(DIALECT.error_event("", "cut", "it broke", "r1").removeprefix(b"data: "))["code"] == "cut"


@pytest.mark.parametrize("path", ["/v1/libraries", "/v1/libraries/l1/documents", "/v1/workflows/w1", "/v1/rag/x"])
def test_what_it_keeps_is_refused(path):
    found = TABLE.find("POST", path, {})
    assert (found.dialect, found.kept) == (DIALECT, True)


def test_an_agent_is_state_whoever_asks():
    assert TABLE.find("POST", "/v1/agents/completions", {}).kept


def test_a_model_is_listed_with_what_its_client_wants_to_know():
    (shown,) = orjson.loads(openai.DIALECT.models(["m"]))["data"]
    assert (shown["id"], shown["type"], shown["capabilities"]) == ("m", "base", {})
