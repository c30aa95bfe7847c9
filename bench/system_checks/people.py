"""Two people at one machine: what takes a second one, done with another account."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sys

from bench.hostile.stand import Stand
from bench.system_checks.checks import NotPossibleHereError

#: Another account of the operating system that may do the same: it has another name, and nothing else is different.
_SECOND = ("unshare", "--user", "--map-user=65534", "--map-group=65534")
SUBJECT = "x-compliance-subject"
SOUND = frozenset({0, 3})


async def second(stand: Stand, *words: str) -> tuple[int, str]:
    """Run a command as the second person; return its status and what it said.

    Raises:
        NotPossibleHereError: there cannot be one on this machine.

    """
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


def request(said: str) -> str:
    """Return the id of the request that a command printed."""
    found = re.search(r"rq_\w+", said)
    return found[0] if found else ""


async def both(stand: Stand, asked: list[str], *more: str) -> tuple[int, str]:
    """Have one person ask and the other carry it out with ``--second-person``; return how that ended."""
    status, said = await stand.command(*asked, *more)
    return (status, said) if status else await second(stand, *asked, "--second-person", request(said))


async def hold(stand: Stand, *scope: str) -> str:
    """Have two people place a hold; return its id."""
    _, placed = await stand.command("audit", "hold", "place", "--matter", "M-1", *scope)
    await second(stand, "audit", "hold", "approve", request(placed))
    found = re.search(r"hd_\w+", placed)
    return found[0] if found else ""


async def release(stand: Stand, identity: str) -> None:
    """Have two people release a hold."""
    _, asked = await stand.command("audit", "hold", "release", identity, "--ticket", "M-1/closed")
    await second(stand, "audit", "hold", "approve", request(asked))


async def processed(stand: Stand, subject: str, caller: str = "sales") -> list[str]:
    """Have two exchanges that name a subject, with their records; return them."""
    found = []
    for number in range(2):
        answer = await stand.ask(caller, f"Thank Ottilie Brandt for order {number}.", headers={SUBJECT: subject})
        found.append(answer.headers.get("x-compliance-exchange", ""))
    return found


async def known(stand: Stand, tenant: str, subject: str) -> tuple[int, str]:
    """Return in how many exchanges a lookup finds a subject, and what it said where it found none."""
    words = ["audit", "ask", "AQ-10", "--tenant", tenant, "--subject", subject, "--purpose", "system check", "--json"]
    status, said = await stand.command(*words)
    if status:
        return 0, " ".join(said.split())
    rows = json.loads(said[said.index("{") : said.rindex("}") + 1])["rows"]
    return sum(one["exchanges"] for one in rows), ""


async def sound(stand: Stand) -> list[str]:
    """Return what ``audit verify`` finds wrong, in a sentence."""
    verified, said = await stand.command("audit", "verify")
    return [] if verified in SOUND else [f"audit verify ends with {verified}: {said[-200:]}"]
