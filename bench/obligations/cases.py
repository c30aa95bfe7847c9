"""Every obligation type with the model that obliges to it, the rule that does, and the walk over all of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from bench.hostile.stand import Caller, Stand
from bench.obligations import looks
from bench.obligations.looks import DAYS, ID, MAILS, Case, NotShownError
from proxy.core.obligations import KINDS

CALLERS = {"me": Caller("house-eu", "sales", "support-chat", roles=("break-glass",))}


@dataclass(frozen=True, slots=True)
class Shown:
    """What came of one type. ``how``: effect, denial, both, or nothing."""

    type: str
    how: str
    what: str


CASES = (
    *(Case(kind, looks.transformed, more=MAILS) for kind in ("redact", "pseudonymize", "mask", "generalize")),
    Case("deidentify", looks.transformed, more={**MAILS, "profile": "hipaa_safe_harbor"}),
    Case("block_content", looks.blocked, "oblige-block", {**MAILS, "target": "standin/eu"}, "denial"),
    Case("residual_scan", looks.scanned_again),
    Case("response_scan", looks.withheld, "local-do-say-scan"),
    Case("stream_guard", looks.withheld, "local-do-say-guard"),
    Case("reidentify_response", looks.restored, "third-oblige-restore"),
    Case("no_store", looks.unstored),
    Case("no_train", looks.untrained, "third-oblige-no_train"),
    Case("cache_reply", looks.answered_again, more={"params": {"max_age_s": 600}}),
    Case("record_transfer", looks.transfer, "third-oblige-transfer"),
    Case("account_disclosure", looks.accounted, "third-oblige-account", how="both"),
    Case("redisclosure_notice", looks.noticed, "third-oblige-notice"),
    Case("notify", looks.told),
    Case("post_review", looks.told),
    Case("require_approval", looks.approved, how="both"),
    Case("human_oversight", looks.overseen),
    Case("log", looks.logged, more={"params": {"level": "metadata"}}),
    Case("retain", looks.retained, more={"params": {"min_days": DAYS}}, id="obligations.retain"),
    Case("restrict_fallback", looks.restricted, "do-empty"),  # last: its target is then taken for broken
)  # fmt: skip


def overlay() -> dict[str, str]:
    """Return the rule and its twin: each model obliges to one type."""
    asked = {case.asked: {"type": case.type, "rule_id": ID, **(case.more or {})} for case in CASES}
    rule = f"""package org.obliged

import rego.v1

asked := {json.dumps(asked)}

# METADATA
# scope: document
# title: One obligation per model
# description: Obliges to the type that the model's name stands for.
# related_resources:
#   - ref: https://intranet.example/policies/obliged
#     description: House policy
# custom:
#   rule_id: {ID}
#   obligations: [{", ".join(KINDS)}]
oblige contains asked[input.operation.model] if input.phase != "response"
"""
    twin = """package org.obliged_test

import rego.v1

import data.org.obliged

test_nothing_elsewhere if obliged.oblige == set() with input as {"phase": "request", "operation": {"model": "x"}}

test_a_model_obliges if {
	some model, obligation in obliged.asked
	obliged.oblige == {obligation} with input as {"phase": "request", "operation": {"model": model}}
}
"""
    return {"obliged.rego": rule, "obliged_test.rego": twin}


async def walk(stand: Stand) -> list[Shown]:
    """Oblige the stack to each type in turn."""
    shown = []
    for case in CASES:
        try:
            shown.append(Shown(case.type, case.how, await case.look(stand, case)))
        except NotShownError as fault:
            shown.append(Shown(case.type, "nothing", str(fault)))
        except Exception as error:  # noqa: BLE001 - one type that breaks must not hide the others
            shown.append(Shown(case.type, "nothing", f"{type(error).__name__}: {error}"))
    return shown


async def started(folder: Path, *, shared_models: bool = False) -> Stand:
    """Start a stack with the rule in force."""
    rules = folder / "overlay"
    rules.mkdir(parents=True)
    for name, text in overlay().items():
        (rules / name).write_text(text)
    stand = Stand(folder, {"PROXY_DECISION_CACHE_TTL_S": "0.1"}, rules, shared_models=shared_models)
    await stand.start(CALLERS)
    return stand
