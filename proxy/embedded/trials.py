"""Checks of the parts: those running or configured elsewhere as they are; the others are started here for a trial."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

from proxy.core.keyring import Keyring
from proxy.detection.detector import versions_here
from proxy.detection.patterns.scanner import PatternScanner
from proxy.detection.remote.endpoint import READY
from proxy.detection.remote.pool import RemotePool
from proxy.detection.remote.protocol import identity
from proxy.embedded import first_start
from proxy.embedded.checks import NOT_RUNNING, REINSTALL, CheckContext, Checkup, reading
from proxy.embedded.parts import PartError, ProcessPart
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.embedded.probes import OK, answers, free_ports, http_status
from proxy.errors import ConfigurationError, DetectionError, IdentityUnavailableError, RegistryUnavailableError
from proxy.identity.registered import RegisteredStore
from proxy.policy.bundles import bundle
from proxy.policy.engine.launch import launch
from proxy.runtime.clock import SystemClock
from proxy.runtime.environment import environment
from proxy.service import rollout
from proxy.service.parts import elsewhere
from proxy.service.registered import is_outdated
from proxy.settings import Settings

_TRIAL_S, _LOOK_S = 30.0, 10.0
_ELSEWHERE = "not used: 'serve' calls the targets of the registry, and starts nothing"
_POLICY_CHECK = "run: compliance-proxy policy check"


async def database(context: CheckContext) -> Checkup:
    """The database of the running stack, the configured one, or a trial of the embedded one."""
    url = context.settings.database_url
    if context.running is not None or url is not None:
        dsn = context.running.database_url if context.running else url.get_secret_value() if url else ""
        return await _configured_database(dsn)
    server = EmbeddedPostgres(context.scratch / "postgres", {"fsync": "off"})
    try:
        await server.start()
        version = await first_start.server_version(server.dsn)
    except (ConfigurationError, OSError) as error:
        advice = "see docs/how-to, or set DATABASE_URL to a PostgreSQL of your own"
        return Checkup("database", "failed", str(error), advice)
    finally:
        await server.stop()
    return Checkup("database", "ok", f"embedded PostgreSQL {version} starts here")


async def _configured_database(dsn: str) -> Checkup:
    advice = "check DATABASE_URL and the server"
    try:
        async with asyncio.timeout(10):
            version, missing = await first_start.server_version(dsn), await first_start.missing_migrations(dsn)
    except ConfigurationError as error:
        return Checkup("database", "failed", str(error), "use the release that this database belongs to")
    except first_start.UNREACHABLE as error:
        return Checkup("database", "failed", f"unusable ({type(error).__name__})", advice)
    if missing:
        advice = "run: compliance-proxy migrate"
        return Checkup("database", "failed", f"PostgreSQL {version}, {missing} migrations are missing", advice)
    return Checkup("database", "ok", f"PostgreSQL {version}, schema up to date")


async def registered_people(context: CheckContext) -> Checkup:
    """Lists whose people texts no longer match, because another release made their digests in another way."""
    url = context.settings.database_url
    dsn = context.running.database_url if context.running else url.get_secret_value() if url else ""
    if not dsn:
        return Checkup("registered people", "ok", NOT_RUNNING)
    store = RegisteredStore(dsn, Keyring(bytes(32)), SystemClock())  # opens nothing that is sealed
    try:
        await store.start()
        lists = await store.lists()
    except IdentityUnavailableError:
        return Checkup("registered people", "failed", "unusable", "check DATABASE_URL and the server")
    finally:
        await store.close()
    if outdated := [f"{stored.tenant}/{stored.name}" for stored in lists if is_outdated(stored)]:
        detail = f"nobody is found of {', '.join(outdated)}: digests are made in another way now"
        return Checkup("registered people", "failed", detail, "load them again: compliance-proxy registered load")
    return Checkup("registered people", "ok", f"lists: {len(lists)}")


async def engine(context: CheckContext) -> Checkup:
    """The policy engine with the policies and data of this configuration."""
    address = context.running.opa_url if context.running else context.settings.opa_url
    if address:
        if await http_status(f"{address}/health?bundles") == OK:
            return Checkup("policies", "ok", f"loaded by the engine at {address}")
        return Checkup("policies", "failed", f"{address}: no active bundle", _POLICY_CHECK)
    settings = reading(context)
    if settings is None:
        return Checkup("policies", "ok", NOT_RUNNING)
    (port,) = free_ports(1)
    path = context.scratch / "bundle.tar.gz"
    try:
        revision = await asyncio.to_thread(_write_bundle, settings, path)
        command = launch(path, port, opa_bin=settings.opa_bin)
    except (ConfigurationError, RegistryUnavailableError, OSError, ValueError) as error:
        return Checkup("policies", "failed", str(error), _POLICY_CHECK)
    return await _trial(
        context, "policies", command.command, f"http://127.0.0.1:{port}/health?bundles",
        f"bundle {revision} loads in {command.engine}", _POLICY_CHECK,
    )  # fmt: skip


def _write_bundle(settings: Settings, path: Path) -> str:
    """Write the bundle as at start; return its revision."""
    rollout.renew(settings, path, environment(), starting=True)
    return bundle.read(path).revision


async def language_model(context: CheckContext) -> Checkup:
    """The spaCy model that detection uses can be loaded; where detectors read elsewhere, they are asked instead."""
    pool = elsewhere(context.settings, SystemClock())
    if pool is not None:
        return await _detectors(pool(identity(versions_here(PatternScanner()))))
    try:
        name = await asyncio.to_thread(first_start.load_language_model)
    except (ImportError, OSError, ValueError) as error:
        return Checkup("language model", "failed", f"{type(error).__name__}", REINSTALL)
    return Checkup("language model", "ok", f"{name} loads")


async def _detectors(pool: RemotePool) -> Checkup:
    try:
        async with asyncio.timeout(_LOOK_S):
            await pool.start()
    except (TimeoutError, DetectionError):
        pass  # the details say why
    finally:
        details = pool.details
        await pool.close()
    detail = (
        ", ".join(f"{detail['url']} ({detail['address']}): {detail['state']}" for detail in details) or "no address"
    )
    ready = sum(detail["state"] == READY for detail in details)
    advice = "a detector has to run this release with the same rules, models and plug-ins; see docs/how-to/scale-out.md"
    if ready < len(details) or not details:
        return Checkup("detectors", "warning" if ready else "failed", detail, advice)
    return Checkup("detectors", "ok", detail)


async def model_server(context: CheckContext) -> Checkup:
    """The in-region model server of the running stack, or a trial with the toy model; 'serve' starts none."""
    url = context.running.model_url if context.running else environment().get("PROXY_LOCAL_MODEL_URL", "")
    if url:
        return await _address("model server", url, "/health")
    if context.serves:
        return Checkup("model server", "ok", _ELSEWHERE)
    (port,) = free_ports(1)
    command = (sys.executable, "-m", "proxy.embedded.model_server", "--port", str(port))
    return await _trial(
        context, "model server", command, f"http://127.0.0.1:{port}/health", "toy model starts here", REINSTALL
    )


async def provider(context: CheckContext) -> Checkup:
    """The provider stand-in, unless a real provider is configured."""
    url = context.running.provider_url if context.running else environment().get("PROXY_STANDIN_URL", "")
    if url:
        return await _address("provider stand-in", url, "/health")
    if context.serves:
        return Checkup("provider stand-in", "ok", _ELSEWHERE)
    settings = reading(context)
    if settings is None:
        return Checkup("provider stand-in", "ok", NOT_RUNNING)
    try:
        used = context.running is None and not await asyncio.to_thread(first_start.provider_configured, settings)
    except (ConfigurationError, RegistryUnavailableError, OSError) as error:
        return Checkup("provider stand-in", "failed", str(error), "see the check of the configuration")
    if not used:
        return Checkup("provider stand-in", "ok", "not used: a provider credential is configured")
    (port,) = free_ports(1)
    command = (sys.executable, "-m", "proxy.embedded.provider_standin", "--port", str(port))
    return await _trial(
        context, "provider stand-in", command, f"http://127.0.0.1:{port}/health", "starts here", REINSTALL
    )


async def _address(part: str, url: str, path: str) -> Checkup:
    if await http_status(url + path) == OK:
        return Checkup(part, "ok", f"answers at {url}")
    return Checkup(part, "failed", f"{url} does not answer", "read its log, or check the address")


async def _trial(
    context: CheckContext, part: str, command: tuple[str, ...], health: str, detail: str, advice: str
) -> Checkup:
    """Start a command, check that it answers, end it."""
    variables: Mapping[str, str] = environment()
    log = context.scratch / f"{part.replace(' ', '-')}.log"
    trial = ProcessPart(part, lambda: command, answers(health), log, lambda: variables, start_s=_TRIAL_S)
    try:
        await trial.start(lambda _: None)
    except (PartError, OSError):
        last = log.read_text(errors="replace").strip().splitlines()[-1:] if log.exists() else []
        return Checkup(part, "failed", f"does not start: {last[0][:200] if last else 'no output'}", advice)
    finally:
        await trial.stop()
    return Checkup(part, "ok", detail)
