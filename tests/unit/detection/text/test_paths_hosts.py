"""Addresses that lead to nobody outside of their network."""

from __future__ import annotations

import pytest

from proxy.detection.text.paths import is_local


@pytest.mark.parametrize(
    "value",
    [
        "10.4.0.17", "10.4.0.17:8080", "10.42.1.203/32", "10.4.0.17.51834", "192.168.7.2", "172.31.0.9", "169.254.1.1", "127.0.0.1",
        "0.0.0.0", "255.255.255.0", "192.0.2.7", "198.51.100.4", "203.0.113.9", "224.0.0.1", "::1", "fe80::42:aff:fe04:11",
        "IP6 fe80::42:aff:fe04:11", "ff02::16", "ff02::1:ff80:2:", "2001:db8::7", "fd00::12", "02:42:0a:04:00:01", "5E-3c-22-fb-04-00",
    ],
)  # fmt: skip
def test_what_is_given_out_locally_or_is_an_example(value):
    assert is_local(value)


@pytest.mark.parametrize(
    "value",
    [
        "185.24.96.17",
        "8.8.8.8",
        "172.32.0.9",
        "2a00:1450:4001:82b::200e",
        "3c:22:fb:04:00:01",
        "999.1.1.1",
        "no address",
    ],
)
def test_what_leads_to_somebody_or_nowhere(value):
    assert not is_local(value)
