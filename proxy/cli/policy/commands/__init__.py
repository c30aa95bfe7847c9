"""``compliance-proxy policy``: check, test, evaluate, explain, compare, replay, build and verify policies.

A command is a function that takes the options and returns an ``Answer``. A module of this package is a command by its
name: its ``command``, documented by the module's docstring. Or it has several in ``COMMANDS``, each documented by the
function's. That is its section of ``docs/reference/policy-commands.md``. ``proxy.web.api.requests`` lists those in the
admin API. Every command runs the engine in this process, which is fresh and never forks afterwards.
"""

from __future__ import annotations

import importlib
import pkgutil

import typer

from proxy.cli.policy.answers import Command, terminal


def _commands() -> dict[str, Command]:
    commands: dict[str, Command] = {}
    for module in pkgutil.iter_modules(__path__):
        imported = importlib.import_module(f"{__name__}.{module.name}")
        commands |= getattr(imported, "COMMANDS", None) or {module.name.replace("_", "-"): imported.command}
    return dict(sorted(commands.items()))


#: name -> command
COMMANDS = _commands()

app = typer.Typer(no_args_is_help=True, help="Author, test, compare and roll out the policies written in Rego.")
for _name, _command in COMMANDS.items():
    app.command(_name)(terminal(_command))
