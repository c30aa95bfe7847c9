from __future__ import annotations

import pytest

from proxy.reports import registered
from proxy.reports.registered import RegistryNotStoredError
from testing import twins


async def test_the_document_is_that_of_the_bundle_that_decided(reader, fresh_dsn):
    await twins.store(fresh_dsn, {"registry": {"activities": {"support": {"purpose": "x"}}}})
    found = await registered.document(reader, "twin")
    assert found["activities"] == {"support": {"purpose": "x"}}


async def test_before_the_first_decision_nothing_is_declared(reader):
    assert await registered.document(reader, None) == {}
    assert await registered.document(reader, "") == {}


async def test_a_bundle_that_is_not_stored_or_cannot_be_read_is_never_taken_for_an_empty_one(reader, superuser):
    await superuser.execute("INSERT INTO registry.bundle (revision, packed) VALUES ('broken', 'no bundle')")
    for revision in ("unknown", "broken"):
        with pytest.raises(RegistryNotStoredError):
            await registered.document(reader, revision)


async def test_a_provider_is_found_by_its_name_in_the_registry_too(reader, fresh_dsn):
    await twins.store(fresh_dsn, {"registry": {"providers": {"acme-ai": {"legal_name": "Acme AI Inc."}}}})
    for given, meant in (
        ("acme-ai", "Acme AI Inc."),
        ("Acme AI Inc.", "Acme AI Inc."),
        ("former", "former"),
        (None, None),
    ):
        assert await registered.meant(reader, "twin", {"provider": given}) == {"provider": meant}


async def test_without_a_stored_registry_a_provider_is_what_was_given_but_nothing_is_compared(reader):
    assert await registered.meant(reader, "unknown", {"provider": "acme-ai"}) == {"provider": "acme-ai"}
    with pytest.raises(RegistryNotStoredError):
        await registered.meant(reader, "unknown", {"provider": None, "registry": None})
