"""A change waits until every process runs it, says who refuses it, and does not wait for ever."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import typer

from proxy.cli.registry import store as registry_store
from proxy.registry.fleet import data_revision, spread
from proxy.registry.store import RegistryStore, Replica
from proxy.runtime.resources import shipped
from testing import evidence
from tests.integration.registry.sample import document

OLD = Replica("w-1", "a", 7, datetime(2026, 11, 1, tzinfo=UTC), "p1", "d1", "data1", "r1", "opa/1")
BESIDE = replace(OLD, writer="w-2", pid=8)


@pytest.fixture
async def store(fresh_dsn):
    made = RegistryStore(fresh_dsn, evidence.KEYRING)
    await made.start()
    yield made
    await made.close()


def seen(*replicas):
    return spread("r2", "data2", {}, replicas)


def test_who_stays_behind_is_named_with_the_reason(capsys):
    assert registry_store._not_everywhere(seen(replace(OLD, refused="check: bad.rego"), BESIDE)).exit_code == 1
    said = capsys.readouterr().err
    assert "a 7 stays at r1: check: bad.rego\na 8 stays at r1\n" in said
    assert "PROXY_REGISTRY=database" not in said
    registry_store._not_everywhere(seen(OLD))
    assert "PROXY_REGISTRY=database" in capsys.readouterr().err


def test_whose_engine_decides_over_other_data_is_named(capsys):
    """The process runs the new registry, but what the old contract permits is still permitted."""
    new = replace(OLD, registry_revision="r2")
    found = seen(new, replace(new, pid=8, data_revision="", refused="bundle: not signed"))
    assert registry_store._not_everywhere(found).exit_code == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "a 7: its policy engine decides over data data1\n" in said.err
    assert "a 8: its policy engine decides over data of an unknown revision: bundle: not signed\n" in said.err


async def test_a_change_that_an_engine_does_not_follow_is_no_success(store, fresh_dsn, monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_URL", fresh_dsn)
    monkeypatch.setenv("PROXY_SECRET_KEY", base64.b64encode(evidence.KEYRING.master).decode())
    monkeypatch.setattr(registry_store, "_SPREADING_S", 0.3)
    made = await store.put(document(), by="ann", base=None)
    new = replace(OLD, registry_revision=made.revision)
    await store.report(new)
    with pytest.raises(typer.Exit) as ended:
        await asyncio.to_thread(registry_store._spread, made, {}, wait=True)
    said = capsys.readouterr()
    assert ended.value.exit_code == 1
    assert "decides over data data1" in said.err
    assert "every proxy process" not in said.out
    await store.report(replace(new, data_revision=data_revision(made.documents, shipped("policies"))))
    await asyncio.to_thread(registry_store._spread, made, {}, wait=True)
    assert "every proxy process runs it (1)" in capsys.readouterr().out
