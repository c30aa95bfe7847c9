"""Answers over records of real exchanges: what is signed, what is on record before it, and who may ask."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import duckdb
import pytest

from proxy.audit.access.closing import PartCloser
from proxy.audit.sealing import notes
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.verification import reading
from proxy.core.kept_state import Kept
from proxy.core.records import DeclaredFacts, Obligation, TargetVerdict
from proxy.errors import AuditUnavailableError
from proxy.reports import answer, catalogue, statement
from proxy.reports.answer import TenantRefusedError
from proxy.reports.parameters import InvalidParameterError
from proxy.reports.relations import TooSlowError
from testing import evidence, twins

HANDLE = "resp_cp_" + "b" * 32
STORY = catalogue.named("AQ-23")
OFFICER = twins.query_context(signing=evidence.SIGNING)
LIMITED = STORY.description.model_copy(update={"parameters": ("limit",), "required": (), "scope": "installation"})


async def exchanged(log, name, **changes):
    async with log.entry(evidence.exchange(name)) as entry:
        entry.note(evidence.inspection(), evidence.facts(), evidence.decision(**changes))
        await entry.intend(evidence.outbound(name), 1)
        entry.attempted(evidence.COMPLETE)
        entry.settle(evidence.DELIVERED)
    await log.event_durable("catalog_loaded", {})  # what was queued before is stored too


async def test_the_statement_names_the_log_the_revisions_and_who_asked(log, reader):
    await exchanged(log, "x1")
    await Checkpointer.of(log, (), 10.0).once()
    found = await answer.ask(reader, STORY, {"exchange": "x1"}, OFFICER)
    about = found.statement
    assert (about["question"], about["rows"], about["complete"]) == ("AQ-23", 3, True)
    assert about["revisions"] == {"policy": "rev-1", "data": "data-1"}
    assert (about["asked_by"], about["purpose"]) == ("officer", "twin")
    assert notes.opened(about["log"]["note"], evidence.SIGNING.verifier).size == about["log"]["size"]
    document = json.loads(statement.canonical(found.document()))
    assert statement.flaw(document, evidence.SIGNING.verifier) is None


async def test_an_answer_knows_the_types_of_its_columns(log, reader):
    found = await answer.ask(reader, STORY, {"exchange": "x1"}, OFFICER)
    assert found.types.keys() == set(STORY.columns)
    assert [found.types[name] for name in ("kind", "attempt", "facts")] == ["text", "int8", "json"]


async def test_a_read_is_on_record_with_the_digest_of_what_was_given_out(log, reader):
    await exchanged(log, "x1")
    found = await answer.ask(reader, STORY, {"exchange": "x1"}, OFFICER)
    [read] = await reader.fetch("SELECT said::text AS said FROM audit.reading")
    words = json.loads(read["said"])
    assert (words["command"], words["question"], words["rows"]) == ("audit ask AQ-23", "AQ-23", 3)
    assert words["filter"] == {"exchange": "x1"}
    assert words["answer"] == hashlib.sha256(statement.canonical(found.statement)).hexdigest()


async def test_no_answer_without_word_of_the_read(log, reader, superuser):
    await superuser.execute("REVOKE EXECUTE ON FUNCTION audit.announce_reading(jsonb) FROM proxy_reader")
    with pytest.raises(AuditUnavailableError):
        await answer.ask(reader, STORY, {"exchange": "x1"}, OFFICER)


async def test_an_answer_says_that_it_was_cut(log, reader):
    await exchanged(log, "x1")
    found = await answer.ask(reader, STORY, {"exchange": "x1", "limit": 2}, OFFICER)
    assert (len(found.rows), found.statement["complete"]) == (2, False)
    assert (await answer.ask(reader, STORY, {"exchange": "x1", "limit": 3}, OFFICER)).statement["complete"] is True


async def test_who_reads_some_tenants_reads_no_other_and_nothing_of_the_installation(log, reader):
    await exchanged(log, "x1")
    of_acme, of_other = twins.query_context(["acme"]), twins.query_context(["other"])
    assert len((await answer.ask(reader, STORY, {"exchange": "x1"}, of_acme)).rows) == 3
    assert (await answer.ask(reader, STORY, {"exchange": "x1", "tenant": "acme"}, of_other)).rows == ()
    with pytest.raises(TenantRefusedError):
        await answer.ask(reader, catalogue.named("AQ-24"), {}, of_acme)
    assert await reader.fetchval("SELECT count(*) FROM audit.reading") == 2


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_text('/etc/passwd') LIMIT $1", "COPY (SELECT $1) TO '/tmp/leak.csv'", "INSTALL httpfs",
        "SET enable_external_access = true", "ATTACH '/tmp/other.db'",
    ],
)  # fmt: skip
async def test_a_question_reaches_nothing_but_its_relations(query, log, reader):
    with pytest.raises(duckdb.Error):
        await answer.ask(reader, replace(STORY, query=query, description=LIMITED), {}, OFFICER)


async def test_a_question_does_not_run_for_ever(log, reader, monkeypatch):
    monkeypatch.setattr(answer, "TIMEOUT_S", 0.2)
    query = "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range + b.range < $1"
    with pytest.raises(TooSlowError):
        await answer.ask(reader, replace(STORY, query=query, description=LIMITED), {}, OFFICER)


async def test_a_value_that_the_database_refuses_is_the_callers_mistake(reader):
    with pytest.raises(InvalidParameterError):
        await answer.ask(reader, STORY, {"exchange": "\ud800"}, OFFICER)


async def test_disclosures_are_accounted_by_subject(log, reader):
    for number, subjects in enumerate([("hmac-sha256:k:aa",), ("hmac-sha256:k:bb",)]):
        verdict = TargetVerdict("us-1", True, 0, (), (Obligation("o", "account_disclosure"),))
        exchange = evidence.exchange(f"d{number}", declared=DeclaredFacts("support", subject_refs=subjects))
        async with log.entry(exchange) as entry:
            entry.note(evidence.inspection(), evidence.facts(), evidence.decision(targets=(verdict,)))
            sent = evidence.outbound(f"d{number}")
            await entry.intend(replace(sent, verdict=verdict, recipient="Acme AI Inc."), 1)
            entry.attempted(evidence.COMPLETE)
            entry.settle(evidence.DELIVERED)
    await log.event_durable("catalog_loaded", {})
    disclosures = catalogue.named("AQ-02")
    [row] = (await answer.ask(reader, disclosures, {"subject": ["hmac-sha256:k:aa"]}, OFFICER)).rows
    assert (row["exchange"], row["recipient"], row["subjects"]) == ("d0", "Acme AI Inc.", ["hmac-sha256:k:aa"])
    assert (row["categories"], row["entities"], row["host"]) == (["personal"], ["PERSON"], "us.example")
    assert len((await answer.ask(reader, disclosures, {}, OFFICER)).rows) == 2


async def test_an_answer_says_how_far_a_signed_note_covers_it(log, reader):
    await exchanged(log, "x1")
    fresh = (await answer.ask(reader, catalogue.named("AQ-21"), {}, OFFICER)).statement
    assert (fresh["covers_all_records"], fresh["coverage"]["unsealed"]) == (False, fresh["coverage"]["records"])
    await Checkpointer.of(log, (), 10.0).once()
    found = (await answer.ask(reader, catalogue.named("AQ-21"), {}, OFFICER)).statement
    assert (found["covers_all_records"], found["coverage"]["unsealed"]) == (True, 0)


async def test_a_question_of_whole_days_takes_no_moment_within_one(reader):
    with pytest.raises(InvalidParameterError, match="'since' must be a date"):
        await answer.ask(reader, catalogue.named("AQ-14"), {"since": "2026-07-01T10:00"}, OFFICER)


async def test_what_targets_store_is_listed_and_when_it_was_deleted(log, reader):
    uses = [("made", None, HANDLE), ("other", None, "resp_cp_other"), ("read", "read", ""), ("deleted", "delete", "")]
    inspection = evidence.inspection()
    for name, use, handle in uses:
        async with log.entry(evidence.exchange(name)) as entry:
            held = Kept(HANDLE, use) if use is not None else None
            entry.note(
                replace(inspection, payload=replace(inspection.payload, kept=held)),
                evidence.facts(),
                evidence.decision(),
            )
            await entry.intend(evidence.outbound(name), 1)
            entry.attempted(replace(evidence.COMPLETE, kept=handle))
            entry.settle(evidence.DELIVERED)
    await log.event_durable("catalog_loaded", {})
    stored = catalogue.named("stored-by-targets")
    rows = {row["handle"]: row for row in (await answer.ask(reader, stored, {"target": "us-1"}, OFFICER)).rows}
    assert rows.keys() == {HANDLE, "resp_cp_other"}
    assert (rows[HANDLE]["exchange"], rows[HANDLE]["service"]) == ("made", "helpdesk")
    assert rows[HANDLE]["deleted_at"] is not None
    assert rows["resp_cp_other"]["deleted_at"] is None
    assert (await answer.ask(reader, stored, {"target": "elsewhere"}, OFFICER)).rows == ()


async def test_that_nothing_left_a_region_is_stated_or_why_it_cannot_be(log, reader, superuser, fresh_dsn, monkeypatch):
    checkpointer = Checkpointer.of(log, (), 10.0)

    async def signed_time():
        """A moment with a note of the log before it and one after it."""
        await log.event_durable("catalog_loaded", {})
        await checkpointer.once()
        moment = await reader.fetchval("SELECT clock_timestamp()")
        await log.event_durable("catalog_loaded", {})
        await checkpointer.once()
        return moment

    question, bundle = catalogue.named("no-transfer"), twins.packed({})
    await log.event_durable("policy_kept", {"sha256": hashlib.sha256(bundle).hexdigest()}, revision="rev-1")
    since = await signed_time()
    await exchanged(log, "x1")  # personal data to us-1, in the US
    until = await signed_time()
    await superuser.execute("INSERT INTO registry.bundle (revision, packed) VALUES ('rev-1', $1)", bundle)
    given = {"since": since, "until": until, "region": "US"}
    inside = (await answer.ask(reader, question, given | {"category": "personal"}, OFFICER)).statement
    assert inside["conclusion"].startswith("No personal data was sent to a target outside US from 20")
    outside = await answer.ask(reader, question, given | {"category": "personal", "region": "DE"}, OFFICER)
    assert outside.statement["conclusion"] == "cannot be stated"
    assert [(row["reason"], row["exchange"]) for row in outside.rows] == [("sent", "x1")]
    later = given | {"category": "personal", "until": until + timedelta(hours=1)}
    assert [row["reason"] for row in (await answer.ask(reader, question, later, OFFICER)).rows] == ["unsigned"]
    assert await PartCloser(fresh_dsn, evidence.SIGNING).once(least=1)
    await signed_time()
    monkeypatch.setattr(reading, "MOST_BEHIND", 0)
    wanted, hurried = given | {"category": "personal"}, replace(OFFICER, at_once=True)
    unread = await answer.ask(reader, question, wanted, hurried)
    assert (unread.rows, unread.statement["conclusion"]) == ((), "cannot be stated")
    assert (await answer.ask(reader, question, wanted, OFFICER)).statement["conclusion"] == inside["conclusion"]
