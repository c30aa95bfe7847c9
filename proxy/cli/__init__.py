"""The ``compliance-proxy`` command. One file per group of commands; each exposes a typer app named ``app``."""

from __future__ import annotations

import importlib
import sys

import typer

#: group name -> module; imported only when the group is asked for, so that --help stays fast.
_GROUPS = {
    "audit": "proxy.cli.audit",
    "break-glass": "proxy.cli.breakglass",
    "keys": "proxy.cli.keys",
    "policy": "proxy.cli.policy",
    "registry": "proxy.cli.registry",
    "vault": "proxy.cli.vault",
}
#: single commands -> module holding a function ``command``.
_COMMANDS = {
    "run": "proxy.cli.run",
    "serve": "proxy.cli.serve",
    "tour": "proxy.cli.tour",
    "doctor": "proxy.cli.doctor",
    "migrate": "proxy.cli.migrate",
    "detect": "proxy.cli.detect",
}


def _group() -> None:
    """Classify, decide, de-identify, route and prove every AI request of an organisation."""


def main() -> None:
    """Run the command line."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_show_locals=False,
        help="Classify, decide, de-identify, route and prove every AI request of an organisation.",
    )
    app.callback()(_group)
    asked = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    for name, module in _GROUPS.items():
        if asked in {name, None}:
            app.add_typer(importlib.import_module(module).app, name=name)
    for name, module in _COMMANDS.items():
        if asked in {name, None}:
            app.command(name)(importlib.import_module(module).command)
    app()
