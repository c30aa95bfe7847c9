from __future__ import annotations

import base64

import pytest

from proxy.app import Worker, keyring, read_catalog
from proxy.errors import ConfigurationError
from proxy.settings import Settings

SECRET = base64.b64encode(b"k" * 32).decode()


def settings(**changes):
    given = {"secret_key": SECRET, "database_url": "postgres://nobody@127.0.0.1:1/x", "opa_url": "http://127.0.0.1:1"}
    return Settings(**{name: value for name, value in (given | changes).items() if value is not None})


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in ("PROXY_SECRET_KEY", "PROXY_DATABASE_URL", "PROXY_OPA_URL", "DATABASE_URL", "OPA_URL"):
        monkeypatch.delenv(name, raising=False)


def test_the_keyring_comes_from_the_secret_key():
    assert keyring(settings()).master == b"k" * 32


@pytest.mark.parametrize(
    "secret", ["", "short", "not base64!", base64.b64encode(b"k" * 31).decode(), SECRET + "\u00e9"]
)
def test_a_bad_secret_key_is_refused_without_being_quoted(secret):
    with pytest.raises(ConfigurationError) as caught:
        keyring(settings(secret_key=secret))
    assert not secret or secret not in str(caught.value)


def test_a_missing_secret_key_says_how_to_make_one():
    with pytest.raises(ConfigurationError, match="openssl rand"):
        keyring(settings(secret_key=None))


@pytest.mark.parametrize("missing", ["database_url", "opa_url"])
def test_serving_needs_a_database_and_a_policy_engine(missing):
    with pytest.raises(ConfigurationError, match="must be set to serve"):
        Worker(settings(**{missing: None}))


@pytest.mark.parametrize("changes", [{"oidc_audience": "a"}, {"oidc_jwks": "f"}, {}])
def test_an_issuer_needs_audience_and_keys(changes):
    with pytest.raises(ConfigurationError, match="PROXY_OIDC_AUDIENCE"):
        Worker(settings(oidc_issuer="https://idp.example", **changes))


def test_a_worker_is_made_without_touching_the_network():
    worker = Worker(settings(oidc_issuer="https://i.example", oidc_audience="a", oidc_jwks="/no/such/file"))
    assert worker._parts.tokens is not None


def test_the_catalog_is_read_and_the_bundle_written(tmp_path):
    catalog = read_catalog(settings(bundle_path=tmp_path / "bundle.tar.gz"), starting=True)
    assert catalog.routes
    assert (tmp_path / "bundle.tar.gz").stat().st_size > 1000
