"""``compliance-proxy audit``: list, show and verify the evidence as its reader; each read is on record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.audit import key as audit_key
from proxy.cli.audit import proof as audit_proof

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from proxy.audit.reading import AuditReader

app = typer.Typer(no_args_is_help=True, help="Read and verify the evidence.")
app.command()(audit_proof.verify)
app.command()(audit_proof.checkpoint)
app.command()(audit_proof.adopt)
app.add_typer(audit_key.app, name="key")

_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]
Since = Annotated[datetime | None, typer.Option(help="From this time on (UTC).", formats=_FORMATS)]
Until = Annotated[datetime | None, typer.Option(help="Before this time (UTC).", formats=_FORMATS)]
Purpose = Annotated[str, typer.Option(help="Why you read; kept in the log.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many, newest first.")]


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
    from proxy.audit.reading import Filter
    from proxy.cli.audit import tables
    from proxy.cli.installation import run

    reference = run(_reference(subject, tenant))
    which = Filter(_utc(since), _utc(until), tenant, activity, action, target, code, reference)
    rows = run(_ask(purpose, lambda reader: reader.exchanges(which, limit)))
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

    records = run(_ask(purpose, lambda reader: reader.exchange(exchange)))
    if not records:
        typer.secho(f"no exchange {exchange} is recorded", fg="red", err=True)
        raise typer.Exit(1)
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
    """List what happened beside exchanges: reads of this log, key changes, starts and ends of writers."""
    from proxy.cli.audit import tables
    from proxy.cli.installation import run

    rows = run(_ask(purpose, lambda reader: reader.events(_utc(since), _utc(until), name, limit)))
    if as_json:
        typer.echo(tables.json_lines(rows))
    else:
        tables.show(tables.event_listing(rows))


@app.command()
def disclosures(
    since: Since = None,
    until: Until = None,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant.")] = None,
    subject: Annotated[str | None, typer.Option(help="Only this data subject (needs --tenant).")] = None,
    limit: Limit = 50,
    purpose: Purpose = "",
    as_json: AsJson = False,
) -> None:
    """Account for disclosures (45 CFR 164.528): to whom, when, what kind of data, under which activity."""
    from proxy.cli.audit import tables
    from proxy.cli.installation import run
    from proxy.cli.oversight import overseen

    reference = run(_reference(subject, tenant))
    rows = run(overseen(purpose, lambda one: one.disclosures(_utc(since), _utc(until), tenant, reference, limit)))
    if as_json:
        typer.echo(tables.json_lines(rows))
    else:
        names = (
            "recorded_at",
            "tenant",
            "activity",
            "recipient",
            "host",
            "region",
            "categories",
            "entities",
            "exchange",
        )
        tables.show(tables.plain(rows, names))


@app.command()
def kept(
    since: Since = None,
    until: Until = None,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant.")] = None,
    target: Annotated[str | None, typer.Option(help="Only at this target.")] = None,
    limit: Limit = 50,
    purpose: Purpose = "",
    as_json: AsJson = False,
) -> None:
    """List what targets keep at the wish of callers: since when, with which categories, whether it was deleted."""
    from proxy.cli.audit import tables
    from proxy.cli.installation import run

    rows = run(_ask(purpose, lambda reader: reader.kept(_utc(since), _utc(until), tenant, target, limit)))
    if as_json:
        typer.echo(tables.json_lines(rows))
    else:
        names = (
            "recorded_at",
            "tenant",
            "activity",
            "service",
            "target",
            "categories",
            "deleted_at",
            "handle",
            "exchange",
        )
        tables.show(tables.plain(rows, names))


async def _ask(purpose: str, question: Callable[[AuditReader], Awaitable[Any]]) -> Any:
    """Connect, ask, and return the answer once there is word of the read."""
    from proxy.audit.reading import AuditReader
    from proxy.audit.readings import Asker
    from proxy.cli.installation import database_url, operator, reading

    async with reading(database_url()) as connection:
        return await question(AuditReader(connection, Asker(operator(), purpose)))


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None else None


async def _reference(subject: str | None, tenant: str | None) -> tuple[str, ...] | None:
    """Return the keyed references under which a data subject is recorded, by every master key, the retired ones too."""
    if subject is None or subject.startswith("hmac-sha256:"):
        return None if subject is None else (subject,)
    if tenant is None:
        raise typer.BadParameter("--subject needs --tenant: the same reference is another subject for another tenant")
    from proxy.cli.installation import database_url, keyring, reading
    from proxy.core.keyring import digests
    from proxy.keys import generations, kept_keys

    keys = keyring()
    async with reading(database_url()) as connection:
        await generations.agree(connection, keys)
        kept = await kept_keys.read(connection, keys)
    retired = (
        digests(place.key_id, key, subject.encode())
        for place, key in kept.items()
        if (place.purpose, place.tenant) == (kept_keys.SUBJECT, tenant)
    )
    return (*keys.digests(subject.encode(), "subject", tenant), *(one for pair in retired for one in pair))
