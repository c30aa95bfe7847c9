"""TLS to a collector: whose certificate it must have, and which one we show."""

from __future__ import annotations

import ssl

from proxy.reports.siem.address import StreamAddress


def context(address: StreamAddress) -> ssl.SSLContext:
    """Return the client's side of TLS.

    Raises:
        OSError: a file cannot be read, or holds no certificate.

    """
    tls = ssl.create_default_context(cafile=address.roots)
    if address.certificate is not None:
        tls.load_cert_chain(address.certificate)
    return tls
