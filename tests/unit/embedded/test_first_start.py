from __future__ import annotations

from types import MappingProxyType

import pytest

from proxy.core.targets.registered import Catalog
from proxy.embedded import first_start
from proxy.runtime.environment import environment
from proxy.service import rollout
from proxy.settings import Settings


def catalog(tenants, activities=("support-chat", "hr-assist")):
    nothing = MappingProxyType({})
    return Catalog(
        revision="r",
        targets=nothing,
        routes=(),
        tenants=tenants,
        activities={name: {} for name in activities},
        entity_kinds=nothing,
        entity_categories=nothing,
        data_document=nothing,
    )


def test_demo_key_may_do_every_activity_from_the_tenants_home():
    bound = first_start.demo_binding(catalog({"demo-eu": {"establishments": ["FR", "DE"]}}))
    assert bound is not None
    assert bound.activities == ("support-chat", "hr-assist")
    assert bound.default_activity == "support-chat"
    assert (bound.ingress_region, bound.default_subject_region) == ("FR", "FR")


@pytest.mark.parametrize("given", [catalog({}), catalog({"demo-eu": {"establishments": ["DE"]}}, activities=())])
def test_no_demo_key_where_there_is_no_demo_tenant(given):
    assert first_start.demo_binding(given) is None


def test_shipped_configuration_has_a_demo_tenant():
    bound = first_start.demo_binding(rollout.catalog(Settings(), environment()))
    assert bound is not None
    assert bound.tenant == "demo-eu"


def test_provider_is_configured_only_with_address_and_credential(monkeypatch):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    assert not first_start.provider_configured(Settings())
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert first_start.provider_configured(Settings())
    monkeypatch.delenv("OPENAI_API_KEY")
    assert not first_start.provider_configured(Settings())
