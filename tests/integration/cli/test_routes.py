"""The routes commands as an operator runs them: one process each, against a real database."""

from __future__ import annotations

import asyncio
import base64
import json
import os

import pytest

from proxy.core.keyring import Keyring
from proxy.registry.store import RegistryStore
from testing import commands, evidence
from tests.integration.registry.sample import document

MASTER = base64.b64encode(b"k" * 32).decode()


def two_targets(**canary):
    """A registry with a route from a target in the US without any contract for transfers to one in Ireland."""
    made = document()
    made["registry"]["providers"] = {"p": {"legal_name": "P", "parent_country": "IE", "doj_covered_person": False}}
    made["registry"]["activities"]["support"]["legal_basis"] = "A6-1-b"
    sure = {"operations": ["chat"], "retention_days": 0, "training_use": False}
    made["registry"]["targets"] = {
        f"p/{name}": {
            **made["registry"]["targets"]["p/eu"],
            **sure,
            "processing_regions": [place],
            "storage_regions": [place],
        }
        for name, place in (("eu", "IE"), ("us", "US"))
    }
    made["endpoints"]["p/us"] = {"base_url": "http://us.test"}
    made["routes"] = [{"id": "chat", "targets": ["p/eu"], **canary}]
    return made


@pytest.fixture
def command(fresh_dsn, tmp_path):
    environment = dict(os.environ) | {
        "DATABASE_URL": fresh_dsn, "PROXY_SECRET_KEY": MASTER, "PROXY_REGISTRY": "database",
        "PROXY_AUDIT_SIGNING_KEY": str(evidence.signing_key_file(tmp_path)),
        "PROXY_STATE_DIR": str(tmp_path / "state"), "COLUMNS": "300",
    }  # fmt: skip

    async def fill():
        store = RegistryStore(fresh_dsn, Keyring(b"k" * 32))
        await store.start()
        await store.put(two_targets(), by="ann", base=None)
        await store.close()

    asyncio.run(fill())

    def run(*words, status=0):
        done = commands.run(*words, environment=environment)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


def test_a_route_moves_and_returns_and_what_policy_keeps_is_not_promoted(command):
    command("routes", "canary", "chat", "p/us", "--percent", "5", "--tenant", "acme")
    assert "p/us 5 %, all of acme" in command("routes", "list")
    assert "no calls of route chat can be compared" in command("routes", "compare", "chat")
    command("routes", "canary", "chat", "--percent", "25")
    [route] = [json.loads(line) for line in command("routes", "list", "--json").splitlines()]
    assert route["canary"] == {"target": "p/us", "percent": 25, "tenants": ["acme"]}

    refused = command("routes", "promote", "chat", status=1)
    assert "support of acme about people in DE stays at p/eu: " in refused
    assert "TRANSFER_NO_BASIS" in refused
    command("routes", "promote", "chat", "--partly", "--comment", "all the same")
    assert json.loads(command("registry", "show", "routes.chat.targets", "--json")) == ["p/us", "p/eu"]
    assert "no canary to promote" in command("routes", "promote", "chat", status=2)

    command("registry", "set", "routes.+", "{model: other, targets: [p/eu]}")
    command("routes", "return", "chat")
    assert json.loads(command("registry", "show", "routes.chat", "--json")) | {"route": "chat"} == route
    command("routes", "return", "chat")
    assert "nothing to return to" in command("routes", "return", "chat", status=2)
    recorded = [
        json.loads(line)["facts"]
        for line in command("audit", "events", "--name", "registry_changed", "--json").splitlines()
    ]
    steps = [facts["command"] for facts in reversed(recorded)]
    assert (
        steps
        == [f"routes {step}" for step in ("canary", "canary", "promote")] + ["registry set"] + ["routes return"] * 2
    )
