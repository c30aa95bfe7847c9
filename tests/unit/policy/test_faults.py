from __future__ import annotations

from proxy.errors import ConfigurationError, PolicyUnavailableError
from proxy.policy.faults import BundleRefusedError, PolicyFaultError


def test_policy_fault_is_a_503_that_says_nothing_inside():
    fault = PolicyFaultError("conflict")
    assert isinstance(fault, PolicyUnavailableError)
    assert (fault.status, fault.code, fault.reason) == (503, "policy_unavailable", "conflict")
    assert "conflict" not in str(fault)


def test_refusal_names_its_reason_and_detail():
    refused = BundleRefusedError("signature", "x.rego is not what was signed")
    assert isinstance(refused, ConfigurationError)
    assert str(refused) == "policy bundle refused (signature): x.rego is not what was signed"
