from __future__ import annotations

import pytest
from pydantic import BaseModel

from proxy.catalog import endpoints
from proxy.catalog.documents import check
from proxy.errors import ConfigurationError

MODELS = [kind for kind in vars(endpoints).values() if isinstance(kind, type) and issubclass(kind, BaseModel)]
REGISTRY = {"targets": {}, "tenants": {}, "activities": {}}


def checked(**endpoint):
    document = {"registry": REGISTRY, "endpoints": {"p/eu": endpoint}, "routes": [{"targets": ["p/eu"]}]}
    return check(document).endpoints["p/eu"]


def header(name):
    return {"base_url": "http://x", "authorization": {"scheme": "header", "name": name}, "credential_file": "k"}


@pytest.mark.parametrize("kind", MODELS)
def test_every_model_refuses_unknown_keys_and_is_frozen(kind):
    assert (kind.model_config["extra"], kind.model_config["frozen"], kind.model_config["strict"]) == (
        "forbid",
        True,
        True,
    )


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ({"base_url": "http://x", "api_key": "sk-1"}, "api_key"),
        ({"base_url": "http://x", "timeout_s": 0}, "timeout_s"),
        ({"base_url": "http://x", "dialect": "telex"}, "dialect"),
        (
            {"base_url": "http://x", "dialects": ["openai_chat", "telex"]},
            "dialects: 'telex' is not a dialect; known are",
        ),
        ({"base_url": "http://x", "dialects": []}, "dialects"),
        ({"base_url": "http://x", "operations": ["telex"]}, "operations.0: 'telex' is not an operation"),
        (
            {"base_url": "http://x", "credential_file": "../master.key"},
            "credential_file: must be the name of a file in",
        ),
        (
            {"base_url": "http://x", "credential": "OPENAI_API_KEY", "credential_file": "k"},
            "or credential_file, not both",
        ),
        (header("Host"), "authorization.header.name: the header 'Host' cannot carry a credential"),
        (header("x y"), "authorization.header.name"),
        ({"base_url": "http://x", "authorization": {"scheme": "header", "name": "api-key"}}, "needs a credential"),
        ({"base_url": "http://x", "authorization": {"scheme": "telepathy"}}, "authorization"),
        (
            {"base_url": "http://x", "authorization": {"scheme": "none"}, "credential": "OPENAI_API_KEY"},
            "takes no credential",
        ),
        (
            {"base_url": "http://x", "authorization": {"scheme": "caller"}, "credential_file": "k"},
            "takes no credential",
        ),
        ({"base_url": "http://x", "authorization": {"scheme": "sigv4", "service": "bedrock"}}, "sigv4.region"),
        ({"base_url": "http://x", "tls": {"ca": "ca.pem"}}, "tls needs a base_url with https"),
        (
            {"base_url": "https://x", "tls": {"ca": "/etc/ca.pem"}},
            "tls.ca: must be the name of a file in PROXY_TARGET_FILES",
        ),
        ({"base_url": "https://x", "tls": {"key": "k.pem"}}, "key needs a certificate"),
        (
            {"base_url": "https://x", "models": {"m": "own"}, "pins": {"m": "v1"}},
            "pins: 'm' is not a name of this target",
        ),
        ({"base_url": "https://x", "reports": {"regions": {"north": "Norway"}}}, "reports.regions.north"),
        ({"base_url": "https://x", "probe": {"path": "health"}}, "probe.path"),
        ({"base_url": "https://x", "probe": {"path": "/health", "interval_s": 0.1}}, "probe.interval_s"),
        (
            {"base_url": "https://x", "probe": {"path": "/h"}, "authorization": {"scheme": "caller"}},
            "probe: authorization.scheme",
        ),
        ({}, "base_url"),
    ],
)
def test_wrong_endpoints_are_told_by_their_place(endpoint, said):
    with pytest.raises(ConfigurationError, match=said) as caught:
        checked(**endpoint)
    assert str(caught.value).startswith("endpoints.p/eu")
    assert "sk-1" not in str(caught.value)
