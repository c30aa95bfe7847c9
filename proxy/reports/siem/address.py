"""Where a stream goes, in which format, with which records: one text, as PROXY_AUDIT_STREAMS and ``--to`` take it.

``<URL>#<option>=<value>&...``: what stands after ``#`` is never sent. Secrets stand in files that options name.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from proxy.core.targets.destinations import is_loopback
from proxy.errors import ConfigurationError
from proxy.reports.siem import formats
from proxy.reports.siem.entry import StreamEntry

#: Scheme -> the format that is meant where none is named.
SCHEMES = {
    "https": "ocsf", "http": "ocsf", "otlp+https": "otlp", "otlp+http": "otlp", "syslog+tls": "syslog",
    "syslog+tcp": "syslog", "file": "record", "-": "record",
}  # fmt: skip
_UNENCRYPTED = ("http", "otlp+http")
_HTTP = ("https", "http")
_FILES = ("headers", "roots", "certificate")
_OPTIONS = ("format", "tenant", "kinds", "from", "name", *_FILES, "batch", "enterprise")
_KINDS = ("decision", "attempt", "outcome", "event")
_LARGEST_BATCH = 1000
_UNSIGNED = 1 << 32
BEGINNING, NOW = "beginning", "now"


@dataclass(frozen=True)
class EntryFilter:
    """Which records: of a tenant, of kinds (decision, attempt, outcome, event) or events' names; None: all."""

    tenant: str | None = None
    kinds: frozenset[str] | None = None

    def takes(self, entry: StreamEntry) -> bool:
        """Whether a record is one of them."""
        kinds = self.kinds is None or not self.kinds.isdisjoint((entry.columns.kind, entry.name))
        return kinds and self.tenant in {None, entry.columns.tenant}

    def __str__(self) -> str:
        """Return it for people."""
        kinds = f"kinds={','.join(sorted(self.kinds))}" if self.kinds is not None else ""
        return " ".join(filter(None, (f"tenant={self.tenant}" if self.tenant is not None else "", kinds)))


@dataclass(frozen=True)
class StreamAddress:
    """One stream. ``start`` is "beginning", "now" or a time (ISO 8601), where it has not been started before.

    ``headers`` names a file of HTTP headers, ``roots`` certificates that the collector's must lead to, ``certificate``
    our own with its key; ``batch`` is the most records in one request; ``enterprise`` is yours (IANA), for syslog.
    """

    scheme: str
    url: str
    format: str
    filter: EntryFilter = EntryFilter()
    start: str = BEGINNING
    label: str = ""
    headers: Path | None = None
    roots: Path | None = None
    certificate: Path | None = None
    batch: int = 100
    enterprise: int | None = None

    @property
    def where(self) -> str:
        """The collector, for people, logs and metrics: without the path of a URL, which some give as a secret."""
        parts = urlsplit(self.url)
        return "standard output" if self.scheme == "-" else f"{self.scheme} {parts.netloc or parts.path}"

    @property
    def name(self) -> str:
        """Under which its place in the log is stored: what was sent under another name does not count for this."""
        parts = urlsplit(self.url)
        path = hashlib.sha256(parts.path.encode()).hexdigest()[:8] if parts.netloc and parts.path else ""
        return self.label or " ".join(filter(None, (self.where, path, self.format, str(self.filter))))

    def beginning(self) -> datetime | None:
        """Return the time to start at, None where ``start`` is none."""
        if self.start in {BEGINNING, NOW}:
            return None
        moment = datetime.fromisoformat(self.start)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def parse(text: str, **chosen: str | None) -> StreamAddress:
    """Return the stream that a text names; ``chosen`` overrides its options.

    Raises:
        ConfigurationError: it is none.

    """
    url, _, fragment = text.strip().partition("#")
    scheme = "-" if url == "-" else url.partition(":")[0]
    options = dict(parse_qsl(fragment, keep_blank_values=True)) | {
        name.rstrip("_"): value for name, value in chosen.items() if value is not None
    }
    unknown = sorted(options.keys() - set(_OPTIONS))
    if unknown:
        raise ConfigurationError(f"unknown stream option {unknown[0]}; options: {', '.join(_OPTIONS)}")
    _check(scheme, url)
    headers, roots, certificate = (Path(options[file]) if file in options else None for file in _FILES)
    return _agreeing(
        StreamAddress(
            scheme,
            url,
            options.get("format") or SCHEMES[scheme],
            _filter(options),
            options.get("from", BEGINNING),
            options.get("name", ""),
            headers,
            roots,
            certificate,
            _batch(options["batch"]) if "batch" in options else StreamAddress.batch,
            _enterprise(options["enterprise"]) if "enterprise" in options else None,
        )
    )


