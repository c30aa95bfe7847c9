"""Puts a bundle in force: proved, signed, verified, kept for later, written in one step; or refused, and noted why.

Beside the bundle lie ``NAME.status.json`` (how the last attempt ended) and ``NAME.proved`` (the tree last proved).
Every bundle that was ever in force is kept by revision, so that an old decision can be made again with its policies
and its data.
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
_KEPT_SUFFIX = ".tar.gz"


@dataclass(frozen=True, slots=True)
class ActivationResult:
    """How the last attempt to put a bundle in force ended."""

    active: bool
    revision: str  # what is in force now, "" when unknown
    reason: str = ""  # of the refusal
    detail: str = ""
    at: str = ""  # RFC 3339, UTC
    registry: str = ""  # revision of the registry whose data is in force, "" when unknown
    decided: int = 0  # questions that were decided before it came into force, 0 where it was proved before
    changes: tuple[tuple[str, int], ...] = ()  # what of them is decided differently, and how often


@dataclass(frozen=True, slots=True)
class BundlePaths:
    """Where the bundle of this installation lies, where old ones are kept, and the keys it is held to (files)."""

    path: Path
    kept: Path
    signing: Path | None = None
    verification: Path | None = None
    terms: proof.ProofTerms = field(default_factory=proof.ProofTerms)

    @property
    def status(self) -> Path:
        """The file that tells how the last attempt ended."""
        return status_path(self.path)

    @property
    def memo(self) -> Path:
        """The file that remembers what was proved."""
        return self.path.with_name(f"{self.path.name}.proved")

    def public_key(self) -> bytes | None:
        """The verification key in PEM, None without one."""
        return _key(self.verification)

    def current(self) -> bundle.Bundle | None:
        """Return the bundle that lies there, None when there is none that the key and the format allow."""
        try:
            return bundle.read(self.path, self.public_key())
        except BundleRefusedError:
            return None


def status_path(path: Path) -> Path:
    """Return where the status of the bundle at ``path`` lies."""
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
    """Return how the last attempt ended, None when nothing is known."""
    try:
        found = orjson.loads(status.read_bytes())
        changes = tuple((str(what), int(count)) for what, count in found.pop("changes", ()))
        return ActivationResult(**found, changes=changes)
    except (OSError, ValueError, TypeError):
        return None


def renew(
    place: BundlePaths,
    policies_dir: Path,
    overlay_dir: Path | None,
    data: Callable[[], Mapping[str, Any]],
    *,
    trusted: bool = False,
    registry: str = "",
) -> bundle.BundleInfo:
    """Prove the policies and put them with their data in force. Blocks for seconds: call it in a thread.

    A ``trusted`` library is the one that its release has proved: alone it is not proved again, beside an overlay not
    tested again. ``registry`` is the revision the data comes from.

    Raises:
        BundleRefusedError: the bundle that was in force stays, and the status says why.
        ConfigurationError: as ``data`` raises it; likewise.

    """
    return _noted(place, lambda: _made(place, policies_dir, overlay_dir, data, trusted=trusted), registry)


def install(place: BundlePaths, packed: bytes) -> bundle.BundleInfo:
    """Put a bundle that was built and signed elsewhere in force.

    Raises:
        BundleRefusedError: there is no verification key, or the bundle is not signed with it, or is no bundle.

    """
    return _noted(place, lambda: _given(place, packed), _registry(place))


def _registry(place: BundlePaths) -> str:
    before = last(place.status)
    return before.registry if before is not None else ""


def _noted(place: BundlePaths, make: Callable[[], tuple[bundle.BundleInfo, bytes]], registry: str) -> bundle.BundleInfo:
    try:
        info, packed = make()
        shown = _decided(place, info.revision, packed)
        keep(place.kept, info.revision, packed)
        bundle.put(place.path, packed)
    except BundleRefusedError as error:
        refused(place, error.reason, error.detail)
        raise
    except OSError as error:
        refused(place, "unwritable", type(error).__name__)
        raise BundleRefusedError("unwritable", f"{place.path}: {type(error).__name__}") from error
    _note(place, ActivationResult(True, info.revision, "", "", _now(), registry, shown.decided, shown.changes))
    return info


def _decided(place: BundlePaths, revision: str, packed: bytes) -> proof.Proof:
    """Decide with a bundle what it will be asked, unless just this one has been in force or proved before.

    Raises:
        BundleRefusedError: it conflicts, stays undecided, is slow or answers what cannot be read.

    """
    mark = f"{revision}@{place.terms.deadline_s:g}"
    if gate.remembered(place.memo, mark):
        return proof.Proof()
    candidate = place.path.with_name(f".{place.path.name}.candidate.{secrets.token_hex(4)}")
    try:
        bundle.put(candidate, packed)
        before = place.path if place.current() is not None else None
        shown = proof.prove(candidate, before, place.terms, _now())
    finally:
        candidate.unlink(missing_ok=True)
    gate.remember(place.memo, mark)
    return shown


def refused(place: BundlePaths, reason: str, detail: str) -> None:
    """Note that what was to come into force did not, and that the bundle before it stays."""
    current = place.current()
    revision = current.revision if current else ""
    _note(place, ActivationResult(False, revision, reason, detail[:_LONGEST_DETAIL], _now(), _registry(place)))


def _note(place: BundlePaths, outcome: ActivationResult) -> None:
    bundle.put(place.status, orjson.dumps(asdict(outcome)))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _made(
    place: BundlePaths,
    policies_dir: Path,
    overlay_dir: Path | None,
    data: Callable[[], Mapping[str, Any]],
    *,
    trusted: bool,
) -> tuple[bundle.BundleInfo, bytes]:
    if place.verification is not None and place.signing is None:
        raise BundleRefusedError("signature", "only a bundle signed elsewhere may be activated here (--bundle)")
    if trusted and overlay_dir is None:
        policies = tree.read(policies_dir)
        gate.remember(place.memo, gate.library_mark(policies))
        gate.remember(place.memo, policies.digest())
    else:
        policies = gate.prove(policies_dir, overlay_dir, place.memo, tested=trusted)
    pem = _key(place.signing)
    signing = bundle.BundleSigningKey(pem) if pem is not None else None
    info, packed = bundle.build(policies, data(), signing=signing)
    bundle.loads(packed, place.public_key())
    return info, packed


def _given(place: BundlePaths, packed: bytes) -> tuple[bundle.BundleInfo, bytes]:
    if place.verification is None:
        raise BundleRefusedError("signature", "a bundle from elsewhere needs PROXY_POLICY_VERIFICATION_KEY")
    read = bundle.loads(packed, place.public_key())
    return bundle.BundleInfo(read.revision, read.digest, read.name), packed


def keep(folder: Path, revision: str, packed: bytes) -> None:
    """Keep a bundle by its revision, which is a digest of its content."""
    path = kept(private.folder(folder), revision)
    if not path.exists():
        bundle.put(path, packed)


def kept(folder: Path, revision: str) -> Path:
    """Return where the bundle of a revision is kept."""
    return folder / f"{revision}{_KEPT_SUFFIX}"


def all_kept(folder: Path) -> frozenset[str]:
    """Return the revisions whose bundles are kept in a folder."""
    return frozenset(path.name.removesuffix(_KEPT_SUFFIX) for path in folder.glob(f"[0-9a-f]*{_KEPT_SUFFIX}"))
