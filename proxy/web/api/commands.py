"""From a validated body to the command that answers it: its parameters, the files it reads, what it needs. Pure.

A body's members are the command's parameters. Text, numbers and flags go as they are; what is a file or a folder for
the command is written into a private folder, and the parameter is its path.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from proxy.web.api.requests import Folder, Policies, RequestModel

#: The law, inside a library's folder; a candidate that has it gets the data document compiled anew.
_LAW = "data/legal.json"
#: Members that are files for the command: name, and how the value is written.
_FILES: Mapping[str, tuple[str, Callable[[Any], bytes]]] = {
    "data": ("data.json", orjson.dumps),
    "input": ("input.json", orjson.dumps),
    "cases": ("cases.json", lambda cases: orjson.dumps({"cases": cases})),
    "inputs": ("inputs.jsonl", lambda inputs: b"\n".join(map(orjson.dumps, inputs))),
    "bundle": ("bundle.tar.gz", base64.b64decode),
}
#: Members that let the command read the audit log.
_RECORDS = frozenset({"since", "request_id", "at_recorded_data"})


@dataclass(frozen=True, slots=True)
class PathArgument:
    """A path inside the private folder."""

    name: str


@dataclass(frozen=True, slots=True)
class PolicyCommand:
    """A policy command. ``needs_secrets``: it reads the audit log or the database's registry, or signs."""

    command: str
    given: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    needs_secrets: bool = False
    asker: str = ""

    def asked(self, folder: Path) -> bytes:
        """Return what the command's process reads: one JSON document, with whole paths."""
        given = {
            name: str(folder / value.name) if isinstance(value, PathArgument) else value
            for name, value in self.given.items()
        }
        return orjson.dumps({"command": self.command, "given": given, "asker": self.asker})


@dataclass(frozen=True, slots=True)
class CommandContext:
    """What a body leaves open: bundles by revision, the data document in force, and who asks."""

    kept: Mapping[str, bytes]
    data: Mapping[str, Any]
    asker: str = ""
    database: bool = False  # whether the registry in force lies in the database


def revisions(body: RequestModel) -> frozenset[str]:
    """Return the revisions a body names."""
    return frozenset(value.revision for _, value in body if isinstance(value, Policies) and value.revision)


def plan(command: str, body: RequestModel, context: CommandContext) -> PolicyCommand:
    """Return how a body is answered."""
    files: dict[str, bytes] = {}
    folders: list[str] = []
    given: dict[str, Any] = {}
    for name, value in body:
        if value is None or value is False or value == "":
            continue
        if isinstance(value, Folder | Policies):
            given[name] = _policies(name, value, context, files, folders)
        elif name in _FILES:
            given[body.parameter(name)] = _file(name, value, files)
        else:
            given[body.parameter(name)] = value
    own_data = any(isinstance(value, Policies) and _brings_data(value) for _, value in body)
    if body.over_data and "data" not in given and not own_data:
        given["data"] = _file("data", dict(context.data), files)
    compiles = body.over_data and "data" not in given and context.database
    needs_secrets = body.signs or compiles or not _RECORDS.isdisjoint(name for name, value in body if value)
    return PolicyCommand(command, given, files, tuple(folders), needs_secrets, context.asker)


def _file(name: str, value: Any, files: dict[str, bytes]) -> PathArgument:
    place, write = _FILES[name]
    files[place] = write(value)
    return PathArgument(place)


def _policies(
    name: str, given: Folder | Policies, context: CommandContext, files: dict[str, bytes], folders: list[str]
) -> PathArgument:
    if given.files is not None:
        folders.append(name)
        files.update({f"{name}/{path}": text.encode() for path, text in given.files.items()})
        return PathArgument(name)
    packed = context.kept[given.revision] if given.revision else base64.b64decode(given.bundle or "")
    files[f"{name}.tar.gz"] = packed
    return PathArgument(f"{name}.tar.gz")


def _brings_data(given: Policies) -> bool:
    """Whether policies bring their data, or the law from which it is compiled."""
    return given.files is None or _LAW in given.files
