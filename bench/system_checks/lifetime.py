"""SC-11: erasure by key."""

from __future__ import annotations

from bench.hostile.rows import Found, judged
from bench.hostile.stand import Stand
from bench.system_checks import people
from bench.system_checks.checks import check

_TENANT = "house-eu"


@check("SC-11", "a service names a subject twice; one person asks to erase them, tries alone, and another erases; then they are looked up, and "
       "the log is verified", last=21)  # fmt: skip
async def erasure(stand: Stand) -> Found:
    """The records stay as they are; only the key goes."""
    subject = "patient-erased"
    for exchange in await people.processed(stand, subject):
        await stand.records(exchange)
    before, _ = await people.known(stand, _TENANT, subject)
    records = "SELECT count(*) AS n FROM audit.record WHERE exchange <> ''"
    rows = (await stand.sql(records))[0]["n"]
    about = ["audit", "erase", "--tenant", _TENANT, "--subject", subject]
    _, asked = await stand.command(*about, "--ticket", "DSR-7")
    alone, _ = await stand.command(*about, "--second-person", people.request(asked))
    status, erased = await people.second(stand, *about, "--second-person", people.request(asked))
    after, told = await people.known(stand, _TENANT, subject)
    faults = [] if before == 2 else [f"{before} of 2 exchanges are found before: it shows nothing"]
    faults += ["one person alone erases"] if alone == 0 else []
    faults += [f"the second person cannot: {erased[-200:]}"] if status else []
    faults += [f"{after} exchanges are still found"] if after else []
    faults += await people.sound(stand)
    faults += [] if (await stand.sql(records))[0]["n"] >= rows else ["records are gone"]
    return judged(faults, f"{' '.join(erased.split())}; the lookup says: {told}; the log is sound")
