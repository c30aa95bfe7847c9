"""``compliance-proxy audit stream`` and ``tail``: follow the log, to a collector or on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from proxy.cli.audit.asking import AsJson, Purpose
from proxy.cli.installation import fail

if TYPE_CHECKING:
    from proxy.reports.siem.address import StreamAddress
    from proxy.reports.siem.entry import StreamEntry
    from proxy.reports.siem.sinks import EntrySink

_TRIES_OF_A_DRAIN = 5
Tenant = Annotated[str | None, typer.Option(help="Only this tenant.")]
Kinds = Annotated[
    list[str] | None,
    typer.Option("--kind", help="Only decision, attempt, outcome, event, or an event's name; may be repeated."),
]


def stream(
    to: Annotated[
        str,
        typer.Option(
            metavar="SINK",
            help="https://, otlp+https://, syslog+tls://, syslog+tcp://, file:/path or -, with options after #.",
        ),
    ],
    format_: Annotated[
        str | None,
        typer.Option(
            "--format", help="ocsf, cloudevents, cloudevents-binary, cef, syslog, fhir, fhir-r5, otlp, record."
        ),
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="beginning|now|TIME", help="Where to start a stream that never ran.")
    ] = None,
    tenant: Tenant = None,
    kinds: Kinds = None,
    name: Annotated[
        str | None, typer.Option(help="Name that its position is stored under (default: sink, format and filter).")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Send what there is now, then exit.")] = False,
    purpose: Purpose = "",
) -> None:
    """Send every record to a collector, at least once, in order within each chain; go on where it stopped.

    Runs until it is stopped. The log keeps who streamed to where. A serving process does the same with
    PROXY_AUDIT_STREAMS.
    """
    from proxy.cli.installation import run
    from proxy.reports.siem import address, sinks

    chosen = address.parse(to, format=format_, from_=from_, tenant=tenant, kinds=_joined(kinds), name=name)
    sent = run(_streamed(chosen, sinks.opened(chosen), purpose, once=once))
    typer.secho(f"{sent} records were sent to {chosen.where}", err=True)


def tail(
    tenant: Tenant = None,
    kinds: Kinds = None,
    from_: Annotated[str, typer.Option("--from", metavar="beginning|now|TIME", help="Where to start.")] = "now",
    once: Annotated[bool, typer.Option("--once", help="Print what there is, then exit.")] = False,
    purpose: Purpose = "",
    as_json: AsJson = False,
) -> None:
    """Print each record as it is written, one line for each, until stopped. With --json whole records."""
    from proxy.cli.installation import run
    from proxy.reports.siem import address
    from proxy.reports.siem.formats import record
    from proxy.reports.siem.sinks.terminal import TerminalSink

    chosen = address.parse("-", from_=from_, tenant=tenant, kinds=_joined(kinds))
    run(_streamed(chosen, TerminalSink(record.line if as_json else _line), purpose, once=once))


def _joined(kinds: list[str] | None) -> str | None:
    return ",".join(kinds) if kinds else None


def _line(entry: StreamEntry) -> bytes:
    """Return a record for people: what somebody chose freely is printed without control characters."""
    columns = entry.columns
    summary = entry.title.removeprefix(f"Event {entry.name}").strip()
    words = (
        f"{entry.at:%F %T.%f}"[:-3], entry.severity.name.lower(), entry.name, columns.tenant, columns.service,
        summary and f"{summary}.", columns.exchange, f"({entry.position.name})",
    )  # fmt: skip
    text = "  ".join(filter(None, words))
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text).encode()


async def _streamed(address: StreamAddress, sink: EntrySink, purpose: str, *, once: bool) -> int:
    """Stream until all is sent or the reader is gone; return how many records were sent."""
    from proxy.audit.upkeep.readings import Requester
    from proxy.cli.installation import database_url, operator, reading
    from proxy.errors import ConfigurationError
    from proxy.reports.siem.positions import PassingPositions, StoredPositions
    from proxy.reports.siem.sinks import SinkError
    from proxy.reports.siem.stream import LogStream
    from proxy.settings import Settings

    def failed(reason: str) -> None:
        typer.secho(f"{address.where}: {reason}; nothing is lost, it is tried again", fg="yellow", err=True)

    async with reading(database_url()) as connection:
        stored = StoredPositions(connection, address.name)
        passing = address.scheme == "-" and not address.label
        if not passing and not await stored.take():
            raise ConfigurationError(f"another process has this stream ({address.name}); give yours a --name")
        positions = PassingPositions() if passing else stored
        origin, tries = Settings().audit_origin, _TRIES_OF_A_DRAIN if once else None
        running = LogStream(connection, origin, address, sink, positions, tries=tries, failed=failed)
        await running.announce(Requester(operator(), purpose))
        await running.begin()
        try:
            await running.run(drain=once)
        except SinkError as error:
            if not error.final:
                raise fail(f"{address.where}: {error.reason}; {running.state.sent} records were sent before") from error
            _forget_output()
    return running.state.sent


def _forget_output() -> None:
    """Keep Python from flushing into a pipe without a reader at its end."""
    import os
    import sys

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
