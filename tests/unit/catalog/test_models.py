from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from proxy.catalog import models
from proxy.catalog.models import Activity, Evidence, RouteEntry, Tenant

MODELS = [kind for kind in vars(models).values() if isinstance(kind, type) and issubclass(kind, BaseModel)]


@pytest.mark.parametrize("kind", MODELS)
def test_every_model_refuses_unknown_keys_and_is_frozen(kind):
    assert kind.model_config.get("extra", "forbid" if kind is BaseModel else None) == "forbid"
    assert kind is BaseModel or (kind.model_config["frozen"] and kind.model_config["strict"])


@pytest.mark.parametrize("region", ["DE", "US-CA", "GB-ENG", "US-TX"])
def test_regions(region):
    assert Tenant(establishments=[region]).establishments == [region]


@pytest.mark.parametrize("region", ["de", "DEU", "D", "DE-", "DE-ABCD", "DE FR", "", "EU,DE"])
def test_no_regions(region):
    with pytest.raises(ValidationError):
        Tenant(establishments=[region])


@pytest.mark.parametrize("date", ["2026-01-31", "2026-01-31T10:00:00+00:00"])
def test_dates(date):
    assert Evidence(expires=date).expires == date


def test_the_strict_default_of_an_activity():
    activity = Activity(purpose="p")
    assert (activity.phi_context, activity.allow_stateful, activity.allow_training) == ("infer", False, False)
    assert activity.necessary_entities == []


@pytest.mark.parametrize("mirror", [{"target": "b", "share": 0}, {"target": "b", "share": 1.5}, {"share": 0.5}, "b"])
def test_a_mirror_is_a_target_and_a_share(mirror):
    with pytest.raises(ValidationError):
        RouteEntry.model_validate({"targets": ["a"], "mirror": mirror})


@pytest.mark.parametrize(
    "route",
    [
        {"canary": {"target": "b", "percent": 101}},
        {"canary": {"target": "b", "percent": -1}},
        {"canary": {"target": "b", "share": 0.1}},
        {"canary": {"target": "b"}, "weights": {"b": 5}},
        {"canary": {"target": "b", "tenants": ["rival"]}, "tenant": "acme"},
        {"former": {"targets": ["b"], "former": {"targets": ["c"]}}},
        {"former": {"targets": ["b"], "mirror": {"target": "c"}}},
        {"id": "a.b"},
        {"id": "0"},
    ],
)
def test_what_is_no_split(route):
    with pytest.raises(ValidationError):
        RouteEntry.model_validate({"targets": ["a", "b"], **route})


def test_a_canary_may_be_paused_and_a_weighted_target_may_be_first():
    entry = RouteEntry.model_validate({"targets": ["a", "b"], "canary": {"target": "b"}, "weights": {"a": 1}})
    assert entry.canary is not None
    assert (entry.canary.percent, entry.canary.tenants) == (0, [])


def test_a_mirror_gets_everything_where_no_share_is_said():
    entry = RouteEntry.model_validate({"targets": ["a"], "mirror": {"target": "b"}})
    assert entry.mirror is not None
    assert (entry.mirror.target, entry.mirror.share) == ("b", 1.0)
