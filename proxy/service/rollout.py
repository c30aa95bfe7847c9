"""From the settings to the policy in force: folders, keys, data, declared APIs; the same at start and on reload.

With the registry in the database, the process that writes the bundle takes the revision in force there. The other
processes of its machine follow the revision whose data is in the bundle, so that catalog and policy match.
"""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from proxy.audit.access import whole
from proxy.catalog import documents
from proxy.catalog.documents import Documents
from proxy.catalog.load import compiled
from proxy.core.targets.destinations import Destinations
from proxy.core.targets.registered import Catalog
from proxy.errors import ConfigurationError
from proxy.keys import master_key
from proxy.policy.activation import activation, gate, proof
from proxy.policy.bundles import bundle, tree
from proxy.policy.faults import BundleRefusedError
from proxy.ports import EventLog
from proxy.registry import reading
from proxy.runtime.environment import environment
from proxy.runtime.log import logger
from proxy.runtime.resources import shipped
from proxy.settings import Settings

if TYPE_CHECKING:
    from proxy.catalog.declared import DeclaredApis


APIS_FILE = "apis.yaml"


def apis_path(settings: Settings) -> Path | None:
    """Return the file of the declarations: the configured one, else the one beside the registry's, if it exists."""
    beside = settings.config_dir / APIS_FILE
    return settings.apis_file or (beside if beside.exists() else None)


def declared_names(settings: Settings) -> frozenset[str]:
    """Return the names of the declared APIs. Blocks.

    Raises:
        ConfigurationError: the file is missing or invalid.

    """
    where = apis_path(settings)
    if where is None or documents.plain(where) == {"apis": {}}:
        return frozenset()
    return read_apis(settings).names


def read_apis(settings: Settings) -> DeclaredApis:
    """Return the declared APIs. Blocks.

    Raises:
        ConfigurationError: the file is missing or invalid.

    """
    from proxy.catalog import declared  # noqa: PLC0415 - loads the codecs

    where = apis_path(settings)
    return declared.read(where) if where is not None else declared.NOTHING


def record_apis(declared: DeclaredApis, events: EventLog) -> None:
    """Record the declared APIs that a process serves from now on."""
    if declared.names:
        events.event("apis_declared", {"revision": declared.revision, "names": sorted(declared.names)})


#: The folder of an installation's own rules if none is configured, below the state directory.
OVERLAY = "policies"
#: The library's entry point: a folder with it is a library, any other an overlay.
_MAIN = "main.rego"


def overlay(settings: Settings) -> Path | None:
    """Return the configured overlay, else the one in the state directory if it exists."""
    default = settings.state_dir / OVERLAY
    return settings.overlay_dir or (default if default.is_dir() else None)


def rules_in_force(settings: Settings, read: Documents) -> tree.Overlay | None:
    """Return the organisation's rules in force with a registry: its own, or with files those of the overlay.

    With the registry in a database the overlay is a draft (``compliance-proxy registry rules``).

    Raises:
        ConfigurationError: there are two sources.

    """
    folder = overlay(settings)
    if settings.registry == "files" and folder is not None:
        if read.rules:
            raise ConfigurationError(f"rules are in {settings.config_dir / documents.RULES} and in {folder}: keep one")
        return folder
    return read.rules or None


def draft(settings: Settings, read: Documents) -> Path | None:
    """Return the overlay if it binds nobody: the registry in the database has other rules. None where it does."""
    folder = overlay(settings)
    if settings.registry == "files" or folder is None or documents.sources(folder) == read.rules:
        return None
    return folder


def newest(settings: Settings) -> Documents:
    """Return the newest revision of the registry. Blocks: call it in a thread.

    Raises:
        ConfigurationError: it is missing or invalid.
        RegistryUnavailableError: its database cannot be reached.

    """
    if settings.registry == "files":
        return documents.read(settings.config_dir)
    return reading.active(_dsn(settings), master_key.of_installation(settings))


