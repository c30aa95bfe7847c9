"""The connections to targets: where they may lead, which authorities they trust, which certificate they show."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from yarl import URL

from proxy.core.targets.destinations import Destinations
from proxy.core.targets.registered import Target
from proxy.errors import TargetConnectionError
from proxy.upstreams.credentials import Credentials


class GuardedResolver(AbstractResolver):
    """Looks names up, and forgets the addresses that are not connected to."""

    def __init__(self, destinations: Destinations, inner: AbstractResolver | None = None) -> None:
        self._destinations = destinations
        self._inner = inner or DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a name.

        Raises:
            OSError: there are none, or none that is connected to.

        """
        found = await self._inner.resolve(host, port, family)
        kept = [one for one in found if not self._destinations.refuses_address(one["host"])]
        if not kept:
            raise OSError("the name leads to no address that is connected to")
        return kept

    async def close(self) -> None:
        """Release the inner resolver."""
        await self._inner.close()


@dataclass(frozen=True, slots=True)
class _Made:
    stamps: tuple[tuple[int, int, int], ...]
    context: ssl.SSLContext


class Connections:
    """Says whether a URL may be called, and over which TLS; files are read again when they have changed."""

    def __init__(self, files: Credentials, destinations: Destinations) -> None:
        self._files = files
        self._destinations = destinations
        self._made: dict[tuple[str, str, str], _Made] = {}

    def check(self, url: URL, whose: str) -> None:
        """Refuse a URL that this installation does not call; ``whose`` it is, is told.

        Raises:
            TargetConnectionError: the message names the reason, and nothing of the URL.

        """
        refusal = self._destinations.refusal(url.host or "", url.port)
        if refusal:
            raise TargetConnectionError(f"{whose} is not called: {refusal}")

    def tls(self, target: Target, url: URL) -> ssl.SSLContext | bool:
        """Return the TLS of a target; True is the usual one.

        Raises:
            TargetConnectionError: its files are missing or wrong, or it has files but no TLS.

        """
        access = target.access
        named = (access.ca, access.certificate, access.key)
        if not any(named):
            return True
        if url.scheme != "https":
            raise TargetConnectionError(f"target {target.id} has certificates, but its address is not https")
        try:
            paths = [self._files.path(name) if name else None for name in named]
            stamps = tuple(_stamp(path) for path in paths if path is not None)
            made = self._made.get(named)
            if made is None or made.stamps != stamps:
                made = self._made[named] = _Made(stamps, _context(*paths))
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise TargetConnectionError(f"the certificates of target {target.id} cannot be read") from error
        return made.context


def _stamp(path: Path) -> tuple[int, int, int]:
    told = path.stat()
    return (told.st_mtime_ns, told.st_size, told.st_ino)


def _context(ca: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """Return a client's context; an own CA takes the place of those that the machine trusts."""
    context = ssl.create_default_context(cafile=ca)
    if certificate is not None:
        context.load_cert_chain(certificate, key, password="")  # a key that asks for one is refused, nobody is asked
    return context
