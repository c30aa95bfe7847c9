"""Certificates of both ends, and addresses that may be called."""

from __future__ import annotations

import contextlib
import ssl

import pytest

from proxy.detection.remote.tls import TlsFiles, checked
from proxy.errors import ConfigurationError
from testing import certificates


def connect(client: ssl.SSLContext, server: ssl.SSLContext) -> None:
    """Shake hands in memory."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(to_client, to_server, server_hostname="detector"),
            server.wrap_bio(to_server, to_client, server_side=True)]  # fmt: skip
    for end in ends * 2:
        with contextlib.suppress(ssl.SSLWantReadError):
            end.do_handshake()
    for end in ends:
        end.do_handshake()


def test_certificates_are_read_again_when_they_change(tmp_path):
    ca = certificates.authority(tmp_path)
    files = TlsFiles(ca.file, *ca.issue(tmp_path, "detector"))
    for context in (files.server(), files.client()):
        first, stamp = files.renewed(context, None)
        assert files.renewed(first, stamp) == (first, stamp)
        ca.issue(tmp_path, "detector")
        second, renewed = files.renewed(first, stamp)
        assert renewed != stamp
        files.certificate.write_text("none")
        assert files.renewed(second, renewed) == (second, renewed)
        ca.issue(tmp_path, "detector")


def test_a_certificate_of_another_key_ends_no_detector(tmp_path):
    ca = certificates.authority(tmp_path)
    files = TlsFiles(ca.file, *ca.issue(tmp_path, "detector"))
    detector, proxy = files.server(), files.client()
    (tmp_path / "next").mkdir()
    files.certificate.write_bytes(ca.issue(tmp_path / "next", "detector")[0].read_bytes())  # its key is not here yet
    assert files.renewed(detector, None) == (detector, None)
    connect(proxy, detector)


def test_a_proxy_distrusts_a_former_ca_and_a_detector_keeps_its_own(tmp_path):
    (tmp_path / "next").mkdir()
    former, present = certificates.authority(tmp_path), certificates.authority(tmp_path / "next")
    files = TlsFiles(former.file, *former.issue(tmp_path, "detector"))
    detector, (proxy, stamp) = files.server(), files.renewed(files.client(), None)
    connect(proxy, detector)
    for file, other in zip(
        (files.ca, files.certificate, files.key),
        (present.file, *present.issue(tmp_path / "next", "detector")),
        strict=True,
    ):
        file.write_bytes(other.read_bytes())
    proxy, _ = files.renewed(proxy, stamp)
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(proxy, detector)
    trusted = detector.get_ca_certs()
    files.renewed(detector, None)
    assert detector.get_ca_certs() == trusted
    connect(proxy, files.server())


@pytest.mark.parametrize(
    "url",
    ["http://detector.example:8443", "https://detector.example:8443", "ftp://127.0.0.1", "127.0.0.1:8443",
     "http://127.0.0.1:1/path", "http://user@127.0.0.1", "http://127.0.0.1:99999", "http://[::1"],
)  # fmt: skip
def test_texts_go_to_no_other_machine_in_the_clear(url):
    with pytest.raises(ConfigurationError):
        checked(url, None)
