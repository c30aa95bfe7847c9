"""``compliance-proxy keys``: create, list and revoke API keys. Each change is recorded in the audit log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from proxy.audit.log import PostgresAuditLog
    from proxy.identity.store import ApiKeyStore, Binding, StoredKey

app = typer.Typer(no_args_is_help=True, help="Create, list and revoke API keys.")


@app.command()
def create(
    tenant: Annotated[str, typer.Option(help="The tenant the key belongs to.")],
    service: Annotated[str, typer.Option(help="The calling service.")],
    activity: Annotated[list[str], typer.Option(help="A processing activity the key may declare; repeat for more.")],
    ingress_region: Annotated[str, typer.Option(help="Where its requests enter, ISO 3166 (DE, US-CA).")],
    default_activity: Annotated[
        str | None, typer.Option(help="Used when a request names none (default: the first).")
    ] = None,
    subject_region: Annotated[
        str | None, typer.Option(help="Where its data subjects are when a request does not say.")
    ] = None,
    declare_region: Annotated[
        list[str] | None,
        typer.Option(help="A region its requests may declare (DE, US-CA); repeat for more (default: any)."),
    ] = None,
    declares_adults: Annotated[  # the header lowers protection, so a key must be bound to it
        bool, typer.Option("--declares-adults", help="Its requests may say that no minor is concerned.")
    ] = False,
    role: Annotated[list[str] | None, typer.Option(help="A role of the caller; repeat for more.")] = None,
    expires_days: Annotated[float | None, typer.Option(min=0, help="Days until it expires (default: never).")] = None,
    unregistered: Annotated[
        bool, typer.Option("--unregistered", help="Also for a tenant or activity that the registry does not know yet.")
    ] = False,
) -> None:
    """Create a key and print it: it cannot be shown again."""
    from proxy.cli.installation import run
    from proxy.core import regions
    from proxy.identity import keys
    from proxy.identity.store import Binding

    if not unregistered:
        _check_registered(tenant, activity)
    binding = Binding(
        tenant=tenant,
        service=service,
        activities=tuple(activity),
        default_activity=default_activity or activity[0],
        ingress_region=ingress_region,
        default_subject_region=subject_region,
        roles=tuple(role or ()),
        declarable_regions=tuple(declare_region or (regions.ANY,)),
        may_declare_adult=declares_adults,
    )
    expires = datetime.now(UTC) + timedelta(days=expires_days) if expires_days is not None else None

    async def work(store: ApiKeyStore, log: PostgresAuditLog) -> str:
        key = await store.create(binding, expires)
        presented = keys.parse(key)
        facts = {
            "key_id": presented.id if presented else "",
            "activities": binding.activities,
            "roles": binding.roles,
            "declarable_regions": binding.declarable_regions,
            "may_declare_adult": binding.may_declare_adult,
            "expires": expires,
        }
        await log.event_durable("key_created", _by(facts), tenant=tenant, service=service)
        return key

    typer.echo(run(_with_store(work)))
    typer.secho("Keep it now: only its keyed hash is stored.", fg="yellow", err=True)


def _check_registered(tenant: str, activities: list[str]) -> None:
    """Refuse names that the registry does not know: such a key could do nothing but be refused."""
    import difflib

    from proxy import rollout
    from proxy.cli.installation import database_url
    from proxy.errors import ConfigurationError
    from proxy.settings import Settings, environment

    catalog = rollout.catalog(rollout.with_database(Settings(), database_url), environment())
    for kind, known, names in (
        ("tenant", catalog.tenants, [tenant]),
        ("activity", catalog.activities, [name for name in activities if name != "*"]),
    ):
        for name in names:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
                meant = f"; the nearest is {near[0]}" if near else ""
                raise ConfigurationError(
                    f"the registry has no {kind} {name}{meant} (--unregistered makes the key anyway)"
                )


@app.command("list")
def list_(tenant: Annotated[str | None, typer.Option(help="Only this tenant.")] = None) -> None:
    """List keys with what each is bound to; never the keys themselves."""
    from rich.table import Table

    from proxy.cli.audit_tables import show
    from proxy.cli.installation import run

    async def work(store: ApiKeyStore, _log: PostgresAuditLog) -> tuple[StoredKey, ...]:
        return await store.list(tenant)

    table = Table(box=None, header_style="bold")
    for name in (
        "id",
        "state",
        "tenant",
        "service",
        "activities",
        "ingress",
        "subjects",
        "declares",
        "roles",
        "expires",
        "last used",
    ):
        table.add_column(name, overflow="fold")
    now = datetime.now(UTC)
    for key in run(_with_store(work)):
        bound = key.binding
        state = "revoked" if key.revoked else "valid" if key.valid(now) else "expired"
        expires = key.expires.strftime("%Y-%m-%d %H:%M") if key.expires else "never"
        activities = " ".join(f"{one}*" if one == bound.default_activity else one for one in bound.activities)
        table.add_row(
            key.id, state, bound.tenant, bound.service, activities, bound.ingress_region,
            bound.default_subject_region or "", _declares(bound), " ".join(bound.roles), expires,
            str(key.last_used or "never"),
        )  # fmt: skip
    show(table)


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The id: the part after cp_ and before the second _.")]) -> None:
    """Revoke a key; every proxy process refuses it within seconds."""
    from proxy.cli.installation import run

    async def work(store: ApiKeyStore, log: PostgresAuditLog) -> bool:
        revoked = await store.revoke(key_id)
        if revoked:
            await log.event_durable("key_revoked", _by({"key_id": key_id}))
        return revoked

    if not run(_with_store(work)):
        typer.secho(f"no unrevoked key has the id {key_id}", fg="red", err=True)
        raise typer.Exit(1)
    typer.echo(f"revoked {key_id}")


def _declares(bound: Binding) -> str:
    return " ".join([*bound.declarable_regions, *(["adults"] if bound.may_declare_adult else [])])


def _by(facts: dict[str, Any]) -> dict[str, Any]:
    from proxy.cli.installation import operator

    return facts | {"by": operator()}


async def _with_store(work: Callable[[ApiKeyStore, PostgresAuditLog], Awaitable[Any]]) -> Any:
    from proxy.cli.installation import audit_log, installation, started
    from proxy.identity.store import ApiKeyStore

    here = installation()
    async with audit_log(here) as log, started(ApiKeyStore(here.dsn, here.keyring, here.clock)) as store:
        return await work(store, log)
