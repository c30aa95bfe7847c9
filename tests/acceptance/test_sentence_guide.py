"""The walk from three sentences to rules in force, as YAML and as Rego: every command of the page, in its order."""

from __future__ import annotations

import shutil
import time

import pytest

from proxy.runtime.resources import shipped
from tests.acceptance import guide

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(600)]
PAGE = "from-a-sentence-to-a-rule.md"
START = "compliance-proxy run"
SHADOW = "compliance-proxy policy shadow --since 1h"
IBAN = "DE89 3704 0044 0532 0130 00"


@pytest.fixture
def reader(tmp_path):
    """A folder with the shipped configuration; the stack has the settings that the page exports before it starts."""
    guide.needs("curl", "jq", "openssl", "sed")
    work = tmp_path / "work"
    shutil.copytree(shipped("config"), work / "config")
    line = guide.stack(tmp_path)
    yield line, work
    if line.process is not None:
        line.stop()


def walked(line, work):
    """Every command of the page with what it printed, in their order; the differences, once all are recorded."""
    commands, begun = guide.commands(PAGE), time.monotonic()
    start = commands.index(START)
    exports = [command for command in commands[:start] if command.startswith("export ")]
    before = guide.steps([command for command in commands[:start] if command not in exports], work, line)
    settings = " ".join(exports).replace("export ", "").replace("$PWD", str(work))
    line.environment.update(setting.split("=", 1) for setting in settings.split())
    line.start()

    rest = [command.replace(guide.URL, line.stack.proxy_url) for command in commands[start + 1 :]]
    rest[rest.index(SHADOW)] = f"until {SHADOW} | grep '^3 of 3 decisions'; do sleep 1; done; {SHADOW}"
    after = guide.steps(rest, work, line)
    print(f"\n{len(commands)} commands in {time.monotonic() - begun:.0f} s")
    return [*before, *after]


def test_every_command_of_the_walk(reader):
    steps = walked(*reader)
    live, as_yaml, as_rego = (step for command, step in steps if command == "try")
    assert live.count("redact_and_forward standin/eu") == 3
    assert IBAN in live
    for answers in (as_yaml, as_rego):
        interns, health, ibans = answers.strip().split("\n{")
        assert "HOUSE_INTERNS" in interns
        assert "Use a model in the house for this." in interns
        assert interns.rstrip().splitlines()[-1].split()[0] == "block"
        assert health.rstrip().endswith("pin_local local/eu")
        assert ibans.rstrip().endswith("redact_and_forward standin/eu")
        assert IBAN not in ibans
        assert "pay to" in ibans

    def output(begin):
        return [text for command, text in steps if command.startswith(begin)]

    [shadow] = output("until")
    assert all(word in shadow for word in ("HOUSE_INTERNS", "HOUSE_HEALTH", "+redact BANK_ACCOUNT"))
    assert "store it with ?activate=false" in output("store true")[0]
    [refused] = output("activate $ANN")
    assert "second_person_required" in refused
    assert "activate=false" not in refused
    assert [text.count('"ok":true') for text in output("activate $BOB")] == [1, 1]
    assert "redact_reply" in output("admin $BOB")[0]
    checks = output("compliance-proxy policy check")
    assert [("no problems" in text, "warning" in text) for text in checks] == [(True, False)] * 2
    assert ["tests pass" in text for text in output("compliance-proxy policy test")] == [True, True]
