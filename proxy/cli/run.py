"""``compliance-proxy run``: everything on this machine under one supervisor."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.installation import fail

if TYPE_CHECKING:
    from rich.table import Table

    from proxy.detection.pool.loading import NurseryPart
    from proxy.embedded.example.world import ExampleWorld
    from proxy.embedded.stack import Stack
    from proxy.embedded.supervisor import PartEvent
    from proxy.settings import Settings


def command(
    model: Annotated[
        Path | None,
        typer.Option("--model", metavar="FILE.gguf", help="A real in-region model instead of the toy."),
    ] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port of the proxy (default: PROXY_PORT or 8080).")] = None,
    workers: Annotated[int | None, typer.Option("--workers", help="Proxy processes (default: PROXY_WORKERS).")] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Fill a database of its own with an example world to look at.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the example world.")] = 1,
    share: Annotated[
        float, typer.Option("--share", help="Share of the example world to generate, of some 20,000 exchanges.")
    ] = 0.7,
) -> None:
    """Start PostgreSQL, the policy engine, a model server, a provider stand-in and the proxy; Ctrl-C stops all.

    DATABASE_URL, OPA_URL, PROXY_LOCAL_MODEL_URL and a provider's credential each replace an embedded part.
    """
    from proxy.runtime import process

    process.pause_collection()

    from proxy.embedded.doctor import require
    from proxy.errors import ConfigurationError
    from proxy.settings import Settings

    if model is not None and not model.is_file():
        raise fail(f"no such file: {model}", 2)
    options: dict[str, Any] = {"port": port, "workers": workers}
    settings = Settings(**{name: value for name, value in options.items() if value is not None})
    example = _example(seed, share) if demo else None
    try:
        settings = example.settings(settings) if example is not None else settings
        require(settings)
        nursery = _nursery(settings)
    except ConfigurationError as error:
        raise fail(str(error)) from error
    _start(settings, model, nursery, example)


def _start(settings: Settings, model: Path | None, nursery: NurseryPart | None, example: ExampleWorld | None) -> None:
    """Run everything; imports happen here, while the models are being loaded."""
    import asyncio

    from proxy.embedded.model_server import TOY_MODEL
    from proxy.embedded.parts import PartError
    from proxy.embedded.stack import Stack
    from proxy.errors import ProxyError

    try:
        asyncio.run(_run(Stack(settings, model.resolve() if model else TOY_MODEL, nursery, example)))
    except (ProxyError, PartError) as error:
        raise fail(str(error)) from error
    finally:
        if nursery is not None:
            nursery.close()


def _example(seed: int, share: float) -> ExampleWorld:
    from proxy.embedded.example.world import ExampleWorld

    return ExampleWorld(seed, share)


def _nursery(settings: Settings) -> NurseryPart | None:
    """Start loading the models, which takes longest, before anything else.

    None where they cannot be forked, where detectors read elsewhere, or where this process's parent keeps them loaded.
    """
    from proxy.detection.pool import forked
    from proxy.detection.pool.loading import NurseryPart
    from proxy.embedded import state
    from proxy.runtime import private

    kept = settings.handover.detection_nursery is not None
    elsewhere = settings.detector_url is not None
    if kept or elsewhere or not forked.POSSIBLE or state.in_use(settings.state_dir):
        return None
    log = private.folder(private.folder(settings.state_dir) / "log") / f"{NurseryPart.name}.log"
    nursery = NurseryPart(private.folder_if_possible(settings.state_dir / "cache"), log)
    nursery.begin()
    return nursery


async def _run(stack: Stack) -> None:
    import asyncio
    import signal

    from proxy.runtime.background import Background

    stopping = asyncio.Event()
    background = Background()
    loop = asyncio.get_running_loop()

    def reload() -> None:
        background.start("reload", _reload(stack))

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    # A closing terminal sends SIGHUP; without a terminal it asks for a reload, as SIGUSR1 does.
    loop.add_signal_handler(signal.SIGHUP, stopping.set if sys.stdin.isatty() else reload)
    loop.add_signal_handler(signal.SIGUSR1, reload)
    progress = Progress(sys.stdout.isatty())
    progress.start()
    try:
        await stack.run(stopping, lambda: _ready(stack, progress), progress.report)
    finally:
        await background.stop()
        progress.stop()
    typer.echo(f"everything has stopped; the state is in {stack.settings.state_dir}")


async def _reload(stack: Stack) -> None:
    """Reload policies and catalog; an invalid file is refused and what is in force stays."""
    from proxy.errors import ConfigurationError, RegistryUnavailableError

    try:
        await stack.reload()
    except (ConfigurationError, RegistryUnavailableError, OSError) as error:
        typer.secho(f"not reloaded: {error}", fg="red", err=True)
    else:
        typer.echo("policies and catalog are reloaded")


class Progress:
    """Shows how the parts start: a live table on a terminal, else one line per event."""

    def __init__(self, live: bool) -> None:
        import time

        self._since = time.monotonic()
        self._states: dict[str, tuple[str, float]] = {}
        self._live = live
        self._close: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Start the live table."""
        if not self._live:
            return
        from rich.live import Live

        display = Live(get_renderable=self._table, refresh_per_second=8, transient=True)
        display.start()
        self._close = display.stop

    def stop(self) -> None:
        """End the live table; later events are printed as lines."""
        self._close()
        self._close = lambda: None
        self._live = False

    def report(self, event: PartEvent) -> None:
        """Show an event."""
        import time

        elapsed = time.monotonic() - self._since
        self._states[event.part] = (event.state, elapsed)
        if not self._live and event.state != "waiting":
            typer.echo(f"{elapsed:7.2f} s  {event.part:9} {event.state} {event.detail}".rstrip())

    def _table(self) -> Table:
        from rich.table import Table

        colours = {"up": "green", "failed": "red", "ended": "red", "unresponsive": "red"}
        table = Table.grid(padding=(0, 2))
        for part, (state, elapsed) in self._states.items():
            colour = colours.get(state, "yellow")
            table.add_row(part, f"[{colour}]{state}[/{colour}]", f"{elapsed:.1f} s")
        return table