def catalog(settings: Settings, addresses: Mapping[str, str]) -> Catalog:
    """Return the catalog of a process that writes no bundle; blocks and raises as ``newest``.

    With a database it is the revision whose data this machine's bundle holds, if that is known.
    """
    if settings.registry == "files":
        read = documents.read(settings.config_dir)
    else:
        path = status_path(settings)
        outcome = activation.last(path) if path is not None else None
        preferred = outcome.registry if outcome is not None else ""
        read = reading.active(_dsn(settings), master_key.of_installation(settings), preferred)
    return _compiled(settings, read, addresses)


def _compiled(settings: Settings, read: Documents, addresses: Mapping[str, str]) -> Catalog:
    allowed = Destinations.of(settings.target_hosts)
    return compiled(read, settings.policies_dir, addresses, allowed, declared_names(settings))


def read_catalog(settings: Settings, *, starting: bool = False) -> Catalog:
    """Load the catalog and, where this process writes the bundle, put it in force.

    Blocks for seconds while the policies are proved.

    Raises:
        ConfigurationError: catalog or policies are refused; those in force stay.
        RegistryUnavailableError: the registry's database cannot be reached; those in force stay.

    """
    if settings.bundle_path is not None and settings.handover.worker_of is None:
        return renew(settings, settings.bundle_path, environment(), starting=starting)
    return catalog(settings, environment())


def follows_registry(settings: Settings) -> bool:
    """Whether this process must watch the database: because it writes the bundle, or no process here does."""
    return (
        settings.registry == "database"
        and settings.handover.worker_of is None
        and settings.handover.policy_status is None
    )


def with_database(settings: Settings, dsn: Callable[[], str]) -> Settings:
    """Return the settings with an address for the registry's database.

    ``dsn`` is called where the registry is in a database that the settings do not name; it returns the address of the
    stack running here.
    """
    if settings.registry == "files" or settings.database_url is not None:
        return settings
    return settings.model_copy(update={"database_url": SecretStr(dsn())})


def _dsn(settings: Settings) -> str:
    if settings.database_url is None:
        raise ConfigurationError("PROXY_REGISTRY=database needs DATABASE_URL")
    return settings.database_url.get_secret_value()


def bundle_path(settings: Settings) -> Path:
    """Return the bundle's file: the configured one, else the one that 'run' writes."""
    return settings.bundle_path or settings.state_dir / "bundle.tar.gz"


def revisions_dir(settings: Settings) -> Path:
    """Return the folder of all bundles that were ever in force."""
    return settings.state_dir / "revisions"


def status_path(settings: Settings) -> Path | None:
    """Return the file with the result of the last reload, if this service or its supervisor writes one."""
    if settings.handover.policy_status is not None:
        return settings.handover.policy_status
    return activation.status_path(settings.bundle_path) if settings.bundle_path is not None else None


def bundle_paths(settings: Settings, path: Path | None = None) -> activation.BundlePaths:
    """Return the bundle's place and the keys that sign and verify it."""
    where = path or bundle_path(settings)
    is_own = where == settings.bundle_path or where.parent == settings.state_dir
    revisions = revisions_dir(settings) if is_own else where.parent / "revisions"
    keys = (settings.policy_signing_key, settings.policy_verification_key)
    return activation.BundlePaths(where, revisions, *keys, proof.ProofTerms(settings.policy_deadline_s))


def renew(
    settings: Settings, path: Path, addresses: Mapping[str, str], *, starting: bool = False, log_dsn: str = ""
) -> Catalog:
    """Read the catalog and put its data and the policies in force at ``path``. Blocks: call it in a thread.

    At start the shipped library without an overlay counts as checked and tested, because its release was, and a refused
    bundle leaves the existing one in force. Later the latest questions of the audit log (``log_dsn``, else the
    settings' own database) are decided first, as well as those of the grid.

    Raises:
        ConfigurationError: catalog or policies are refused; the bundle in force stays.
        RegistryUnavailableError: the registry's database cannot be reached; the bundle in force stays.

    """
    where = bundle_paths(settings, path)
    if not starting:
        inputs = _recorded_questions(settings, log_dsn)
        where = dataclasses.replace(where, terms=dataclasses.replace(where.terms, inputs=inputs))
    try:
        read = newest(settings)
        rules, compiled_catalog = rules_in_force(settings, read), _compiled(settings, read, addresses)
    except ConfigurationError as error:
        activation.refused(where, "catalog", str(error))
        raise
    if (folder := draft(settings, read)) is not None:
        logger().warning("overlay_is_a_draft", folder=str(folder), hint="compliance-proxy registry rules stores it")
    _activate(settings, where, compiled_catalog, rules, starting=starting)
    return compiled_catalog


