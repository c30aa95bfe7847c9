"""The options that the ``policy`` commands share, and how they open policies and data."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from proxy.core.targets.registered import Catalog
    from proxy.policy.authoring.compare import Recorded
    from proxy.policy.authoring.parallel import Policy
    from proxy.policy.bundles.tree import Tree
    from proxy.policy.engine.evaluator import Evaluator

Read = TypeVar("Read")
#: The actor on whose behalf a command was started; recorded with each reading of the audit log.
ACTOR: ContextVar[str] = ContextVar("actor", default="")
#: Prints remarks.
REMARK: ContextVar[Callable[[str], None]] = ContextVar("remark", default=lambda text: typer.echo(text, err=True))
#: Reports why this process ends in the middle of a command.
LAST_WORD: ContextVar[Callable[[str], None]] = ContextVar(
    "last_word", default=lambda text: typer.secho(text, fg="red", err=True)
)

Policies = Annotated[
    Path | None, typer.Option("--policies", metavar="DIR", help="The policy library (default: the configured one).")
]
Overlay = Annotated[
    Path | None, typer.Option("--overlay", metavar="DIR", help="The organisation's own rules on top of the library.")
]
Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DATA.json", help="A policy data document (default: the compiled catalog)."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def folders(policies: Path | None, overlay: Path | None) -> tuple[Path, Path | None]:
    from proxy.service import rollout
    from proxy.settings import Settings

    settings = Settings()
    return policies or settings.policies_dir, overlay or rollout.overlay(settings)


def policy_tree(policies: Path | None, overlay: Path | None) -> Tree:
    from proxy.policy.bundles import tree

    return tree.read(*folders(policies, overlay))


def policy_data(path: Path | None, policies_dir: Path) -> dict[str, Any]:
    import orjson

    if path is not None:
        loaded: dict[str, Any] = orjson.loads(path.read_bytes())
        return loaded
    return dict(installed(policies_dir).data_document)


def installed(policies_dir: Path) -> Catalog:
    """Return the registry of this installation."""
    from proxy.catalog.load import compiled
    from proxy.cli.installation import database_url
    from proxy.service import rollout
    from proxy.settings import Settings

    settings = rollout.with_database(Settings(), database_url)
    return compiled(rollout.newest(settings), policies_dir)


def json_file(path: Path) -> Any:
    import orjson

    return orjson.loads(path.read_bytes())


def refusals() -> tuple[type[Exception], ...]:
    """Return the exceptions of a refused bundle, an invalid file or option, and a failed evaluation."""
    from proxy.errors import ProxyError
    from proxy.policy.engine.engine import EngineError

    return (ProxyError, EngineError, OSError, ValueError)


def remark(text: str) -> None:
    """Add a remark to the answer: on standard error, or where ``REMARK`` puts it."""
    REMARK.get()(text)


def policy_source(policies: Path | None, overlay: Path | None, data: Path | None) -> Policy:
    """Return the policies to open: the named or the configured ones, over the named data or the compiled catalog."""
    from proxy.policy.authoring.parallel import Policy

    folder, overlay_dir = folders(policies, overlay)
    if folder.is_file():
        return Policy(folder, None, json_file(data) if data else None)
    return Policy(folder, overlay_dir, policy_data(data, folder))


def candidate_source(candidate: Path, overlay: Path | None, data: Path | None) -> Policy:
    """Return a candidate as the shadow takes it: a bundle, a library, or an overlay on the configured library."""
    if candidate.is_dir() and not (candidate / "main.rego").is_file():
        return policy_source(None, candidate, data)
    return policy_source(candidate, overlay, data)


def open_evaluator(policies: Path | None, overlay: Path | None, data: Path | None) -> Evaluator:
    """Open the policies in this process."""
    return policy_source(policies, overlay, data).open()


def bounded(evaluator: Evaluator, deadline_s: float) -> Evaluator:
    """Return the evaluator; an evaluation past the deadline ends this process with status 2."""
    import os
    import threading

    last_word = LAST_WORD.get()  # the timer's thread has a context of its own

    def give_up() -> None:
        last_word(f"no decision within {deadline_s:g} s")
        os._exit(2)

    @contextlib.contextmanager
    def timed() -> Iterator[None]:
        timer = threading.Timer(deadline_s, give_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    evaluator.bound = timed
    return evaluator


def question(subject: str) -> Recorded:
    """Return the input document in a file, or the last one recorded for a request id, with its decision.

    Raises:
        ValueError: it is neither.

    """
    path = Path(subject)
    if path.is_file():
        from proxy.policy.authoring.replay import recorded

        return recorded(json_file(path))
    from proxy.audit.access import whole
    from proxy.policy.authoring import replay

    documents = from_log("policy explain", {"exchange": subject}, lambda dsn: whole.decision_of(dsn, subject))
    questions = replay.inputs(documents)
    if not questions:
        raise ValueError(f"{subject} is neither a file nor a recorded request")
    return questions[-1]


def from_log(command: str, query: dict[str, str], read: Callable[[str], Awaitable[list[Read]]]) -> list[Read]:
    """Read recorded inputs from the audit log; the reading is recorded before they are used.

    Raises:
        ConfigurationError: there is no database.

    """
    from proxy.audit.upkeep import readings
    from proxy.cli.installation import database_url, operator, quietly, reading

    async def work() -> list[Read]:
        dsn = database_url()
        rows = await read(dsn)
        async with reading(dsn) as connection:
            requester = readings.Requester(operator(), "policy", ACTOR.get())
            await readings.announce(connection, requester, command, query, len(rows))
        return rows

    return quietly(work())
