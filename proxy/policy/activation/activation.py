"""Puts a bundle in force: proved, signed, verified, archived and written atomically; or refused with a reason.

Next to the bundle are ``NAME.status.json`` (the result of the last attempt) and ``NAME.proved`` (digests of trees and
bundles that this release and engine have proved). Every bundle that was ever in force is archived by revision, so that
an old decision can be replayed with its policies and data.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from proxy.policy.activation import gate, proof
from proxy.policy.bundles import bundle, tree
from proxy.policy.faults import BundleRefusedError
from proxy.runtime import private

_LONGEST_DETAIL = 500
_SUFFIX = ".tar.gz"


@dataclass(frozen=True, slots=True)
class ActivationResult:
    """The result of the last attempt to put a bundle in force."""

    active: bool
    revision: str  # of the bundle in force, "" if unknown
    reason: str = ""  # of the refusal
    detail: str = ""
    at: str = ""  # RFC 3339, UTC
    registry: str = ""  # revision of the registry whose data is in force, "" if unknown
    decided: int = 0  # number of trial decisions, 0 for a bundle proved earlier
    changes: tuple[tuple[str, int], ...] = ()  # differences from the bundle before, with their counts


@dataclass(frozen=True, slots=True)
class BundlePaths:
    """Paths of the installation's bundle, the archive of old ones, and the keys."""

    path: Path
    archive: Path
    signing: Path | None = None
    verification: Path | None = None
    terms: proof.ProofTerms = field(default_factory=proof.ProofTerms)

    @property
    def status(self) -> Path:
        """The file with the result of the last attempt."""
        return status_path(self.path)

    @property
    def memo(self) -> Path:
        """The file with the digests of proved trees and bundles."""
        return self.path.with_name(f"{self.path.name}.proved")

    def public_key(self) -> bytes | None:
        """The verification key in PEM, None without one."""
        return _key(self.verification)

    def current(self) -> bundle.Bundle | None:
        """Return the bundle in place, None if there is none with a valid format and signature."""
        try:
            return bundle.read(self.path, self.public_key())
        except BundleRefusedError:
            return None


def status_path(path: Path) -> Path:
    """Return the path of the status of the bundle at ``path``."""
    return path.with_name(f"{path.name}.status.json")


def _key(path: Path | None) -> bytes | None:
    """Read a key file.

    Raises:
        BundleRefusedError: it cannot be read.

    """
    if path is None:
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        raise BundleRefusedError("signature", f"the key {path} cannot be read") from error


def last(status: Path) -> ActivationResult | None:
    """Return the result of the last attempt, None if unknown."""
    try:
        document = orjson.loads(status.read_bytes())
        changes = tuple((str(what), int(count)) for what, count in document.pop("changes", ()))
        return ActivationResult(**document, changes=changes)
    except (OSError, ValueError, TypeError):
        return None


def renew(
    paths: BundlePaths,
    policies_dir: Path,
    overlay: tree.Overlay | None,
    data: Callable[[], Mapping[str, Any]],
    *,
    trusted: bool = False,
    registry: str = "",
) -> bundle.BundleInfo:
    """Prove the policies and put them in force with their data. Blocks for seconds: call it in a thread.

    A ``trusted`` library was proved by its release: alone it is not proved again, with an overlay not tested again.
    ``registry`` is the revision that the data comes from.

    Raises:
        BundleRefusedError: the bundle in force stays, and the status holds the reason.
        ConfigurationError: as ``data`` raises it; likewise.

    """
    return _activated(paths, lambda: _built(paths, policies_dir, overlay, data, trusted=trusted), registry)


def install(paths: BundlePaths, packed: bytes) -> bundle.BundleInfo:
    """Put a bundle that was built and signed elsewhere in force.

    Raises:
        BundleRefusedError: no verification key, not signed with it, or not a bundle.

    """
    return _activated(paths, lambda: _verified(paths, packed), _registry(paths))


def _registry(paths: BundlePaths) -> str:
    before = last(paths.status)
    return before.registry if before is not None else ""


