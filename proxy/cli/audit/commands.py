"""``compliance-proxy audit``: list, show and verify the evidence; each reading is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.audit import archive as audit_archive
from proxy.cli.audit import ask as audit_ask
from proxy.cli.audit import hold as audit_hold
from proxy.cli.audit import key as audit_key
from proxy.cli.audit import proof as audit_proof
from proxy.cli.audit import proving, reports
from proxy.cli.audit import retention as audit_retention
from proxy.cli.audit import stream as audit_stream
from proxy.cli.audit import witness as audit_witness
from proxy.cli.audit.asking import AsJson, Exchange, Limit, Purpose, Since, Until, ask, period, reference, utc
from proxy.cli.audit.retention import erase
from proxy.cli.installation import fail

if TYPE_CHECKING:
    from proxy.reports.listing import Page

app = typer.Typer(no_args_is_help=True, help="Read and verify the evidence.")
app.command()(audit_proof.verify)
app.command()(proving.prove)
app.command()(proving.check)
app.command()(audit_proof.export)
app.command()(audit_archive.archive)
app.command()(audit_witness.witness)
app.command()(audit_proof.checkpoint)
app.add_typer(audit_key.app, name="key")
app.command()(audit_ask.ask)
app.command()(audit_stream.stream)
app.command()(audit_stream.tail)
app.command()(reports.report)
app.command()(erase)
app.add_typer(audit_hold.app, name="hold")
app.add_typer(audit_retention.app, name="retention")


@app.command("list")
def list_(
    since: Since = None,
    until: Until = None,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant.")] = None,
    activity: Annotated[str | None, typer.Option(help="Only this processing activity.")] = None,
    service: Annotated[str | None, typer.Option(help="Only this service.")] = None,
    target: Annotated[str | None, typer.Option(help="Only where this target was called.")] = None,
    region: Annotated[str | None, typer.Option(help="Only where a target in this region was called.")] = None,
    recipient: Annotated[str | None, typer.Option(help="Only what this recipient received, by its legal name.")] = None,
    category: Annotated[str | None, typer.Option(help="Only with this category of data.")] = None,
    entity: Annotated[str | None, typer.Option(help="Only with values of this type.")] = None,
    action: Annotated[
        str | None, typer.Option(help="forward, redact_and_forward, pin_local, block or dry_run.")
    ] = None,
    code: Annotated[str | None, typer.Option(help="Only with this reason code.")] = None,
    subject: Annotated[
        str | None, typer.Option(help="Only about this data subject: your reference (with --tenant) or its HMAC.")
    ] = None,
    limit: Limit = 50,
    after: Annotated[
        str, typer.Option(metavar="PLACE", help="Start after this position, as the previous page printed it.")
    ] = "",
    purpose: Purpose = "",
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """List finished exchanges, newest first, in pages."""
    from proxy.cli.audit import tables
    from proxy.cli.installation import run
    from proxy.reports import listing
    from proxy.reports.render import spreadsheet

    filters = {
        "since": utc(since), "until": utc(until), "activity": activity, "service": service, "target": target,
        "region": region, "category": category, "entity": entity, "action": action, "code": code,
        "tenant": tenant, "recipient": recipient,
    }  # fmt: skip
    page = run(_page(filters, subject, tenant, limit, after, purpose))
    if as_csv:
        typer.echo(spreadsheet.table(listing.COLUMNS, page.rows).decode(), nl=False)
    elif as_json:
        typer.echo(tables.json_lines(page.rows))
    else:
        tables.show(tables.listing(page.rows))
    if page.after:
        typer.secho(f"there are more: --after {page.after}", err=True)
    if not page.complete:
        typer.secho("no signed note of the log covers all of it yet", fg="yellow", err=True)


async def _page(
    filters: Mapping[str, Any], subject: str | None, tenant: str | None, limit: int, after: str, purpose: str
) -> Page:
    from proxy.audit.upkeep.readings import Requester
    from proxy.cli.installation import database_url, operator, reading
    from proxy.reports import listing
    from proxy.reports.answer import QueryContext
    from proxy.runtime.clock import SystemClock

    subjects = await reference(subject, tenant, purpose)
    narrowed = {**filters, "subject": list(subjects) if subjects is not None else None}
    about = QueryContext(Requester(operator(), purpose), datetime.fromtimestamp(SystemClock().now(), UTC))
    async with reading(database_url()) as connection:
        return await listing.page(connection, narrowed, limit, after, about)


@app.command()
def show(exchange: Exchange, purpose: Purpose = "", as_json: AsJson = False) -> None:
    """Show one exchange: request, findings, candidates with the rules that applied, attempts, outcome, log position.

    With --json, its records as they are.
    """
    from proxy.cli.audit import tables
    from proxy.cli.installation import run
    from proxy.reports import story

    records = run(ask(purpose, lambda reader: reader.exchange(exchange)))
    if not records:
        raise fail(f"no exchange {exchange} is recorded")
    if as_json:
        typer.echo(tables.json_lines(records))
    else:
        for section in story.sections(records):
            typer.secho(section.title, bold=True)
            typer.echo("\n".join(f"  {line}" for line in section.lines if line))


@app.command()
def events(
    since: Since = None,
    until: Until = None,
    name: Annotated[str | None, typer.Option(help="Only this event, e.g. log_read, key_created.")] = None,
    limit: Limit = 50,
    purpose: Purpose = "",
    as_json: AsJson = False,
) -> None:
    """List events outside exchanges: readings of this log, key changes, starts and ends of writers."""
    from proxy.cli.audit import tables
    from proxy.cli.installation import run

    bounds = period(since, until)
    rows = run(ask(purpose, lambda reader: reader.events(*bounds, name, limit)))
    if as_json:
        typer.echo(tables.json_lines(rows))
    else:
        tables.show(tables.event_listing(rows))
