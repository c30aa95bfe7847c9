"""From the settings to the policy in force: which folders, which keys, which data; the same at start and on reload.

With the registry in the database, the process that writes the bundle takes the revision in force there; the others
of its machine follow the revision whose data the written bundle holds, so that catalog and policy belong together.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from proxy.catalog import documents
from proxy.catalog.documents import Documents
from proxy.catalog.load import compiled
from proxy.core.targets.destinations import Destinations
from proxy.core.targets.registered import Catalog
from proxy.errors import ConfigurationError
from proxy.policy.activation import activation, proof
from proxy.policy.bundles import bundle, tree
from proxy.policy.faults import BundleRefusedError
from proxy.registry import reading
from proxy.runtime.environment import environment
from proxy.runtime.log import logger
from proxy.runtime.resources import shipped
from proxy.service import apis
from proxy.settings import Settings

#: Where an installation's own rules lie when no folder is configured, below the state directory.
OVERLAY = "policies"
#: The library's entry point: a folder that has it is a library, one without is an overlay.
_MAIN = "main.rego"


def overlay(settings: Settings) -> Path | None:
    """Return the configured overlay, else the state directory's own when there is one."""
    own = settings.state_dir / OVERLAY
    return settings.overlay_dir or (own if own.is_dir() else None)


def newest(settings: Settings) -> Documents:
    """Return the registry as the organisation wants it now. Blocks: call it in a thread.

    Raises:
        ConfigurationError: it is missing or wrong.
        RegistryUnavailableError: it is kept in a database that cannot be reached.

    """
    if settings.registry == "files":
        return documents.read(settings.config_dir)
    return reading.active(_dsn(settings))


def catalog(settings: Settings, addresses: Mapping[str, str]) -> Catalog:
    """Return the catalog of a process that writes no bundle; blocks and raises as ``newest``.

    With a database it is the revision whose data the bundle of this machine holds, where that is known.
    """
    if settings.registry == "files":
        read = documents.read(settings.config_dir)
    else:
        noted = status(settings)
        outcome = activation.last(noted) if noted is not None else None
        read = reading.active(_dsn(settings), outcome.registry if outcome is not None else "")
    return _compiled(settings, read, addresses)


def _compiled(settings: Settings, read: Documents, addresses: Mapping[str, str]) -> Catalog:
    allowed = Destinations.of(settings.target_hosts)
    return compiled(read, settings.policies_dir, addresses, allowed, apis.names(settings))


def read_catalog(settings: Settings, *, starting: bool = False) -> Catalog:
    """Load the catalog and, where a bundle is asked for, put it in force; a worker of several leaves that.

    Blocks for seconds while policies are proved.

    Raises:
        ConfigurationError: catalog or policies are refused; what was in force stays.
        RegistryUnavailableError: the registry's database cannot be reached; likewise.

    """
    if settings.bundle_path is not None and settings.handed.worker_of is None:
        return renew(settings, settings.bundle_path, environment(), starting=starting)
    return catalog(settings, environment())


def follows_registry(settings: Settings) -> bool:
    """Whether this process must watch the database: it writes the bundle, or nobody on this machine does."""
    return (
        settings.registry == "database" and settings.handed.worker_of is None and settings.handed.policy_status is None
    )


def with_database(settings: Settings, dsn: Callable[[], str]) -> Settings:
    """Return the settings with which the registry can be read.

    ``dsn`` is asked for the address where the registry is kept in a database that the settings do not name: that of
    the stack which runs here.
    """
    if settings.registry == "files" or settings.database_url is not None:
        return settings
    return settings.model_copy(update={"database_url": SecretStr(dsn())})


def _dsn(settings: Settings) -> str:
    if settings.database_url is None:
        raise ConfigurationError("PROXY_REGISTRY=database needs DATABASE_URL")
    return settings.database_url.get_secret_value()


def bundle_path(settings: Settings) -> Path:
    """Return where the bundle lies: the configured file, else the one that 'run' keeps."""
    return settings.bundle_path or settings.state_dir / "bundle.tar.gz"


