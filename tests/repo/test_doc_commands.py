"""What the documentation tells readers to type exists: commands and options, make targets, settings, paths, files."""

from __future__ import annotations

import inspect
import re
import shlex
import sys
from collections.abc import Iterator
from enum import Enum
from functools import cache
from urllib.parse import urlsplit

import pytest
import typer.main

from proxy import cli
from proxy.codecs import endpoints
from proxy.console import table as console
from proxy.settings import Settings
from proxy.web import openapi
from proxy.web.api import table
from proxy.web.api.operations import ROOT as ADMIN
from tests.repo import pages

SHELL = pages.of_language("sh", "console")
_ASSIGNED = re.compile(r"[A-Z_]\w*=")
_HEREDOC = re.compile(r"<<'(\w+)'\n.*?\n\1$", re.MULTILINE | re.DOTALL)
_INNER = re.compile(r"\$\((.*?)\)", re.DOTALL)
_BREAKS = {"|", "||", "&&", ";", "&", ">", "<"}
#: Stands for something of the reader's own: ``DIR``, ``FILE.json``, ``...``, ``DIR]``.
_PLACEHOLDER = re.compile(r"[^a-z-]*|[A-Z][\w.|/-]*|\.\.\.|.*[\[\]|…].*")
#: What the pages name below a declared API's own path (docs/how-to/declare-a-route.md).
_DECLARED = "/translate/"
#: Written by a command, ignored by git.
_WRITTEN = "bench/out/"


@cache
def commands():
    """The whole command line."""
    asked, sys.argv = sys.argv, ["compliance-proxy"]
    try:
        found = typer.main.get_command(cli._commands())
    finally:
        sys.argv = asked
    return found


def split(script: str) -> Iterator[list[str]]:
    """Yield the simple commands of a script as words; what stands in ``$(...)`` is a command of its own."""
    script = _HEREDOC.sub("", script.replace("\\\n", " "))
    for inner in _INNER.findall(script):
        yield from split(inner)
    for line in _INNER.sub("INNER", script).splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, ";"]:
            if word in _BREAKS:
                if words:
                    yield words
                words = []
            else:
                words.append(word)


def typed(program: str) -> list[tuple[str, list[str]]]:
    """Every call of a program in the shell blocks: where, and its words behind the program."""
    found = []
    for block in SHELL:
        for words in split(block.text.replace("\n$ ", "\n").removeprefix("$ ")):
            while words and (_ASSIGNED.match(words[0]) or words[0] == "export"):
                words.pop(0)
            if words and words[0].rpartition("/")[2] == program:
                found.append((block.place, words[1:]))
    return found


def in_sentences(program: str) -> list[tuple[str, list[str]]]:
    """Every mention of a program with words behind it, in backticks."""
    return [
        (page, one.split()[1:]) for page in pages.PAGES for one in pages.code(page) if one.startswith(f"{program} ")
    ]


def reached(words):
    """The command that words lead to, and its arguments."""
    command = commands()
    rest = list(words)
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        if _PLACEHOLDER.fullmatch(rest[0]):
            break
        assert rest[0] in command.commands, f"{command.name} has no command {rest[0]}"
        command = command.commands[rest.pop(0)]
    return command, rest


def accepted(command, words):
    """Fail where the command does not take these words: an option, a choice, a missing or a spare argument."""
    context = command.context_class(command, info_name=command.name)
    given, rest, _ = command.make_parser(context).parse_args(list(words))
    assert rest == [], f"{command.name} takes no {rest}"
    for parameter in command.params:
        assert parameter.name in given or not parameter.required, f"{command.name} needs {parameter.name}"
        kind = parameter.type_descriptor.annotation
        if parameter.name in given and inspect.isclass(kind) and issubclass(kind, Enum):
            kind(given[parameter.name])


@pytest.mark.parametrize(("place", "words"), typed("compliance-proxy"))
def test_commands_in_blocks_parse(place, words):
    command, rest = reached(words)
    assert not hasattr(command, "commands"), f"{place}: a command is missing behind {words}"
    accepted(command, rest)


