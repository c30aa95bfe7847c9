"""``compliance-proxy audit``: list, show and verify the evidence; each reading is recorded."""

from __future__ import annotations

from typing import Annotated

import typer

from proxy.cli.audit import ask as audit_ask
from proxy.cli.audit import key as audit_key
from proxy.cli.audit import proof as audit_proof
from proxy.cli.audit import proving
from proxy.cli.audit.asking import AsJson, Limit, Purpose, Since, Until, ask, reference, utc
from proxy.cli.output import fail

app = typer.Typer(no_args_is_help=True, help="Read and verify the evidence.")
app.command()(audit_proof.verify)
app.command()(proving.prove)
app.command()(proving.check)
app.command()(audit_proof.export)
app.command()(audit_proof.checkpoint)
app.command()(audit_proof.adopt)
app.add_typer(audit_key.app, name="key")
app.command()(audit_ask.ask)


@app.command("list")
def list_(
    since: Since = None,
    until: Until = None,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant.")] = None,
    activity: Annotated[str | None, typer.Option(help="Only this processing activity.")] = None,
    action: Annotated[
        str | None, typer.Option(help="forward, redact_and_forward, pin_local, block or dry_run.")
    ] = None,
    target: Annotated[str | None, typer.Option(help="Only this target.")] = None,
    code: Annotated[str | None, typer.Option(help="Only with this reason code.")] = None,
    subject: Annotated[
        str | None, typer.Option(help="Only about this data subject: your reference (with --tenant) or its HMAC.")
    ] = None,
    limit: Limit = 50,
    purpose: Purpose = "",
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """List exchanges, newest first."""
    from proxy.audit.access.reader import Filter
    from proxy.cli.audit import tables
    from proxy.cli.installation import run

    subjects = run(reference(subject, tenant))
    which = Filter(utc(since), utc(until), tenant, activity, action, target, code, subjects)
    rows = run(ask(purpose, lambda reader: reader.exchanges(which, limit)))
    if as_csv:
        typer.echo(tables.csv_text(rows), nl=False)
    elif as_json:
        typer.echo(tables.json_lines(rows))
    else:
        tables.show(tables.listing(rows))


@app.command()
def show(exchange: str, purpose: Purpose = "", as_json: AsJson = False) -> None:
    """Show everything about one exchange: question, decision, attempts, outcome."""
    from proxy.cli.audit import tables
    from proxy.cli.installation import run

    records = run(ask(purpose, lambda reader: reader.exchange(exchange)))
    if not records:
        raise fail(f"no exchange {exchange} is recorded")
    if as_json:
        typer.echo(tables.json_lines(records))
    else:
        tables.show(tables.story(records))


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

    rows = run(ask(purpose, lambda reader: reader.events(utc(since), utc(until), name, limit)))
    if as_json:
        typer.echo(tables.json_lines(rows))
    else:
        tables.show(tables.event_listing(rows))
