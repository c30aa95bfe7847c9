"""Mutual TLS between proxies and detectors: each side has a certificate, and knows who signs the other's."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from proxy.core.targets.destinations import is_loopback
from proxy.errors import ConfigurationError

_FILES = "PROXY_DETECTOR_CA, PROXY_DETECTOR_CERTIFICATE and PROXY_DETECTOR_KEY"

_ADDRESS = "PROXY_DETECTOR_URL: addresses like https://detector.example:8443, several with commas"


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: who signs the other side's certificates, our certificate, its key."""

    ca: Path
    certificate: Path
    key: Path

    @classmethod
    def of(cls, *paths: Path | None) -> TlsFiles | None:
        """Return the three files, None where there is none of them.

        Raises:
            ConfigurationError: some are missing.

        """
        named = [path for path in paths if path is not None]
        if not named:
            return None
        if len(named) < len(paths):
            raise ConfigurationError(f"set all of {_FILES}, or none")
        return cls(*named)

    def server(self) -> ssl.SSLContext:
        """Return a detector's context: who has no certificate of the CA gets no connection."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.verify_mode = ssl.CERT_REQUIRED
        return self._loaded(context)

    def client(self) -> ssl.SSLContext:
        """Return a proxy's context: the CA is the only one, and the name must be the address's."""
        return self._loaded(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    def renewed(self, context: ssl.SSLContext, before: object) -> tuple[ssl.SSLContext, object]:
        """Read the files again if they changed since ``before``; return the context to use, and what stands for them.

        A proxy's is another then: of a context no CA can be taken away. A detector listens with the one it has, which
        gets the certificate and keeps its CA. Files that are invalid now change nothing.
        """
        try:
            stats = [file.stat() for file in (self.ca, self.certificate, self.key)]
            stamp = [(stat.st_mtime_ns, stat.st_size) for stat in stats]
            if stamp == before:
                return context, before
            client = self.client()
            if context.protocol is not ssl.PROTOCOL_TLS_SERVER:
                return client, stamp
            self._certify(context)
        except (OSError, ValueError, ConfigurationError):
            return context, before
        return context, stamp

    def _loaded(self, context: ssl.SSLContext) -> ssl.SSLContext:
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        try:
            self._certify(context)
            context.load_verify_locations(self.ca)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise ConfigurationError(f"{_FILES}: not a CA, a certificate and its key, in PEM") from error
        return context

    def _certify(self, context: ssl.SSLContext) -> None:
        context.load_cert_chain(self.certificate, self.key, password="")  # an encrypted key fails, it does not prompt


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 else urlsplit("")
    except ValueError as error:
        raise ConfigurationError(_ADDRESS) from error


def checked(url: str, files: TlsFiles | None) -> str:
    """Return the URL of a detector without a path.

    Raises:
        ConfigurationError: it is not a URL of a detector, or texts would go to another machine in the clear.

    """
    parts = _parts(url)
    host = parts.hostname
    if host is None or parts.scheme not in {"http", "https"} or parts.path.strip("/") or parts.query or parts.username:
        raise ConfigurationError(_ADDRESS)
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationError(f"PROXY_DETECTOR_URL: {host} is another machine: it needs https")
    if parts.scheme == "https" and files is None:
        raise ConfigurationError(f"PROXY_DETECTOR_URL with https needs {_FILES}")
    return f"{parts.scheme}://{parts.netloc}"
