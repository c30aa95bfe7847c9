"""The commands on restrictions and objections, as an operator runs them."""

from __future__ import annotations

import json
from functools import partial

import pytest

WHO = ("--tenant", "acme", "--subject", "patient 7")


@pytest.fixture
def command(command):
    return partial(command, group="subject")


def test_an_entry_is_added_listed_and_lifted_on_record(command):
    assert "has no tenant acme" in command("restrict", *WHO, "--ticket", "DSR-8", status=2)
    restricted = command("restrict", *WHO, "--unregistered", "--ticket", "DSR-8", "--until", "2099-01-01")
    objected = command("object", *WHO, "--unregistered", "--ticket", "DSR-9", "--since", "2026-01-01")
    listed = command("list", "--tenant", "acme")
    for part in (restricted, objected, "restriction", "objection", "DSR-8", "2099-01-01"):
        assert part in listed
    assert restricted in command("list", *WHO)
    assert restricted not in command("list", "--tenant", "acme", "--subject", "patient 8")
    assert command("lift", restricted) == f"lifted {restricted}"
    assert "lifted before" in command("lift", restricted, status=1)
    assert restricted not in command("list")
    assert restricted in command("list", "--lifted")
    events = [json.loads(line) for line in command("events", "--json", group="audit").splitlines()]
    told = [(one["action"], one["tenant"], one["facts"]["restriction"]) for one in events if "subject" in one["action"]]
    assert told == [
        ("subject_restriction_lifted", "acme", restricted),
        ("subject_restricted", "acme", objected),
        ("subject_restricted", "acme", restricted),
    ]
    assert "patient" not in json.dumps(events)


def test_what_is_missing_is_said(command):
    assert "needs --tenant" in command("list", "--subject", "patient 7", status=2)
    assert "ends after it begins" in command(
        "restrict", *WHO, "--unregistered", "--ticket", "DSR-8", "--until", "2020-01-01", status=2
    )
