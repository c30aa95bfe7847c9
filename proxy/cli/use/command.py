"""``compliance-proxy use AGENT``: print what points a coding agent at the proxy, or write it into its own settings."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.cli.installation import fail

if TYPE_CHECKING:
    from pathlib import Path

    from proxy.cli.use.agents import Agent, ProxyAccess
    from proxy.settings import Settings

_NAMES = "claude-code, codex, gemini-cli, qwen-code, opencode, aider, or env for any other program"


def command(
    agent: Annotated[str, typer.Argument(metavar="AGENT", help=_NAMES)],
    url: Annotated[
        str | None, typer.Option("--url", help="Address of the proxy (default: the one that runs here).")
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            "--key", envvar="COMPLIANCE_PROXY_KEY", help="Your key (default: the demo key, where it runs here)."
        ),
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Write the agent's settings; a copy of them is kept.")] = False,
    subscription: Annotated[
        bool, typer.Option("--subscription", help="You are signed in at the provider: send the key beside its token.")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take back what --write wrote.")] = False,
    check: Annotated[
        bool, typer.Option("--check/--no-check", help="Ask the proxy whether it serves the agent.")
    ] = True,
) -> None:
    """Point a coding agent at the proxy: print the lines, or write them with --write.

    Writes nothing and exits with 1 if the proxy does not answer, the key is not valid or no target serves the agent.
    """
    import asyncio

    from proxy.cli.use import answers, files
    from proxy.cli.use.agents import AGENTS, ProxyAccess, home
    from proxy.settings import Settings

    chosen = AGENTS.get(agent)
    if chosen is None:
        raise fail(f"unknown agent {agent}: choose one of {', '.join(AGENTS)}", 2)
    if undo:
        _print_undone(chosen, files.undo(chosen, home()))
        return
    if write and not chosen.files:
        raise fail(f"{agent} has no settings file to write: put the printed lines where the program reads them", 2)
    if subscription and not chosen.takes_subscriptions:
        raise fail(f"{agent} cannot send a key beside a token", 2)
    proxy = ProxyAccess(*_target(Settings(), url, key), subscription)
    answer = asyncio.run(answers.asked(proxy.root, proxy.key, agent)) if check else answers.Service()
    if answer.problem:
        raise fail(f"{answer.problem}\n  -> {answer.advice}")
    if answer.advice:
        typer.secho(f"note: {answer.advice}", fg="yellow", err=True)
    if write:
        _print_written(agent, chosen, files.write(chosen, home(), proxy), checked=check)
    else:
        _print_lines(agent, chosen, proxy)


def _target(settings: Settings, url: str | None, key: str | None) -> tuple[str, str]:
    """Return address and key: those given, or those of the stack that runs here."""
    from proxy.embedded import state
    from proxy.embedded.first_start import DEMO_TENANT

    stack = state.running(settings.state_dir) if url is None else None
    root = url or (stack.proxy_url if stack is not None else "")
    secret = key or (state.demo_keys(settings.state_dir).get(DEMO_TENANT) if stack is not None else None)
    if not root:
        raise fail("no proxy runs here: start one with compliance-proxy run, or give its address with --url", 2)
    if not secret:
        raise fail("no key: give yours with --key, or in COMPLIANCE_PROXY_KEY", 2)
    return root.rstrip("/").removesuffix("/v1"), secret


def _print_lines(name: str, agent: Agent, proxy: ProxyAccess) -> None:
    from proxy.cli.use.agents import home
    from proxy.cli.use.settings_files import changed

    for variable, value in agent.exported(proxy).items():
        typer.echo(f"export {variable}={shlex.quote(value)}")
    if not agent.variables:
        for file in agent.files:
            typer.echo(f"# {file.where(home())}\n{changed('', file.form, file.filled(proxy))}".rstrip())
    if agent.files:
        typer.echo(f"# or have these settings written: compliance-proxy use {name} --write", err=True)


def _print_written(name: str, agent: Agent, paths: list[Path], *, checked: bool) -> None:
    for path in paths:
        typer.echo(f"wrote {path}")
    if checked:
        typer.echo("the proxy answers, the key is valid, and a target serves it")
    typer.echo(f"start {agent.title} as always: {agent.starts}\nto take it back: compliance-proxy use {name} --undo")


def _print_undone(agent: Agent, paths: list[Path]) -> None:
    for path in paths:
        typer.echo(f"restored {path}")
    if not paths:
        typer.echo(f"nothing was written for {agent.title}")
