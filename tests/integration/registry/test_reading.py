from __future__ import annotations

import asyncio

import pytest

from proxy.errors import ConfigurationError, RegistryUnavailableError
from proxy.registry import reading
from testing import evidence
from tests.integration.registry.sample import document


async def test_an_empty_registry_says_how_to_fill_it(fresh_dsn):
    with pytest.raises(ConfigurationError, match="compliance-proxy registry import config/"):
        await asyncio.to_thread(reading.active, fresh_dsn, evidence.KEYRING)


async def test_the_revision_in_force_or_the_preferred_one_is_read(fresh_dsn, store):
    one = await store.put(document(), by="ann", base=None)
    two = await store.put(document(ext={"n": 1}), by="ann", base=one.revision)
    for preferred, wanted in (("", two), (one.revision, one), ("0" * 20, two)):
        read = await asyncio.to_thread(reading.active, fresh_dsn, evidence.KEYRING, preferred)
        assert (read.revision, read.plain) == (wanted.revision, wanted.documents)


async def test_what_this_release_does_not_accept_is_refused_and_named(fresh_dsn, store, monkeypatch):
    made = await store.put(document(), by="ann", base=None)

    def refuse(_document):
        raise ConfigurationError("targets.p/eu.novelty: Extra inputs are not permitted")

    monkeypatch.setattr(reading.documents, "check", refuse)
    with pytest.raises(ConfigurationError, match=f"registry {made.revision}: targets.p/eu.novelty"):
        await asyncio.to_thread(reading.active, fresh_dsn, evidence.KEYRING)


async def test_a_bundle_is_fetched(fresh_dsn, store):
    await store.keep_bundle("abc", b"packed")
    assert await asyncio.to_thread(reading.kept_bundle, fresh_dsn, "abc") == b"packed"
    assert await asyncio.to_thread(reading.kept_bundle, fresh_dsn, "def") is None


async def test_a_database_that_is_away_is_waited_for_and_then_named():
    with pytest.raises(RegistryUnavailableError):
        await asyncio.to_thread(reading.active, "postgresql://u@127.0.0.1:1/x", evidence.KEYRING, "", 0.1)
