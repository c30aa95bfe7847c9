from __future__ import annotations

from proxy.catalog import documents
from proxy.embedded.example.__main__ import TRAFFIC, _binding
from proxy.embedded.example.world import ExampleWorld
from proxy.runtime.resources import document
from proxy.settings import Settings


def test_services_and_kinds_are_those_of_the_registry(tmp_path):
    registry = documents.read(ExampleWorld().settings(Settings(state_dir=tmp_path)).config_dir).registry
    traffic = document(TRAFFIC)
    for name, service in traffic["services"].items():
        assert name.partition("/")[0] in registry.tenants
        assert set(service["activities"]) <= set(registry.activities)
    for kind in traffic["kinds"]:
        assert kind["for"] in traffic["services"][kind["by"]]["activities"]


def test_a_service_has_a_key_for_its_own_activities():
    binding = _binding("polder/returns", {"activities": ["support-chat", "translation"], "region": "NL"})
    assert (binding.tenant, binding.service, binding.default_activity) == ("polder", "returns", "support-chat")
    assert (binding.ingress_region, binding.default_subject_region, binding.roles) == ("NL", "NL", ())
