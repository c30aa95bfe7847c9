"""SC-03, SC-04, SC-18, SC-28: records of everything, before it is sent, in order, with what was not fulfilled."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from typing import Any

import asyncpg

from bench.hostile.rows import Found, judged
from bench.hostile.stand import Answer, Stand, messages
from bench.system_checks.access import answer_to
from bench.system_checks.behind import behind
from bench.system_checks.checks import check
from proxy.embedded import state
from testing.processes import descendants, paused

_HEALTH = "Ottilie Brandt has type 2 diabetes."
_COUNTS = "SELECT kind, count(*) AS n FROM audit.record WHERE kind <> 'event' GROUP BY kind"
_ORPHANS = """
SELECT count(*) AS n FROM audit.record a WHERE a.kind = 'attempt' AND NOT EXISTS
    (SELECT FROM audit.record d WHERE d.kind = 'decision' AND d.exchange = a.exchange)
"""
_SKEW_S = 300


async def _kinds(stand: Stand) -> dict[str, int]:
    rows = {one["kind"]: one["n"] for one in await stand.sql(_COUNTS)}
    return {kind: rows.get(kind, 0) for kind in ("decision", "attempt", "outcome")}


async def _settled(stand: Stand, before: dict[str, int], wanted: int) -> dict[str, int]:
    """Return how many records were added, once every exchange has its outcome."""
    until = time.monotonic() + 30
    while True:
        added = {kind: n - before[kind] for kind, n in (await _kinds(stand)).items()}
        if added["outcome"] >= wanted or time.monotonic() > until:
            return added
        await asyncio.sleep(0.2)


async def _gone(stand: Stand, body: dict[str, Any]) -> None:
    """Send a request and go before the reply has ended."""
    await stand.post("sales", json.dumps(body).encode(), patience_s=1.5)


@check("SC-03", "26 requests: answered, kept in the region, refused, errors of targets, replies cut half-way, retries, clients that go "
       "before the end; records are counted against what targets received")  # fmt: skip
async def one_each(stand: Stand) -> Found:
    """Every one of them is decided, so each has a decision and an outcome."""
    before, received = await _kinds(stand), await stand.count()
    ordinary = [("sales", "say", "Name a bridge."), ("quiet", "say", _HEALTH), ("hiring", "say", _HEALTH)]
    evil = ("cut-chunk", "length-long", "stream-no-end", "bad-chunk", "empty", "html")
    asked = [(caller, {"model": model, "messages": messages(text)}) for caller, model, text in ordinary * 3]
    asked += [("sales", {"model": f"evil-do-{name}", "messages": messages("hello")}) for name in evil]
    asked += [
        ("sales", {"model": f"evil-do-{name}", "stream": True, "messages": messages("hello")}) for name in evil[:3]
    ]
    asked += [
        ("sales", {"model": f"do-status-{status}", "messages": messages("hello")}) for status in (500, 503, 429, 400)
    ]
    answers = [await stand.chat(caller, body) for caller, body in asked]
    for name in ("steady", "steady", "drip", "comments"):
        await _gone(stand, {"model": f"evil-do-{name}", "stream": True, "messages": messages("hello")})
    wanted = len(asked) + 4
    added, bodies = await _settled(stand, before, wanted), await stand.count() - received
    orphans = (await stand.sql(_ORPHANS))[0]["n"]
    faults = [
        f"{added[kind]} {kind} records for {wanted} requests"
        for kind in ("decision", "outcome")
        if added[kind] != wanted
    ]
    faults += [f"{added['attempt']} attempt records for {bodies} upstream calls"] if added["attempt"] != bodies else []
    faults += [f"{orphans} attempts without a decision"] if orphans else []
    refused = sum(one.status == 403 for one in answers)
    return judged(faults, f"{wanted} decisions and outcomes, {bodies} attempts for {bodies} calls", refused=refused)


async def _asked(stand: Stand, count: int) -> list[Answer]:
    asked = [
        stand.post("sales", json.dumps({"model": "say", "messages": messages(f"Name bridge {n}.")}).encode())
        for n in range(count)
    ]
    return list(await asyncio.gather(*asked))


def _postgres(stand: Stand) -> list[int]:
    running = state.running(stand.state_dir)
    return descendants(running.pids["postgres"]) if running else []


@check(
    "SC-04",
    "every process of Postgres is stopped for 7 s, then Postgres is shut down; traffic goes on meanwhile",
    last=60,
)
async def write_ahead(stand: Stand) -> Found:
    """While it is stopped nothing may reach a target; afterwards every body has its attempt."""
    warm = await stand.ask("sales", "Name a bridge.")  # the key is known now, so that it is the record that is missing
    since, before = await stand.count(), await _kinds(stand)
    with paused(*_postgres(stand)):
        asking = asyncio.ensure_future(_asked(stand, 6))
        await asyncio.sleep(7)
        sent = await stand.count() - since
    first = await asking
    await stand.settled()
    for pid in _postgres(stand)[:1]:
        os.kill(pid, signal.SIGINT)
    second = await _asked(stand, 6)
    await stand.settled()
    await asyncio.sleep(1)
    bodies, added = await stand.count() - since, await _settled(stand, before, 0)
    again = await stand.ask("sales", "Name a last bridge.")
    faults = [f"{sent} bodies were sent while Postgres was stopped"] if sent else []
    faults += [f"before: {warm}, afterwards: {again}"] if {warm.status, again.status} != {200} else []
    faults += [f"{bodies} bodies on {added['attempt']} attempts"] if bodies > added["attempt"] else []
    statuses = sorted({str(one) for one in first + second})
    odd = [one for one in statuses if not one.startswith(("200", "503"))]
    faults += [f"answered {', '.join(odd)}"] if odd else []
    return judged(faults, f"nothing sent without a durable record; answered {', '.join(statuses)}", bodies=bodies)


@check(
    "SC-18",
    "a second process serves on the same database with its clock 5 minutes behind, and answers a request",
)
async def skew(stand: Stand) -> Found:
    """The process is the product's own; only its clock is another."""
    async with behind(stand, _SKEW_S) as (other, log):
        answer = await other.ask("sales", "Name a bridge.")
        await stand.ask("sales", "Name another bridge.")
        records = await stand.records(answer.headers.get("x-compliance-exchange", ""))
        opened = await stand.sql(
            "SELECT body #>> '{facts,clock_skew_ms}' AS skew FROM audit.record WHERE action = 'writer_started' AND writer IN "
            "(SELECT writer FROM audit.record WHERE exchange = $1)", answer.headers.get("x-compliance-exchange", "")
        )  # fmt: skip
    return _judged_skew(answer, records, opened, log.read_text(errors="replace"))


