"""``compliance-proxy registry``: show, change, compare and roll back the registry in the database.

A place is written as keys joined by dots: ``targets.openai/us.dpa.expires``, ``endpoints.openai/us.base_url``,
``exceptions.ex-7``; a key with a dot in double quotes; ``routes.0``, ``routes.+`` for a new last item.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.installation import fail, print_json
from proxy.cli.registry import store as here

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxy.registry.store import HistoryEntry, Quarantined, RegistryStore, Replica

app = typer.Typer(no_args_is_help=True, help="Show, change, compare and roll back the registry in the database.")

Place = Annotated[str, typer.Argument(metavar="PATH", help="Such as targets.openai/us.dpa or endpoints.openai/us.")]
Comment = Annotated[str, typer.Option("--comment", help="Why, for the history.")]
Base = Annotated[
    str | None,
    typer.Option("--base", metavar="REVISION", help="Refuse unless this revision is in force (default: the current)."),
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait until every proxy process runs it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
OfRevision = Annotated[
    str, typer.Option("--revision", metavar="REVISION", help="A stored revision or its prefix (default: in force).")
]


@app.command("import")
def import_(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="With registry, endpoints and routes .yaml.")],
    comment: Comment = "",
    base: Base = None,
    no_wait: NoWait = False,
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="Leave a registry that has a revision as it is.")
    ] = False,
) -> None:
    """Import a folder of YAML files as the new registry and put it in force."""
    from proxy.catalog import documents

    read = here.checked(lambda: documents.read(folder))
    here.change(
        "registry import", lambda now: dict(now if now and if_empty else read.plain), comment, base, not no_wait
    )


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write the three YAML files.")],
    revision: OfRevision = "active",
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing files.")] = False,
) -> None:
    """Write a revision as YAML files; importing them gives the same revision. Comments in files are not preserved."""
    from proxy.catalog import documents

    names = (*(f"{name}.yaml" for name in documents.FILES), documents.RULES)
    existing = [folder / name for name in names if (folder / name).exists()]
    if existing and not force:
        raise fail(f"{existing[0]} already exists; choose another folder, or --force", 2)
    stored = here.read("registry export", revision)
    documents.write(stored.documents, folder)
    typer.echo(f"wrote revision {stored.revision} to {folder}")


@app.command()
def show(
    path: Annotated[str, typer.Argument(metavar="[PATH]", help="Default: the whole document.")] = "",
    revision: OfRevision = "active",
    as_json: AsJson = False,
) -> None:
    """Print the registry, or one entry of it, as YAML."""
    from proxy.catalog import documents
    from proxy.registry import edit

    stored = here.read("registry show", revision, path)
    value = here.checked(lambda: edit.get(stored.documents, path))
    if as_json:
        print_json(value)
    elif isinstance(value, dict | list):
        typer.echo(documents.yaml_text(value).rstrip())
    else:
        typer.echo(str(value).lower() if isinstance(value, bool) else str(value))


@app.command("set")
def set_(
    path: Place,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="YAML or JSON, such as '{status: signed}'.")],
    comment: Comment = "",
    base: Base = None,
    no_wait: NoWait = False,
) -> None:
    """Set the value of an entry: one new revision, validated as a whole, in force at once on every proxy process."""
    from proxy.catalog import documents
    from proxy.registry import edit

    new = here.checked(lambda: documents.value(value))
    here.change("registry set", lambda document: edit.put(document, path, new), comment, base, not no_wait)


@app.command()
def rules(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The organisation's rules, Rego or YAML.")],
    comment: Comment = "",
    base: Base = None,
    no_wait: NoWait = False,
) -> None:
    """Check, test and try a folder of rules, and store it for a second person to put in force on every process."""
    from proxy.catalog import documents
    from proxy.cli.installation import database_url
    from proxy.cli.policy.commands.activate import decisions
    from proxy.runtime.environment import environment
    from proxy.service import rollout
    from proxy.settings import Settings

    if not folder.is_dir():
        raise fail(f"{folder} is not a folder", 2)
    texts = here.checked(lambda: documents.sources(folder))
    settings = rollout.with_database(Settings(registry="database"), database_url)
    outcome = here.checked(lambda: rollout.tried(settings, texts, environment()))
    for line in decisions(outcome):
        typer.echo(line)

    def edited(document: Mapping[str, Any]) -> dict[str, Any]:
        return {**{key: value for key, value in document.items() if key != documents.RULES}, documents.RULES: texts}

    here.change("registry rules", edited, comment, base, not no_wait)


@app.command()
def remove(path: Place, comment: Comment = "", base: Base = None, no_wait: NoWait = False) -> None:
    """Remove an entry: one new revision, validated as a whole, in force at once on every proxy process."""
    from proxy.registry import edit

    here.change("registry remove", lambda document: edit.remove(document, path), comment, base, not no_wait)


@app.command()
def activate(
    revision: Annotated[str, typer.Argument(metavar="REVISION", help="A stored revision, or its prefix.")],
    base: Base = None,
    no_wait: NoWait = False,
) -> None:
    """Put a stored revision in force again, to roll back."""
    here.activate(revision, base, not no_wait)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="'active', a revision or its prefix, or a folder.")],
    after: Annotated[str, typer.Argument(metavar="B", help="What to compare with, likewise.")],
) -> None:
    """Show the differences, entry by entry."""
    from proxy.cli.audit.tables import show as print_table
    from proxy.cli.registry import tables
    from proxy.registry import edit

    documents = here.documents_of("registry diff", before), here.documents_of("registry diff", after)
    changes = edit.changes(*documents)
    if not changes:
        typer.echo("no differences")
        return
    if places := tables.beside_rules(changes):
        print_table(tables.changes(places))
    for line in tables.changed_rules(*documents):
        typer.echo(line)


@app.command()
def history(
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many revisions.")] = 20,
) -> None:
    """List revisions, those made or activated last first: who, when, why, and from which one."""
    from proxy.cli.audit.tables import show as print_table
    from proxy.cli.registry import tables

    async def work(store: RegistryStore, log: Any) -> tuple[HistoryEntry, ...]:
        await here.note_read(log, "registry history")
        return await store.history(limit)

    print_table(tables.history(here.with_store(work)))


@app.command()
def check(folder: Annotated[Path, typer.Argument(metavar="DIR", help="With the three YAML files.")]) -> None:
    """Validate a folder as import would, without a database; exit with 2 and name the place if it is refused."""
    from proxy.catalog import documents, doubts
    from proxy.catalog.load import data_document, legal_data
    from proxy.policy.decision import parties
    from proxy.registry.store import storable
    from proxy.runtime.resources import shipped

    read, _ = here.checked(lambda: storable(documents.read(folder).plain))
    registry = read.registry
    legal = legal_data(shipped("policies"))
    document = here.checked(lambda: data_document(registry, legal))
    doubtful = doubts.doubts(read.plain["registry"], document, legal, datetime.now(UTC).date().isoformat())
    odd = (str(documents.at(folder / "registry.yaml", path, message)) for path, message in doubtful)
    warnings = [*odd, *parties.warnings(document), *parties.lawless(document)]
    typer.echo(
        f"revision {read.revision}: {len(registry.targets)} targets, {len(registry.tenants)} tenants, "
        f"{len(registry.activities)} activities, {len(read.routes)} routes: "
        + (f"valid, {len(warnings)} to look at" if warnings else "no problems")
    )
    if read.rules:
        rules_dir = folder / documents.RULES
        typer.echo(
            f"{len(read.rules)} files of rules: check them with compliance-proxy policy check --overlay {rules_dir}"
        )
    for warning in warnings:
        typer.secho(warning, fg="yellow", err=True)


@app.command()
def expiring(
    days: Annotated[int, typer.Option("--days", min=0, help="How many days to look ahead.")] = 90,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="DIR", help="A folder (default: where the registry is).")
    ] = None,
    fail_on_any: Annotated[bool, typer.Option("--check", help="Exit with 1 if there are any.")] = False,
    as_json: AsJson = False,
) -> None:
    """List contracts, exceptions and reviews that have ended or will end soon, and what depends on them."""
    from dataclasses import asdict
    from datetime import UTC, datetime

    from proxy.cli.audit.tables import show as print_table
    from proxy.cli.registry import tables
    from proxy.registry import expiry

    document = here.documents_of("registry expiring", str(config) if config is not None else here.source())
    ending = expiry.expiring(document, datetime.now(UTC).date(), days)
    if as_json:
        print_json([asdict(row) for row in ending])
    elif ending:
        print_table(tables.expiring(ending))
    else:
        typer.echo(f"nothing has ended or will end within {days} days")
    if ending and fail_on_any:
        raise typer.Exit(1)


@app.command()
def transfers(
    days: Annotated[int, typer.Option("--days", min=0, help="How many days to look ahead for what ends it.")] = 90,
    origin: Annotated[
        list[str] | None, typer.Option("--origin", help="Where people live (default: the tenants' establishments).")
    ] = None,
    category: Annotated[str, typer.Option("--category", help="Content beside a name: health, financial ...")] = "",
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DATA.json", help="A data document (default: the catalog).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what carries content of each activity and origin to each target, until when, and what it is then."""
    from dataclasses import asdict
    from datetime import UTC, datetime, timedelta

    from proxy.catalog.load import change_dates
    from proxy.cli.audit.tables import show as print_table
    from proxy.cli.policy import options
    from proxy.cli.registry import tables
    from proxy.policy.authoring import matrix

    today = datetime.now(UTC).date()
    last = (today + timedelta(days=days)).isoformat()
    with here.checked(lambda: options.open_evaluator(None, None, data)) as evaluator:
        later = [day for day in change_dates(evaluator.data) if today.isoformat() < day <= last]
        origins, first = origin or (), today.isoformat()
        rows = matrix.with_ends(evaluator, first, later, origins=origins, category=category)
    if as_json:
        print_json([{**asdict(flow), **asdict(carriage)} for flow, carriage in sorted(rows.items())])
    else:
        print_table(tables.transfers(rows))


