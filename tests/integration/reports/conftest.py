from __future__ import annotations

import pytest

from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.policy.decision.document import input_document
from proxy.runtime.clock import SystemClock
from testing import evidence


@pytest.fixture
async def log(fresh_dsn, started):
    log = PostgresAuditLog(
        fresh_dsn,
        fresh_writer_id("test"),
        evidence.KEYRING,
        SystemClock(),
        document=input_document,
        signing=evidence.SIGNING,
    )
    return await started(log)
