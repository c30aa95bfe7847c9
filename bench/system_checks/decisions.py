"""SC-09, SC-19, SC-20, SC-25, SC-26, SC-27: what policy answers, what it cannot answer, and which policy it was."""

from __future__ import annotations

import asyncio
import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import yaml

from bench.hostile.rows import Found, judged
from bench.hostile.stand import Answer, Stand
from bench.system_checks.checks import check
from bench.system_checks.engine import relayed

_SHADOW = "org.shadowed"
_ENOUGH = 5


@check(
    "SC-09",
    "every decision of the log so far is made again from its recorded input, with the bundle and data of its revision",
    last=10,
)
async def replayed(stand: Stand) -> Found:
    """After the other checks, so that there are many kinds."""
    await stand.ask("sales", "Thank Ottilie Brandt for the order.")
    status, said = await stand.command(
        "policy", "replay", "--since", "1h", "--at-recorded-data", "--fail-on-change", "--json"
    )
    try:
        told = json.loads(said[said.index("{") :])
    except ValueError:
        return Found(False, f"policy replay ended with {status}: {said[-300:]}")
    return judged([f"ended with {status}: {said[-200:]}"] if status else [], f"{told}"[:200])


async def _ready(stand: Stand) -> dict[str, Any]:
    async with stand.session.get(f"{stand.url}/readyz") as reply:
        return dict(await reply.json())


async def _revision(stand: Stand) -> str:
    answer = await stand.ask("sales", "Name a bridge.")
    records = await stand.recorded(
        "kind = 'decision' AND exchange = $1",
        answer.headers.get("x-compliance-exchange", ""),
    )
    return str(records[0]["revision"]) if records else f"none ({answer})"


@check("SC-19", "the bundle that the engine loads is replaced by one that is not signed, then by the signed one with a byte of its content "
       "changed", last=40)  # fmt: skip
async def tampered(stand: Stand) -> Found:
    """The engine looks at the file twice a second."""
    bundle = stand.state_dir / "bundle.tar.gz"
    good, before, faults = bundle.read_bytes(), await _revision(stand), []
    unsigned = stand.folder / "unsigned.tar.gz"
    settings = {"PROXY_POLICY_SIGNING_KEY": "", "PROXY_POLICY_VERIFICATION_KEY": ""}
    status, said = await stand.command("policy", "build", "--out", str(unsigned), environment=settings)
    faults += [f"policy build ended with {status}: {said[-200:]}"] if status else []
    plain = gzip.decompress(good)
    place = plain.index(b"deny contains")
    changed = gzip.compress(plain[:place] + b"dony" + plain[place + 4 :])
    alerts = []
    try:
        for name, content in (("unsigned", unsigned.read_bytes()), ("altered", changed)):
            bundle.with_suffix(".new").write_bytes(content)
            bundle.with_suffix(".new").replace(bundle)
            await asyncio.sleep(2.5)
            now, told = await _revision(stand), json.dumps((await _ready(stand)).get("policy", {}))
            faults += [f"{name}: decisions name {now} instead of {before}"] if now != before else []
            alerts.append("refused" in told)
            faults += [f"{name}: /readyz does not say that it was refused: {told[:150]}"] if not alerts[-1] else []
    finally:
        bundle.with_suffix(".new").write_bytes(good)
        bundle.with_suffix(".new").replace(bundle)
        await asyncio.sleep(1.5)
    return judged(faults, f"neither came into force, {before[:12]} stays and is named, /readyz says refused")


@check(
    "SC-20",
    "a candidate that denies one model runs in shadow; that model is asked for; policy shadow tells the differences",
)
async def shadow(stand: Stand) -> Found:
    """The candidate is one rule on top of the live library (see ``setting.py``)."""
    answer = await stand.ask("sales", "Name a bridge.", "third-shadowed")
    await asyncio.sleep(2)
    status, said = await stand.command("policy", "shadow", "--since", "1h", "--json")
    faults = [f"the live policy answers {answer}"] if answer.status != 200 else []
    faults += [f"policy shadow ended with {status}: {said[-200:]}"] if status else []
    faults += ["the rule is not among the differences"] if "SHADOWED" not in said else []
    return judged(faults, "answered 200 as before; the difference is reported with the rule's code")


async def _denied(stand: Stand, caller: str) -> tuple[Answer, int]:
    since = await stand.count()
    answer = await stand.ask(caller, "Name a bridge.", "third-say")
    return answer, await stand.count() - since


