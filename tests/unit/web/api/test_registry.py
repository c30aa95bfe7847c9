from __future__ import annotations

import pytest

from proxy.catalog import documents
from proxy.registry import edit
from proxy.runtime.resources import shipped
from proxy.web.api import registry
from proxy.web.api.faults import NotFoundError
from proxy.web.api.operations import AdminRequest
from proxy.web.api.ports import Files
from testing.fakes import PRINCIPAL


def call(parameter="", **query):
    return AdminRequest("c1", PRINCIPAL, parameter, query)


@pytest.fixture(params=["database", "files"])
def api(request, in_memory):
    api, _, _, store, _ = in_memory(editable=request.param == "database")
    store.fill()
    return api


async def test_the_whole_and_a_place_come_with_their_revision(api):
    whole = await registry.read(api, call())
    place = await registry.read(api, call("targets.openai/us.operator"))
    assert set(whole.document["value"]) == {"registry", "endpoints", "routes"}
    assert place.document["value"] == "third_party"
    assert place.headers["ETag"] == f'"{whole.document["revision"]}"'


@pytest.mark.parametrize("path", ["targets.nobody", "targets..x", "a.", '"', "routes.99"])
async def test_a_place_that_is_not_there(api, path):
    with pytest.raises(NotFoundError):
        await registry.read(api, call(path))


async def test_a_revision_that_is_not_there(api):
    with pytest.raises(NotFoundError):
        await registry.read(api, call(revision="0" * 20))


async def test_history_and_changes(api):
    (one,) = (await registry.revisions(api, call())).document["revisions"]
    assert one["active"]
    same = await registry.changes(api, call(**{"from": one["revision"]}))
    assert same.document["changes"] == []


@pytest.mark.parametrize("editable", [True, False])
async def test_what_ends_soon_by_the_clock_of_the_process(in_memory, tmp_path, editable):
    """The clock stands on 2026-11-25."""
    whole = documents.read(shipped("config")).plain
    for target, ends in (("openai/us", "2026-12-25"), ("standin/eu", "2026-12-26")):
        whole = edit.put(whole, f"targets.{target}.dpa", {"status": "signed", "ref": "dpa-1", "expires": ends})
    documents.write(whole, tmp_path / "config")
    api, _, _, store, _ = in_memory(editable=editable, files=Files(tmp_path / "config", shipped("policies"), tmp_path))
    await store.put(whole, by="somebody", base=None)
    found = (await registry.expiring(api, call(days="30"))).document["expiring"]
    assert [(one["path"], one["days"]) for one in found] == [("targets.openai/us.dpa", 30)]


async def test_an_empty_registry_has_nothing_to_read(in_memory):
    api, *_ = in_memory()
    with pytest.raises(NotFoundError, match="empty"):
        await registry.read(api, call())


async def test_the_fleet(api, in_memory):
    shown = (await registry.fleet(api, call())).document
    assert shown["differs"] is False
    assert [one["host"] for one in shown["replicas"]] == ["host"]
    without, *_ = in_memory(registry=None)
    assert (await registry.fleet(without, call())).document == {"differs": False, "replicas": []}


async def test_usage_is_what_is_taken_now(api, in_memory, monkeypatch):
    assert (await registry.usage(api, call())).document["counters"] == []  # the registry has no such limit now
    limit = {"id": "crm", "by": ["tenant", "model"], "per": "day", "tokens": 2400}

    async def with_limit(_api, _revision):
        return "r2", {"registry": {"limits": [limit]}}

    monkeypatch.setattr(registry, "document", with_limit)
    [counter] = (await registry.usage(api, call())).document["counters"]
    assert (counter["names"], counter["taken"], counter["share"]) == (("acme", "gpt-4o"), 1200, 0.5)
    without, *_ = in_memory(registry=None)
    assert (await registry.usage(without, call())).document == {"counters": []}


async def test_what_depends_on_a_target_are_its_endpoint_its_routes_and_its_prices(api):
    places = (await registry.depending(api, call(path="targets.standin/eu.dpa"))).document["dependents"]
    assert "endpoints.standin/eu" in places
    assert {place.partition(".")[0] for place in places} >= {"endpoints", "routes", "prices"}
    with pytest.raises(NotFoundError):
        await registry.depending(api, call(path="targets.nobody"))


async def test_the_schema_names_every_member_of_the_registry(api):
    schemas = (await registry.schema(api, call())).document
    assert schemas.keys() == {"registry", "endpoints", "routes"}
    assert schemas["registry"]["properties"].keys() >= {"providers", "targets", "tenants", "activities", "exceptions"}
