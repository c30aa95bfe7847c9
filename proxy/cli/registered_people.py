"""``compliance-proxy registered``: lists of an organisation's own people, who are found in texts with certainty.

A file is read once and no value of it is kept. Running proxies find the people at once. Each change is an event of the
audit log, under the account of the operating system.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.installation import Unregistered, check_registered, fail

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from proxy.audit.writing.log import PostgresAuditLog
    from proxy.identity.registered import RegisteredStore

app = typer.Typer(no_args_is_help=True, help="Registered people: an organisation's own records, matched exactly.")

_Tenant = Annotated[str, typer.Option(help="The tenant whose people they are.")]
_List = Annotated[str, typer.Option("--list", help="The name of the list, such as patients.")]


@app.command()
def load(
    file: Annotated[Path, typer.Argument(help="A CSV file with a header, in UTF-8; - for standard input.")],
    tenant: _Tenant,
    list_: _List,
    columns: Annotated[
        str,
        typer.Option(
            help="Its columns, as KIND=HEADER,...: any of given, family, name, id, phone, account, email, "
            "birth_date, street, zip, city, subject; id:TYPE for another entity type."
        ),
    ],
    role: Annotated[
        str, typer.Option(help="What its people are: data_subject, patient, provider, third_party.")
    ] = "data_subject",
    delimiter: Annotated[str, typer.Option(help="Column delimiter.")] = ",",
    unregistered: Unregistered = False,
) -> None:
    """Replace a list by the people in a file, all at once when it has been read; the file itself is not kept."""
    from proxy.cli.installation import operator, run
    from proxy.detection.registered.rows import columns as parsed
    from proxy.service import registered

    if len(delimiter) != 1:
        raise typer.BadParameter("--delimiter is one character")
    if not unregistered:
        check_registered([tenant])
    new = registered.new_list(tenant, list_, parsed(columns), role)

    async def work(store: RegisteredStore, log: PostgresAuditLog) -> registered.LoadReport:
        with sys.stdin.buffer if str(file) == "-" else file.open("rb") as opened:
            rows = registered.rows(new, registered.lines_of(opened), delimiter)
            return await registered.load(store, log, new, rows, operator(), _progress)

    report = run(_with_store(work))
    if sys.stderr.isatty():
        typer.echo(err=True)
    typer.echo(f"{list_}: {report.people} people of {report.rows} rows are found from now on ({report.load})")
    if report.left_out:
        typer.secho(
            f"{report.left_out} rows hold too little to tell anybody apart and were left out", fg="yellow", err=True
        )


@app.command("list")
def list_lists(tenant: Annotated[str | None, typer.Option(help="Only this tenant.")] = None) -> None:
    """Show the lists: how many people each has, and when it was loaded by whom."""
    from proxy.cli.audit import tables
    from proxy.cli.installation import run
    from proxy.service import registered

    async def work(store: RegisteredStore, _log: PostgresAuditLog) -> Any:
        return [registered.described(stored) for stored in await store.lists(tenant)]

    names = ("tenant", "name", "people", "digests", "role", "load", "loaded", "loaded_by", "outdated")
    lists = run(_with_store(work))
    tables.show(tables.plain(lists, names))
    for stored in lists:
        if stored["outdated"]:
            again = f"{stored['name']}: loaded by a release that made digests in another way; load it again"
            typer.secho(again, fg="yellow", err=True)


@app.command()
def remove(tenant: _Tenant, list_: _List) -> None:
    """Remove a list; its people are no longer matched."""
    from proxy.cli.installation import operator, run
    from proxy.service import registered

    async def work(store: RegisteredStore, log: PostgresAuditLog) -> bool:
        return await registered.remove(store, log, tenant, list_, operator())

    if not run(_with_store(work)):
        raise fail(f"the tenant has no list '{list_}'")
    typer.echo(f"removed {list_}")


@app.command()
def erase(
    tenant: _Tenant,
    subject: Annotated[str, typer.Option(help="The person's reference, as the list's subject column had it.")],
) -> None:
    """Remove one person from every list of a tenant (GDPR Art. 17)."""
    from proxy.cli.installation import operator, run
    from proxy.service import registered

    async def work(store: RegisteredStore, log: PostgresAuditLog) -> int:
        return await registered.erase(store, log, tenant, subject, operator())

    erased = run(_with_store(work))
    if not erased:
        raise fail("no list has this person")
    typer.echo(f"erased {erased} records")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A text file in UTF-8; - for standard input.")], tenant: _Tenant
) -> None:
    """Say where a text names registered people: offsets in characters, type and list; never a value."""
    from proxy.cli.audit import tables
    from proxy.cli.installation import run
    from proxy.service import registered

    text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")

    async def work(store: RegisteredStore, _log: PostgresAuditLog) -> Any:
        people = await registered.people_of(store, tenant)
        if people is None:
            raise fail("the tenant has no list")
        return [registered.location(finding) for finding in people.find(text)]

    tables.show(tables.plain(run(_with_store(work)), ("start", "end", "type", "list")))


def _progress(rows: int) -> None:
    if sys.stderr.isatty() and rows % 10_000 == 0:
        typer.echo(f"\r{rows} rows", nl=False, err=True)


async def _with_store(work: Callable[[RegisteredStore, PostgresAuditLog], Awaitable[Any]]) -> Any:
    from proxy.cli.installation import with_store
    from proxy.identity.registered import RegisteredStore

    return await with_store(RegisteredStore, work)
