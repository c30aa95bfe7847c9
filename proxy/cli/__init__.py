"""The ``compliance-proxy`` command. Each group is a module with a typer app named ``app``."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from proxy import __version__
from proxy.errors import ConfigurationError, RegistryUnavailableError
from proxy.settings import receive_handover, withdraw_master_key

#: group name -> module, imported only if the group is used, so that --help stays fast.
GROUPS = {
    "apis": "proxy.cli.apis",
    "audit": "proxy.cli.audit.commands",
    "break-glass": "proxy.cli.breakglass",
    "keys": "proxy.cli.keys.commands",
    "oversight": "proxy.cli.oversight",
    "policy": "proxy.cli.policy.commands",
    "registered": "proxy.cli.registered_people",
    "registry": "proxy.cli.registry.commands",
    "routes": "proxy.cli.routes",
    "subject": "proxy.cli.subject",
    "vault": "proxy.cli.vault",
}
#: single command -> its function.
COMMANDS = {
    "run": "proxy.cli.run:command",
    "serve": "proxy.cli.serve:command",
    "top": "proxy.cli.top:command",
    "usage": "proxy.cli.top:usage",
    "console": "proxy.cli.console:command",
    "tour": "proxy.cli.tour:command",
    "selftest": "proxy.cli.selftest:command",
    "doctor": "proxy.cli.maintenance:doctor",
    "migrate": "proxy.cli.maintenance:migrate",
    "install-engine": "proxy.cli.maintenance:install_engine",
    "detect": "proxy.cli.detect.commands:command",
    "detector": "proxy.cli.serve:detector",
    "use": "proxy.cli.use.command:command",
}
#: What the library of settings says -> what people say.
_PLAIN = {
    "Input should be": "must be",
    "String should": "must",
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid boolean": "true or false",
}


def main() -> None:
    """Run the command line. A user error becomes one sentence and exit status 2, never a traceback."""
    withdraw_master_key()
    try:
        receive_handover()
        _commands()()
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        _refuse(*(_sentence(detail) for detail in details))
    except (ConfigurationError, RegistryUnavailableError) as error:
        _refuse(str(error))
    except OSError as error:
        if error.filename is None:
            raise
        named = Path(str(error.filename)) in map(Path, sys.argv[1:])
        _refuse(f"{error.filename}: {error.strerror}" + ("" if named else ". PROXY_STATE_DIR names the state folder"))


def _sentence(error: ErrorDetails) -> str:
    """Return what is wrong with a setting, by the variable's name, without its value."""
    name = "".join(f"PROXY_{str(part).upper()} " for part in error["loc"][:1] if not str(part).isupper())
    message = error["msg"].removeprefix("Value error, ").partition(", unable to")[0]
    for words, plain in _PLAIN.items():
        message = message.replace(words, plain)
    return name + message


def _refuse(*sentences: str) -> None:
    for sentence in sentences:
        typer.secho(sentence, fg="red", err=True)
    sys.exit(2)


def _version(requested: bool) -> None:
    if requested:
        typer.echo(f"compliance-proxy {__version__}")
        raise typer.Exit


def _group(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Classify, decide, de-identify, route and prove every AI request of an organisation."""


def command_of(name: str) -> Callable[..., None]:
    """Return the function of a single command; its module is imported."""
    module, _, function = COMMANDS[name].partition(":")
    command: Callable[..., None] = getattr(importlib.import_module(module), function)
    return command


def _commands() -> typer.Typer:
    app = typer.Typer(
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,
        help="Classify, decide, de-identify, route and prove every AI request of an organisation.",
    )
    app.callback()(_group)
    chosen = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    for name, module in GROUPS.items():
        if chosen in {name, None}:
            app.add_typer(importlib.import_module(module).app, name=name)
    for name in COMMANDS:
        if chosen in {name, None}:
            app.command(name)(command_of(name))
    return app
