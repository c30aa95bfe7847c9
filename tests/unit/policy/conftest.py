from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from proxy.core.records import EntitySummary, Facts
from proxy.policy.authoring.suite import folder_data
from proxy.policy.engine.evaluator import Evaluator
from proxy.runtime.resources import shipped
from testing import contracts


def make_facts(**changes: Any) -> Facts:
    """Facts of an ordinary chat request with a name and an address in it."""
    given: dict[str, Any] = {
        "phase": "request",
        "tenant": "acme",
        "actor": ("service", "svc", None, (), "api_key", False),
        "activity": "support",
        "consent_withdrawn": False,
        "regions": (("DE", "declared", 1.0),),
        "region_status": "known",
        "minor": "no",
        "restricted": False,
        "subject_refs": (),
        "operation": ("chat", "gpt", False, False, False),
        "status": "complete",
        "coverage": 1.0,
        "opaque": (),
        "language": "en",
        "detectors": (("patterns", "1", ""),),
        "entities": (EntitySummary("PERSON", 1, 0.9, ("messages[*].content",)),),
        "categories": ("personal",),
        "labels": (),
        "residual_entities": 0,
        "ingress_region": "DE",
        "candidates": (("far/us", 0, True), ("near/eu", 1, True), ("own/eu", 2, True)),
    }
    return Facts(**{**given, **changes})


def make_data() -> dict[str, Any]:
    """A small registry beside the shipped legal data."""
    document: dict[str, Any] = folder_data(shipped("policies"))["data"]
    processor = {"role": "processor", "doj_covered_person": False, "establishments": [], "scope_flags": []}
    target = {
        "operator": "third_party",
        "deployment": "regional",
        "operations": ["chat", "embedding"],
        "dpa": {"status": "signed", "expires": "2030-01-01"},
        "zero_retention": True,
        "retention_days": 0,
        "training_use": False,
        "attestations": [],
    }
    own = {**target, "provider": "self", "operator": "self", "deployment": "local"}
    return {
        **document,
        "revision": "test-1",
        "providers": {
            "far": {**processor, "legal_name": "far", "parent_country": "US"},
            "near": {**processor, "legal_name": "near", "parent_country": "FR"},
            "self": {**processor, "legal_name": "self", "parent_country": "DE"},
        },
        "targets": {
            "far/us": {**target, "provider": "far", "processing_regions": ["US"], "storage_regions": ["US"]},
            "near/eu": {**target, "provider": "near", "processing_regions": ["FR"], "storage_regions": ["FR"]},
            "own/eu": {**own, "processing_regions": ["DE"], "storage_regions": ["DE"]},
        },
        "tenants": {"acme": {"id": "acme", "establishments": ["DE"], "hipaa_role": "none", "us_person": False}},
        "activities": {
            "support": {"id": "support", "purpose": "support", "legal_basis": "A6-1-b", "ai_act": "minimal"},
            "faq": {"id": "faq", "purpose": "help", "legal_basis": "A6-1-b", "ai_act": "minimal"},
        },
        "exceptions": [],
    }


@pytest.fixture
def facts() -> Any:
    return make_facts


@pytest.fixture
def data() -> dict[str, Any]:
    return make_data()


@pytest.fixture(scope="package")
def library() -> Any:
    """The shipped library over the small registry."""
    with Evaluator.open(shipped("policies"), None, make_data()) as evaluator:
        yield evaluator


@pytest.fixture
def schema() -> Any:
    """Return a schema of the public contract by name."""
    return lambda name: contracts.contract(f"{name}.schema")


@pytest.fixture
def rego(tmp_path: Path) -> Any:
    """Write a small policy folder from {path: source} and return it."""

    def write(files: dict[str, str], name: str = "policies") -> Path:
        for path, source in files.items():
            place = tmp_path / name / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(source, encoding="utf-8")
        return tmp_path / name

    return write
