from __future__ import annotations

import orjson
import pytest

from proxy.codecs.cohere import DIALECT
from proxy.codecs.endpoints import TABLE

CLIENT = {"x-fern-sdk-name": "cohere"}


def test_errors_say_what_and_whose():
    assert orjson.loads(DIALECT.error(403, "denied", "refused by policy", "r1")) == {
        "id": "r1",
        "message": "refused by policy",
        "code": "denied",
    }


def test_an_error_in_a_stream_is_a_failed_end_of_the_message():
    name, data = DIALECT.error_event("text/event-stream", "cut", "it broke", "r1").split(b"\n")[:2]
    said = orjson.loads(data.removeprefix(b"data: "))
    assert name == b"event: message-end"
    assert (said["type"], said["delta"]["finish_reason"], said["delta"]["error"]) == (
        "message-end",
        "ERROR",
        "it broke",
    )


def test_models_are_listed_to_its_client():
    found = TABLE.find("GET", "/v1/models", CLIENT)
    assert (found.dialect, found.served.api) == (DIALECT, None)
    assert TABLE.find("GET", "/v1/models", {}).dialect is not DIALECT
    assert [one["name"] for one in orjson.loads(DIALECT.models(["a", "b"]))["models"]] == ["a", "b"]
    assert orjson.loads(DIALECT.model("a"))["name"] == "a"


@pytest.mark.parametrize("path", ["/v2/batches", "/v2/batches/b1", "/v1/datasets/usage", "/v1/embed-jobs/j1/cancel"])
def test_what_it_keeps_is_refused(path):
    found = TABLE.find("POST", path, CLIENT)
    assert (found.dialect, found.kept) == (DIALECT, True)


@pytest.mark.parametrize("path", ["/v1/detokenize", "/v1/generate", "/v2/parse"])
def test_what_it_does_not_serve_is_unknown(path):
    found = TABLE.find("POST", path, CLIENT)
    assert (found.dialect, found.served, found.kept) == (DIALECT, None, False)
