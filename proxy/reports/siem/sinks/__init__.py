"""Collectors by the scheme of their address: one module for each kind, found by itself.

A module has ``SCHEMES`` and ``opened(address)``, which raises ``OSError`` or ``ValueError`` for an unusable file.
"""

from __future__ import annotations

import importlib
import pkgutil
import ssl
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple, Protocol

from proxy.errors import ConfigurationError
from proxy.reports.siem.address import StreamAddress
from proxy.reports.siem.entry import StreamEntry


class SinkError(Exception):
    """The collector did not take what it was sent. ``reason`` is for people and logs; ``wait_s``: it asked for that.

    ``final``: it never will, so trying again is useless.
    """

    def __init__(self, reason: str, wait_s: float = 0.0, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait_s = wait_s
        self.final = final


class RefusedEntries(NamedTuple):
    """Records of which a collector refused some for good, how many of them, and how it said that."""

    entries: Sequence[StreamEntry]
    number: int
    reason: str


class EntrySink(Protocol):
    """A collector."""

    async def send(self, entries: Sequence[StreamEntry]) -> Sequence[RefusedEntries]:
        """Hand records over; where this returns, the collector has them, as far as its protocol tells, or refused them.

        Raises:
            SinkError: it has not, or nobody knows.

        """


@cache
def kinds() -> Mapping[str, Callable[[StreamAddress], EntrySink]]:
    """Return what opens a collector, by scheme."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return {scheme: module.opened for module in modules for scheme in module.SCHEMES}


def opened(address: StreamAddress) -> EntrySink:
    """Return the collector at an address; nothing is connected yet.

    Raises:
        ConfigurationError: a file that it names cannot be used.

    """
    try:
        return kinds()[address.scheme](address)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{address.where}: a file that it names cannot be used ({type(error).__name__})"
        ) from error


def tls_context(address: StreamAddress) -> ssl.SSLContext:
    """Return the client's side of TLS.

    Raises:
        OSError: a file cannot be read, or holds no certificate.

    """
    tls = ssl.create_default_context(cafile=address.roots)
    if address.certificate is not None:
        tls.load_cert_chain(address.certificate)
    return tls
