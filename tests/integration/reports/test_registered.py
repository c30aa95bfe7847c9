from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from proxy.reports import registered
from proxy.reports.registered import RegistryNotStoredError
from testing import twins

REGISTRY = {"providers": {"acme-ai": {"legal_name": "Acme AI Inc."}}}


def decided(revision, packed=b""):
    """A world that this policy decided last, which the log says was stored like that."""
    kept = {revision: frozenset({hashlib.sha256(packed).hexdigest()})}
    return replace(twins.gathered({}), revisions=(revision, ""), kept=kept)


async def stored(reader, made):
    async with reader.transaction():
        return await registered.stored(reader, made)


async def test_the_document_is_that_of_the_bundle_that_decided(reader, superuser):
    packed = twins.packed(REGISTRY)
    await superuser.execute("INSERT INTO registry.bundle (revision, packed) VALUES ('twin', $1)", packed)
    found = await stored(reader, decided("twin", packed))
    assert found["providers"] == REGISTRY["providers"]


async def test_a_bundle_that_the_log_does_not_know_declares_nothing(reader, superuser):
    packed = twins.packed(REGISTRY)
    await superuser.execute("INSERT INTO registry.bundle (revision, packed) VALUES ('twin', $1)", packed)
    assert await stored(reader, decided("twin", b"another")) is None
    assert await stored(reader, replace(decided("twin"), kept={})) is None


async def test_before_the_first_decision_nothing_is_declared(reader):
    assert await stored(reader, twins.gathered({})) == {}


async def test_a_bundle_that_is_not_stored_or_cannot_be_read_is_never_taken_for_an_empty_one(reader, superuser):
    await superuser.execute("INSERT INTO registry.bundle (revision, packed) VALUES ('broken', 'no bundle')")
    assert await stored(reader, decided("unknown")) is None
    assert await stored(reader, decided("broken", b"no bundle")) is None


def test_a_provider_is_found_by_its_name_in_the_registry_too():
    for given, meant in (
        ("acme-ai", "Acme AI Inc."),
        ("Acme AI Inc.", "Acme AI Inc."),
        ("former", "former"),
        (None, None),
    ):
        assert registered.meant(REGISTRY, {"provider": given}) == {"provider": meant}


def test_without_a_stored_registry_a_provider_is_what_was_given_but_nothing_is_compared():
    assert registered.meant(None, {"provider": "acme-ai"}) == {"provider": "acme-ai"}
    with pytest.raises(RegistryNotStoredError):
        registered.meant(None, {"provider": None, "registry": None})
