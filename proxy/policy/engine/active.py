"""The engine server's active bundle: loaded as a whole, swapped atomically, kept if a newer one is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from proxy.policy.bundles import bundle
from proxy.policy.engine import syntax
from proxy.policy.engine.engine import PolicyEngine
from proxy.policy.faults import BundleRefusedError
from proxy.runtime import log


@dataclass(frozen=True, slots=True)
class Loaded:
    """An engine with its bundle."""

    engine: PolicyEngine
    bundle: bundle.Bundle
    activated: str  # RFC 3339, UTC


@dataclass(frozen=True, slots=True)
class Refusal:
    """The reason why the newest bundle is not active."""

    reason: str
    detail: str
    at: str

    def document(self) -> dict[str, str]:
        """Return it as JSON."""
        return {"reason": self.reason, "detail": self.detail, "at": self.at}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Active:
    """Watches one bundle path. ``reload`` runs off the event loop; readers take ``loaded`` once and use that."""

    def __init__(self, path: Path, public_key: bytes | None = None) -> None:
        self._path = path
        self._public_key = public_key
        self._tried: tuple[tuple[str, int, int, int], ...] = ()
        self.loaded: Loaded | None = None
        self.refusal: Refusal | None = None

    def changed(self) -> bool:
        """Whether the file (or any file of the folder) changed since the last attempt."""
        return self._fingerprint() != self._tried

    def reload(self) -> PolicyEngine | None:
        """Try to load the bundle at the path; return the replaced engine, for the caller to close when idle."""
        self._tried = self._fingerprint()
        before = self.loaded
        try:
            newest = bundle.read(self._path, self._public_key)
            if before is not None and newest.revision == before.bundle.revision:
                self.refusal = None
                return None
            engine = syntax.load(newest, bundle.PATH)  # so that the first request need not wait
        except BundleRefusedError as error:
            self.refusal = Refusal(error.reason, error.detail, _now())
            log.logger().error("bundle_refused", reason=error.reason, detail=error.detail)
            return None
        self.loaded = Loaded(engine, newest, _now())
        self.refusal = None
        log.logger().info("bundle_activated", bundle=newest.name, revision=newest.revision, digest=newest.digest)
        return before.engine if before else None

    def status(self) -> dict[str, Any]:
        """Return the ``bundles`` part of OPA's status document."""
        loaded, refusal = self.loaded, self.refusal
        name = loaded.bundle.name if loaded else bundle.NAME
        entry: dict[str, Any] = {"name": name, "type": "snapshot"}
        if loaded is not None:
            entry |= {"active_revision": loaded.bundle.revision, "last_successful_activation": loaded.activated}
            entry["digest"] = loaded.bundle.digest
        if refusal is not None:
            entry |= {
                "code": "bundle_error",
                "message": f"{refusal.reason}: {refusal.detail}",
                "refused_at": refusal.at,
            }
        return {name: entry}

    def _fingerprint(self) -> tuple[tuple[str, int, int, int], ...]:
        paths = sorted(self._path.rglob("*")) if self._path.is_dir() else [self._path]
        stamps = []
        for path in paths:
            try:
                stat = path.stat()
            except OSError:
                continue
            stamps.append((str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino))
        return tuple(stamps)