def shortened() -> list[tuple[str, list[str]]]:
    """Every mention of a command by its group, without the program's name: ``audit show``."""
    groups = [name for name, command in commands().commands.items() if hasattr(command, "commands")]
    return [(page, [group, *words]) for group in groups for page, words in in_sentences(group)]


@pytest.mark.parametrize(("page", "words"), [*in_sentences("compliance-proxy"), *shortened()])
def test_commands_in_sentences_exist(page, words):
    command, rest = reached([word.strip("()") for word in words])
    options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert {word.partition("=")[0] for word in rest if word.startswith("--")} <= {*options, "--help"}


def usages() -> list[tuple[str, str]]:
    """The synopses of the page of policy commands, by command."""
    page = "docs/reference/policy-commands.md"
    return [
        (name, "\n".join(re.findall(rf"^policy {name} .*(?:\n +.*)*", block.text, re.MULTILINE)))
        for block in pages.blocks(page)
        for name in dict.fromkeys(re.findall(r"^policy ([\w-]+)", block.text, re.MULTILINE))
    ]


@pytest.mark.parametrize(("name", "usage"), usages())
def test_the_page_of_policy_commands_has_every_option(name, usage):
    command, _ = reached(["policy", name])
    offered = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    assert set(re.findall(r"--[\w-]+", usage)) == offered - {"--help"}


def test_every_policy_command_is_on_its_page():
    group = commands().commands["policy"]
    assert {name for name, _ in usages()} == set(group.commands)


@cache
def recipes() -> dict[str, str]:
    """The Makefile's targets and what they run."""
    text = (pages.ROOT / "Makefile").read_text()
    return dict(re.findall(r"^([a-z][\w-]*):[^\n]*\n((?:\t[^\n]*\n)*)", text, re.MULTILINE))


def source(module: str) -> str:
    """All source of a module that is run, with that of its package."""
    path = pages.ROOT / module.replace(".", "/")
    files = path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")]
    return "\n".join(file.read_text() for file in files)


def options_exist(program: str, words: list[str]) -> None:
    """Fail where a module or script of this repository does not name an option."""
    known = source(program)
    assert [word for word in words if word.startswith("--") and f'"{word.partition("=")[0]}"' not in known] == []


@pytest.mark.parametrize(("place", "words"), [*typed("make"), *in_sentences("make")])
def test_make_targets_and_their_arguments_exist(place, words):
    given = [word for word in shlex.split(" ".join(words)) if "#" not in word] if place in pages.PAGES else words
    targets = [word for word in given if "=" not in word and not _PLACEHOLDER.fullmatch(word)]
    assert set(targets) <= set(recipes()), place
    arguments = [word.partition("=")[2] for word in given if word.startswith("ARGS=")]
    for recipe in (recipes()[target] for target in targets if arguments):
        run = re.findall(
            r"-m ([\w.]+) .*\$\(ARGS\)|/(compliance-proxy \w+) \$\(ARGS\)|python (\S+)\.py \$\(ARGS\)",
            recipe.replace("$(PYTEST)", "-m pytest"),
        )
        assert run, recipe
        module, command, script = run[0]
        if command:
            accepted(*reached([*command.split()[1:], *shlex.split(arguments[0])]))
        elif module != "pytest":
            options_exist(module or script, shlex.split(arguments[0]))


@pytest.mark.parametrize(("place", "words"), [*typed("python"), *in_sentences("python")])
def test_modules_that_are_run_exist(place, words):
    if words[0] == "-m" and words[1] not in {"pytest", "pip", "venv"}:
        options_exist(words[1], words[2:])
    elif words[0].startswith(("bench/", "tests/", "training/")):
        options_exist(words[0].removesuffix(".py"), words[1:])


