"""The ``policy`` commands on the policy in force: activate a new one, see what the shadow decides differently."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.cli import policy_options as options
from proxy.cli.policy_options import AsJson

if TYPE_CHECKING:
    from proxy.embedded.state import RunningStack
    from proxy.policy.activation import Outcome
    from proxy.settings import Settings

_PROVING_S = 900.0
_SPREADING_S = 15.0
_POLL_S = 0.1


def activate(
    bundle: Annotated[
        Path | None, typer.Option("--bundle", metavar="FILE", help="A signed bundle instead of the configured folders.")
    ] = None,
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
    if not outcome.active:
        kept = f"; {outcome.revision} stays in force" if outcome.revision else ""
        raise options.fail(f"refused ({outcome.reason}): {outcome.detail}{kept}")
    typer.echo(f"revision {outcome.revision}")
    if stack is not None:
        _spread(stack, outcome.revision)


def _put(settings: Settings, stack: RunningStack | None, given: Path | None) -> Outcome:
    """Put the new bundle in force, or ask the supervisor to; return how that ended."""
    from proxy import rollout
    from proxy.errors import ConfigurationError
    from proxy.policy import activation
    from proxy.policy.faults import BundleRefusedError
    from proxy.settings import environment

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
        return activation.Outcome(False, current.revision if current else "", error.reason, error.detail)
    except ConfigurationError as error:
        return activation.Outcome(False, "", "catalog", str(error))
    return activation.last(where.status) or activation.Outcome(False, "", "unwritable", str(where.status))


def _ask(stack: RunningStack, status: Path) -> Outcome:
    """Let the supervisor read everything again, and wait for its word."""
    import os
    import signal
    import time

    from proxy.policy import activation

    before = activation.last(status)
    os.kill(stack.pids["supervisor"], signal.SIGUSR1)
    until = time.monotonic() + _PROVING_S
    while time.monotonic() < until:
        outcome = activation.last(status)
        if outcome is not None and outcome != before:
            return outcome
        time.sleep(_POLL_S)
    raise ValueError("the supervisor did not say how it ended")


def _spread(stack: RunningStack, revision: str) -> None:
    """Wait until every worker runs the revision."""
    import json
    import time
    import urllib.request

    until, shown = time.monotonic() + _SPREADING_S, {}
    while time.monotonic() < until:
        with urllib.request.urlopen(f"{stack.proxy_url}/readyz", timeout=5) as reply:  # noqa: S310 - our own address
            shown = json.load(reply).get("policy", {})
        if shown.get("revisions") == [revision]:
            typer.echo("every worker runs it")
            return
        time.sleep(_POLL_S)
    raise options.fail(f"not every worker runs it after {_SPREADING_S:.0f} s, see 'policy' in /readyz: {shown}")


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

    from proxy.cli import policy_tables as tables
    from proxy.policy import replay
    from proxy.policy.compare import Comparison

    with options.refusals():
        begin = replay.since(since, datetime.now(UTC))
        asked = {"since": begin.isoformat()}
        found = options.from_log("policy shadow", asked, lambda dsn: replay.differences(dsn, begin))
    comparison = Comparison()
    for recorded, candidate in found:
        comparison.add(recorded, recorded.decision or {}, candidate)
    if as_json:
        options.print_json(tables.comparison_document(comparison))
    else:
        tables.comparison(comparison)
    if fail_on_change and comparison.changes:
        raise typer.Exit(1)
