"""The ``policy`` commands on the policy in force: activate a new one, see what the shadow decides differently."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.cli.policy import options
from proxy.cli.policy.options import AsJson

if TYPE_CHECKING:
    from proxy.embedded.state import RunningStack
    from proxy.policy.activation.activation import ActivationResult
    from proxy.settings import Settings

_PROVING_S = 900.0
_SPREADING_S = 15.0
_POLL_S = 0.1


def activate(
    bundle: Annotated[
        Path | None, typer.Option("--bundle", metavar="FILE", help="A signed bundle instead of the configured folders.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put policies, overlay and catalog in force now; exit with 1 when they are refused and the last good ones stay.

    A stack that runs here proves and loads them itself; otherwise the bundle at PROXY_BUNDLE_PATH is written.
    """
    from proxy.embedded import state
    from proxy.settings import Settings

    settings = Settings()
    stack = state.running(settings.state_dir)
    if stack is None and settings.bundle_path is None:
        raise options.fail("no stack runs here and PROXY_BUNDLE_PATH is not set, so there is no place for a bundle", 2)
    with options.refusals():
        outcome = _put(settings, stack, bundle)
    revisions = _spread(stack, outcome.revision) if outcome.active and stack is not None else []
    missing = [revision for revision in revisions if revision != outcome.revision]
    if as_json:
        _print_outcome(outcome, revisions)
    elif outcome.active:
        typer.echo(f"revision {outcome.revision}")
        for line in _shown(outcome):
            typer.echo(line)
    if not outcome.active:
        kept = f"; {outcome.revision} stays in force" if outcome.revision else ""
        raise options.fail(f"refused ({outcome.reason}): {outcome.detail}{kept}")
    if missing:
        raise options.fail(f"some workers still run {', '.join(missing)} after {_SPREADING_S:.0f} s")
    if stack is not None and not as_json:
        typer.echo("every worker runs it")


def _shown(outcome: ActivationResult) -> list[str]:
    """Say what deciding before the swap has shown."""
    if not outcome.decided:
        return ["decided before: this very bundle"]
    changed = sum(count for _, count in outcome.changes)
    head = f"{outcome.decided} questions decided first, {changed} of them differently"
    return [head, *(f"  {count} x {what}" for what, count in outcome.changes)]


def _print_outcome(outcome: ActivationResult, revisions: list[str]) -> None:
    """Print how it ended and what the workers of the stack that runs here (if any) run now."""
    from dataclasses import asdict

    said = {name: value for name, value in asdict(outcome).items() if value not in ("", ())}
    options.print_json(said | ({"revisions": revisions} if revisions else {}))


def _put(settings: Settings, stack: RunningStack | None, given: Path | None) -> ActivationResult:
    """Put the new bundle in force, or ask the supervisor to; return how that ended."""
    from proxy.errors import ConfigurationError
    from proxy.policy.activation import activation
    from proxy.policy.faults import BundleRefusedError
    from proxy.runtime.environment import environment
    from proxy.service import rollout

    path = settings.state_dir / "bundle.tar.gz" if stack is not None else rollout.bundle_path(settings)
    where = rollout.place(settings, path)
    if stack is not None and given is None:
        return _ask(stack, where.status)
    try:
        if given is not None:
            activation.install(where, given.read_bytes())
        else:
            rollout.renew(settings, path, environment())
    except BundleRefusedError as error:
        current = where.current()
        return activation.ActivationResult(False, current.revision if current else "", error.reason, error.detail)
    except ConfigurationError as error:
        return activation.ActivationResult(False, "", "catalog", str(error))
    return activation.last(where.status) or activation.ActivationResult(False, "", "unwritable", str(where.status))


def _ask(stack: RunningStack, status: Path) -> ActivationResult:
    """Let the supervisor read everything again, and wait for its word."""
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
    raise ValueError("the supervisor did not say how it ended")


def _spread(stack: RunningStack, revision: str) -> list[str]:
    """Wait until every worker runs the revision; return what they run."""
    import json
    import time
    import urllib.request

    until, shown = time.monotonic() + _SPREADING_S, [""]
    while time.monotonic() < until:
        with urllib.request.urlopen(stack.ready_url, timeout=5) as reply:  # noqa: S310 - our own address
            shown = json.load(reply).get("policy", {}).get("revisions") or [""]
        if shown == [revision]:
            break
        time.sleep(_POLL_S)
    return shown


def shadow(
    since: Annotated[
        str, typer.Option("--since", metavar="WHEN", help="Differences since: 24h, 7d, or an ISO date.")
    ] = "24h",
    as_json: AsJson = False,
    fail_on_change: Annotated[
        bool, typer.Option("--fail-on-change", help="Exit with 1 when anything differs.")
    ] = False,
) -> None:
    """Show what the shadow policy decided differently from the live one, with exchanges to look up."""
    from datetime import UTC, datetime

    from proxy.cli.policy import documents, tables
    from proxy.policy.authoring import replay
    from proxy.policy.authoring.compare import Comparison

    with options.refusals():
        begin = replay.since(since, datetime.now(UTC))
        asked = {"since": begin.isoformat()}
        found = options.from_log("policy shadow", asked, lambda dsn: replay.differences(dsn, begin))
    comparison = Comparison()
    for recorded, candidate in found:
        comparison.add(recorded, recorded.decision or {}, candidate)
    if as_json:
        options.print_json(documents.comparison(comparison))
    else:
        tables.comparison(comparison)
    if fail_on_change and comparison.changes:
        raise typer.Exit(1)
