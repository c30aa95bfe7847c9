"""SC-12 to SC-14: what is past its time is purged under a certificate, what is held is not, and links end before records."""

from __future__ import annotations

import asyncio
import json
import time

from bench.hostile.rows import Found, judged
from bench.hostile.stand import Stand
from bench.system_checks import people
from bench.system_checks.behind import behind
from bench.system_checks.checks import check

_DAY_S = 86_400
_TENANT, _OTHER, _LIMITED = "house-eu", "quiet-eu", "limited-us"
_RUN = ["audit", "retention", "run"]


async def _left(stand: Stand, exchanges: list[str]) -> list[str]:
    """Return those of some exchanges of which there are records."""
    rows = await stand.sql("SELECT DISTINCT exchange FROM audit.record WHERE exchange = ANY ($1)", exchanges)
    return [one["exchange"] for one in rows]


async def _certificates(stand: Stand) -> list[dict[str, object]]:
    words = ["audit", "ask", "AQ-09", "--purpose", "system check", "--json"]
    status, said = await stand.command(*words)
    rows = [] if status else json.loads(said[said.index("{") : said.rindex("}") + 1])["rows"]
    return [one for one in rows if one["event"] == "day_purged" and one["carried_out"]]


@check(
    "SC-12",
    "a second process serves with its clock 450 days behind, for two tenants, one of them held; one person asks for the purge and tries "
    "it alone, another carries it out; then records are counted, AQ-09 asked and the log verified",
    last=23, patience_s=400,
)  # fmt: skip
async def purge(stand: Stand) -> Found:
    """Policy obliges to keep them for 400 days, so these are past their time."""
    async with behind(stand, 450 * _DAY_S) as (then, _):
        due, held = await people.processed(then, "anybody"), await people.processed(then, "anybody", "quiet")
    now = await people.processed(stand, "anybody")
    await asyncio.sleep(2)
    before = await _left(stand, [*due, *held, *now])
    identity = await people.hold(stand, "--tenant", _OTHER)
    _, asked = await stand.command(*_RUN, "--ticket", "RET-1")
    alone, _ = await stand.command(*_RUN, "--second-person", people.request(asked))
    status, said = await people.second(stand, *_RUN, "--second-person", people.request(asked))
    faults = [] if len(before) == len({*due, *held, *now}) else [f"{len(before)} of 6 exchanges were recorded"]
    faults += ["one person alone purges"] if alone == 0 else []
    faults += [f"the second person cannot: {said[-300:]}"] if status else []
    faults += ["what is past its time is still there"] if await _left(stand, due) else []
    faults += ["what a hold covers is gone"] if len(await _left(stand, held)) != len(held) else []
    faults += ["what must be kept is gone"] if len(await _left(stand, now)) != len(now) else []
    found = [one for one in await _certificates(stand) if one["exchanges"] == len(due)]
    told = [
        one
        for one in found
        if all(one[name] for name in ("first_at", "last_at", "records", "root", "revisions", "by", "requested_by"))
    ]
    faults += (
        []
        if told and any(identity in str(one["holds"]) for one in told)
        else [f"the certificate says too little: {found}"]
    )
    faults += await people.sound(stand)
    return judged(
        faults,
        f"{' '.join(said.split())[:200]}; the held and the young stay; AQ-09 has the certificate; the log is sound",
    )


