from __future__ import annotations

import orjson
import pytest

from proxy.codecs.endpoints import TABLE
from proxy.codecs.huggingface.dialect import DIALECT


@pytest.mark.parametrize(
    ("status", "kind"), [(403, "validation"), (429, "overloaded"), (503, "overloaded"), (500, "generation")]
)
def test_errors_name_their_type(status, kind):
    told = orjson.loads(DIALECT.error(status, "denied", "refused by policy", "r1"))
    assert told == {"error": "refused by policy", "error_type": kind, "code": "denied"}


def test_an_error_in_a_stream_is_an_event():
    data = DIALECT.error_event("text/event-stream", "cut", "it broke", "r1").removeprefix(b"data: ")
    assert orjson.loads(data)["error"] == "it broke"


@pytest.mark.parametrize(
    ("path", "name", "variables"),
    [
        ("/", "tgi_root", {}),
        ("/generate", "tgi_generate", {}),
        ("/models/org/bge", "tgi_root", {"model": "org/bge"}),
        ("/models/org/bge/generate_stream", "tgi_generate", {"model": "org/bge"}),
        ("/models/org/bge/embed", "tei_embed", {"model": "org/bge"}),
        ("/embed_sparse", "tei_embed_sparse", {}),
    ],
)
def test_a_path_may_name_the_model(path, name, variables):
    found = TABLE.find("POST", path, {})
    assert (found.served.api.name, found.variables) == (name, variables)


@pytest.mark.parametrize("path", ["/decode", "/chat_tokenize", "/invocations", "/vertex"])
def test_what_is_not_served_is_unknown(path):
    assert TABLE.find("POST", path, {}).served is None
