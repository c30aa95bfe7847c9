"""What the shipped balancer sends again is what the same request would be served after: never what its text decides."""

from __future__ import annotations

import re

import yaml

from bench.failover.parts import ENVOY
from proxy import errors
from proxy.core.decision.reasons import Responsibility, reason

#: Faults that a text may cause by itself: sent again, it would cause them again.
BY_TEXT = {
    "detection_unavailable",
    "detection_busy",
    "decoding_timeout",
    "reply_timeout",
    "internal_error",
    "CLASSIFIER_FAILED",
}


def test_only_outages_of_the_database_and_the_engine_are_sent_again():
    [listener] = yaml.safe_load(ENVOY.read_text())["static_resources"]["listeners"]
    [network] = listener["filter_chains"][0]["filters"]
    [host] = network["typed_config"]["route_config"]["virtual_hosts"]
    [header] = host["routes"][0]["route"]["retry_policy"]["retriable_headers"]
    pattern = re.compile(header["string_match"]["safe_regex"]["regex"])
    again = [fault for fault in vars(errors).values()
             if isinstance(fault, type) and issubclass(fault, errors.ProxyError) and pattern.fullmatch(fault.code)]  # fmt: skip
    assert {fault.code for fault in again} >= {"audit_unavailable", "identity_unavailable", "vault_unavailable"}
    for fault in again:
        assert (fault.status, fault.final, reason(fault.code).responsibility) == (503, False, Responsibility.PROXY)
    assert not any(map(pattern.fullmatch, BY_TEXT))