@check(
    "SC-13",
    "an exchange of 450 days ago names a subject on whom two people place a hold; purge and erasure are tried; one person asks for the "
    "release, and both are tried again; then the second person releases it",
    last=22, patience_s=400,
)  # fmt: skip
async def hold(stand: Stand) -> Found:
    """A hold stops purge and erasure until two people have released it."""
    subject = "patient-held"
    async with behind(stand, 450 * _DAY_S) as (then, _):
        old = await people.processed(then, subject)
    await asyncio.sleep(2)
    _, placed = await stand.command(
        "audit", "hold", "place", "--matter", "M-2", "--tenant", _TENANT, "--subject", subject
    )
    alone, _ = await stand.command("audit", "hold", "approve", people.request(placed))
    await people.second(stand, "audit", "hold", "approve", people.request(placed))
    erase = ["audit", "erase", "--tenant", _TENANT, "--subject", subject]
    refused, why = await people.both(stand, erase, "--ticket", "DSR-8")
    await people.both(stand, _RUN, "--ticket", "RET-2")
    survived = await _left(stand, old)
    identity = next(word for word in placed.split() if word.startswith("hd_"))
    _, asked = await stand.command("audit", "hold", "release", identity, "--ticket", "M-2/closed")
    await people.both(stand, _RUN, "--ticket", "RET-3")
    waiting, _ = await people.both(stand, erase, "--ticket", "DSR-9")
    survived_too = await _left(stand, old)
    await people.second(stand, "audit", "hold", "approve", people.request(asked))
    status, said = await people.both(stand, _RUN, "--ticket", "RET-4")
    names = await stand.sql("SELECT DISTINCT action FROM audit.record WHERE action LIKE 'hold\\_%'")
    missing = {"hold_requested", "hold_placed", "hold_release_requested", "hold_released"} - {
        one["action"] for one in names
    }
    faults = ["one person alone places it"] if alone == 0 else []
    faults += [f"held rows were purged: {len(survived)} of {len(old)} are left"] if len(survived) != len(old) else []
    faults += ["a held subject can be erased"] if refused == 0 else []
    faults += ["one person alone releases it"] if waiting == 0 or len(survived_too) != len(old) else []
    faults += [f"once released, they are not purged: {said[-200:]}"] if status or await _left(stand, old) else []
    faults += [f"not on record: {', '.join(sorted(missing))}"] if missing else []
    faults += await people.sound(stand)
    return judged(
        faults,
        f"held rows survive the purge, and the subject: {' '.join(why.split())[:90]}; released by two, they go; four events",
    )


@check(
    "SC-14",
    "a tenant under HIPAA with a limit of 90 days for links: exchanges of 100 days ago and of today name a subject; a hold keeps the links, "
    "is released by two, and they end; then the subject is looked up and the log verified",
    last=24, patience_s=400,
)  # fmt: skip
async def conflict(stand: Stand) -> Found:
    """Six years of documentation, ninety days of what links it to a person."""
    subject = "patient-limited"
    identity = await people.hold(stand, "--tenant", _LIMITED)
    async with behind(stand, 100 * _DAY_S) as (then, _):
        old = await people.processed(then, subject, "limited")
    now = await people.processed(stand, subject, "limited")
    await asyncio.sleep(5)
    before, _ = await people.known(stand, _LIMITED, subject)
    records = "SELECT count(*) AS n FROM audit.record WHERE exchange = ANY ($1)"
    had = (await stand.sql(records, old))[0]["n"]
    await people.release(stand, identity)
    expired = await _expired(stand)
    after, _ = await people.known(stand, _LIMITED, subject)
    await people.both(stand, _RUN, "--ticket", "RET-5")
    kept = await stand.sql(
        "SELECT min((body #>> '{facts,retain_until}')::date - recorded_at::date) AS days FROM audit.record "
        "WHERE exchange = ANY ($1) AND kind = 'decision'", old,
    )  # fmt: skip
    faults = [] if before == len(old) + len(now) else [f"{before} of 4 exchanges are found before: it shows nothing"]
    faults += [] if expired else ["no event says that links have expired"]
    faults += [] if after == len(now) else [f"afterwards {after} exchanges are found, not the {len(now)} of today"]
    faults += [] if (await stand.sql(records, old))[0]["n"] == had > 0 else ["records are gone"]
    faults += (
        [] if kept[0]["days"] is not None and kept[0]["days"] >= 2190 else [f"they are kept for {kept[0]['days']} days"]
    )
    faults += await people.sound(stand)
    return judged(
        faults,
        f"{had} records of 100 days ago stay for six years and verify, and nobody can say whom they are about; those of today are found",
    )


async def _expired(stand: Stand) -> bool:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if (
            await stand.sql(
                "SELECT count(*) AS n FROM audit.record WHERE action = 'links_expired' AND tenant = $1", _LIMITED
            )
        )[0]["n"]:
            return True
        await asyncio.sleep(1)
    return False
