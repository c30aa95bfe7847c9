"""Creates what the parts need before they start: the policy bundle, the database schema, a demo key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from proxy.audit.sealing import signing_key as audit_key
from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.catalog import documents
from proxy.catalog.documents import Documents
from proxy.core.deidentification.known_pseudonyms import RECALL
from proxy.core.keyring import Keyring
from proxy.core.targets.registered import Catalog
from proxy.embedded import state
from proxy.errors import ConfigurationError, RegistryUnavailableError
from proxy.identity.console_logins import ConsoleLogins, LoginKind
from proxy.identity.store import ApiKeyStore, Binding
from proxy.keys import generations, master_key
from proxy.registry import changes
from proxy.registry.store import RegistryStore
from proxy.runtime import database, example, migrations, servers
from proxy.runtime.clock import SystemClock
from proxy.runtime.environment import environment
from proxy.runtime.log import logger
from proxy.runtime.resources import shipped
from proxy.service import rollout
from proxy.settings import Settings

DEMO_TENANT = "demo-eu"
DEMO_SERVICE = "tour"
#: The author of the first revision of a registry in the database.
FIRST_START = "first start"
#: Raised when a database cannot be used.
UNREACHABLE: tuple[type[BaseException], ...] = (*database.UNAVAILABLE, asyncpg.PostgresError)


def provider_configured(settings: Settings) -> bool:
    """Whether a third-party target has an address, and its credential is in this environment. Blocks."""
    catalog = rollout.catalog(settings, environment())
    return any(
        not target.self_hosted
        and target.base_url
        and (target.access.credential_file or settings.credential(target.access.credential) is not None)
        for target in catalog.targets.values()
    )


def write_shadow(settings: Settings, path: Path, addresses: Mapping[str, str]) -> None:
    """Write the candidate's bundle; a refused one leaves the shadow without a policy and affects nothing else."""
    try:
        logger().info("shadow_written", revision=rollout.shadow_bundle(settings, path, addresses))
    except ConfigurationError as error:
        logger().error("shadow_refused", reason=str(error))


async def fill_registry(settings: Settings, dsn: str, master: str) -> str:
    """Bring the schema up to date and import the configured folder if the registry in the database is empty.

    Return the imported revision, "" if there was one before.

    Raises:
        ConfigurationError: the folder is refused.
        RegistryUnavailableError: the database cannot be reached.

    """
    try:
        keys = await _migrated(dsn, master)
    except UNREACHABLE as error:
        raise RegistryUnavailableError from error
    store = RegistryStore(dsn, keys)
    await store.start()
    try:
        if await store.active_revision() is not None:
            return ""
        read = await asyncio.to_thread(_configured, settings)
        comment, author = f"imported from {settings.config_dir}", changes.Author(FIRST_START, "first start")
        async with _recording(settings, dsn, keys) as log:
            stored, _ = await changes.recorded(
                lambda: store.put(read.plain, by=FIRST_START, base=None, comment=comment), None, log, author
            )
    finally:
        await store.close()
    return stored.revision


async def claim_example(dsn: str, master: str, seed: int) -> bool:
    """Make a database the example world's; return whether it has yet to be filled.

    Raises:
        ConfigurationError: it holds other records, or an example that was not finished.
        RegistryUnavailableError: it cannot be reached.

    """
    try:
        await _migrated(dsn, master)
        return await example.claim(dsn, seed)
    except UNREACHABLE as error:
        raise RegistryUnavailableError from error


def _configured(settings: Settings) -> Documents:
    """Return the configured folder with the rules of the overlay."""
    read, draft = documents.read(settings.config_dir), rollout.overlay(settings)
    if draft is None or read.rules:
        return read
    return documents.check({**read.plain, documents.RULES: documents.sources(draft)})


async def _migrated(dsn: str, master: str) -> Keyring:
    """Bring the schema up to date and return the keys, compared with the database's generations."""
    await migrations.migrate(dsn, shipped("migrations"))
    keys = master_key.decoded(master, "the state folder")
    await generations.check(dsn, keys)
    return keys


@asynccontextmanager
async def _recording(settings: Settings, dsn: str, keys: Keyring) -> AsyncIterator[PostgresAuditLog]:
    audit_key.ensured(settings)
    signing = audit_key.signing_key(settings)
    log = PostgresAuditLog(dsn, fresh_writer_id("run"), keys, SystemClock(), signing=signing)
    await log.start()
    try:
        yield log
    finally:
        await log.close()


async def prepare_database(settings: Settings, dsn: str, master: str) -> None:
    """Bring the schema up to date and create the demo key if there is no valid one.

    ``master`` is the master key in base64; the settings name the database if the registry is in it.
    """
    keys = await _migrated(dsn, master)
    binding = demo_binding(await asyncio.to_thread(rollout.catalog, settings, environment()))
    if binding is None:
        return
    store = ApiKeyStore(dsn, keys, SystemClock())
    await store.start()
    try:
        key = state.demo_keys(settings.state_dir).get(DEMO_TENANT)
        if key is None or await store.find(key) is None:
            state.save_demo_keys(settings.state_dir, {DEMO_TENANT: await store.create(binding)})
    finally:
        await store.close()


def demo_binding(catalog: Catalog) -> Binding | None:
    """Return the binding of the demo key, every activity of the catalog; None if there is no demo tenant."""
    tenant = catalog.tenants.get(DEMO_TENANT)
    if tenant is None or not catalog.activities:
        return None
    home = str(tenant["establishments"][0])
    activities = tuple(catalog.activities)
    return Binding(
        DEMO_TENANT,
        DEMO_SERVICE,
        activities,
        activities[0],
        ingress_region=home,
        default_subject_region=home,
        roles=(RECALL,),
    )


async def console_link(url: str, dsn: str, master: str) -> str:
    """Return a link that logs an officer in once, within ten minutes, on this machine.

    Raises:
        IdentityUnavailableError: the database cannot be reached.

    """
    from proxy.web.api.access import ROLES  # noqa: PLC0415 - 'run' serves nothing itself

    logins = ConsoleLogins(dsn, master_key.decoded(master, "the state folder"), SystemClock())
    await logins.start()
    try:
        login = {"person": "officer", "roles": list(ROLES), "tenant": DEMO_TENANT, "by": "console_link"}
        return f"{url}/console/login?link={await logins.add(LoginKind.LINK, login)}"
    finally:
        await logins.close()


async def server_version(dsn: str) -> str:
    """Return the version of a database server, e.g. "18.6"."""
    connection = await servers.connected(dsn, timeout=5.0)
    try:
        return str(await connection.fetchval("SELECT split_part(current_setting('server_version'), ' ', 1)"))
    finally:
        await connection.close()


async def missing_migrations(dsn: str) -> int:
    """Return how many migrations of this release a database lacks.

    Raises:
        OtherBuildError: an applied file was edited, or the database is newer than this release.

    """
    shipped_migrations = migrations.read(shipped("migrations"))
    connection = await servers.connected(dsn, timeout=5.0)
    try:
        rows = await connection.fetch("SELECT name, sha256 FROM installation.migration")
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        return len(shipped_migrations)
    finally:
        await connection.close()
    return len(migrations.pending(shipped_migrations, {row["name"]: row["sha256"] for row in rows}))


def load_language_model() -> str:
    """Load the model that detection uses; return its name."""
    from proxy.detection.models import ner  # noqa: PLC0415 - takes seconds

    ner.load_model()
    return ner.MODEL