def _judged_skew(answer: Answer, records: list[dict[str, Any]], opened: list[Any], log: str) -> Found:
    faults = [f"answered {answer}"] if answer.status != 200 else []
    faults += (
        []
        if [one["kind"] for one in records] == ["decision", "attempt", "outcome"]
        else ["the records are not in sequence"]
    )
    recorded = int(opened[0]["skew"] or 0) if opened else 0
    faults += [] if abs(recorded + 1000 * _SKEW_S) < 5000 else [f"the recorded skew is {recorded} ms"]
    faults += [] if "clock_skewed" in log else ["nothing alerts of the skew"]
    return judged(faults, "records are in sequence, the skew is in the log and alerted", skew_ms=recorded)


_LAST = """
SELECT d.exchange, o.action AS ended
FROM audit.record d LEFT JOIN audit.record o ON o.exchange = d.exchange AND o.kind = 'outcome'
WHERE d.kind = 'decision' AND d.recorded_at > $1
"""


@check("SC-28", "the log is locked, a request is decided and redacted and waits for its record; the serving process is killed, the lock "
       "released; then AQ-21 is asked", last=50)  # fmt: skip
async def attestation(stand: Stand) -> Found:
    """Kill between redaction and sending, wait for the recovery, and ask."""
    running = state.running(stand.state_dir)
    began, since = (await stand.sql("SELECT clock_timestamp() AS now"))[0]["now"], await stand.count()
    connection = await asyncpg.connect(running.database_url if running else "")
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE audit.record IN SHARE MODE")
            asking = asyncio.ensure_future(stand.ask("sales", "Thank Ottilie Brandt for the order.", "third-say"))
            await asyncio.sleep(1.5)
            for pid in stand.serving():
                os.kill(pid, signal.SIGKILL)
            answer = await asking
    finally:
        await connection.close()
    rows = await _recovered(stand, began)
    sent = await stand.count() - since
    listed = [
        one for one in (await answer_to(stand, "AQ-21"))["rows"] if one["exchange"] in {row["exchange"] for row in rows}
    ]
    faults = [f"answered {answer}"] if answer.status == 200 else []
    faults += [f"{sent} bodies reached a target"] if sent else []
    faults += [f"{row['exchange']} has no outcome" for row in rows if row["ended"] is None]
    faults += ["AQ-21 does not list it"] if rows and not listed else []
    faults += ["no decision became durable, so it shows nothing"] if not rows else []
    unfulfilled = listed[0]["obligations"] if listed else []
    ended = listed[0]["ended"] if listed else ""
    return judged(faults, f"ended {ended}, not fulfilled: {', '.join(map(str, unfulfilled))}")


async def _recovered(stand: Stand, began: Any) -> list[Any]:
    await stand.settled(60)
    until = time.monotonic() + 60
    while True:
        rows = await stand.sql(_LAST, began)
        if (rows and all(one["ended"] is not None for one in rows)) or time.monotonic() > until:
            return rows
        await asyncio.sleep(0.5)
