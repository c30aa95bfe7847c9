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
