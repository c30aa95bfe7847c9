from __future__ import annotations

import orjson

from proxy.codecs.endpoints import TABLE
from proxy.codecs.ollama.dialect import DIALECT


def test_errors_are_one_word_of_json():
    assert orjson.loads(DIALECT.error(403, "denied", "refused by policy", "x")) == {"error": "refused by policy"}
    assert DIALECT.error_event("application/x-ndjson", "cut", "it broke", "x").endswith(b"\n")


def test_models_are_listed_as_its_clients_read_them():
    (shown,) = orjson.loads(DIALECT.models(["toy"]))["models"]
    assert (shown["name"], shown["model"]) == ("toy", "toy")


def test_unknown_paths_beside_its_own_answer_in_its_shape():
    assert TABLE.find("POST", "/api/pull", {}).dialect is DIALECT
    assert TABLE.find("GET", "/api/tags", {}).served.api is None
    assert TABLE.find("POST", "/api/chat", {}).served.api.name == "ollama_chat"
