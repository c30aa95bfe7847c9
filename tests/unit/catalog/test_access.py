from __future__ import annotations

import pytest

from proxy.catalog.documents import check
from proxy.catalog.load import compiled
from proxy.core.targets.access import Access, Authorization, Probe
from proxy.core.targets.attempts import Retry
from proxy.runtime.resources import shipped

REGISTRY = {"targets": {}, "tenants": {}, "activities": {}}


def access(**endpoint):
    named = {"p/eu": {"base_url": "http://x", **endpoint}}
    read = check({"registry": REGISTRY, "endpoints": named, "routes": [{"targets": ["p/eu"]}]})
    return compiled(read, shipped("policies")).targets["p/eu"].access


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({}, Access()),
        ({"probe": {"path": "/health", "interval_s": 5}}, Access(probe=Probe("/health", 5.0, 2.0))),
        ({"retry": {"attempts": 2}}, Access(retry=Retry(2, 10.0, 0.5))),
        ({"credential": "OPENAI_API_KEY"}, Access(credential="OPENAI_API_KEY")),
        ({"authorization": {"scheme": "none"}}, Access(Authorization("none"))),
        ({"authorization": {"scheme": "caller"}}, Access(Authorization("caller"))),
        (
            {"authorization": {"scheme": "header", "name": "api-key"}, "credential_file": "azure"},
            Access(Authorization("header", name="api-key"), credential_file="azure"),
        ),
        (
            {"authorization": {"scheme": "sigv4", "service": "bedrock", "region": "eu-west-1"}, "credential_file": "a"},
            Access(Authorization("sigv4", service="bedrock", region="eu-west-1"), credential_file="a"),
        ),
        (
            {"authorization": {"scheme": "oauth", "scope": "https://scope.example/all"}, "credential_file": "a"},
            Access(Authorization("oauth", scope="https://scope.example/all"), credential_file="a"),
        ),
    ],
)
def test_what_the_catalog_says_of_credentials(said, meant):
    assert access(**said) == meant