def _ready(stack: Stack, progress: Progress) -> None:
    """Print what runs where, and what to try."""
    from proxy.embedded import demo, state
    from proxy.embedded.first_start import DEMO_TENANT
    from proxy.runtime import process

    progress.stop()
    process.resume_collection()
    rows = stack.where()
    name_width, what_width = max(len(row.name) for row in rows), max(len(row.what) for row in rows)
    typer.secho("\nWhat runs where", bold=True)
    for row in rows:
        note = "" if row.embedded else "  (yours)"
        typer.echo(f"  {row.name:{name_width}}  {row.what:{what_width}}  {row.address}{note}")
    typer.echo(f"  {'state':{name_width}}  {stack.settings.state_dir}")
    if stack.console_link:
        typer.secho("\nThe console, for officers and policy authors", bold=True)
        typer.echo(f"  {stack.console_link}")
        typer.echo(
            "  (logs you in once, within ten minutes, on this machine; 'compliance-proxy console' prints another)"
        )
    key = state.demo_keys(stack.settings.state_dir).get(DEMO_TENANT)
    if stack.example is not None:
        typer.echo(
            "\nAn example world: everything in it is invented. Ctrl-C stops it; it is there again the next time."
        )
        return
    if key is None:
        typer.echo("\nCreate a key with: compliance-proxy keys create --help")
        return
    typer.secho("\nTry it with curl", bold=True)
    for request in demo.DEMO_REQUESTS:
        typer.secho(f"  # {request.title}", fg="cyan")
        typer.echo(f"  {demo.curl(request, stack.proxy_url, key)}")
    typer.secho("\nTry it with the OpenAI SDK (pip install openai)", bold=True)
    typer.echo(f"  {demo.sdk_client(stack.proxy_url, key)}")
    for request in demo.DEMO_REQUESTS:
        typer.echo(f"  {demo.sdk(request)}")
    typer.echo("\n'compliance-proxy tour' sends these and shows what went where. Ctrl-C stops everything.")
