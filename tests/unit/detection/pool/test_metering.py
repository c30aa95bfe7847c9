from __future__ import annotations

from prometheus_client import generate_latest

from proxy.detection.pool import metering


def test_what_is_shown_names_no_tenant():
    metering.refused("too_much_text")
    metering.timed_out()
    metering.read(100, 0.02)
    metering.joined(2)
    metering.waits(3, 4000, 25_000.0)
    shown = generate_latest().decode()
    for line in (
        'proxy_detection_refused_total{reason="too_much_text"}',
        "proxy_detection_waiting 3.0",
        "proxy_detection_unread_characters 4000.0",
        "proxy_detection_characters_per_second 25000.0",
        "proxy_detection_timeouts_total",
        "proxy_detection_joined_total",
        "proxy_detection_batch_seconds_count",
    ):
        assert line in shown
