from __future__ import annotations

import pytest

from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.errors import AuditUnavailableError
from testing import evidence


def closed_log(tmp_path) -> PostgresAuditLog:
    dsn = f"postgresql://postgres@/x?host={tmp_path}"
    return PostgresAuditLog(dsn, "w", evidence.KEYRING, evidence.FixedClock(), queue=4, timeout_s=0.05)


def test_fresh_writer_ids_never_repeat():
    assert len({fresh_writer_id("a") for _ in range(1000)}) == 1000


async def test_log_without_a_database_is_not_healthy_and_does_not_start(tmp_path):
    log = closed_log(tmp_path)
    assert not log.healthy
    with pytest.raises(AuditUnavailableError):
        await log.start()


async def test_events_do_not_fill_more_than_half_of_the_queue(tmp_path):
    log = closed_log(tmp_path)
    for _ in range(10):
        log.event("authentication_failed", {})
    assert log.waiting == 2


async def test_durable_event_that_does_not_become_durable_raises(tmp_path):
    with pytest.raises(AuditUnavailableError):
        await closed_log(tmp_path).event_durable("key_created", {})
