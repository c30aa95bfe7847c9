"""Checks of this machine: interpreter, libraries, configuration, legal data, keys, disk, port."""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib.util
import shutil
import stat
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import asyncpg

from proxy.audit.sealing import signing_key as audit_key
from proxy.audit.upkeep import anchors
from proxy.catalog.load import legal_data
from proxy.core.routing.routing import unreachable
from proxy.embedded import state
from proxy.embedded.probes import is_free, readiness
from proxy.errors import AuditUnavailableError, ConfigurationError, RegistryUnavailableError
from proxy.keys import generations, master_key
from proxy.runtime import database, servers
from proxy.runtime.environment import environment
from proxy.service import rollout
from proxy.settings import Settings

Result = Literal["ok", "warning", "failed"]
REINSTALL = "install again: make clean setup, or pip install --force-reinstall 'compliance-proxy[local]'"


@dataclass(frozen=True, slots=True)
class Checkup:
    """The result of one check. ``advice`` says what to do, and is empty if all is well."""

    part: str
    result: Result
    detail: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What the checks use."""

    settings: Settings
    today: dt.date
    running: state.RunningStack | None
    scratch: Path

    @property
    def serves(self) -> bool:
        """Whether this is the environment of ``serve``, whose parts run elsewhere: a pod's, compose's."""
        settings = self.settings
        return self.running is None and settings.database_url is not None and settings.opa_url is not None


Check = Callable[[CheckContext], Awaitable[Checkup]]


_OLDEST, _NEWEST = (3, 11), (3, 14)
_LITTLE_DISK, _NO_DISK = 2 << 30, 256 << 20  # bytes
_SOON_DAYS = 7
#: The detail of a check that would need a registry which cannot be read now.
NOT_RUNNING = "the registry is in the embedded database, which is not running; not checked"


async def python(_: CheckContext) -> Checkup:
    """The interpreter's version."""
    version = sys.version.split()[0]
    if not _OLDEST <= sys.version_info[:2] <= _NEWEST:
        return Checkup("python", "failed", version, "use Python 3.11 to 3.14: make clean setup PYTHON=python3.13")
    return Checkup("python", "ok", f"{version} at {sys.executable}")


async def aiohttp_extensions(_: CheckContext) -> Checkup:
    """Whether aiohttp parses HTTP in C; the fallback in Python is many times slower."""
    modules = ("aiohttp._http_parser", "aiohttp._http_writer")
    specs = await asyncio.to_thread(lambda: [importlib.util.find_spec(name) for name in modules])  # imports aiohttp
    missing = [name for name, spec in zip(modules, specs, strict=True) if spec is None]
    if missing:
        return Checkup("aiohttp", "failed", f"without {', '.join(missing)}", "reinstall aiohttp from a wheel")
    loop = "uvloop" if importlib.util.find_spec("uvloop") else "asyncio's own loop"
    return Checkup("aiohttp", "ok", f"C extensions present; {loop}")


def reading(context: CheckContext) -> Settings | None:
    """Return the settings to read the registry with, None while its embedded database is not running."""
    settings, running = context.settings, context.running
    if settings.registry == "database" and settings.database_url is None and running is None:
        return None
    return rollout.with_database(settings, lambda: running.database_url if running is not None else "")


async def configuration(context: CheckContext) -> Checkup:
    """The catalog loads."""
    settings = reading(context)
    if settings is None:
        return Checkup("configuration", "ok", NOT_RUNNING)
    source, advice = "files", f"correct the file in {settings.config_dir}"
    if settings.registry == "database":
        source, advice = "database", "see compliance-proxy registry --help, and DATABASE_URL"
    try:
        catalog = await asyncio.to_thread(rollout.catalog, settings, environment())
    except (ConfigurationError, RegistryUnavailableError, OSError) as error:
        return Checkup("configuration", "failed", str(error), advice)
    counts = f"{len(catalog.targets)} targets, {len(catalog.tenants)} tenants, {len(catalog.routes)} routes"
    return Checkup("configuration", "ok", f"{counts}; revision {catalog.revision} ({source})")


async def legal_age(context: CheckContext) -> Checkup:
    """Whether the shipped legal data is recent enough; otherwise transfers are denied (REGISTRY_STALE)."""
    try:
        legal = await asyncio.to_thread(legal_data, context.settings.policies_dir)
        as_of, longest = dt.date.fromisoformat(legal["as_of"][:10]), int(legal["max_age_days"])
    except (OSError, ValueError, KeyError) as error:
        return Checkup("legal data", "failed", f"unreadable: {error}", REINSTALL)
    age = (context.today - as_of).days
    detail = f"as of {as_of}, {age} days old, at most {longest}"
    if age > longest:
        advice = "install a newer release, or set as_of in registry.yaml after checking the lists yourself"
        return Checkup("legal data", "failed", f"{detail}: transfers out of the EEA are refused", advice)
    if age > longest - _SOON_DAYS:
        return Checkup("legal data", "warning", detail, "plan to install a newer release")
    return Checkup("legal data", "ok", detail)


