"""SC-30: a breach at a provider, as somebody would ask for its scope on the first day."""

from __future__ import annotations

import datetime as dt
import json

import yaml

from bench.hostile.rows import Found, judged
from bench.hostile.stand import Stand
from bench.system_checks.checks import check

_AWARE_H = 72
_NAMED = {"x-compliance-subject": "patient-4711"}


@check(
    "SC-30",
    "two tenants send personal data of a named subject to one provider, a third one health data to a server of its own; AQ-13 asks for its window",
)
async def drill(stand: Stand) -> Found:
    """One query must give everything that a notification needs."""
    registry = yaml.safe_load((stand.folder / "config" / "registry.yaml").read_text())
    provider = registry["targets"]["standin/eu"]["provider"]
    for caller, text in (
        ("sales", "Thank Ottilie Brandt for the order."),
        ("quiet", "Write to Ottilie Brandt that we call on Friday."),
        ("clinic", "The patient Ottilie Brandt has type 2 diabetes."),
    ):
        answer = await stand.ask(caller, text, "third-say", _NAMED)
        await stand.records(answer.headers.get("x-compliance-exchange", ""))
    today = dt.datetime.now(dt.UTC).date()
    words = [
        "--since",
        str(today),
        "--until",
        str(today + dt.timedelta(days=1)),
        "--provider",
        provider,
        "--at",
        f"{today}T06:00",
    ]
    status, said = await stand.command("audit", "ask", "AQ-13", *words, "--purpose", "breach drill", "--json")
    if status:
        return Found(False, f"AQ-13 ended with {status}: {said[-300:]}")
    rows = json.loads(said[said.index("{") : said.rindex("}") + 1])["rows"]
    due = dt.datetime.fromisoformat(f"{today}T06:00:00+00:00") + dt.timedelta(hours=_AWARE_H)
    concerned = [one for one in rows if one["subjects"]]  # others sent nothing personal
    tenants = {one["tenant"] for one in concerned}
    faults = [] if len(tenants) > 1 else [f"subjects are counted in {len(tenants)} tenants"]
    for name in ("activity", "region", "categories", "exchanges", "first_at"):
        faults += [f"a row lacks {name}"] if any(not one[name] for one in concerned) else []
    for name in ("mechanisms", "subject_refs"):
        faults += [f"it has no {name}"] if any(name not in one for one in rows) else []
    faults += (
        []
        if rows and dt.datetime.fromisoformat(rows[0]["gdpr_due"]) == due
        else ["the 72 hours are not counted from when one became aware"]
    )
    return judged(faults, f"one query: {len(rows)} rows, {len(tenants)} tenants, due {due:%d %H:%M}", provider=provider)
