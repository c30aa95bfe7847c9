"""Certificates of both ends, and addresses that may be called."""

from __future__ import annotations

import pytest

from proxy.detection.remote.tls import TlsFiles, checked
from proxy.errors import ConfigurationError
from testing import certificates


def test_certificates_are_read_again_when_they_change(tmp_path):
    ca = certificates.authority(tmp_path)
    files = TlsFiles(ca.file, *ca.issue(tmp_path, "detector"))
    context = files.server()
    stamp = files.renew(context, None)
    assert files.renew(context, stamp) == stamp
    ca.issue(tmp_path, "detector")
    renewed = files.renew(context, stamp)
    assert renewed != stamp
    files.certificate.write_text("none")
    assert files.renew(context, renewed) == renewed


@pytest.mark.parametrize(
    "url",
    ["http://detector.example:8443", "https://detector.example:8443", "ftp://127.0.0.1", "127.0.0.1:8443",
     "http://127.0.0.1:1/path", "http://user@127.0.0.1", "http://127.0.0.1:99999", "http://[::1"],
)  # fmt: skip
def test_texts_go_to_no_other_machine_in_the_clear(url):
    with pytest.raises(ConfigurationError):
        checked(url, None)
