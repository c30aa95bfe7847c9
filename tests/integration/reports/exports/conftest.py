from __future__ import annotations

import pytest

from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.policy.decision.document import input_document
from proxy.reports.desk import EvidenceDesk
from proxy.reports.exports.job import ExportKind, NewExport
from proxy.reports.exports.running import ExportRunner
from proxy.reports.exports.store import ExportStore
from proxy.runtime.clock import SystemClock
from testing import evidence


@pytest.fixture
async def log(fresh_dsn, started):
    log = PostgresAuditLog(
        fresh_dsn, fresh_writer_id("test"), evidence.KEYRING, SystemClock(), document=input_document,
        signing=evidence.SIGNING,
    )  # fmt: skip
    return await started(log)


@pytest.fixture
def desk(fresh_dsn):
    return EvidenceDesk(fresh_dsn, evidence.SIGNING, evidence.KEYRING, SystemClock())


@pytest.fixture
def store(fresh_dsn):
    return ExportStore(fresh_dsn, "runner-1", evidence.KEYRING)


@pytest.fixture
def runner(store, desk, log):
    return ExportRunner(store, desk, log)


@pytest.fixture
def asked():
    """Return what somebody asks for: who read the log, unless told otherwise."""

    def make(
        kind="question", name="AQ-24", form="csv", tenants=None, tenant="acme", person="jane", language="en", **given
    ) -> NewExport:
        return NewExport(
            ExportKind(kind), name, given, form, f"{person} (k1)", person, tenant, tenants, "review", language
        )

    return make
