from __future__ import annotations

import pytest

from proxy.errors import ConfigurationError


async def test_a_request_names_who_asked_for_what(open_store):
    store = await open_store()
    request = await store.ask("purge_days", "", "2026-01-01", "RET-1", "alice")
    asked = await store.asked(request)
    assert (asked.act, asked.about, asked.ticket, asked.requested_by) == ("purge_days", "2026-01-01", "RET-1", "alice")


async def test_a_request_that_nobody_with_the_master_key_made_is_none(open_store, superuser):
    store = await open_store()
    await superuser.execute(
        "INSERT INTO identity.two_person_request (id, act, tenant, about, ticket, requested_by) "
        "VALUES ('rq_abcdefghijkl', 'purge_days', '', '2026-01-01', 'RET-1', 'alice')"
    )
    assert await store.asked("rq_abcdefghijkl") is None


async def test_a_malformed_ticket_is_refused(open_store):
    with pytest.raises(ConfigurationError, match="a ticket has at most 64 characters"):
        await (await open_store()).ask("purge_days", "", "2026-01-01", "two words", "alice")