@app.command()
def fleet(as_json: AsJson = False) -> None:
    """Show what every proxy process runs; exit with 1 when they differ."""
    from dataclasses import asdict

    from proxy.cli.audit.tables import show as print_table
    from proxy.cli.registry import tables
    from proxy.registry.fleet import differs

    async def work(store: RegistryStore, _log: Any) -> tuple[Replica, ...]:
        return await store.replicas()

    replicas = here.with_store(work, recorded=False)
    if as_json:
        print_json([asdict(replica) for replica in replicas])
    elif replicas:
        print_table(tables.fleet(replicas))
    else:
        typer.echo("no proxy process reports that it runs")
    if differs(replicas):
        raise fail("they differ: a roll-out is in progress, or one of them refuses what the others run")


@app.command()
def quarantine(
    clear: Annotated[str, typer.Option("--clear", metavar="TARGET", help="Allow this target again.")] = "",
    as_json: AsJson = False,
) -> None:
    """List targets that answered from a region they are not registered for, or clear one."""
    from dataclasses import asdict

    from proxy.cli.audit.tables import show as print_table
    from proxy.cli.installation import operator
    from proxy.cli.registry import tables

    async def work(store: RegistryStore, log: Any) -> tuple[Quarantined, ...]:
        if clear:
            if clear not in {row.target for row in await store.quarantined()}:
                raise fail(f"'{clear}' is not in quarantine")
            await log.event_durable("target_cleared", {"target": clear, "by": operator()})
            await store.clear(clear, operator())
        return await store.quarantined()

    rows = here.with_store(work, recorded=bool(clear))
    if as_json:
        print_json([asdict(row) for row in rows])
    elif rows:
        print_table(tables.quarantine(rows))
    else:
        typer.echo("no target is in quarantine")
