"""SC-21, SC-22, SC-23, SC-29: targets that are not where they should be, send elsewhere, break off; and no way out at all."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import Iterator
from typing import Any

from bench.hostile.rows import Found, judged
from bench.hostile.stand import Stand
from bench.system_checks.checks import NotPossibleHereError, check

_PERSONAL = "Thank Ottilie Brandt for the order."
_HEALTH = "Ottilie Brandt has type 2 diabetes."


@check(
    "SC-21",
    "a target registered in one region answers with x-ms-region of another; it is asked again; then a person clears it",
)
async def other_region(stand: Stand) -> Found:
    """The first reply shows it; the second request must not reach it."""
    target, model = "evil/region-elsewhere", "evil-do-region-elsewhere"
    first, since = await stand.ask("sales", _PERSONAL, model), await stand.count()
    await asyncio.sleep(1)
    second = await stand.ask("sales", f"{_PERSONAL} Again.", model)
    again = await stand.count() - since
    _, listed = await stand.command("registry", "quarantine")
    events = await stand.sql("SELECT count(*) AS n FROM audit.record WHERE action = 'target_quarantined'")
    _, mismatches = await stand.command("audit", "ask", "AQ-22", "--json")
    await stand.command("registry", "quarantine", "--clear", target)
    await asyncio.sleep(4)
    cleared = await stand.ask("sales", f"{_PERSONAL} A third time.", model)
    log = stand.output.read_text(errors="replace") + "".join(
        path.read_text(errors="replace") for path in stand.state_dir.rglob("*.log") if path.is_file()
    )
    faults = [] if events[0]["n"] else ["no event records it"]
    faults += [f"asked again, it received {again} more: {second}"] if again or second.status == 200 else []
    faults += [] if target in listed else ["registry quarantine does not list it"]
    faults += [] if target in mismatches else ["AQ-22 does not list it"]
    faults += [] if "target_quarantined" in log else ["nothing alerts"]
    return judged(
        faults, f"first {first}, then {second}; event, log line, list and AQ-22 name it; cleared by a person: {cleared}"
    )


@check(
    "SC-22",
    "a target answers 307 and 302 with another host and with another path of its own; a target's host resolves to a link-local address",
)
async def redirects(stand: Stand) -> Found:
    """What a redirect names must get nothing; an address is refused before anything is connected."""
    since, faults, seen = await stand.count(), [], []
    names = ("redirect", "redirect-inside")
    for name in names:
        answer = await stand.ask("sales", "Name a bridge.", f"evil-do-{name}")
        seen.append(f"{name}: {answer}")
        faults += [seen[-1]] if answer.status == 200 else []
    bodies = await stand.received(since)
    faults += [f"{len(bodies)} bodies for {len(names)} calls"] if len(bodies) != len(names) else []
    faults += [f"{one['target']} received one" for one in bodies if one["target"] == "local"]
    answer = await stand.ask("sales", "Name a bridge.", "evil-resolves")
    told = await stand.sql(
        "SELECT seq FROM audit.record WHERE exchange = $1",
        answer.headers.get("x-compliance-exchange", ""),
    )
    faults += [f"link-local: {answer}"] if answer.status == 200 or answer.seconds > 5 else []
    return judged(faults, f"{'; '.join(seen)}; link-local address: {answer}, {len(told)} records")


@check("SC-23", "the first target breaks off within a whole reply and within a stream, and answers 503; the attempts are compared with the "
       "targets that the decision permits")  # fmt: skip
async def retries(stand: Stand) -> Found:
    """Personal text may be sent to both targets, health content of such a key to the local one alone."""
    faults, seen = [], []
    for caller, text in (("sales", _PERSONAL), ("quiet", _HEALTH)):
        for model in ("do-cut-chunk", "do-status-503", "do-length-long"):
            for stream in (False, True):
                answer = await stand.ask(caller, text, model, stream=stream)
                records = await stand.records(answer.headers.get("x-compliance-exchange", ""))
                called = [one for one in records if one["kind"] == "attempt"]
                seen.append(len(called))
                faults += [f"{model}: no attempt: {answer}"] if not called else []
                faults += [f"{caller}, {model}: {said}" for said in _unauthorised(records, called)]
    faults += [] if max(seen) > 1 else ["nothing was tried again: it shows nothing"]
    return judged(
        faults,
        f"{sum(seen)} attempts in {len(seen)} exchanges, all at permitted targets, each with its decision",
        most=max(seen),
    )


def _unauthorised(records: list[dict[str, Any]], called: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what is wrong with attempts: each but the first has an answer of policy of its own."""
    for number, attempt in enumerate(called):
        answer = records[0]["body"]["facts"] if number == 0 else attempt["body"]["facts"].get("answer")
        if not answer:
            yield f"attempt {number + 1} without asking policy again"
        elif attempt["target"] not in {one["target"] for one in answer["decision"]["targets"] if one["permit"]}:
            yield f"attempt {number + 1} at {attempt['target']}, which is not permitted"


@check("SC-29", "the whole stack runs in a network namespace of its own, where only loopback exists, and a request with a name, an address and "
       "health content is asked")  # fmt: skip
async def no_egress(stand: Stand) -> Found:
    """Detection, policy, database and targets are all there; a call to anywhere else would fail."""
    if shutil.which("unshare") is None:
        raise NotPossibleHereError("there is no unshare to take the network away")
    process = await asyncio.create_subprocess_exec(
        "unshare", "--net", "--map-root-user", sys.executable, "-m", "bench.system_checks.offline", str(stand.folder / "offline"),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    lines = said.decode(errors="replace").strip().splitlines()
    if process.returncode and "unshare" in (lines or [""])[-1]:
        raise NotPossibleHereError(f"a network namespace is not allowed here: {lines[-1]}")
    try:
        told = json.loads(lines[-1])
    except (ValueError, IndexError):
        return Found(False, f"the stack without a network ended with {process.returncode}: {' '.join(lines)[-300:]}")
    faults = [f"{told['answer']}"] if told["status"] != 200 else []
    missing = {"PERSON", "EMAIL_ADDRESS"} - set(told["entities"])
    faults += [f"not found: {', '.join(sorted(missing))}"] if missing else []
    faults += ["the categories lack health"] if "health" not in told["categories"] else []
    faults += [f"outside answered: {told['outside']}"] if told["outside"] != "no way out" else []
    return judged(faults, f"found {', '.join(told['entities'])} and {', '.join(told['categories'])} without a network")
