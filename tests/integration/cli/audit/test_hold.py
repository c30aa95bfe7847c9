"""Legal holds as operators place and release them."""

from __future__ import annotations

import json
import os
from functools import partial

import pytest

OTHER = "nobody"
pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="running a command as another account needs root")


@pytest.fixture
def command(command):
    return partial(command, group="audit")


def test_a_hold_on_whom_nobody_knows_is_refused_with_the_nearest_name(command):
    place = ("hold", "place", "--matter", "M-1")
    refused = command(*place, "--tenant", "demo-ue", status=2)
    assert "the registry has no tenant demo-ue; the nearest is demo-eu" in refused
    assert "has no activity support" in command(*place, "--tenant", "demo-eu", "--activity", "support", status=2)
    assert "hd_" not in command("hold", "list")
    assert command(*place, "--tenant", "demo-eu", "--activity", "support-chat").startswith("hd_")
    assert command(*place, "--tenant", "former", "--unregistered").startswith("hd_")


def test_a_hold_beats_an_erasure_and_its_ends_take_two_people_on_record(command):
    who = ("--tenant", "acme", "--subject", "patient 7")
    placed = command("hold", "place", "--matter", "M-1", *who, "--unregistered", "--since", "2026-01-01")
    hold, request = placed.split()
    assert "is yours" in command("hold", "approve", request, status=1)
    assert command("hold", "approve", request, as_user=OTHER) == f"{hold} is in force"

    erasure = command("erase", *who, "--ticket", "DSR-7")
    refused = command("erase", *who, "--second-person", erasure, status=1, as_user=OTHER)
    assert "a legal hold covers" in refused

    release = command("hold", "release", hold, "--ticket", "M-1/end")
    listed = command("hold", "list", "--tenant", "acme")
    assert all(part in listed for part in (hold, "in force", "M-1", OTHER))
    assert command("hold", "approve", release, as_user=OTHER) == f"{hold} is released"
    assert "was released" in command("hold", "release", hold, "--ticket", "M-1", status=1)
    assert "erased on" in command("erase", *who, "--second-person", erasure, as_user=OTHER)

    events = [json.loads(line) for line in command("events", "--json").splitlines()]
    told = [(one["action"], one["facts"]["by"]) for one in reversed(events) if one["action"].startswith("hold")]
    me = next(by for action, by in told if action == "hold_requested")
    assert told == [
        ("hold_requested", me), ("hold_placed", OTHER), ("hold_release_requested", me), ("hold_released", OTHER),
    ]  # fmt: skip
    assert "patient" not in json.dumps(events)