@pytest.mark.parametrize("page", [page for page in pages.PAGES if page != "CHANGELOG.md"])
def test_settings_that_are_named_exist(page):
    guide = pages.guide(page)
    added = "\n".join(step.text for step in guide.steps) if guide else ""
    named = re.findall(r"\bPROXY_[A-Z0-9_]+\b", pages.text(page))
    assert {name for name in named if name.removeprefix("PROXY_").lower() not in added} <= set(Settings.variables())


def urls() -> list[tuple[str, str]]:
    """The addresses at the proxy in blocks of code: where they stand, and the path."""
    found = []
    for block in pages.of_language("sh", "console", "python"):
        for address in re.findall(
            r"(?:http://127\.0\.0\.1:8080|http://proxy:8080|\$PROXY|\$ADMIN)[^\s\"']*", block.text
        ):
            whole = address.replace("$PROXY", "http://proxy").replace("$ADMIN", "http://proxy" + ADMIN.rstrip("/"))
            found.append((block.place, urlsplit(whole).path))
    return found


@pytest.mark.parametrize(("place", "path"), urls())
def test_addresses_in_blocks_are_served(place, path):
    assert is_served(path) or path.startswith(_DECLARED), f"{place}: {path}"


def is_served(path: str) -> bool:
    """Whether anything answers at a path, or below it where it is a client's base."""
    methods = ("GET", "POST", "PUT", "PATCH", "DELETE")
    if path.startswith(ADMIN.rstrip("/")):
        return path == ADMIN.rstrip("/") or any(table.find(method, path)[0] for method in methods)
    if path.startswith(console.ROOT.rstrip("/")):
        return (
            any(console.find(method, f"{path.rstrip('/')}/")[0] for method in methods)
            or "/login" in path
            or any(console.find(method, path)[0] for method in methods)
        )
    return (
        path in {"", "/", openapi.PATH, *endpoints.TABLE.health}
        or any(endpoints.TABLE.find(method, path, ()).served for method in methods)
        or any(
            one.endpoint.path.startswith(f"{path.removeprefix(endpoints.EXPLAIN)}/") for one in endpoints.TABLE.served
        )
    )


_PATH = re.compile(r"(?:GET |POST |PUT |PATCH |DELETE )?(/[\w./{}:-]+)")
#: Of providers and model servers; the pages say that they are not served.
NOT_SERVED = set(
    "/v1/detokenize /v2/parse /v1/agents/completions /chat_tokenize /decode /invocations /vertex /detokenize /slots /props"
    " /lora-adapters /sleep /collective_rpc".split()
)
#: Of the proxy's own port, and beginnings of paths.
OWN = {"/livez", "/readyz", "/healthz", "/metrics", "/admin/", "/audit/log/", "/ready"}
GUIDES = ("README.md", "docs/index.md", "docs/tutorial/", "docs/how-to/", "docs/for/")


@pytest.mark.parametrize("page", [page for page in pages.PAGES if page.startswith(GUIDES)])
def test_paths_in_sentences_are_served_or_known_not_to_be(page):
    named = {found[1] for one in pages.code(page) if (found := _PATH.fullmatch(one)) and not one.startswith("/data/")}
    unknown = {path for path in named if not is_served(path.rstrip("/").removesuffix("/..."))}
    assert unknown <= {*NOT_SERVED, *OWN}


@pytest.mark.parametrize("path", sorted(NOT_SERVED))
def test_what_the_pages_call_not_served_is_not(path):
    assert not is_served(path)


_FILE = re.compile(r"(?:proxy|bench|tests|policies|config|migrations|training|docs|deploy|scripts|\.ci)/[\w./*-]+")


@pytest.mark.parametrize("page", [page for page in pages.PAGES if page != "CHANGELOG.md"])
def test_files_that_are_named_exist(page):
    named = [one for one in pages.code(page) if _FILE.fullmatch(one) and not one.startswith(_WRITTEN)]
    guide = pages.guide(page)
    added = guide.new if guide else frozenset()
    missing = [one for one in named if not list(pages.ROOT.glob(one.rstrip("/")))]
    assert [one for one in missing if not any(new.startswith(one) for new in added)] == []
