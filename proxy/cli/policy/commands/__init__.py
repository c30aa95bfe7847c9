"""``compliance-proxy policy``: check, test, evaluate, explain, compare, replay, build and verify policies.

Each module of this package is a command, by its name: ``command`` takes the options and returns an ``Answer``, and the
module's docstring is its section of ``docs/reference/policy-commands.md``. ``proxy.web.api.requests`` lists those in
the admin API. Every command runs the engine in this process, which is fresh and never forks afterwards.
"""

from __future__ import annotations

import importlib
import pkgutil

import typer

from proxy.cli.policy.answers import Command, terminal


def _commands() -> dict[str, Command]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name.rstrip("_").replace("_", "-"): importlib.import_module(f"{__name__}.{name}").command for name in names}


#: name -> command
COMMANDS = _commands()

app = typer.Typer(no_args_is_help=True, help="Author, test, compare and roll out the policies written in Rego.")
for _name, _command in COMMANDS.items():
    app.command(_name)(terminal(_command))
