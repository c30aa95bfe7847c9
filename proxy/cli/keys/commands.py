"""``compliance-proxy keys``: create, list, rotate and revoke API keys; rotate the master key. Changes are recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.installation import Unregistered, check_registered, fail
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
_KEY_ID = Annotated[str, typer.Argument(metavar="ID", help="The id: the part between the underscores.")]
_Tenant = Annotated[str, typer.Option(help="The tenant the key belongs to.")]
_Service = Annotated[str, typer.Option(help="The calling service.")]
_Activities = Annotated[list[str], typer.Option(help="A processing activity the key may declare; repeat for more.")]
_Ingress = Annotated[str, typer.Option(help="Where its requests enter, ISO 3166 (DE, US-CA).")]
_Default = Annotated[str | None, typer.Option(help="Used if a request declares none (default: the first).")]
_Subjects = Annotated[str | None, typer.Option(help="Where its data subjects are if a request does not declare it.")]
_Regions = Annotated[
    list[str] | None,
    typer.Option(help="A region its requests may declare (DE, US-CA); repeat for more (default: any)."),
]
_Adults = Annotated[  # the header lowers protection, so only a key bound to it may use it
    bool, typer.Option("--declares-adults", help="Its requests may declare that no minor is concerned.")
]
_Roles = Annotated[list[str] | None, typer.Option(help="A role of the caller; repeat for more.")]
_Expires = Annotated[float | None, typer.Option(min=0, help="Days until it expires (default: never).")]
_SOON = timedelta(days=14)


@app.command()
def create(
    tenant: _Tenant,
    service: _Service,
    activity: _Activities,
    ingress_region: _Ingress,
    default_activity: _Default = None,
    subject_region: _Subjects = None,
    declare_region: _Regions = None,
    declares_adults: _Adults = False,
    role: _Roles = None,
    expires_days: _Expires = None,
    unregistered: Unregistered = False,
) -> None:
    """Create a key and print it: it cannot be shown again."""
    from proxy.cli.installation import run
    from proxy.core.targets import regions
    from proxy.identity.store import Binding

    if not unregistered:
        check_registered([tenant], [name for name in activity if name != "*"])
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
    typer.echo(run(_with_store(partial(_create, binding=binding, expires=expires))))
    typer.secho("Store it now: only its keyed hash is kept.", fg="yellow", err=True)


async def _create(store: ApiKeyStore, log: PostgresAuditLog, binding: Binding, expires: datetime | None) -> str:
    """Store a new key and record its binding; return the key."""
    from proxy.identity import keys

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
    await log.event_durable("key_created", _by(facts), tenant=binding.tenant, service=binding.service)
    return key


@app.command("list")
def list_(tenant: Annotated[str | None, typer.Option(help="Only this tenant.")] = None) -> None:
    """List keys with their bindings, and those that expire soon; never the keys themselves."""
    from rich.table import Table

    from proxy.cli.audit.tables import show
    from proxy.cli.installation import run

    async def work(store: ApiKeyStore, _log: PostgresAuditLog) -> tuple[StoredKey, ...]:
        return await store.list(tenant)

    table = Table(box=None, header_style="bold")
    for name in (
        "id", "state", "tenant", "service", "activities", "ingress", "subjects", "declares", "roles", "expires",
        "last used",
    ):  # fmt: skip
        table.add_column(name, overflow="fold")
    now, soon = datetime.now(UTC), 0
    for key in run(_with_store(work)):
        state = "revoked" if key.revoked else "valid" if key.valid(now) else "expired"
        if key.valid(now) and key.expires is not None and key.expires - now < _SOON:
            state = f"{max((key.expires - now).days, 0)} days left"
            soon += 1
        table.add_row(*_row(key, state))
    show(table)
    if soon:
        hint = f"{soon} expire within {_SOON.days} days; replace one with: compliance-proxy keys rotate ID"
        typer.secho(hint, fg="yellow", err=True)


def _row(key: StoredKey, state: str) -> tuple[str, ...]:
    bound = key.binding
    activities = " ".join(f"{name}*" if name == bound.default_activity else name for name in bound.activities)
    declares = " ".join([*bound.declarable_regions, *(["adults"] if bound.may_declare_adult else [])])
    return (
        key.id, state, bound.tenant, bound.service, activities, bound.ingress_region,
        bound.default_subject_region or "", declares, " ".join(bound.roles),
        key.expires.strftime("%Y-%m-%d %H:%M") if key.expires else "never", str(key.last_used or "never"),
    )  # fmt: skip


@app.command()
def rotate(
    key_id: _KEY_ID,
    overlap_days: Annotated[float, typer.Option(min=0, help="Days for which the old key stays valid.")] = 7.0,
    expires_days: Annotated[
        float | None, typer.Option(min=0, help="Days until the new key expires (default: the old key's lifetime).")
    ] = None,
) -> None:
    """Create a new key with the same binding and print it; the old one expires after the overlap."""
    from proxy.cli.installation import run
    from proxy.errors import ConfigurationError
    from proxy.identity import keys

    async def work(store: ApiKeyStore, log: PostgresAuditLog) -> tuple[str, datetime]:
        now, old = datetime.now(UTC), await store.get(key_id)
        if old is None or not old.valid(now):
            raise ConfigurationError(f"no valid key has the id {key_id}; see: compliance-proxy keys list")
        lasts = timedelta(days=expires_days) if expires_days is not None else old.expires and old.expires - old.created
        key = await store.create(old.binding, now + lasts if lasts else None)
        expires = min(now + timedelta(days=overlap_days), old.expires or datetime.max.replace(tzinfo=UTC))
        await store.expire(key_id, expires)
        presented = keys.parse(key)
        facts = {"key_id": presented.id if presented else "", "replaces": key_id, "old_expires": expires}
        await log.event_durable("key_rotated", _by(facts), tenant=old.binding.tenant, service=old.binding.service)
        return key, expires

    key, expires = run(_with_store(work))
    typer.echo(key)
    typer.secho(f"Store it now: only its keyed hash is kept. {key_id} expires {expires:%Y-%m-%d %H:%M} UTC.", err=True)


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
        raise fail(f"no unrevoked key has the id {key_id}")
    typer.echo(f"revoked {key_id}")


def _by(facts: dict[str, Any]) -> dict[str, Any]:
    from proxy.cli.installation import operator

    return facts | {"by": operator()}


async def _with_store(work: Callable[[ApiKeyStore, PostgresAuditLog], Awaitable[Any]]) -> Any:
    from proxy.cli.installation import with_store
    from proxy.identity.store import ApiKeyStore

    return await with_store(ApiKeyStore, work)
