"""Rules, alerts and the dashboard name metrics that exist, and parse; where promtool is, it tries them."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import subprocess

import pytest
import yaml
from prometheus_client import REGISTRY

import proxy
from docs.generate import HERE
from testing.prometheus import RULES, binary

DASHBOARD = json.loads((RULES.parent / "dashboard.json").read_text())
GROUPS = yaml.safe_load(RULES.read_text())["groups"]
EVERY = [rule for group in GROUPS for rule in group["rules"]]
ALERTS = [rule for rule in EVERY if "alert" in rule]
SHOWN = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
NAME = re.compile(r"\bproxy[_:][a-z0-9_:]*[a-z0-9]\b")
needs_promtool = pytest.mark.skipif(not binary("promtool"), reason="no promtool: make prometheus")


def exposed():
    for module in pkgutil.walk_packages(proxy.__path__, "proxy."):
        source = module.module_finder.find_spec(module.name).loader.get_source(module.name)
        if "prometheus_client" in source:
            importlib.import_module(module.name)
    names = {sample.name for family in REGISTRY.collect() for sample in family.samples}
    return names | {family.name + end for family in REGISTRY.collect() for end in ("", "_total", "_bucket", "_count")}


@pytest.mark.parametrize("expression", sorted({*SHOWN, *(rule["expr"] for rule in EVERY)}))
def test_what_is_asked_for_exists(expression):
    named = set(NAME.findall(re.sub(r"\{[^}]*\}", "", expression)))
    assert named or expression.startswith("up{")
    assert named <= exposed() | {rule["record"] for rule in EVERY if "record" in rule}


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_every_alert_says_what_to_do(alert):
    page, _, anchor = alert["annotations"]["runbook"].partition("#")
    text = (HERE.parent / page).read_text()
    assert f"\n### {anchor.capitalize()}\n" in text
    section = text.partition(f"\n### {anchor.capitalize()}\n")[2].partition("\n### ")[0]
    assert alert["alert"].replace("ComplianceProxyBudgetBurns", "...Burns") in section or alert["alert"] in section
    assert alert["labels"]["severity"] in {"page", "ticket"}
    steps = re.findall(r"^- \*(\w[\w ]*)\*", section, re.MULTILINE)
    assert steps == ["Callers see", "Look", "Do", "Over"]


def test_each_panel_has_a_place_of_its_own():
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in DASHBOARD["panels"]]
    assert len(set(places)) == len(places) == len({panel["id"] for panel in DASHBOARD["panels"]})


@needs_promtool
def test_promtool_accepts_rules_and_queries(tmp_path):
    queries = tmp_path / "queries.yaml"
    rules = [{"record": f"q:{number}", "expr": expression} for number, expression in enumerate(SHOWN)]
    queries.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    subprocess.run([binary("promtool"), "check", "rules", RULES, queries], check=True, capture_output=True)


#: Errors in a thousand answers for so many minutes -> the alerts that fire in the end. Bars are those of the objective.
BURNS = [
    ((0, 300), []), ((1, 300), []), ((20, 70), ["ComplianceProxyBudgetBurnsFast", "ComplianceProxyBudgetBurns"]),
    ((7, 400), ["ComplianceProxyBudgetBurns"]),
]  # fmt: skip


@needs_promtool
@pytest.mark.parametrize(("burn", "named"), BURNS)
def test_a_budget_burns_as_fast_as_the_alert_says(tmp_path, burn, named):
    failures, minutes = burn
    series = [
        {"series": 'proxy_answers_total{responsibility="proxy"}', "values": f"0+{failures}x{minutes}"},
        {"series": 'proxy_answers_total{responsibility="none"}', "values": f"0+{1000 - failures}x{minutes}"},
    ]
    alerts = [
        {"eval_time": f"{minutes}m", "alertname": rule["alert"], "exp_alerts": [{"exp_labels": rule["labels"]}] * (rule["alert"] in named)}
        for rule in ALERTS if "BudgetBurns" in rule["alert"] and not rule["alert"].endswith("Slowly")
    ]  # fmt: skip
    bare = yaml.safe_load(RULES.read_text())
    for rule in (rule for group in bare["groups"] for rule in group["rules"]):
        rule.pop("annotations", None)
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(bare))
    trial = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m",
             "tests": [{"interval": "1m", "input_series": series, "alert_rule_test": alerts}]}  # fmt: skip
    (tmp_path / "trial.yaml").write_text(yaml.safe_dump(trial))
    done = subprocess.run(
        [binary("promtool"), "test", "rules", tmp_path / "trial.yaml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
