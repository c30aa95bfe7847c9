from __future__ import annotations

import json

import pytest
import typer

from proxy.cli.maintenance import doctor
from proxy.embedded import doctor as examination
from proxy.embedded.checks import Checkup


async def ok(_):
    return Checkup("good", "ok", "fine")


async def failing(_):
    return Checkup("bad", "failed", "broken", "mend it")


async def dying(_):
    raise RuntimeError("boom")


@pytest.fixture
def checks(monkeypatch, tmp_path):
    monkeypatch.setenv("PROXY_STATE_DIR", str(tmp_path))
    return lambda *chosen: monkeypatch.setattr(examination, "all_checks", lambda: chosen)


def test_all_well_exits_with_zero(checks, capsys):
    checks(ok)
    doctor(as_json=False)
    assert "good  fine" in capsys.readouterr().out


def test_failing_check_says_what_to_do_and_exits_with_one(checks, capsys):
    checks(ok, failing)
    with pytest.raises(typer.Exit) as ended:
        doctor(as_json=False)
    assert ended.value.exit_code == 1
    assert "-> mend it" in capsys.readouterr().out


def test_check_that_dies_is_a_failed_check(checks, capsys):
    checks(dying, ok)
    with pytest.raises(typer.Exit):
        doctor(as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert [each["result"] for each in found] == ["failed", "ok"]
    assert "RuntimeError" in found[0]["detail"]
