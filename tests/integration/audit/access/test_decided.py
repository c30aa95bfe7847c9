from __future__ import annotations

from datetime import UTC, datetime

from proxy.audit.access import decided

_EVER = datetime(2020, 1, 1, tzinfo=UTC)


async def test_decisions_and_events_are_read_whole(log, serve, fresh_dsn):
    for name in ("x1", "x2"):
        await serve(log, name)
    await log.event_durable("shadow_differs", {"n": 1})

    def exchanges(documents) -> list[str]:
        assert all("verdicts" in one["facts"] for one in documents)
        return [one["columns"]["exchange"] for one in documents]

    assert exchanges(await decided.since(fresh_dsn, _EVER)) == ["x1", "x2"]
    assert set(exchanges(await decided.latest(fresh_dsn, 5))) == {"x1", "x2"}
    assert exchanges(await decided.of_exchange(fresh_dsn, "x2")) == ["x2"]
    [event] = await decided.events(fresh_dsn, "shadow_differs", _EVER)
    assert event["facts"] == {"n": 1}