_DUTIES = """
SELECT session_user AS login, r.rolsuper AS superuser, r.rolbypassrls AS "bypasses row security",
       r.rolcreaterole AS "makes roles", 'proxy_owner' = ANY (m.roles) AS owner,
       'proxy_retention' = ANY (m.roles) AS purges, m.roles,
       ARRAY(SELECT DISTINCT pg_get_userbyid(n.nspowner)::text FROM pg_namespace n WHERE n.nspname = 'audit') AS owners
FROM pg_roles r, LATERAL (
    SELECT ARRAY(SELECT o.rolname::text FROM pg_roles o WHERE o.rolname ^@ 'proxy_' AND NOT o.rolcanlogin
                 AND pg_has_role(o.oid, 'MEMBER') ORDER BY 1) AS roles) m
WHERE r.rolname = session_user
"""


async def keys(context: CheckContext) -> Checkup:
    """The master key exists, is valid and private, and is this installation's."""
    settings = context.settings
    if master_key.is_configured(settings):
        try:
            return await _compared(master_key.read(settings) or "", master_key.source(settings), context)
        except ConfigurationError as error:
            return Checkup("keys", "failed", str(error), "correct the setting, or set PROXY_SECRET_KEY")
    path = context.settings.state_dir / "secret.key"
    if not path.exists():
        return Checkup("keys", "ok", f"no master key yet; the first run creates {path}")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Checkup("keys", "failed", f"{path} can be read by others", f"run: chmod 600 {path}")
    return await _compared(master_key.with_old_keys(path.read_text().strip(), settings), str(path), context)


async def evidence(context: CheckContext) -> Checkup:
    """The audit signing key exists and is private, and the anchors can be read."""
    settings = context.settings
    where = audit_key.path(settings)
    if where is None:
        path = audit_key.default_path(settings)
        return Checkup("evidence", "ok", f"no audit signing key yet; the first run creates {path}")
    try:
        key = audit_key.signing_key(settings).verifier
        opened = anchors.opened(settings.audit_anchor, settings.state_dir)
        lines = sum([len(await anchor.every(key.origin)) for anchor in opened])
    except (ConfigurationError, OSError) as error:
        return Checkup("evidence", "failed", str(error), "correct PROXY_AUDIT_SIGNING_KEY or PROXY_AUDIT_ANCHOR")
    if stat.S_IMODE(where.stat().st_mode) & 0o007:
        return Checkup("evidence", "failed", f"{where} can be read by others", f"run: chmod 600 {where}")
    if not opened:
        return Checkup("evidence", "warning", "signed notes are anchored nowhere", "set PROXY_AUDIT_ANCHOR=file:/path")
    places = ", ".join(anchor.where for anchor in opened)
    return Checkup("evidence", "ok", f"key {key.id.hex()} in {where}; {lines} notes anchored in {places}")


async def duties(context: CheckContext) -> Checkup:
    """The login that serves owns nothing, and has no more rights than serving needs."""
    settings = context.settings
    if settings.database_url is None:
        return Checkup("duties", "ok", "this machine's own database: one account has every duty")
    try:
        connection = await servers.connected(settings.database_url.get_secret_value(), timeout=10)
        try:
            row = await connection.fetchrow(_DUTIES)
        finally:
            await connection.close()
    except (*database.UNAVAILABLE, asyncpg.PostgresError) as error:
        return Checkup("duties", "failed", f"unusable ({type(error).__name__})", "check DATABASE_URL and the server")
    may = ", ".join(role.removeprefix("proxy_") for role in row["roles"]) or "nothing"
    detail = f"{row['login']} may act as {may}; the schema is {', '.join(row['owners']) or 'nobody'}'s"
    excess = [word for word in ("superuser", "owner", "bypasses row security", "makes roles", "purges") if row[word]]
    if excess:
        advice = "serve as a login that owns nothing: deploy/roles.sql"
        return Checkup("duties", "warning", f"{detail}; {row['login']}: {', '.join(excess)}", advice)
    return Checkup("duties", "ok", detail)


async def _compared(text: str, source: str, context: CheckContext) -> Checkup:
    """Check the keys by themselves and, if the database can be reached, against its generations."""
    try:
        keys = master_key.decoded(text, source)
    except ConfigurationError as error:
        advice = "restore it from your backup; a new one cannot open the vault or keys made with the old one"
        return Checkup("keys", "failed", str(error), advice)
    detail = f"master key {keys.key_id} in {source}"
    dsn = rollout.with_database(context.settings, lambda: context.running.database_url if context.running else "")
    if dsn.database_url is None or not dsn.database_url.get_secret_value():
        return Checkup("keys", "ok", detail)
    try:
        generations_on_record = await generations.unretired(dsn.database_url.get_secret_value())
    except (AuditUnavailableError, ConfigurationError):
        return Checkup("keys", "ok", f"{detail}; not compared with the database, which cannot be read")
    problem = generations.problem(generations_on_record, keys)
    if problem:
        return Checkup("keys", "failed", problem, "see docs/how-to/rotate-keys.md")
    return Checkup("keys", "ok", detail)


