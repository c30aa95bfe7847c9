from __future__ import annotations

import orjson
import pytest

from proxy.web.api import registry_changes, requests, routes
from proxy.web.api.faults import ConflictError, NotFoundError, RefusedError
from proxy.web.api.operations import AdminRequest
from testing.fakes import PRINCIPAL


@pytest.fixture
def stood(in_memory):
    api, evidence, _, store, commands = in_memory()
    store.fill()

    def call(parameter="", body=None, base=None):
        return AdminRequest("c1", PRINCIPAL, parameter, if_match=f'"{base or store.head}"', body=body)

    return api, evidence, store, call, commands


def route(store, number=3):
    return store.stored[store.head].documents["routes"][number]


async def test_a_canary_begins_is_promoted_and_taken_back_each_on_record(stood):
    api, evidence, store, call, commands = stood
    first = store.head
    listed = (await routes.listed(api, call())).document
    assert [each["name"] for each in listed["routes"]] == ["0", "1", "2", "3"]
    await routes.canary(api, call("3", requests.CanaryOfRoute(target="region/eu", percent=5)))
    assert route(store)["canary"] == {"target": "region/eu", "percent": 5}
    begun = store.head
    commands.printed = orjson.dumps({"ok": True, "result": {"stays": []}, "remarks": []})
    await routes.promote(api, call("3", requests.PromoteRoute()))
    assert commands.plans[-1].parameters.items() >= {"old": "openai/us", "new": "region/eu"}.items()
    assert (route(store)["targets"][0], route(store)["former"]["canary"]["percent"]) == ("region/eu", 5)
    await routes.take_back(api, call("3", requests.ReturnRoute()))
    assert store.head == begun
    await routes.take_back(api, call("3", requests.ReturnRoute()))
    assert store.head == first
    assert [facts["revision"] for facts in evidence.named("registry_changed")][-2:] == [begun, first]


async def test_what_policy_would_keep_is_not_promoted_unless_said(stood):
    api, _, store, call, commands = stood
    await routes.canary(api, call("3", requests.CanaryOfRoute(target="region/eu", percent=5)))
    stays = [{"tenant": "acme", "activity": "support", "origin": "DE", "codes": ["NO_DPA"]}]
    commands.printed = orjson.dumps({"ok": False, "result": {"stays": stays}, "remarks": []})
    begun = store.head
    with pytest.raises(RefusedError, match=r"would keep 1 flows at openai/us: support of acme \(NO_DPA\)"):
        await routes.promote(api, call("3", requests.PromoteRoute()))
    assert store.head == begun
    await routes.promote(api, call("3", requests.PromoteRoute(partly=True)))
    assert route(store)["targets"][0] == "region/eu"


async def test_policy_is_asked_for_what_the_route_is_for(stood):
    api, _, store, call, commands = stood
    entry = {**route(store), "tenant": "demo-eu", "operation": "embedding", "model": "text-*"}
    canary = {"target": "region/eu", "percent": 5}
    await registry_changes.change(
        api, call(), lambda document: {**document, "routes": [{**entry, "canary": canary}, *document["routes"]]}
    )
    commands.printed = orjson.dumps({"ok": True, "result": {"stays": []}, "remarks": []})
    await routes.promote(api, call("0", requests.PromoteRoute()))
    asked = {"tenant": "demo-eu", "operation": "embedding", "model": "text-*"}
    assert commands.plans[-1].parameters.items() >= asked.items()


async def test_refusals(stood):
    api, _, _, call, _ = stood
    with pytest.raises(NotFoundError):
        await routes.promote(api, call("3", requests.PromoteRoute()))
    with pytest.raises(RefusedError, match="nothing to return to"):
        await routes.take_back(api, call("3", requests.ReturnRoute()))
    with pytest.raises(RefusedError, match="no entry in endpoints"):
        await routes.canary(api, call("3", requests.CanaryOfRoute(target="nobody", percent=5)))
    with pytest.raises(ConflictError):
        await routes.canary(api, call("3", requests.CanaryOfRoute(target="region/eu", percent=5), base="0" * 20))
