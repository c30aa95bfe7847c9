"""What can be set, sent or answered is on its reference page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from proxy import errors
from proxy.cli.policy.commands import COMMANDS, app
from proxy.errors import ProxyError
from proxy.settings import Settings
from proxy.web import declared

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def page(name):
    path = REFERENCE / name
    if not path.is_file():
        pytest.skip(f"{name} is not written yet")
    return path.read_text()


@pytest.mark.parametrize("name", sorted(dict(Settings.of_the_environment())))
def test_every_setting_is_documented(name):
    text = page("settings.md")
    assert f"PROXY_{name.upper()}" in text
    assert dict(Settings.of_the_environment())[name].description in text


def test_no_setting_is_documented_that_is_none():
    named = set(re.findall(r"^\| `PROXY_(\w+)`", page("settings.md"), re.MULTILINE))
    assert named <= {name.upper() for name in dict(Settings.of_the_environment())}


@pytest.mark.parametrize(
    "kind", [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ProxyError)]
)
def test_every_error_code_is_documented(kind):
    assert re.search(rf"`{kind.code}` \| {kind.status} \|", page("errors.md"))


@pytest.mark.parametrize("name", declared.HEADERS)
def test_every_header_is_documented_and_read(name):
    assert f"`{declared.PREFIX}{name}`" in page("headers.md")
    source = Path(declared.__file__).read_text()
    assert re.search(rf'reader\.\w+\("{name}"|PREFIX \+ "{name}"', source)


@pytest.mark.parametrize("name", COMMANDS)
def test_usage_has_brackets_around_what_can_be_left_out(name):
    """The page is compared with the generator elsewhere."""
    [usage] = re.findall(rf"^policy {name}( .*?)^```", page("policy-commands.md"), re.MULTILINE | re.DOTALL)
    options = typer.main.get_command(app).commands[name].params
    named = {one.opts[0]: one.required for one in options if one.param_type_name == "option"}
    assert {option: f"[{option}" not in usage for option in named} == named
