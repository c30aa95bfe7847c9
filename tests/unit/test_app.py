from __future__ import annotations

import base64

import pytest

from proxy.app import Worker, keyring, read_catalog
from proxy.errors import ConfigurationError, RegistryUnavailableError
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


def test_images_are_not_read_where_nothing_is():
    with pytest.raises(ConfigurationError, match="PROXY_FILE_PARTS=text"):
        Worker(settings(ocr="local", file_parts="opaque"))


def test_a_worker_is_made_without_touching_the_network():
    worker = Worker(settings(oidc_issuer="https://i.example", oidc_audience="a", oidc_jwks="/no/such/file"))
    assert worker._parts.tokens is not None


def test_the_catalog_is_read_and_the_bundle_written(tmp_path):
    catalog = read_catalog(settings(bundle_path=tmp_path / "bundle.tar.gz"), starting=True)
    assert catalog.routes
    assert (tmp_path / "bundle.tar.gz").stat().st_size > 1000


def test_a_worker_says_what_it_runs():
    worker = Worker(settings())
    mine = worker._running()
    assert (mine.registry_revision, mine.policy_revision, mine.refused) == (worker._catalog.registry_revision, "", "")
    assert mine.writer == worker._parts.audit.writer_id
    shown = worker._details()
    assert shown["registry"] == {"kept_in": "files", "revision": mine.registry_revision}
    assert shown["fleet"]["processes"] == 0


async def test_what_is_refused_stays_out_and_shows(tmp_path, monkeypatch):
    worker = Worker(settings())
    before = worker._catalog
    monkeypatch.setattr(worker, "_settings", settings(config_dir=tmp_path))
    await worker._read_again(None)
    assert worker._catalog is before
    assert "registry.yaml is missing" in worker._details()["registry"]["refused"]
    assert "registry.yaml is missing" in worker._running().refused


async def test_a_registry_that_cannot_be_read_leaves_the_catalog(monkeypatch):
    worker = Worker(settings())
    monkeypatch.setattr(worker, "_settings", settings(registry="database"))
    monkeypatch.setattr("proxy.app.read_catalog", _away)
    await worker._read_again(None)
    assert "cannot be reached" in worker._details()["registry"]["refused"]
    with pytest.raises(RegistryUnavailableError):
        await worker._take(None)


def _away(_settings):
    raise RegistryUnavailableError
