"""The database and keys that a command works with: the configured ones, or those of the stack running here.

A run over many inputs, too: what ``detect --out`` and ``policy replay-many`` share.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, LiteralString, Protocol, TypeVar

import typer

from proxy.core.keyring import Keyring
from proxy.errors import ConfigurationError, ProxyError
from proxy.keys import generations, master_key
from proxy.runtime.clock import SystemClock

if TYPE_CHECKING:
    import asyncpg

    from proxy.audit.sealing.keys import AuditSigningKey
    from proxy.audit.writing.log import PostgresAuditLog
    from proxy.bulk.parts import InputPart
    from proxy.bulk.running import Answers, Work
    from proxy.service.acts import Acts


def fail(message: str, status: int = 1) -> typer.Exit:
    """Print an error and return the exit to raise."""
    typer.secho(message, fg="red", err=True)
    return typer.Exit(status)


def print_json(document: Any) -> None:
    """Print an indented document."""
    import orjson

    typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


_Result = TypeVar("_Result")


class _Startable(Protocol):
    async def start(self) -> None: ...
    async def close(self) -> None: ...


_Store = TypeVar("_Store", bound=_Startable)


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation of the product."""

    dsn: str = field(repr=False)
    keyring: Keyring
    signing: AuditSigningKey = field(repr=False)
    clock: SystemClock = field(default_factory=SystemClock)


def installation() -> Installation:
    """Return the configured installation, or the running embedded stack.

    Raises:
        ConfigurationError: DATABASE_URL is not set and no stack runs here, or a key is missing.


    """
    from proxy.audit.sealing import signing_key as audit_key
    from proxy.settings import Settings

    settings = Settings()
    return Installation(
        dsn=_dsn(settings), keyring=master_key.of_installation(settings), signing=audit_key.signing_key(settings)
    )


def own_signing_key() -> AuditSigningKey | None:
    """Return the audit signing key where this account holds one.

    Raises:
        ConfigurationError: what is configured is not a key.

    """
    from proxy.audit.sealing import signing_key as audit_key
    from proxy.settings import Settings

    settings = Settings()
    return audit_key.signing_key(settings) if audit_key.path(settings) is not None else None


def keyring() -> Keyring:
    """Return the master key alone, for commands that need no database.

    Raises:
        ConfigurationError: there is none.

    """
    from proxy.settings import Settings

    return master_key.of_installation(Settings())


def database_url() -> str:
    """Return the database's URL alone, for commands that need no key."""
    from proxy.settings import Settings

    return _dsn(Settings())


def _dsn(settings: Any) -> str:
    if settings.database_url is not None:
        return str(settings.database_url.get_secret_value())
    from proxy.embedded import state

    stack = state.running(settings.state_dir)
    if stack is None or not stack.database_url:
        raise ConfigurationError("no database: set DATABASE_URL, or start the stack (compliance-proxy run)")
    return stack.database_url


@asynccontextmanager
async def audit_log(here: Installation) -> AsyncIterator[PostgresAuditLog]:
    """Open a chain for this command, so that its actions are evidence too."""
    from proxy.audit.upkeep import key_changes
    from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id

    await generations.check(here.dsn, here.keyring)
    await key_changes.check(here.dsn, here.signing)
    host = f"{operator()}@{socket.gethostname()[:64]}"
    log = PostgresAuditLog(here.dsn, fresh_writer_id("cli"), here.keyring, here.clock, signing=here.signing, host=host)
    async with started(log):
        yield log


async def with_store(
    kind: Callable[[str, Keyring, SystemClock], _Store], work: Callable[[_Store, PostgresAuditLog], Awaitable[_Result]]
) -> _Result:
    """Do something with a store of this kind, and a chain for what is done to it."""
    here = installation()
    async with audit_log(here) as log, started(kind(here.dsn, here.keyring, here.clock)) as store:
        return await work(store, log)


async def acting(work: Callable[[Acts], Awaitable[_Result]]) -> _Result:
    """Do what takes two people, on record; what is refused ends the command with exit status 1."""
    from proxy.grants.store import GrantStore
    from proxy.identity.subjects import SubjectKeys
    from proxy.service.acts import ActRefusedError, Acts
    from proxy.settings import Settings
    from proxy.vault.postgres import PostgresVault

    if operator().startswith("uid "):
        raise fail("an account without a name is not a person: use the admin API, where credentials name people")
    here = installation()
    async with (
        audit_log(here) as log,
        started(SubjectKeys(here.dsn, here.keyring, here.clock)) as subjects,
        started(PostgresVault(here.dsn, here.keyring, Settings().vault_ttl_s, here.clock)) as vault,
        started(GrantStore(here.dsn, here.keyring, here.clock)) as grants,
    ):
        try:
            return await work(Acts(subjects, log, vault, grants))
        except ActRefusedError as error:
            raise fail(str(error)) from error


