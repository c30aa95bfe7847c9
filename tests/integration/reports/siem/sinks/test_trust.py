from __future__ import annotations

import ssl

import pytest

from proxy.errors import ConfigurationError
from proxy.reports.siem import address, sinks
from proxy.reports.siem.sinks import tls_context


async def test_a_collector_is_trusted_by_the_certificates_that_are_named(syslog_collector, tmp_path):
    roots, pair = syslog_collector.roots, tmp_path / "pair.pem"
    pair.write_bytes((tmp_path / "k.pem").read_bytes() + (tmp_path / "c.pem").read_bytes())
    made = tls_context(address.parse(f"syslog+tls://localhost#roots={roots}&certificate={pair}"))
    assert made.verify_mode is ssl.CERT_REQUIRED
    assert len(made.get_ca_certs()) == 1


async def test_a_file_without_certificates_is_refused(tmp_path):
    (tmp_path / "none.pem").write_text("nothing")
    with pytest.raises(ConfigurationError):
        sinks.opened(address.parse(f"https://a/x#roots={tmp_path}/none.pem"))