def _activated(
    paths: BundlePaths, make: Callable[[], tuple[bundle.BundleInfo, bytes]], registry: str
) -> bundle.BundleInfo:
    try:
        info, packed = make()
        trial = _tried(paths, info.revision, packed)
        archive(paths.archive, info.revision, packed)
        bundle.put(paths.path, packed)
    except BundleRefusedError as error:
        refused(paths, error.reason, error.detail)
        raise
    except OSError as error:
        refused(paths, "unwritable", type(error).__name__)
        raise BundleRefusedError("unwritable", f"{paths.path}: {type(error).__name__}") from error
    _note(paths, ActivationResult(True, info.revision, "", "", _now(), registry, trial.decided, trial.changes))
    return info


def _tried(paths: BundlePaths, revision: str, packed: bytes) -> proof.Proof:
    """Return the trial decisions of a bundle; none if the same one was proved before.

    Raises:
        BundleRefusedError: a decision is missing, conflicting, slow or unreadable.

    """
    mark = f"{revision}@{paths.terms.deadline_s:g}"
    if gate.remembered(paths.memo, mark):
        return proof.Proof()
    candidate = paths.path.with_name(f".{paths.path.name}.candidate.{secrets.token_hex(4)}")
    try:
        bundle.put(candidate, packed)
        before = paths.path if paths.current() is not None else None
        trial = proof.prove(candidate, before, paths.terms, _now())
    finally:
        candidate.unlink(missing_ok=True)
    gate.remember(paths.memo, mark)
    return trial


def refused(paths: BundlePaths, reason: str, detail: str) -> None:
    """Record a refusal: the bundle before stays in force."""
    current = paths.current()
    revision = current.revision if current else ""
    _note(paths, ActivationResult(False, revision, reason, detail[:_LONGEST_DETAIL], _now(), _registry(paths)))


def _note(paths: BundlePaths, outcome: ActivationResult) -> None:
    bundle.put(paths.status, orjson.dumps(asdict(outcome)))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _built(
    paths: BundlePaths,
    policies_dir: Path,
    overlay: tree.Overlay | None,
    data: Callable[[], Mapping[str, Any]],
    *,
    trusted: bool,
) -> tuple[bundle.BundleInfo, bytes]:
    if paths.verification is not None and paths.signing is None:
        raise BundleRefusedError("signature", "only a bundle signed elsewhere may be activated here (--bundle)")
    if trusted and overlay is None:
        policies = tree.read(policies_dir)
        gate.remember(paths.memo, gate.library_mark(policies))
        gate.remember(paths.memo, policies.digest())
    else:
        policies = gate.prove(policies_dir, overlay, paths.memo, tested=trusted)
    pem = _key(paths.signing)
    signing = bundle.BundleSigningKey(pem) if pem is not None else None
    info, packed = bundle.build(policies, data(), signing=signing)
    bundle.loads(packed, paths.public_key())
    return info, packed


def _verified(paths: BundlePaths, packed: bytes) -> tuple[bundle.BundleInfo, bytes]:
    if paths.verification is None:
        raise BundleRefusedError("signature", "a bundle built elsewhere needs PROXY_POLICY_VERIFICATION_KEY")
    loaded = bundle.loads(packed, paths.public_key())
    return bundle.BundleInfo(loaded.revision, loaded.digest, loaded.name), packed


def archive(folder: Path, revision: str, packed: bytes) -> None:
    """Archive a bundle under its revision, a digest of its content."""
    path = archived(private.folder(folder), revision)
    if not path.exists():
        bundle.put(path, packed)


def archived(folder: Path, revision: str) -> Path:
    """Return the path of a revision's bundle in the archive."""
    return folder / f"{revision}{_SUFFIX}"


def archived_revisions(folder: Path) -> frozenset[str]:
    """Return the revisions of the bundles in an archive."""
    return frozenset(path.name.removesuffix(_SUFFIX) for path in folder.glob(f"[0-9a-f]*{_SUFFIX}"))
