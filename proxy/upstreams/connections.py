"""The connections to targets: where they may lead, which authorities they trust, which certificate they present."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from yarl import URL

from proxy.core.targets.destinations import Destinations
from proxy.core.targets.registered import Target
from proxy.errors import TargetConnectionError
from proxy.upstreams.credentials import Credentials, Stamp, stamp


class GuardedResolver(AbstractResolver):
    """Resolves names and drops the addresses that must not be connected to."""

    def __init__(self, destinations: Destinations, inner: AbstractResolver | None = None) -> None:
        self._destinations = destinations
        self._inner = inner or DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a name.

        Raises:
            OSError: there are none, or none that is allowed.

        """
        addresses = await self._inner.resolve(host, port, family)
        allowed = [result for result in addresses if not self._destinations.refuses_address(result["host"])]
        if not allowed:
            raise OSError("the name resolves to no address that is allowed")
        return allowed

    async def close(self) -> None:
        """Release the inner resolver."""
        await self._inner.close()


@dataclass(frozen=True, slots=True)
class _CachedContext:
    stamps: tuple[Stamp, ...]
    context: ssl.SSLContext


class Connections:
    """Decides whether a URL may be called, and over which TLS; files are read again when they change."""

    def __init__(self, files: Credentials, destinations: Destinations) -> None:
        self._files = files
        self._refusal = lru_cache(maxsize=1024)(destinations.refusal)
        self._contexts: dict[tuple[str, str, str], _CachedContext] = {}

    def check(self, url: URL, name: str) -> None:
        """Refuse a URL that this installation must not call; ``name`` says in the error whose URL it is.

        Raises:
            TargetConnectionError: the message has the reason, and nothing of the URL.

        """
        refusal = self._refusal(url.host or "", url.port)
        if refusal:
            raise TargetConnectionError(f"{name} is not called: {refusal}")

    def tls(self, target: Target, url: URL) -> ssl.SSLContext | bool:
        """Return the TLS context of a target; True for the default one.

        Raises:
            TargetConnectionError: its files are missing or invalid, or it has files but no TLS.

        """
        access = target.access
        names = (access.ca, access.certificate, access.key)
        if not any(names):
            return True
        if url.scheme != "https":
            raise TargetConnectionError(f"target {target.id} has certificates, but its address is not https")
        try:
            paths = [self._files.path(name) if name else None for name in names]
            stamps = tuple(stamp(path) for path in paths if path is not None)
            cached = self._contexts.get(names)
            if cached is None or cached.stamps != stamps:
                cached = self._contexts[names] = _CachedContext(stamps, _context(*paths))
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise TargetConnectionError(f"the certificates of target {target.id} cannot be read") from error
        return cached.context


def _context(ca: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """Return a client's context; a CA of its own replaces those that the machine trusts."""
    context = ssl.create_default_context(cafile=ca)
    if certificate is not None:
        context.load_cert_chain(certificate, key, password="")  # an encrypted key fails instead of prompting
    return context
