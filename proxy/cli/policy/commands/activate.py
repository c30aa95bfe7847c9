"""Puts policies, overlay and catalog in force.

A stack running with this state directory proves them, writes the bundle and reloads its catalog; the command
returns once every worker runs the new revision. Without one, the bundle at `PROXY_BUNDLE_PATH` is proved and written
here. `--bundle` puts in force a bundle built and signed elsewhere; it needs `PROXY_POLICY_VERIFICATION_KEY`. Exit
status 1: refused, and what was in force stays.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.cli.policy.answers import Answer

if TYPE_CHECKING:
    from proxy.embedded.state import RunningStack
    from proxy.policy.activation.activation import ActivationResult
    from proxy.settings import Settings

_PROVING_S = 900.0
_SPREADING_S = 15.0
_POLL_S = 0.1


def command(
    bundle: Annotated[
        Path | None, typer.Option("--bundle", metavar="FILE", help="A signed bundle instead of the configured folders.")
    ] = None,
) -> Answer:
    """Put policies, overlay and catalog in force now; exit with 1 if they are refused and the last good ones stay.

    A stack running here proves and loads them itself; otherwise the bundle at PROXY_BUNDLE_PATH is written.
    """
    from dataclasses import asdict

    from proxy.embedded import state
    from proxy.settings import Settings

    settings = Settings()
    stack = state.running(settings.state_dir)
    if stack is None and settings.bundle_path is None:
        raise ValueError("no stack runs here and PROXY_BUNDLE_PATH is not set, so there is no bundle to write")
    outcome = _activate(settings, stack, bundle)
    revisions = _spread(stack, outcome.revision) if outcome.active and stack is not None else []
    document = {name: value for name, value in asdict(outcome).items() if value not in ("", ())}
    failure = _failure(outcome, revisions) or _draft(settings)
    return Answer(
        document | ({"revisions": revisions} if revisions else {}),
        lambda: _show(outcome, everywhere=bool(revisions) and not failure),
        not failure,
        failure,
    )


def _failure(outcome: ActivationResult, revisions: list[str]) -> str:
    if not outcome.active:
        stays = f"; {outcome.revision} stays in force" if outcome.revision else ""
        return f"refused ({outcome.reason}): {outcome.detail}{stays}"
    missing = [revision for revision in revisions if revision != outcome.revision]
    return f"some workers still run {', '.join(missing)} after {_SPREADING_S:.0f} s" if missing else ""


def _draft(settings: Settings) -> str:
    """Return why the overlay binds nobody, "" where it does."""
    from proxy.cli.installation import database_url
    from proxy.service import rollout

    if settings.registry == "files" or rollout.overlay(settings) is None:
        return ""
    settings = rollout.with_database(settings, database_url)
    folder = rollout.draft(settings, rollout.newest(settings))
    return f"the rules in {folder} are a draft; store them: compliance-proxy registry rules {folder}" if folder else ""


def _show(outcome: ActivationResult, *, everywhere: bool) -> None:
    if not outcome.active:
        return
    for line in (
        f"revision {outcome.revision}",
        *decisions(outcome),
        *(["every worker runs it"] if everywhere else []),
    ):
        typer.echo(line)


def decisions(outcome: ActivationResult) -> list[str]:
    """Return the result of the decisions before the swap."""
    if not outcome.decided:
        return ["trial decisions skipped: this bundle has already passed them"]
    changed = sum(count for _, count in outcome.changes)
    head = f"{outcome.decided} questions decided first, {changed} of them differently"
    return [head, *(f"  {count} x {change}" for change, count in outcome.changes)]


def _activate(settings: Settings, stack: RunningStack | None, file: Path | None) -> ActivationResult:
    """Put the new bundle in force, or ask the supervisor to; return the outcome."""
    from proxy.errors import ConfigurationError
    from proxy.policy.activation import activation
    from proxy.policy.faults import BundleRefusedError
    from proxy.runtime.environment import environment
    from proxy.service import rollout

    path = settings.state_dir / "bundle.tar.gz" if stack is not None else rollout.bundle_path(settings)
    where = rollout.bundle_paths(settings, path)
    if stack is not None and file is None:
        return _ask(stack, where.status)
    try:
        if file is not None:
            activation.install(where, file.read_bytes())
        else:
            rollout.renew(settings, path, environment())
    except BundleRefusedError as error:
        current = where.current()
        return activation.ActivationResult(False, current.revision if current else "", error.reason, error.detail)
    except ConfigurationError as error:
        return activation.ActivationResult(False, "", "catalog", str(error))
    return activation.last(where.status) or activation.ActivationResult(False, "", "unwritable", str(where.status))


def _ask(stack: RunningStack, status: Path) -> ActivationResult:
    """Ask the supervisor to reload everything, and wait for the outcome."""
    import os
    import signal
    import time

    from proxy.policy.activation import activation

    before = activation.last(status)
    os.kill(stack.pids["supervisor"], signal.SIGUSR1)
    until = time.monotonic() + _PROVING_S
    while time.monotonic() < until:
        outcome = activation.last(status)
        if outcome is not None and outcome != before:
            return outcome
        time.sleep(_POLL_S)
    raise ValueError("the supervisor did not report the outcome")


def _spread(stack: RunningStack, revision: str) -> list[str]:
    """Wait until every worker runs the revision; return the revisions they run."""
    import json
    import time
    import urllib.request

    until, running = time.monotonic() + _SPREADING_S, [""]
    while time.monotonic() < until:
        with urllib.request.urlopen(stack.ready_url, timeout=5) as reply:  # noqa: S310 - our own address
            running = json.load(reply).get("policy", {}).get("revisions") or [""]
        if running == [revision]:
            break
        time.sleep(_POLL_S)
    return running
