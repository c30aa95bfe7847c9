"""A verification as a job, over a real log that is sound, damaged, or of one tenant."""

from __future__ import annotations

import json

import pytest

from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.reports import statement
from proxy.reports.answer import TenantRefusedError
from proxy.reports.exports import making
from proxy.reports.verifying import VerificationProgress
from tests.integration.reports.exports.conftest import asked, desk, log  # noqa: F401 - fixtures
from tests.integration.reports.exports.test_making import VERIFIER, content


async def test_a_verification_is_signed_and_says_how_far_it_is(asked, desk, log, superuser):  # noqa: F811
    await log.event_durable("catalog_loaded", {})
    await Checkpointer.of(log, (), 10.0).once()
    progress, job = VerificationProgress(), asked(kind="verification", name="", form="json")
    async with making.exported(job, desk, progress) as (_, file):
        whole = json.loads(b"".join(making.pieces(file)))
    assert statement.flaw(whole, VERIFIER) is None
    assert (whole["statement"]["state"], whole["statement"]["sound"], whole["rows"]) == ("unwitnessed", True, [])
    assert progress.stage == f"{whole['statement']['records']} of {whole['statement']['records']} records"
    said = await superuser.fetchval("SELECT said FROM audit.reading ORDER BY at DESC LIMIT 1")
    assert json.loads(said)["command"] == "audit verify"


async def test_damage_is_a_row_of_the_signed_verification(asked, desk, log, superuser):  # noqa: F811
    await log.event_durable("catalog_loaded", {})
    await Checkpointer.of(log, (), 10.0).once()
    await superuser.execute("ALTER TABLE audit.record DISABLE TRIGGER USER")
    await superuser.execute("UPDATE audit.record SET action = 'other' WHERE action = 'catalog_loaded'")
    whole = json.loads(await content(asked(kind="verification", name="", form="json"), desk))
    assert statement.flaw(whole, VERIFIER) is None
    assert whole["statement"]["state"] == "damaged"
    assert {row["what"] for row in whole["rows"]} >= {"column"}


async def test_the_whole_log_is_verified_for_who_reads_all_tenants(asked, desk, log):  # noqa: F811
    with pytest.raises(TenantRefusedError):
        await content(asked(kind="verification", name="", form="json", tenants=("acme",)), desk)
