from __future__ import annotations

import orjson
import pytest

from proxy.codecs.endpoints import TABLE
from proxy.codecs.kserve.dialect import DIALECT


def test_errors_are_one_word_of_json():
    assert orjson.loads(DIALECT.error(403, "denied", "refused by policy", "x")) == {"error": "refused by policy"}
    assert DIALECT.error_event("text/event-stream", "cut", "it broke", "x") == b'data: {"error":"it broke"}\n\n'


def test_what_clients_ask_first():
    assert orjson.loads(DIALECT.models(["toy"])).keys() == {"name", "version", "extensions"}
    assert orjson.loads(DIALECT.model("toy")) == {"name": "toy", "ready": True}
    assert {"/v2/health/live", "/v2/health/ready"} <= TABLE.health


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/v2/models/m/infer", "kserve_infer"), ("POST", "/v2/models/m/versions/2/infer", "kserve_infer"),
        ("POST", "/v2/models/m/infer_stream", "kserve_infer"), ("POST", "/v2/models/m/generate", "kserve_generate"),
        ("POST", "/v2/models/m/versions/2/generate_stream", "kserve_generate"), ("GET", "/v2/models/m", "kserve_model"),
        ("GET", "/v2/models/m/versions/2", "kserve_model"), ("GET", "/v2/models/m/ready", None), ("GET", "/v2", None),
    ],
)  # fmt: skip
def test_paths(method, path, name):
    served = TABLE.find(method, path, {}).served
    assert (served.api.name if served.api else None, served.dialect) == (name, DIALECT)


@pytest.mark.parametrize(
    "path",
    [
        "/v2/models/m/config", "/v2/models/m/stats", "/V2/models/m/infer", "/v2/Models/m/infer",
        "/v2/models/m/Infer", "/v2/models/m/infer/", "/v2/models/m%2Fn/infer", "/v2/docs",
    ],
)  # fmt: skip
def test_what_is_not_served_is_refused_in_its_shape(path):
    for method in ("GET", "POST"):
        found = TABLE.find(method, path, {})
        assert found.served is None


@pytest.mark.parametrize(
    "path",
    [
        "/v2/repository/index", "/v2/repository/models/m/load", "/v2/trace/setting", "/v2/models/m/trace/setting", "/v2/logging",
        "/v2/models/m/versions/2/trace/setting", "/v2/systemsharedmemory/status", "/v2/cudasharedmemory/region/r/register",
    ],
)  # fmt: skip
def test_what_a_server_keeps_is_refused_in_its_shape(path):
    for method in ("GET", "POST"):
        found = TABLE.find(method, path, {})
        assert (found.kept, found.dialect) == (True, DIALECT)