async def connections(context: CheckContext) -> Checkup:
    """The most connections of all workers, and whether the server has as many."""
    from proxy.service.parts import most_connections  # noqa: PLC0415 - all that serves, which ``run`` does not

    settings = context.settings
    per_process = sum(most_connections(settings).values())
    wanted = per_process * settings.workers
    detail = f"up to {per_process} for each of {settings.workers} workers"
    url = rollout.with_database(settings, lambda: context.running.database_url if context.running else "").database_url
    if url is None or not url.get_secret_value():
        return Checkup("connections", "ok", detail)
    try:
        allowed = await database.allowed(url.get_secret_value())
    except ConfigurationError as error:
        return Checkup("connections", "failed", str(error), "see docs/how-to/production.md")
    except (*database.UNAVAILABLE, asyncpg.PostgresError):
        return Checkup("connections", "ok", f"{detail}; the database cannot be asked how many it has")
    if wanted > allowed:
        advice = "raise max_connections, run fewer workers, or put a pooler of sessions in front"
        return Checkup("connections", "warning", f"{detail}; the database has {allowed}", advice)
    return Checkup("connections", "ok", f"{detail}; the database has {allowed}")


async def disk(context: CheckContext) -> Checkup:
    """Free space for the audit log: one exchange takes about 2 kB."""
    folder = context.settings.state_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    detail = f"{free / (1 << 30):.1f} GiB free at {folder}"
    if free < _NO_DISK:
        return Checkup("disk", "failed", detail, "free some space: without a durable record no request is served")
    if free < _LITTLE_DISK:
        return Checkup("disk", "warning", detail, "free some space soon: without a durable record no request is served")
    return Checkup("disk", "ok", detail)


async def targets(context: CheckContext) -> Checkup:
    """Every route leads to a target that has an address."""
    if context.running is not None:
        unserved = (await readiness(context.running.ready_url) or {}).get("targets_without_address", ())
        return _addressed(unserved, all_=False)
    if not context.serves:
        return Checkup("targets", "ok", "'run' gives the stand-ins their addresses")
    try:
        catalog = await asyncio.to_thread(rollout.catalog, context.settings, environment())
    except (ConfigurationError, RegistryUnavailableError, OSError):
        return Checkup("targets", "failed", "the registry cannot be read", "see the check of the configuration")
    reached = any(catalog.targets[name].base_url for route in catalog.routes for name in route.members)
    return _addressed(unreachable(catalog), all_=not reached)


def _addressed(unserved: Sequence[str], *, all_: bool) -> Checkup:
    """Return the result for routes whose targets have no address; ``all_``: there is no other route."""
    if not unserved:
        return Checkup("targets", "ok", "every route leads to a target with an address")
    detail = f"without an address, so that routes serve nobody: {', '.join(unserved)}"
    advice = "set the variables that endpoints.yaml names (OPENAI_BASE_URL, PROXY_LOCAL_MODEL_URL ...)"
    return Checkup("targets", "failed" if all_ else "warning", detail, advice)


async def proxy_port(context: CheckContext) -> Checkup:
    """The proxy that runs here is ready, or its port is free."""
    settings, running = context.settings, context.running
    url = running.ready_url if running is not None else _ready_url(settings)
    answer = await readiness(url)
    if answer is not None:
        away = ", ".join(part for part, is_ready in answer["parts"].items() if not is_ready)
        if not away:
            return Checkup("proxy", "ok", f"ready at {url.removesuffix('/readyz')}")
        return Checkup("proxy", "failed", f"runs, but cannot work: {away}", "see the check of that part, and the log")
    if running is not None:
        log = settings.state_dir / "log" / "proxy.log"
        return Checkup("proxy", "failed", f"{running.proxy_url} does not answer", f"read {log}")
    host, port = settings.host, settings.port
    if port == 0 or is_free(host, port):
        return Checkup("proxy", "ok", f"not running; port {port} on {host} is free")
    advice = (
        "choose another with PROXY_PORT" if context.serves else "'run' takes another; or choose one with PROXY_PORT"
    )
    return Checkup("proxy", "warning", f"not running; port {port} on {host} is taken by another program", advice)


def _ready_url(settings: Settings) -> str:
    """Return where a process with these settings says whether it is ready."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - bound, not called
    return f"http://{host}:{settings.metrics_port or settings.port}/readyz"
