"""How the ``registry`` commands use the store: based on the revision in force, recorded, and awaited everywhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from proxy.cli.installation import fail

if TYPE_CHECKING:
    from proxy.audit.writing.log import PostgresAuditLog
    from proxy.registry.fleet import Spread
    from proxy.registry.store import RegistryStore, Replica, Stored

_Read = TypeVar("_Read")
ACTIVE = "active"
_SPREADING_S = 30.0


def checked(read: Callable[[], _Read]) -> _Read:
    """Return what is read; a refusal becomes one line and exit status 2."""
    from proxy.errors import ConfigurationError

    try:
        return read()
    except (ConfigurationError, OSError) as error:
        raise fail(str(error), 2) from error


def source() -> str:
    """Return where this installation has its registry: "active" for the database, else the folder."""
    from proxy.settings import Settings

    settings = Settings()
    return ACTIVE if settings.registry == "database" else str(settings.config_dir)


def with_store(work: Callable[[RegistryStore, Any], Awaitable[_Read]], *, recorded: bool = True) -> _Read:
    """Run ``work`` with the store and an audit chain of this command; without a chain if nothing is recorded."""
    from proxy.cli.installation import audit_log, database_url, installation, keyring, run, started
    from proxy.registry.store import RegistryStore

    async def opened(dsn: str, log: PostgresAuditLog | None) -> _Read:
        async with started(RegistryStore(dsn, keyring())) as store:
            return await work(store, log)

    async def working() -> _Read:
        if not recorded:
            return await opened(database_url(), None)
        here = installation()
        async with audit_log(here) as log:
            return await opened(here.dsn, log)

    return run(working())


async def note_read(log: PostgresAuditLog, command: str, revision: str = "", path: str = "") -> None:
    """Record that evidence is read, before it is shown."""
    from proxy.cli.installation import operator

    facts = {"command": command, "by": operator(), "revision": revision, "path": path}
    await log.event_durable("registry_read", facts)


def read(command: str, revision: str, path: str = "") -> Stored:
    """Return a stored revision by its name, its prefix, or "active"."""

    async def work(store: RegistryStore, log: PostgresAuditLog) -> Stored:
        stored = await _stored(store, revision)
        await note_read(log, command, stored.revision, path)
        return stored

    return with_store(work)


def documents_of(command: str, name: str) -> Mapping[str, Any]:
    """Return the document of a folder or of a stored revision."""
    if Path(name).is_dir():
        from proxy.catalog import documents

        return checked(lambda: documents.read(Path(name))).plain
    return read(command, name).documents


async def _stored(store: RegistryStore, revision: str) -> Stored:
    from proxy.errors import ConfigurationError
    from proxy.registry.store import IMPORT_HINT

    stored = await (store.active() if revision == ACTIVE else store.get(await store.matching(revision)))
    if stored is None:
        raise ConfigurationError(IMPORT_HINT)
    return stored


def change(
    command: str, edited: Callable[[Mapping[str, Any]], dict[str, Any]], comment: str, base: str | None, wait: bool
) -> None:
    """Make a new revision from the one in force, put it in force, record it, and wait until it runs everywhere.

    A change of a sensitive place is stored and recorded, for another operator to put in force.
    """
    from proxy.errors import SecondPersonError

    pending: list[str] = []

    async def work(store: RegistryStore, log: PostgresAuditLog) -> tuple[Stored, tuple[str, ...]]:
        before = await store.active()
        document: Mapping[str, Any] = before.documents if before is not None else {}
        if before is None and command != "registry import":
            await _stored(store, ACTIVE)
        new = edited(document)
        base_revision = await _base(store, base, before)

        async def put(*, at_once: bool) -> Stored:
            return await store.put(new, by=_operator(), base=base_revision, comment=comment, activate=at_once)

        try:
            return await _recorded(lambda: put(at_once=True), before, log, command)
        except SecondPersonError as refused:
            pending.append(str(refused))
            return await _recorded(lambda: put(at_once=False), before, log, command, active=False)

    before = _refusals()
    stored, paths = with_store(work)
    if not paths:
        typer.echo(f"nothing changed: revision {stored.revision} is in force")
        return
    for path in paths:
        typer.echo(f"changed {path}" if not pending else f"would change {path}")
    if pending:
        typer.echo(f"stored as revision {stored.revision}, not in force")
        raise fail(f"{pending[0]}: compliance-proxy registry activate {stored.revision}")
    _spread(stored, before, wait=wait)


def activate(revision: str, base: str | None, wait: bool) -> None:
    """Put a stored revision in force, record it, and wait until it runs everywhere."""

    async def work(store: RegistryStore, log: PostgresAuditLog) -> tuple[Stored, bool]:
        before = await store.active()
        new = await store.matching(revision)
        base_revision = await _base(store, base, before)

        async def put_in_force() -> Stored:
            return await store.activate(new, by=_operator(), base=base_revision, may_be_author=_may_be_me)

        stored, paths = await _recorded(put_in_force, before, log, "registry activate")
        return stored, bool(paths)

    before = _refusals()
    stored, changed = with_store(work)
    if not changed:
        typer.echo(f"revision {stored.revision} is already in force")
        return
    _spread(stored, before, wait=wait)


async def _base(store: RegistryStore, base: str | None, before: Stored | None) -> str | None:
    """Return the revision that the change is based on: the named one, else the one that was read."""
    if base is not None:
        return await store.matching(base)
    return before.revision if before is not None else None


async def _recorded(
    commit: Callable[[], Awaitable[Stored]],
    before: Stored | None,
    log: PostgresAuditLog,
    command: str,
    *,
    active: bool = True,
) -> tuple[Stored, tuple[str, ...]]:
    from proxy.registry import changes

    author = changes.Author(_operator(), command)
    stored, refusals = await changes.recorded(commit, before, log, author, active=active)
    return stored, tuple(row.path for row in refusals)


def _may_be_me(recorded: str) -> bool:
    from proxy.registry.sensitive import same_account

    return same_account(_operator(), recorded)


def _operator() -> str:
    from proxy.cli.installation import operator

    return operator()


async def _replicas(store: RegistryStore, _log: Any) -> tuple[Replica, ...]:
    return await store.replicas()


def _refusals() -> dict[str, str]:
    """Return what each proxy process refuses now, to tell refusals of the new revision from older ones."""
    from proxy.registry import fleet

    return fleet.refusals(with_store(_replicas, recorded=False))


def _spread(stored: Stored, before: Mapping[str, str], *, wait: bool) -> None:
    """Wait until every proxy process runs the revision and its data; exit with 1 if one does not."""
    from proxy.registry import changes, fleet
    from proxy.settings import Settings

    typer.echo(f"revision {stored.revision} is the registry now")
    if not wait:
        return
    data = fleet.data_revision(stored.documents, Settings().policies_dir)
    state = with_store(
        lambda store, _: changes.settled(store.replicas, stored.revision, data, before, _SPREADING_S), recorded=False
    )
    if state is None:
        raise fail("the database is away, so who runs it is unknown; see: compliance-proxy registry fleet")
    if not state.everywhere:
        raise _not_everywhere(state)
    if state.replicas:
        typer.echo(f"every proxy process runs it ({len(state.replicas)})")
    else:
        typer.echo("no proxy process is running; the next one will start with it")


def _not_everywhere(state: Spread) -> typer.Exit:
    hint = "" if any(replica.refused for replica in state.behind) else "is it started with PROXY_REGISTRY=database?"
    for replica in state.behind:
        _complain(replica, f" stays at {replica.registry_revision}", replica.refused or hint)
    for replica in state.lagging:
        data = replica.data_revision or "of an unknown revision"
        _complain(replica, f": its policy engine decides over data {data}", replica.refused)
    return fail("it is not in force everywhere; roll back with 'compliance-proxy registry activate REVISION'")


def _complain(replica: Replica, state: str, why: str) -> None:
    typer.secho(f"{replica.host} {replica.pid}{state}{f': {why}' if why else ''}", fg="red", err=True)
