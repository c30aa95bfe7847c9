from __future__ import annotations

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace as Of

from proxy.service.gauges import Gauges, Upkeep
from proxy.web import metrics
from proxy.web.admin import Readiness
from testing import log_lines
from testing.fakes import FixedClock, Stage, target


async def test_a_part_that_is_lost_is_shown_and_what_is_back_is_said():
    stage, clock, ready, down = Stage(), FixedClock(), {"audit": True}, set()

    async def audit():
        return ready["audit"]

    upstreams = Of(targets={"a": target("a")}, down=lambda: frozenset(down), usage=lambda: {"busy": 2, "idle": 1})
    pool = Of(waiting=3, pace=Of(waiting=Counter(), speed=0.0))
    parts = Of(upstreams=upstreams, audit=Of(waiting=5), detector=Of(pool=pool))
    upkeep = Upkeep(Of(refused="", unanchored="", ages={}), Of(overdue_s=0.0), Of(states={}))
    catalog = replace(
        stage.catalog,
        targets={**stage.catalog.targets, "b": replace(target("b"), base_url="")},
        routes=(*stage.catalog.routes, replace(stage.catalog.routes[0], targets=("b",))),
    )
    gate = Of(admission=Of(in_flight=Counter(acme=4)), pipeline=Of(catalog=catalog))
    gauges = Gauges(parts, upkeep, gate, Readiness({"audit": audit}), clock)
    with log_lines.captured() as lines:
        for is_ready, away in ((True, set()), (False, {"a"}), (True, set())):
            ready["audit"] = is_ready
            down.clear()
            down.update(away)
            await gauges.set_all()
            shown = metrics.READY.labels("audit")._value.get(), metrics.DOWN.labels("a")._value.get()
            assert shown == (float(is_ready), float(bool(away)))
            clock.seconds += 7
    said = [(each["event"], each["name"]) for each in lines]
    assert said == [
        ("part_lost", "audit"),
        ("target_lost", "a"),
        ("part_recovered", "audit"),
        ("target_recovered", "a"),
    ]
    assert lines[2]["away_s"] == 7
    assert metrics.IN_FLIGHT._value.get() == 4
    assert metrics.POOL.labels("targets", "busy")._value.get() == 2
    assert metrics.UNCONFIGURED._value.get() == 1
