"""``compliance-proxy serve``, the proxy alone in one process or several, and ``detector``, detection alone."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import typer

from proxy.cli.installation import fail

if TYPE_CHECKING:
    from proxy.core.targets.registered import Catalog
    from proxy.settings import Settings

#: Code of what kept a process from starting -> what to do.
_ADVICE = {
    "audit_unavailable": "check DATABASE_URL and the server",
    "policy_unavailable": "check OPA_URL and the server",
}


def command(
    host: str = typer.Option(None, help="Address to listen on (PROXY_HOST)."),
    port: int = typer.Option(None, help="Port to listen on (PROXY_PORT)."),
    workers: int = typer.Option(None, help="Processes sharing the port (PROXY_WORKERS)."),
) -> None:
    """Serve requests; needs DATABASE_URL, OPA_URL, PROXY_SECRET_KEY and PROXY_AUDIT_SIGNING_KEY.

    'run' starts everything on this machine.
    """
    from proxy.keys import master_key
    from proxy.runtime import process

    process.block_sighup()
    process.pause_collection()

    from proxy.errors import ConfigurationError, ProxyError
    from proxy.runtime.log import configure, logger
    from proxy.service.rollout import read_catalog
    from proxy.settings import Settings

    options: dict[str, Any] = {"host": host, "port": port, "workers": workers}
    settings = Settings(**{name: value for name, value in options.items() if value is not None})
    configure(settings.log_level)
    try:
        settings = master_key.resolved(settings)
        _demand_all(settings)
        first = read_catalog(settings, starting=True) if settings.handover.worker_of is None else None
        if settings.workers > 1 and first is not None:
            _check_keys(settings)  # once for all: workers that refuse to start would be restarted
            _serve_group(settings, first.registry_revision)
        else:
            _serve_one(settings, first)
    except ConfigurationError as error:
        raise fail(f"configuration: {error}", 2) from error
    except ProxyError as error:
        cause = type(error.__cause__).__name__ if error.__cause__ is not None else ""
        logger().error("not_started", code=error.code, cause=cause, advice=_ADVICE.get(error.code, ""))
        raise typer.Exit(3) from error


def _demand_all(settings: Settings) -> None:
    """Refuse to start without what only an operator can give.

    Raises:
        ConfigurationError: it names every setting that is missing.

    """
    from proxy.audit.sealing import signing_key as audit_key
    from proxy.errors import ConfigurationError
    from proxy.keys import master_key

    missing = [
        *(["no database: set DATABASE_URL"] if settings.database_url is None else []),
        *(["no policy engine: set OPA_URL"] if settings.opa_url is None else []),
        *([] if settings.secret_key else [master_key.MISSING]),
        *([] if audit_key.path(settings) else [audit_key.MISSING]),
    ]
    if missing:
        raise ConfigurationError(
            "\n  ".join([*missing, "'compliance-proxy run' starts and makes all of these by itself"])
        )


def _check_keys(settings: Settings) -> None:
    """Compare both keys with the installation's; if the database is not up yet, each worker waits for it.

    Raises:
        ConfigurationError: a key is missing or is not the installation's.

    """
    import asyncio

    from proxy.audit.sealing import signing_key as audit_key
    from proxy.audit.upkeep import key_changes
    from proxy.errors import AuditUnavailableError
    from proxy.keys import generations, master_key

    async def check(dsn: str) -> None:
        await generations.check(dsn, master_key.keyring(settings))
        await key_changes.check(dsn, signing)

    signing = audit_key.signing_key(settings)
    if settings.database_url is not None:
        with contextlib.suppress(AuditUnavailableError):
            asyncio.run(check(settings.database_url.get_secret_value()))


def _serve_group(settings: Settings, registry: str) -> None:
    """Reserve the port for the workers, and keep the workers running."""
    from proxy.service.workers import WorkerGroup
    from proxy.web.server import reserved

    with contextlib.ExitStack() as places:
        listener = places.enter_context(reserved(settings.host, settings.port))
        if settings.metrics_port is not None:
            places.enter_context(reserved(settings.host, settings.metrics_port))
        shared = settings.model_copy(update={"port": listener.getsockname()[1]})
        WorkerGroup(shared, registry).run()


def _serve_one(settings: Settings, catalog: Catalog | None) -> None:
    """Serve in this process, alone or as one of several workers."""
    import uvloop

    from proxy.runtime.trace import configure as configure_traces
    from proxy.service.app import Worker
    from proxy.web.server import bound

    configure_traces(settings.otel_endpoint)
    several = settings.workers > 1
    listening = bound(settings.host, settings.port, reuse=several)
    operators = None
    if settings.metrics_port is not None:
        operators = bound(settings.host, settings.metrics_port, reuse=several)
    uvloop.run(Worker(settings, catalog).serve(listening, operators))


def detector(
    host: str = typer.Option(None, help="Address to listen on (PROXY_HOST)."),
    port: int = typer.Option(None, help="Port to listen on (PROXY_PORT)."),
    workers: int = typer.Option(None, help="Model processes (PROXY_DETECTION_WORKERS)."),
) -> None:
    """Detect for the proxies whose PROXY_DETECTOR_URL names this address; needs no database and no key.

    Off this machine it needs certificates: PROXY_DETECTOR_CA, PROXY_DETECTOR_CERTIFICATE and PROXY_DETECTOR_KEY.
    """
    from proxy.runtime import process

    process.pause_collection()

    import uvloop

    from proxy.errors import ConfigurationError, ProxyError
    from proxy.runtime.log import configure, logger
    from proxy.runtime.trace import configure as configure_traces
    from proxy.service.detecting import Detecting
    from proxy.settings import Settings
    from proxy.web.server import bound

    options: dict[str, Any] = {"host": host, "port": port, "detection_workers": workers}
    settings = Settings(**{name: value for name, value in options.items() if value is not None})
    configure(settings.log_level)
    configure_traces(settings.otel_endpoint)
    try:
        detecting = Detecting(settings)
        with contextlib.ExitStack() as sockets:
            listening = sockets.enter_context(bound(settings.host, settings.port, reuse=False))
            operators = None
            if settings.metrics_port is not None:
                operators = sockets.enter_context(bound(settings.host, settings.metrics_port, reuse=False))
            process.resume_collection()
            uvloop.run(detecting.serve(listening, operators))
    except ConfigurationError as error:
        raise fail(f"configuration: {error}", 2) from error
    except ProxyError as error:
        logger().error("not_started", code=error.code)
        raise typer.Exit(3) from error
