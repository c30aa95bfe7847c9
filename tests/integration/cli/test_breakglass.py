"""The break-glass commands as two operators run them: one process each, against a real database."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
from datetime import timedelta
from functools import partial

import pytest

from proxy.core.keyring import Keyring
from proxy.grants.store import GrantStore
from proxy.runtime.clock import SystemClock

ASK = ("request", "--tenant", "acme", "--ticket", "INC-9", "--reason", "the regional model is down")
ME = pwd.getpwuid(os.getuid()).pw_name
OTHER, THIRD = "nobody", "daemon"


@pytest.fixture
def command(command):
    return partial(command, group="break-glass")


@pytest.fixture
def bob(fresh_dsn):
    """Do something with the store as another operator would."""

    def act(work):
        async def acting():
            store = GrantStore(fresh_dsn, Keyring(b"k" * 32), SystemClock())
            await store.start()
            try:
                return await work(store)
            finally:
                await store.close()

        return asyncio.run(acting())

    return act


def test_a_grants_life_leaves_its_trace(command, bob):
    grant = command(*ASK, "--hours", "1")
    assert "another operator" in command("approve", grant, "--mfa", "webauthn", status=1)
    assert bob(lambda store: store.approve(grant, "bob", "webauthn", timedelta(hours=4))) is not None
    listed = command("list", "--tenant", "acme")
    for part in (grant, "open", "INC-9", ME, "bob", "webauthn"):
        assert part in listed
    assert grant not in command("list", "--state", "pending")
    assert "has not ended" in command("review", grant, "--finding", "justified", status=1)
    assert command("revoke", grant) == f"revoked {grant}"
    command("revoke", grant, status=1)
    assert "requested it" in command("review", grant, "--finding", "justified", status=1)
    events = [json.loads(line) for line in command("events", "--json", group="audit").splitlines()]
    made = {one["action"]: one for one in events if one["action"].startswith("break_glass")}
    assert set(made) == {"break_glass_requested", "break_glass_revoked"}  # the store's own word is no event
    assert {one["facts"]["by"] for one in made.values()} == {ME}
    assert made["break_glass_requested"]["facts"]["ticket"] == "INC-9"
    assert "regional" not in json.dumps(events)


@pytest.mark.skipif(os.getuid() != 0, reason="running a command as another account needs root")
def test_two_accounts(command):
    grant = command(*ASK)
    other = {"as_user": OTHER}
    assert "is open until" in command("approve", grant, "--mfa", "totp", **other)
    assert "the grant is open" in command("approve", grant, status=1, **other)
    command("revoke", grant)
    assert "approved it" in command("review", grant, "--finding", "justified", status=1, **other)
    third = {"as_user": THIRD}
    assert command("review", grant, "--finding", "justified", "--note", "the model was down", **third)
    assert "reviewed" in command("list")
    events = [json.loads(line) for line in command("events", "--json", group="audit").splitlines()]
    by = {one["action"]: one["facts"]["by"] for one in events if one["action"].startswith("break_glass")}
    assert by == {
        "break_glass_requested": ME, "break_glass_approved": OTHER, "break_glass_revoked": ME,
        "break_glass_reviewed": THIRD,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "why"), [(("--hours", "4.5"), "at most 4 hours"), (("--ticket", "INC 9"), "ticket")]
)
def test_malformed_requests(command, changes, why):
    assert why in command(*ASK, *changes, status=2)


def test_unknown_grant(command):
    assert "no such grant" in command("approve", "bg_zzzzzzzzzzzz", status=1)
