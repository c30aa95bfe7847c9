"""Five faults of a real stack, each named by an alert of a real Prometheus; availability is what clients saw."""

from __future__ import annotations

import pytest

from bench import alerts
from testing.prometheus import binary


@pytest.mark.stack
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not binary("prometheus"), reason="no Prometheus: make prometheus")
async def test_each_fault_is_named_by_its_alert_and_availability_is_what_clients_saw(tmp_path):
    raised, seen, counted = await alerts.run(tmp_path)
    assert raised == {fault: {fault} for fault in alerts.FAULTS}, (seen, counted)
    assert seen == counted
