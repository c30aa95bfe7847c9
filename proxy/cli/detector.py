"""``compliance-proxy detector``: detection alone, for proxies on other machines."""

from __future__ import annotations

import contextlib
from typing import Any

import typer

from proxy.cli.installation import fail


def command(
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
