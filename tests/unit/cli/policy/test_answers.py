"""One command, asked at a terminal and by the admin API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_type_hints

import pytest
import typer
from typer.testing import CliRunner

from proxy.cli.policy import options
from proxy.cli.policy.answers import Answer, answered, terminal
from proxy.cli.policy.commands import COMMANDS
from proxy.web.api import requests


def greet(
    name: Annotated[str, typer.Argument()],
    folder: Annotated[Path | None, typer.Option("--folder")] = None,
) -> Answer:
    """Greet."""
    if name == "nobody":
        raise ValueError("there is nobody")
    options.remark(f"looked at {name}")
    return Answer(
        {"name": name, "folder": str(folder)}, lambda: typer.echo(f"hello {name}"), name != "foe", "no friend"
    )


@pytest.fixture
def ran():
    app = typer.Typer()
    app.command()(terminal(greet))
    return lambda *words: CliRunner().invoke(app, words)


def test_a_terminal_gets_lines_or_json(ran):
    assert (ran("ann").stdout, ran("ann").exit_code) == ("hello ann\n", 0)
    assert '"name": "ann"' in ran("ann", "--json").stdout


@pytest.mark.parametrize(("words", "status", "said"), [
    (("foe",), 1, "no friend"), (("foe", "--json"), 1, '"name": "foe"'), (("nobody",), 2, "there is nobody"),
])  # fmt: skip
def test_exit_statuses(ran, words, status, said):
    ended = ran(*words)
    assert (ended.exit_code, said in ended.output) == (status, True)


def test_the_admin_api_gets_one_document():
    assert answered(greet, {"name": "foe", "folder": "/x"}) == {
        "ok": False, "result": {"name": "foe", "folder": "/x"}, "remarks": ["looked at foe"],
    }  # fmt: skip
    assert answered(greet, {"name": "nobody"}) == {"refused": "there is nobody"}


@pytest.mark.parametrize("name", [*requests.COMMANDS, "activate"])
def test_every_member_of_a_body_is_a_parameter_of_its_command(name):
    body = requests.COMMANDS.get(name, requests.Activate)
    parameters = get_type_hints(COMMANDS[name])
    members = {body.renamed.get(member, member) for member in body.model_fields}
    assert members <= set(parameters) - {"return"}


def test_remarks_are_kept_back_for_one_command_alone(capsys):
    answered(greet, {"name": "Ada"})
    options.remark("of the next")
    assert capsys.readouterr().err == "of the next\n"