@asynccontextmanager
async def reading(dsn: str, instead: LiteralString | None = None) -> AsyncIterator[asyncpg.Connection]:
    """Connect as the reader, the only role that reading the evidence needs; ``instead``: where the login is none.

    Raises:
        AuditUnavailableError: the database cannot be reached, or the login is not a member of such a role.
        ConfigurationError: it is from an older release.

    """
    import asyncpg

    from proxy.errors import AuditUnavailableError
    from proxy.runtime import database

    try:
        try:
            connection = await database.connect(dsn, database.READER)
        except asyncpg.InsufficientPrivilegeError:
            if instead is None:
                raise
            connection = await database.connect(dsn, instead)
        try:
            yield connection
        finally:
            await connection.close()
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedFunctionError) as error:
        raise ConfigurationError("the database is from an older release: run compliance-proxy migrate") from error
    except (*database.UNAVAILABLE, asyncpg.PostgresError) as error:
        raise AuditUnavailableError("the evidence cannot be read with this DATABASE_URL") from error


@asynccontextmanager
async def started(store: _Store) -> AsyncIterator[_Store]:
    """Start a store, or anything else with ``start`` and ``close``, and close it at the end."""
    await store.start()
    try:
        yield store
    finally:
        await store.close()


def operator() -> str:
    """Return the name of the account that runs this command."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def run(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run a command's work; a fault becomes one line and exit status 2."""
    try:
        return quietly(work)
    except ProxyError as error:
        raise fail(reason(error), 2) from error


def quietly(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run a command's work without logging."""
    import structlog

    structlog.configure(processors=[], logger_factory=structlog.ReturnLoggerFactory())
    return asyncio.run(work)


def reason(error: Exception) -> str:
    """Return a fault as one line, with the type of its cause."""
    return f"{error} ({type(error.__cause__).__name__})" if error.__cause__ is not None else str(error)


Unregistered = Annotated[
    bool, typer.Option("--unregistered", help="Allow a tenant or activity that the registry does not know.")
]


def check_registered(tenants: Iterable[str], activities: Iterable[str] = ()) -> None:
    """Refuse names that the registry in force does not know.

    Raises:
        ConfigurationError: it does not know one, or cannot be read.

    """
    from proxy.catalog.doubts import unregistered
    from proxy.errors import ConfigurationError
    from proxy.runtime.environment import environment
    from proxy.service import rollout
    from proxy.settings import Settings

    catalog = rollout.catalog(rollout.with_database(Settings(), database_url), environment())
    if wrong := unregistered(catalog.data_document, tenants, activities):
        raise ConfigurationError(f"{wrong} (use it anyway with --unregistered)")


LOCAL_RAY = "local"
Ray = Annotated[
    str,
    typer.Option(
        "--ray", metavar="ADDRESS", help=f"Work on this Ray cluster; '{LOCAL_RAY}' starts one on this machine."
    ),
]
Workers = Annotated[int, typer.Option("--ray-workers", min=0, help="Processes, a core each (0: one for each core).")]


def run_bulk(work: Work, inputs: Sequence[str], out: str, ray: str, workers: int) -> tuple[Answers, list[InputPart]]:
    """Answer the inputs into a folder, or go on with it; return its answers and the plan.

    Raises:
        ConfigurationError: the inputs or the folder cannot be used, or Ray is missing.

    """
    from proxy.bulk import parts
    from proxy.bulk.running import Answers, here, on_ray

    planned = parts.plan(inputs)
    answers = Answers(out)
    waiting = answers.begin(planned, work)
    typer.echo(f"{len(planned)} parts, {len(planned) - len(waiting)} of them answered before", err=True)
    if waiting:
        address = "" if ray == LOCAL_RAY else ray
        running = on_ray(work, waiting, answers, address, workers) if ray else here(work, waiting, answers)
        typer.echo(f"{_counted(running, len(waiting)):,} lines answered into {out}", err=True)
    return answers, planned


def _counted(running: Iterator[int], count: int) -> int:
    from rich.console import Console
    from rich.progress import track

    return sum(track(running, "answering", count, console=Console(stderr=True), transient=True))
