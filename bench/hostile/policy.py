"""Policies that must not go live, and obligations that must be done or denied."""

from __future__ import annotations

from typing import Any

from bench.hostile.rows import Found, judged, row
from bench.hostile.stand import Stand

_HEAD = """package org.hostile

import rego.v1

# METADATA
# scope: document
# title: Hostile
# description: A rule that passes its own test.
# related_resources:
#   - ref: https://intranet.example/policies/hostile
#     description: House policy
# custom:
#   rule_id: org.hostile
"""
_DENY = '{"code": "HOSTILE", "rule_id": "org.hostile", "citation": ["x"], "evidence": []}'
_TWIN = """package org.hostile_test

import rego.v1

import data.org.hostile

test_it_applies if {
	count(hostile.%s) == 1 with input as {"phase": "%s"}
}
"""
_HARMLESS = f'{_HEAD}#   codes: [HOSTILE]\ndeny contains {_DENY} if input.phase == "never"\n'
#: Both pass their own tests, and fail where a real request is decided.
_CONFLICT = f"""{_HARMLESS}
deny contains {_DENY} if word == "c"

default word := "none"

word := "a" if input.phase == "request"

word := "b" if input.operation.name == "chat"
"""
_SLOW = f"""{_HARMLESS}
deny contains {_DENY} if {{
	input.operation.name == "chat"
	count([1 | some a in numbers.range(1, 4000); some b in numbers.range(1, 4000); a * b == -1]) > 0
}}
"""
_ON_REPLY = f"""{_HEAD}#   obligations: [redact]
oblige contains {{"type": "redact", "entities": ["PERSON"], "rule_id": "org.hostile", "when": "after_response"}} if {{
	input.phase == "response"
}}
"""


async def _overlay(stand: Stand, source: str | None, rule_of: tuple[str, str] = ("deny", "never")) -> tuple[int, str]:
    """Write (or take away) a rule of the organisation's own and activate; return status and what was said.

    ``rule_of``: the set that the rule adds to, and the phase in which its own test tries it.
    """
    if stand.overlay is None:
        raise RuntimeError("this stack has no overlay")
    rule, twin = stand.overlay / "hostile.rego", stand.overlay / "hostile_test.rego"
    for path, text in ((rule, source), (twin, _TWIN % rule_of)):
        if source is None:
            path.unlink(missing_ok=True)
        else:
            path.write_text(str(text))
    return await stand.command("policy", "activate")


async def _tried(stand: Stand, source: str) -> list[str]:
    faults = []
    try:
        status, _ = await _overlay(stand, source)
        answers = [await stand.ask("sales", f"Name a bridge, number {number}.") for number in range(4)]
        ready = await stand.ready()
        if status == 0:
            faults.append("activated")
        bad = [one for one in answers if one.status != 200]
        if bad:
            faults.append(f"requests are then answered {bad[0]}" + (" while /readyz is true" if ready else ""))
    finally:
        status, said = await _overlay(stand, None)
        faults += [f"the good policy does not come back: {said[-120:]}"] if status else []
    return faults


@row("bad policies", "a rule that conflicts, and one that runs for seconds, are activated", group="policy", last=True,
     must="activation decides real and synthetic inputs within the live deadline first; the last good policy stays", patience_s=180)  # fmt: skip
async def bad_policies(stand: Stand) -> Found:
    """Activate a harmless one first, to know that such a rule can be; then each, ask, and take it away again."""
    status, said = await _overlay(stand, _HARMLESS)
    if status:
        return Found(False, f"a harmless rule is refused too, so the row shows nothing: {said[-200:]}")
    faults = [f"conflict: {one}" for one in await _tried(stand, _CONFLICT)]
    faults += [f"slow: {one}" for one in await _tried(stand, _SLOW)]
    return judged(faults, "both refused, the last good policy stays in force")


@row("obligation on a reply", "a rule of the organisation's own obliges to redact names in replies", group="policy", last=True,
     must="carried out or denied")  # fmt: skip
async def on_reply(stand: Stand) -> Found:
    """Activate it and let a target name somebody."""
    try:
        status, said = await _overlay(stand, _ON_REPLY, ("oblige", "response"))
        if status:
            return Found(
                "OBLIGATION" in said.upper() and "twin" not in said, "refused at activation", {"said": said[-200:]}
            )
        await stand.say("names", "You could ask Henrike Vogelsang about it.")
        answer = await stand.ask("sales", "Whom should I ask about the harbour?", "do-say-names")
        streamed = await stand.ask("sales", "Whom should I ask about the harbour?", "do-say-names", stream=True)
    finally:
        await _overlay(stand, None)
    faults = [f"{way}: accepted and ignored" for way, one in (("whole", answer), ("streamed", streamed))
              if one.status == 200 and "Vogelsang" in one.text]  # fmt: skip
    return judged(faults, f"whole {answer}, streamed {streamed}: {answer.text[:60]!r}")


def _named(records: list[dict[str, Any]], word: str) -> list[str]:
    return [one["kind"] for one in records if word in str(one["body"])]


@row("obligations", "a high-risk activity obliges to human_oversight", group="policy",
     must="done, or denied: never recorded as fulfilled where nothing was done")  # fmt: skip
async def obligations(stand: Stand) -> Found:
    """Ask as a high-risk activity and look for an effect: a header, an event somebody can answer for, or a refusal."""
    answer = await stand.ask("hiring", "Rank the three applications by experience, please.")
    if answer.status == 403:
        return Found(True, f"denied: {answer.code}")
    records = await stand.records(answer.headers.get("x-compliance-exchange", ""))
    told = [name for name in answer.headers if "oversight" in name or "obligation" in name]
    event = await stand.sql(
        "SELECT count(*) AS n FROM audit.record WHERE kind = 'event' AND body::text LIKE '%oversight%'"
    )
    faults = []
    if _named(records, "human_oversight") and not told and not event[0]["n"]:
        faults.append(
            "human_oversight is recorded as fulfilled; the caller is not told and no event can be answered for"
        )
    return judged(faults, f"told by {told}", headers=", ".join(told), events=event[0]["n"])
