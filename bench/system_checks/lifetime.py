"""SC-11 to SC-14: erasure by key, purge, legal hold and limits of storage, as far as this release has them."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sys

from bench.hostile.rows import Found, judged
from bench.hostile.stand import Stand
from bench.system_checks.checks import NotPossibleHereError, check

_NAMED = "x-compliance-subject"
_TENANT = "house-eu"
_SOUND = frozenset({0, 3})
#: Another account of the operating system that may do the same: it has another name, and nothing else is different.
_SECOND = ("unshare", "--user", "--map-user=65534", "--map-group=65534")


async def _second(stand: Stand, *words: str) -> tuple[int, str]:
    """Run a command as the second person."""
    if shutil.which(_SECOND[0]) is None:
        raise NotPossibleHereError("there is no unshare to be a second account of this machine")
    process = await asyncio.create_subprocess_exec(
        *_SECOND, sys.executable, "-m", "proxy", *words, env=stand.settings(), stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    told = said.decode(errors="replace")
    if told.startswith("unshare:"):
        raise NotPossibleHereError(f"a second account is not possible here: {told.strip()}")
    return process.returncode or 0, told


def _request(said: str) -> str:
    found = re.search(r"rq_\w+", said)
    return found[0] if found else ""


async def _processed(stand: Stand, subject: str) -> None:
    """Have two exchanges that name a subject, with their records."""
    for number in range(2):
        answer = await stand.ask("sales", f"Thank Ottilie Brandt for order {number}.", headers={_NAMED: subject})
        await stand.records(answer.headers.get("x-compliance-exchange", ""))


async def _known(stand: Stand, subject: str) -> tuple[int, str]:
    """Return in how many exchanges a lookup finds a subject, and what it said where it found none."""
    words = ["audit", "ask", "AQ-10", "--tenant", _TENANT, "--subject", subject, "--purpose", "system check", "--json"]
    status, said = await stand.command(*words)
    if status:
        return 0, " ".join(said.split())
    rows = json.loads(said[said.index("{") : said.rindex("}") + 1])["rows"]
    return sum(one["exchanges"] for one in rows), ""


@check("SC-11", "a service names a subject twice; one person asks to erase them, tries alone, and another erases; then they are looked up, and "
       "the log is verified", last=21)  # fmt: skip
async def erasure(stand: Stand) -> Found:
    """The records stay as they are; only the key goes."""
    subject = "patient-erased"
    await _processed(stand, subject)
    before, _ = await _known(stand, subject)
    records = "SELECT count(*) AS n FROM audit.record WHERE exchange <> ''"
    rows = (await stand.sql(records))[0]["n"]
    about = ["audit", "erase", "--tenant", _TENANT, "--subject", subject]
    _, asked = await stand.command(*about, "--ticket", "DSR-7")
    alone, _ = await stand.command(*about, "--second-person", _request(asked))
    status, erased = await _second(stand, *about, "--second-person", _request(asked))
    after, told = await _known(stand, subject)
    verified, said = await stand.command("audit", "verify")
    faults = [] if before == 2 else [f"{before} of 2 exchanges are found before: it shows nothing"]
    faults += ["one person alone erases"] if alone == 0 else []
    faults += [f"the second person cannot: {erased[-200:]}"] if status else []
    faults += [f"{after} exchanges are still found"] if after else []
    faults += [] if verified in _SOUND else [f"audit verify ends with {verified}: {said[-200:]}"]
    faults += [] if (await stand.sql(records))[0]["n"] >= rows else ["records are gone"]
    return judged(faults, f"{' '.join(erased.split())}; the lookup says: {told}; the log is sound")


async def _erased(stand: Stand, about: list[str]) -> tuple[int, str]:
    """Have two people erase a subject; return how that ended."""
    status, said = await stand.command(*about, "--ticket", "DSR-8")
    return (status, said) if status else await _second(stand, *about, "--second-person", _request(said))


@check("SC-12", "nothing: the purge of records is missing")
async def purge(_stand: Stand) -> Found:
    """Records past their retention are purged with a certificate."""
    raise NotPossibleHereError("the purge of records is not in this release: they are kept for ever")


@check(
    "SC-13",
    "two people place a hold on a subject; the subject is to be erased; one person asks for the release, and it is tried again",
    last=22,
)
async def hold(stand: Stand) -> Found:
    """A hold stops an erasure until two people have released it."""
    subject = "patient-held"
    await _processed(stand, subject)
    place = ["audit", "hold", "place", "--matter", "M-1", "--tenant", _TENANT, "--subject", subject]
    _, placed = await stand.command(*place)
    held = re.search(r"hd_\w+", placed)
    alone, _ = await stand.command("audit", "hold", "approve", _request(placed))
    second, said = await _second(stand, "audit", "hold", "approve", _request(placed))
    about = ["audit", "erase", "--tenant", _TENANT, "--subject", subject]
    refused, why = await _erased(stand, about)
    _, asked = await stand.command("audit", "hold", "release", held[0] if held else "", "--ticket", "M-1/closed")
    waiting, _ = await _erased(stand, about)
    found, _ = await _known(stand, subject)
    await _second(stand, "audit", "hold", "approve", _request(asked))
    released, _ = await _erased(stand, about)
    names = await stand.sql("SELECT DISTINCT action FROM audit.record WHERE action LIKE 'hold\\_%'")
    events = {one["action"] for one in names}
    faults = ["one person alone places it"] if alone == 0 else []
    faults += [f"the second person cannot approve: {said[-200:]}"] if second else []
    faults += ["a held subject can be erased"] if refused == 0 else []
    faults += ["one person alone releases it"] if waiting == 0 else []
    faults += ["once released, the subject cannot be erased: it shows nothing"] if released else []
    faults += [] if found == 2 else [f"{found} of 2 exchanges are found"]
    missing = {"hold_requested", "hold_placed", "hold_release_requested", "hold_released"} - events
    faults += [f"not on record: {', '.join(sorted(missing))}"] if missing else []
    if faults:
        return Found(False, "; ".join(faults))
    raise NotPossibleHereError(
        f"there is no purge that it could stop; an erasure it does: {' '.join(why.split())[:120]}; four events"
    )


@check("SC-14", "nothing: limits of storage are missing")
async def conflict(_stand: Stand) -> Found:
    """Six years of documentation, ninety days of what links it to a person."""
    raise NotPossibleHereError("limits of storage per field are not in this release")
