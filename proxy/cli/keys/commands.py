"""``compliance-proxy keys``: create, list, rotate and revoke API keys; rotate the master key. Changes are recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.keys import master as master_keys

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from proxy.audit.writing.log import PostgresAuditLog
    from proxy.identity.store import ApiKeyStore, Binding, StoredKey

app = typer.Typer(no_args_is_help=True, help="Create, list, rotate and revoke API keys; rotate the master key.")
app.command("master")(master_keys.status)
app.command("rotate-master")(master_keys.rotate)
app.command("reseal")(master_keys.reseal)
app.command("retire-master")(master_keys.retire)
_KEY_ID = Annotated[str, typer.Argument(metavar="ID", help="The id: the part after cp_ and before the second _.")]
_SOON = timedelta(days=14)


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
    from proxy.core.targets import regions
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

    from proxy.cli.installation import database_url
    from proxy.errors import ConfigurationError
    from proxy.runtime.environment import environment
    from proxy.service import rollout
    from proxy.settings import Settings

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
    """List keys with what each is bound to, and those that expire soon; never the keys themselves."""
    from rich.table import Table

    from proxy.cli.audit.tables import show
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
    soon: list[str] = []
    for key in run(_with_store(work)):
        bound = key.binding
        state = "revoked" if key.revoked else "valid" if key.valid(now) else "expired"
        if key.valid(now) and key.expires is not None and key.expires - now < _SOON:
            state = f"{max((key.expires - now).days, 0)} days left"
            soon.append(key.id)
        expires = key.expires.strftime("%Y-%m-%d %H:%M") if key.expires else "never"
        activities = " ".join(f"{one}*" if one == bound.default_activity else one for one in bound.activities)
        table.add_row(
            key.id, state, bound.tenant, bound.service, activities, bound.ingress_region,
            bound.default_subject_region or "", _declares(bound), " ".join(bound.roles), expires,
            str(key.last_used or "never"),
        )  # fmt: skip
    show(table)
    if soon:
        said = f"{len(soon)} expire within {_SOON.days} days; replace one with: compliance-proxy keys rotate ID"
        typer.secho(said, fg="yellow", err=True)


@app.command()
def rotate(
    key_id: _KEY_ID,
    overlap_days: Annotated[float, typer.Option(min=0, help="Days for which the old key stays valid.")] = 7.0,
    expires_days: Annotated[
        float | None, typer.Option(min=0, help="Days until the new key expires (default: as long as the old one had).")
    ] = None,
) -> None:
    """Make a new key with the same binding and print it; the old one expires after the overlap."""
    from proxy.cli.installation import run
    from proxy.errors import ConfigurationError
    from proxy.identity import keys

    async def work(store: ApiKeyStore, log: PostgresAuditLog) -> tuple[str, datetime]:
        now, old = datetime.now(UTC), await store.get(key_id)
        if old is None or not old.valid(now):
            raise ConfigurationError(f"no valid key has the id {key_id}; compliance-proxy keys list names them")
        lasts = timedelta(days=expires_days) if expires_days is not None else old.expires and old.expires - old.created
        key = await store.create(old.binding, now + lasts if lasts else None)
        ends = min(now + timedelta(days=overlap_days), old.expires or datetime.max.replace(tzinfo=UTC))
        await store.expire(key_id, ends)
        presented = keys.parse(key)
        facts = {"key_id": presented.id if presented else "", "replaces": key_id, "old_expires": ends}
        await log.event_durable("key_rotated", _by(facts), tenant=old.binding.tenant, service=old.binding.service)
        return key, ends

    key, ends = run(_with_store(work))
    typer.echo(key)
    typer.secho(f"Keep it now: only its keyed hash is stored. {key_id} expires {ends:%Y-%m-%d %H:%M} UTC.", err=True)


@app.command()
def revoke(key_id: _KEY_ID) -> None:
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
