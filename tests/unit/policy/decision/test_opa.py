from __future__ import annotations

import pytest

from proxy.policy.decision import opa


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("http://127.0.0.1:8181", "http://127.0.0.1:8181/v1"),
        ("http://opa", "http://opa:8181/v1"),
        ("https://opa.example:9000/", "https://opa.example:9000/v1"),
        ("https://opa.example", "https://opa.example:443/v1"),
    ],
)
def test_client_reads_the_address(url, root):
    assert opa._client(url, 1.0, None).root_url == root


@pytest.mark.parametrize(
    ("provenance", "engine"),
    [
        ({"version": "1.20.2"}, "opa/1.20.2"),
        ({"version": "opa-embedded/1.20.2"}, "opa-embedded/1.20.2"),
        ({"version": 7}, "opa"),
        ({}, "opa"),
        (None, "opa"),
        ("odd", "opa"),
    ],
)
def test_engine_is_named_with_its_version(provenance, engine):
    assert opa._engine(provenance) == engine


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ({"errors": [{"code": "eval_conflict_error"}]}, "conflict"),
        ({"errors": [{"code": "eval_type_error"}]}, "engine_error"),
        ({"errors": ["odd"]}, "engine_error"),
        ({}, "engine_error"),
        (None, "engine_error"),
    ],
)
def test_error_reasons(reply, reason):
    assert opa._error_reason(reply) == reason
