"""Examples in the documentation are what their pages say: code that parses, configuration that the models take."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from proxy.catalog import apis, endpoints, lists, models
from proxy.policy.forms.form import HouseRules
from tests.repo import pages

#: What a block may be; each has its test here or in test_doc_commands, but for what is only shown.
LANGUAGES = {"sh", "console", "python", "yaml", "json", "rego", "sql", "toml", "mermaid", "text"}
#: What a block of YAML shows, by its title: the file, or what its entries are where it shows some of them.
FILES = {
    "endpoints.yaml": TypeAdapter(dict[str, endpoints.TargetEndpoint]),
    "routes.yaml": TypeAdapter(list[models.RouteEntry]),
    "lists.yaml": TypeAdapter(lists.Lists),
    "apis.yaml": TypeAdapter(apis.Apis),
    "housing.yaml": TypeAdapter(HouseRules),
    "answers.yaml": TypeAdapter(HouseRules),
}
#: The parts of ``registry.yaml``, of which a block shows one or more.
REGISTRY = {
    "providers": TypeAdapter(dict[str, models.Provider]),
    "targets": TypeAdapter(dict[str, models.TargetEntry]),
    "tenants": TypeAdapter(dict[str, models.Tenant]),
    "activities": TypeAdapter(dict[str, models.Activity]),
    "exceptions": TypeAdapter(list[models.ExceptionGrant]),
    "reviewed_origins": TypeAdapter(list[models.ReviewedOrigin]),
    "prices": TypeAdapter(models.PricesEntry),
    "budgets": TypeAdapter(list[models.BudgetEntry]),
    "limits": TypeAdapter(list[models.LimitEntry]),
}
GUIDES = ("README.md", "docs/index.md", "docs/tutorial/", "docs/how-to/", "docs/for/", "docs/explanation/", "deploy/")
_DATA = re.compile(r"-d '(\{.*?\})'", re.DOTALL)


def named(block: pages.Block) -> str:
    return block.place


@pytest.mark.parametrize("page", pages.PAGES)
def test_no_page_holds_both_sides_of_a_merge(page):
    assert re.search(r"^(<{7}|={7}|>{7})( |$)", pages.text(page), re.MULTILINE) is None


@pytest.mark.parametrize("page", pages.PAGES)
def test_every_block_says_what_it_is(page):
    assert {block.language for block in pages.blocks(page)} <= LANGUAGES


@pytest.mark.parametrize("page", [page for page in pages.PAGES if page.startswith(GUIDES)])
def test_code_is_fenced_and_nested_as_github_and_the_site_read_it(page):
    lines = pages.prose(page).splitlines()
    pairs = zip(["", *lines], lines, strict=False)
    assert [
        line
        for before, line in pairs
        if not before.strip() and re.match(r" {4}(?! *[-*\d])", line) and not nested(lines, line)
    ] == []
    assert [line for line in lines if re.match(r"(?: {4})* {1,3}(?:[-*]|\d+\.) ", line)] == []


def nested(lines: list[str], line: str) -> bool:
    """Whether an indented line belongs to an item of a list: the last line before it that is not indented begins one."""
    above = [one for one in lines[: lines.index(line)] if one and not one.startswith(" ")]
    return bool(above) and re.match(r"(?:[-*]|\d+\.) ", above[-1]) is not None


@pytest.mark.parametrize("page", pages.PAGES)
def test_an_item_below_a_paragraph_of_another_stands_apart(page):
    """The site would read it as part of that paragraph."""
    inner = [block for block in re.split(r"\n[ ]*\n", pages.prose(page)) if re.match(r"\n* {4}(?! *[-*\d])", block)]
    assert [block for block in inner if re.search(r"^(?:[-*]|\d+\.) ", block, re.MULTILINE)] == []


@pytest.mark.parametrize("block", pages.of_language("python", "json"), ids=named)
def test_code_parses(block):
    {"python": ast.parse, "json": json.loads}[block.language](block.text)


@pytest.mark.parametrize(
    ("place", "body"),
    [(block.place, body) for block in pages.of_language("sh") for body in _DATA.findall(block.text)],
)
def test_bodies_that_are_sent_are_json(place, body):
    json.loads(body)


@pytest.mark.parametrize("block", pages.of_language("yaml"), ids=named)
def test_configuration_is_what_its_title_says(block):
    shown = yaml.safe_load(block.text)
    if block.title == "registry.yaml":
        assert set(shown) <= set(REGISTRY)
        for part, entries in shown.items():
            REGISTRY[part].validate_python(entries)
    else:
        FILES[block.title].validate_python(shown)


def written(block: pages.Block) -> list[tuple[str, str]]:
    """The files that the commands of a block write: name and content."""
    return re.findall(r"cat > (\S+) <<'(?:\w+)'\n(.*?)\nEND$", block.text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    ("name", "content"),
    [(name, content) for block in pages.of_language("sh") for name, content in written(block)],
)
def test_files_that_commands_write_are_what_their_names_say(name, content):
    file = Path(name)
    if file.suffix == ".py":
        ast.parse(content)
    elif file.name in FILES:
        FILES[file.name].validate_python(yaml.safe_load(content))
    else:
        assert yaml.safe_load(content)


HEADER = """package example.page_{number}

import rego.v1

import data.compliance.lib.evidence
import data.compliance.lib.facts

"""


@pytest.fixture(scope="module")
def overlay(tmp_path_factory):
    """The Rego of the pages: whole modules as they stand, the rest each in a package that no decision asks."""
    folder = tmp_path_factory.mktemp("overlay")
    for number, block in enumerate(pages.of_language("rego")):
        whole = re.match(r"package org\.(\w+)", block.text)
        name = whole[1] if whole else f"page_{number}"
        place = folder / name.removesuffix("_test")
        place.mkdir(exist_ok=True)
        text = block.text if whole else HEADER.format(number=number) + _apart(block.text)
        (place / f"{name}.rego").write_text(text)
    return folder


def _apart(text: str) -> str:
    """Give the definitions that a block shows as alternatives names of their own, and leave out what it calls wrong."""
    right = re.sub(r"^# wrong.*\n.*\n", "", text, flags=re.MULTILINE)
    return right + "\nsound := set()\n" if re.search(r"\bsound\b", right) else right


def test_rego_compiles_with_the_library_and_the_rule_of_the_guide_passes_its_test(overlay):
    code = "from proxy.cli import main; main()"
    command = [sys.executable, "-c", code, "policy", "test", "--overlay", str(overlay), "--match", "housing", "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert json.loads(ended.stdout)["passed"] == 1