def kept(settings: Settings) -> Path:
    """Return the folder of all bundles that were ever in force."""
    return settings.state_dir / "revisions"


def status(settings: Settings) -> Path | None:
    """Return the file that says how the last reload ended, where this service or its supervisor writes one."""
    if settings.handed.policy_status is not None:
        return settings.handed.policy_status
    return activation.status_path(settings.bundle_path) if settings.bundle_path is not None else None


def place(settings: Settings, path: Path | None = None) -> activation.BundlePaths:
    """Return where the bundle lies and the keys it is held to."""
    where = path or bundle_path(settings)
    ours = where == settings.bundle_path or where.parent == settings.state_dir
    old = kept(settings) if ours else where.parent / "revisions"
    keys = (settings.policy_signing_key, settings.policy_verification_key)
    return activation.BundlePaths(where, old, *keys, proof.ProofTerms(settings.policy_deadline_s))


def renew(
    settings: Settings, path: Path, addresses: Mapping[str, str], *, starting: bool = False, log_dsn: str = ""
) -> Catalog:
    """Read the catalog and put its data with the policies in force at ``path``. Blocks: call it in a thread.

    At a start the shipped library without an overlay counts as checked and tested, because its release was; and what is
    refused leaves the bundle in force that lies there already. Later the last questions of the audit log (``log_dsn``,
    else the settings' own database) are decided first, beside those of the grid.

    Raises:
        ConfigurationError: catalog or policies are refused; the bundle that was in force stays.
        RegistryUnavailableError: the registry's database cannot be reached; likewise.

    """
    where = place(settings, path)
    if not starting:
        where = dataclasses.replace(where, terms=dataclasses.replace(where.terms, inputs=_asked(settings, log_dsn)))
    try:
        made = _compiled(settings, newest(settings), addresses)
    except ConfigurationError as error:
        activation.refused(where, "catalog", str(error))
        raise
    _put(settings, where, made, starting=starting)
    return made


def _asked(settings: Settings, log_dsn: str) -> list[Mapping[str, Any]]:
    """Return the last questions of the audit log; none where it cannot be read, for the grid's remain."""
    own = settings.database_url.get_secret_value() if settings.database_url is not None else ""
    dsn = log_dsn or own
    if not dsn:
        return []
    try:
        from proxy.policy.authoring import replay  # noqa: PLC0415 - no start needs it, and it takes a tenth of a second

        found = asyncio.run(replay.latest(dsn, proof.RECORDED))
    except Exception as error:  # noqa: BLE001  no fault of the log may keep a stricter policy from coming into force
        logger().warning("recorded_questions_unread", error=type(error).__name__)
        return []
    return [one.document for one in found]


def _put(settings: Settings, where: activation.BundlePaths, made: Catalog, *, starting: bool) -> None:
    beside = overlay(settings)
    trusted = starting and settings.policies_dir.resolve() == shipped("policies").resolve()
    try:
        activation.renew(
            where,
            settings.policies_dir,
            beside,
            lambda: made.data_document,
            trusted=trusted,
            registry=made.registry_revision,
        )
    except BundleRefusedError as error:
        if not starting or where.current() is None:
            raise
        logger().error("policy_refused", reason=error.reason, detail=error.detail)


def shadow_bundle(settings: Settings, path: Path, addresses: Mapping[str, str]) -> str:
    """Write the candidate of ``PROXY_SHADOW_DIR`` as a bundle; return its revision.

    A folder with a ``main.rego`` is a library and comes with the live overlay; any other folder is an overlay beside
    the live library.

    Raises:
        ConfigurationError: it cannot be read or is refused.

    """
    candidate = settings.shadow_dir
    if candidate is None:
        raise BundleRefusedError("unreadable", "no candidate is configured (PROXY_SHADOW_DIR)")
    whole = (candidate / _MAIN).is_file()
    policies, beside = (candidate, overlay(settings)) if whole else (settings.policies_dir, candidate)
    data = compiled(newest(settings), settings.policies_dir, addresses).data_document
    info, packed = bundle.build(tree.read(policies, beside), data)
    activation.keep(kept(settings), info.revision, packed)
    bundle.put(path, packed)
    return info.revision
