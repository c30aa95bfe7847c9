"""Who may do what: the admin API's operations by role, and the commands by what their login and account need.

What a command needs is read from its code: which connections and stores the functions open that it calls.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

import typer

from proxy import cli
from proxy.web.api import access, table

READER, WRITER, IDENTITY, VAULT, REGISTRY, OWNER = "reader", "writer", "identity", "vault", "registry", "owner"
RETENTION, VERIFIER = "retention", "verifier"
MASTER, SIGNING = "master key", "audit signing key"
#: What the functions and classes open that commands use, by name.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "reading": (READER,),
    "audit_log": (WRITER, MASTER, SIGNING),
    "subjects_and_log": (WRITER, IDENTITY, MASTER, SIGNING),
    "SubjectKeys": (IDENTITY,),
    "ApiKeyStore": (IDENTITY,),
    "GrantStore": (IDENTITY,),
    "PostgresVault": (VAULT,),
    "RegistryStore": (REGISTRY,),
    "migrate": (OWNER,),
    "OWNER": (OWNER,),
    "purging": (RETENTION,),
    "VERIFIER": (VERIFIER,),
    "keyring": (MASTER,),
    "Checkpointer": (WRITER, SIGNING),
}
_COLUMNS = (READER, VERIFIER, WRITER, IDENTITY, VAULT, REGISTRY, RETENTION, OWNER, MASTER, SIGNING)
#: Commands that serve, whose parts need every role.
_SERVING = ("run", "serve")


def page() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *_operations(), "", _COMMANDS, *_commands()]) + "\n"


def _operations() -> Iterator[str]:
    yield f"| operation | {' | '.join(f'`{role}`' for role in access.ROLES)} |"
    yield f"|---|{'---|' * len(access.ROLES)}"
    for operation in table.OPERATIONS:
        marks = ("yes" if access.effective((role,)) & operation.roles else "" for role in access.ROLES)
        yield f"| `{operation.method} {operation.path}` | {' | '.join(marks)} |"


def _commands() -> Iterator[str]:
    yield f"| command | {' | '.join(_COLUMNS)} |"
    yield f"|---|{'---|' * len(_COLUMNS)}"
    for name, callback in _callbacks():
        needed = set(_COLUMNS) - {OWNER, RETENTION, VERIFIER} if name in _SERVING else _needs(callback)
        if needed:
            yield f"| `{name}` | {' | '.join('yes' if one in needed else '' for one in _COLUMNS)} |"


def _callbacks() -> Iterator[tuple[str, FunctionType]]:
    for name in cli.COMMANDS:
        yield name, inspect.unwrap(cli.command_of(name))
    for name, module in cli.GROUPS.items():
        yield from _below(typer.main.get_command(importlib.import_module(module).app), name)


def _below(command: Any, path: str) -> Iterator[tuple[str, FunctionType]]:
    if hasattr(command, "commands"):
        for name, one in sorted(command.commands.items()):
            yield from _below(one, f"{path} {name}")
    else:
        yield path, inspect.unwrap(command.callback)


def _needs(function: FunctionType) -> set[str]:
    """Return what a command needs, from the functions that it calls in ``proxy.cli``."""
    needed: set[str] = set()
    seen, waiting = set(), [function]
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        names, imported = _names(one)
        for name in names:
            needed |= set(_NEEDS.get(name, ()))
            if name not in _NEEDS and (found := _function(name, one, imported)) is not None:
                waiting.append(found)
    return needed


def _names(function: FunctionType) -> tuple[set[str], Mapping[str, tuple[str, str]]]:
    """Return the names in a function, and what its own imports bind: module and name there."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    names = {one.id for one in ast.walk(tree) if isinstance(one, ast.Name)}
    names |= {one.attr for one in ast.walk(tree) if isinstance(one, ast.Attribute)}
    bound = {
        alias.asname or alias.name: (one.module or "", alias.name)
        for one in ast.walk(tree)
        if isinstance(one, ast.ImportFrom)
        for alias in one.names
    }
    return names, bound


def _function(name: str, within: FunctionType, bound: Mapping[str, tuple[str, str]]) -> FunctionType | None:
    found = within.__globals__.get(name)
    if found is None and name in bound:
        found = getattr(importlib.import_module(bound[name][0]), bound[name][1], None)
    if found is None:
        modules = [one for one in within.__globals__.values() if isinstance(one, ModuleType)]
        modules += [importlib.import_module(".".join(one)) for one in bound.values() if _is_module(one)]
        found = next((getattr(one, name) for one in modules if _ours(one.__name__) and hasattr(one, name)), None)
    plain = inspect.unwrap(found) if callable(found) else None
    return plain if isinstance(plain, FunctionType) and _ours(plain.__module__) else None


def _is_module(bound: tuple[str, str]) -> bool:
    return _ours(bound[0]) and inspect.ismodule(getattr(importlib.import_module(bound[0]), bound[1], None))


def _ours(module: str) -> bool:
    return module == "proxy.cli" or module.startswith("proxy.cli.")


_HEAD = """<!-- generated by 'make docs' from docs/roles.py; do not edit -->

# Roles

Who may read, export, hold, erase, restore and change. Three things decide: the roles of a caller's key or token on the
[admin API](admin-api.md), the roles of a command's login in the database (its `DATABASE_URL`), and the keys that the
command's account can read. [The log's page](audit-record.md#roles) says what each role of the database may do there.

## Operations of the admin API

`audit-reader` is bound to the tenant of its key; what names a data subject also needs `privacy-officer`, and so does
the result of an export about one.
"""

_COMMANDS = """## Commands

A command connects with its own `DATABASE_URL` and acts as the roles that it needs: `proxy_reader` and so on. So give
each group of people a login of its own, with those roles alone, and the keys that their commands need (the master key
and the audit signing key):

| login | grant | for |
|---|---|---|
| auditors, officers | `proxy_reader` | questions, reports, verifying, exporting; without any key |
| who only verifies | `proxy_verifier` | `audit verify`, without any key |
| who purges | `proxy_retention`, `proxy_writer` | `audit retention`, with both keys |
| who archives months | `proxy_reader`, `proxy_writer` | `audit archive`, with both keys |
| who places holds, erases | `proxy_writer`, `proxy_identity`, `proxy_vault`, `proxy_reader` | with both keys |
| administrators of keys and grants | `proxy_writer`, `proxy_identity` | with both keys |
| administrators of the registry | `proxy_writer`, `proxy_registry` | with both keys |
| who migrates | a member of `proxy_owner` | `migrate` |

"yes" is what a command may need with some of its options; `audit verify` needs one of its two roles. Commands that are
not listed need no database. What a command does is an event in a chain of its own, so it needs the keys that certify
one.
"""
