"""Items that people must close, on a real database."""

from __future__ import annotations

import asyncpg
import pytest

from proxy.audit.access.oversight import Overseer, OversightResult
from proxy.audit.upkeep.readings import Asker
from proxy.core.records import Obligation, TargetVerdict
from proxy.grants.obligations import GrantObligations
from proxy.runtime import database
from testing import evidence, fakes

TARGET = "us-1"


class NoStore:
    async def use(self, grant, exchange):
        raise AssertionError("there is no grant")


@pytest.fixture
async def overseer(log, fresh_dsn):
    connection = await database.connect(fresh_dsn, database.READER)
    yield lambda name="alice": Overseer(connection, Asker(name))
    await connection.close()


async def carried_out(log, identity, *types):
    """Do what a permit obliges to beside a request."""
    verdict = TargetVerdict(TARGET, True, 0, (), tuple(Obligation(kind, kind) for kind in types))
    decision = fakes.decision(TARGET, (verdict,), "forward", document={})
    await GrantObligations(NoStore(), log).carry_out(evidence.exchange(identity), decision, TARGET)


async def test_an_item_is_open_until_somebody_closes_it(log, overseer, fresh_dsn):
    await carried_out(log, "x1", "human_oversight", "post_review")
    await carried_out(log, "x2", "human_oversight")
    await carried_out(log, "x2", "human_oversight")  # another hop
    await carried_out(log, "x3", "notify")  # told, and nothing to close
    found = await overseer().items()
    assert [(one["exchange"], one["obliged"]) for one in found] == [
        ("x1", ["human_oversight", "post_review"]), ("x2", ["human_oversight"]),
    ]  # fmt: skip
    assert await overseer().items(tenant="other") == []
    assert await overseer().close(log, "x1", OversightResult.OVERRIDDEN, "the ranking was wrong", "alice")
    assert not await overseer().close(log, "x1", OversightResult.ACCEPTED, "", "alice")
    assert not await overseer().close(log, "x2", OversightResult.ACCEPTED, "", "helpdesk")  # the service that asked
    assert not await overseer().close(log, "x3", OversightResult.ACCEPTED, "", "alice")
    assert [one["exchange"] for one in await overseer().items(activity="support")] == ["x2"]
    connection = await asyncpg.connect(fresh_dsn)
    [row] = await connection.fetch("SELECT target, tenant, body::text AS body FROM audit.record WHERE action = 'oversight_closed'")  # fmt: skip
    await connection.close()
    assert (row["target"], row["tenant"]) == ("x1", "acme")
    assert '"by":"alice"' in row["body"]
    assert '"finding":"overridden"' in row["body"]