def _recorded_questions(settings: Settings, log_dsn: str) -> list[Mapping[str, Any]]:
    """Return the latest questions of the audit log; none if it cannot be read: the grid remains."""
    dsn = log_dsn or (settings.database_url.get_secret_value() if settings.database_url is not None else "")
    if not dsn:
        return []
    try:
        from proxy.policy.authoring import replay  # noqa: PLC0415 - not needed at start, and takes a tenth of a second

        return [input_.document for input_ in replay.inputs(asyncio.run(whole.latest_decisions(dsn, proof.RECORDED)))]
    except Exception as error:  # noqa: BLE001 - no fault of the log may keep a stricter policy from coming into force
        logger().warning("recorded_questions_unread", error=type(error).__name__)
        return []


def _activate(
    settings: Settings,
    where: activation.BundlePaths,
    catalog: Catalog,
    rules: tree.Overlay | None,
    *,
    starting: bool,
) -> None:
    trusted = starting and settings.policies_dir.resolve() == shipped("policies").resolve()
    try:
        activation.renew(
            where,
            settings.policies_dir,
            rules,
            lambda: catalog.data_document,
            trusted=trusted,
            registry=catalog.registry_revision,
        )
    except BundleRefusedError as error:
        if not starting or where.current() is None:
            raise
        logger().error("policy_refused", reason=error.reason, detail=error.detail)


def shadow_bundle(settings: Settings, path: Path, addresses: Mapping[str, str]) -> str:
    """Write the candidate of ``PROXY_SHADOW_DIR`` as a bundle; return its revision.

    A folder with a ``main.rego`` is a library and is combined with the live overlay; any other folder is an overlay on
    the live library.

    Raises:
        ConfigurationError: it cannot be read or is refused.

    """
    candidate = settings.shadow_dir
    if candidate is None:
        raise BundleRefusedError("unreadable", "no candidate is configured; set PROXY_SHADOW_DIR")
    read = newest(settings)
    is_library = (candidate / _MAIN).is_file()
    policies, rules = (candidate, rules_in_force(settings, read)) if is_library else (settings.policies_dir, candidate)
    data = compiled(read, settings.policies_dir, addresses).data_document
    info, packed = bundle.build(tree.read(policies, rules), data)
    activation.archive(revisions_dir(settings), info.revision, packed)
    bundle.put(path, packed)
    return info.revision


def tried(settings: Settings, rules: Mapping[str, str], addresses: Mapping[str, str]) -> activation.ActivationResult:
    """Prove rules as an activation would, beside the bundle in force, and put nothing in force. Blocks for seconds.

    Tests of the library that passed here once are not run again.

    Raises:
        ConfigurationError: the rules are refused.

    """
    catalog = compiled(newest(settings), settings.policies_dir, addresses)
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / "bundle.tar.gz"
        current = bundle_path(settings)
        if current.is_file():
            shutil.copyfile(current, trial)
        where = dataclasses.replace(bundle_paths(settings), path=trial, archive=Path(folder) / "revisions")
        inputs = _recorded_questions(settings, "")
        where = dataclasses.replace(where, terms=dataclasses.replace(where.terms, inputs=inputs))
        library = gate.library_mark(tree.read(settings.policies_dir))
        trusted = gate.remembered(bundle_paths(settings).memo, library)
        activation.renew(where, settings.policies_dir, rules, lambda: catalog.data_document, trusted=trusted)
        return activation.last(where.status) or activation.ActivationResult(False, "")