@check(
    "SC-25",
    "a relay before the engine adds a known obligation (notify) and an unheard-of one to every verdict",
)
async def obligation(stand: Stand) -> Found:
    """On a stack of its own, whose engine is a server behind the relay."""
    async with relayed(stand.folder / "relayed") as (second, relay):
        usual, arrived = await _denied(second, "sales")
        relay.mode = "obligation"
        answer, sent = await _denied(second, "sales")
        records = await second.records(answer.headers.get("x-compliance-exchange", ""))
        notices = await second.sql("SELECT count(*) AS n FROM audit.record WHERE action = 'policy_notice'")
        others = await _undefined(second, relay)
    shown.update(others)
    told = json.dumps([one["body"] for one in records])
    faults = [f"without it: {usual}"] if usual.status != 200 or not arrived else []
    faults += [f"with it: {answer}, {sent} bodies sent"] if answer.status == 200 or sent else []
    faults += ["the record does not name it"] if "org_unheard_of" not in told else []
    faults += ["the known obligation was not carried out: no event policy_notice"] if not notices[0]["n"] else []
    return judged(faults, f"denied ({answer}); the record names it; the event of the known one is there")


#: What SC-25's stack answered to SC-26's questions: one stack for both.
shown: dict[str, str] = {}
_MODES = ("undefined", "empty", "text", "list", "number", "slow")


async def _undefined(second: Stand, relay: Any) -> dict[str, str]:
    found = {}
    for mode in _MODES:
        relay.mode = mode
        answer, sent = await _denied(second, "sales")
        found[mode] = f"{answer}" + (f", {sent} sent" if sent or answer.status == 200 else "")
    relay.mode = "pass"
    return found


@check(
    "SC-26",
    "the relay answers nothing, an empty object, a text, a list, a number, and after the deadline",
)
async def undefined(stand: Stand) -> Found:
    """On the same stack as SC-25, or one of its own."""
    if not shown:
        async with relayed(stand.folder / "relayed") as (second, relay):
            shown.update(await _undefined(second, relay))
    faults = [f"{mode}: {said}" for mode, said in shown.items() if "sent" in said]
    return judged(faults, "; ".join(f"{mode}: {said}" for mode, said in shown.items()))


@check("SC-27", "the registry gets expires: null of a signed BAA and legal_basis: null of an activity; checked, put in force where it can be, "
       "and asked", last=30)  # fmt: skip
async def null(stand: Stand) -> Found:
    """Null is refused, or is not evidence."""
    config = stand.folder / "config"
    registry = yaml.safe_load((config / "registry.yaml").read_text())
    cases = {
        "BAA expires: null": lambda made: made["targets"]["third/us"]["baa"].update(expires=None),
        "BAA status: null": lambda made: made["targets"]["third/us"]["baa"].update(status=None),
        "legal_basis: null": lambda made: made["activities"]["care-us"].update(legal_basis=None),
        "dpa: null": lambda made: made["targets"]["third/us"].update(dpa=None),
    }
    seen, faults = [], []
    for name, change in cases.items():
        made = json.loads(json.dumps(registry, default=str))
        change(made)
        said = await _with_registry(stand, config, made)
        seen.append(f"{name}: {said}")
        faults += [seen[-1]] if "sent to" in said else []
    await stand.command("policy", "activate")
    return judged(faults, "; ".join(seen))


async def _with_registry(stand: Stand, config: Path, made: dict[str, Any]) -> str:
    """Put a registry in force, ask, and take it back; return what happened."""
    kept = config.with_name("config-kept")
    shutil.copytree(config, kept, dirs_exist_ok=True)
    try:
        (config / "registry.yaml").write_text(yaml.safe_dump(made, sort_keys=False))
        status, said = await stand.command("registry", "check", str(config))
        if status:
            return f"refused ({' '.join(said.split())[-80:]})"
        status, said = await stand.command("policy", "activate")
        if status:
            return f"refused at activation ({' '.join(said.split())[-80:]})"
        answer = await stand.ask("clinic", "The patient Ottilie Brandt has type 2 diabetes.")
        return f"{answer}" + (
            f", sent to {answer.target}" if answer.target.startswith("third") else f" {answer.target}"
        )
    finally:
        shutil.copytree(kept, config, dirs_exist_ok=True)