def several(setting: str) -> tuple[StreamAddress, ...]:
    """Return the streams of a setting, separated by commas or white space.

    Raises:
        ConfigurationError: one is none, or two would share their place in the log.

    """
    addresses = tuple(parse(word) for word in setting.replace(",", " ").split())
    names = [address.name for address in addresses]
    if len(set(names)) < len(names):
        raise ConfigurationError("two streams have one name: give one of them another (#name=...)")
    if any(address.scheme == "-" for address in addresses):
        raise ConfigurationError("a service streams to no standard output")
    return addresses


def _check(scheme: str, url: str) -> None:
    if scheme not in SCHEMES:
        forms = ", ".join(f"{scheme}://" for scheme in SCHEMES if scheme not in {"file", "-"})
        raise ConfigurationError(f"a stream goes to {forms}, file:/path or -")
    if scheme == "-":
        return
    parts = urlsplit(url)
    if parts.username is not None or parts.query:
        raise ConfigurationError("secrets stand in a file of headers (#headers=FILE), not in the address")
    if scheme == "file":
        if not parts.path.startswith("/") or parts.netloc:
            raise ConfigurationError("write file:/path, from the root on")
        return
    if not parts.hostname:
        raise ConfigurationError(f"{scheme}:// needs a host")
    if scheme in _UNENCRYPTED and not is_loopback(parts.hostname):
        raise ConfigurationError(f"{scheme}:// sends evidence in the clear: only to this machine; write https")


def _filter(options: Mapping[str, str]) -> EntryFilter:
    kinds = frozenset(options["kinds"].replace(",", " ").split()) if "kinds" in options else None
    if kinds is not None and not kinds:
        raise ConfigurationError("kinds names no kind of record")
    for kind in kinds or ():
        if kind not in _KINDS and (meant := difflib.get_close_matches(kind, _KINDS, n=1, cutoff=0.8)):
            raise ConfigurationError(f"unknown record kind {kind}: write {meant[0]}")
    return EntryFilter(options.get("tenant"), kinds)


def _batch(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= _LARGEST_BATCH:
        raise ConfigurationError(f"batch is a number of records from 1 to {_LARGEST_BATCH}")
    return int(text)


def _enterprise(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) < _UNSIGNED:
        raise ConfigurationError("enterprise is the number that IANA gave to your organisation")
    return int(text)


def _agreeing(address: StreamAddress) -> StreamAddress:
    if address.format not in formats.by_name():
        raise ConfigurationError(f"unknown stream format {address.format}; formats: {', '.join(formats.by_name())}")
    if address.enterprise is not None and formats.by_name()[address.format].numbered is None:
        raise ConfigurationError(f"{address.format} has no enterprise number: only syslog has")
    if address.scheme.startswith("otlp") and address.format != "otlp":
        raise ConfigurationError(f"{address.scheme}:// carries the format otlp alone")
    if address.format == "cloudevents-binary" and address.scheme not in _HTTP:
        raise ConfigurationError("cloudevents-binary is HTTP's: elsewhere write cloudevents")
    try:
        address.beginning()
    except ValueError as error:
        raise ConfigurationError(
            f"from is beginning, now or a time such as 2026-11-27T10:00:00Z, not {address.start}"
        ) from error
    return address
