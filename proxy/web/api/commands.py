"""From a validated body to a command: its parameters, the files it reads, the secrets it needs. Pure.

A body's members are the command's parameters. Text, numbers and flags are passed as they are; members that the command
expects as a file or folder are written into a private folder, and the parameter is the path.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from proxy.web.api.requests import Folder, Policies, RequestModel

#: The law, inside a library's folder; for a candidate that has it, the data document is compiled anew.
_LAW = "data/legal.json"
#: Members that are files for the command: file name, and how the value is written.
_FILES: Mapping[str, tuple[str, Callable[[Any], bytes]]] = {
    "data": ("data.json", orjson.dumps),
    "input": ("input.json", orjson.dumps),
    "cases": ("cases.json", lambda cases: orjson.dumps({"cases": cases})),
    "inputs": ("inputs.jsonl", lambda inputs: b"\n".join(map(orjson.dumps, inputs))),
    "bundle": ("bundle.tar.gz", base64.b64decode),
}
#: Members for which the command reads the audit log.
_RECORDS = frozenset({"since", "request_id", "at_recorded_data"})


@dataclass(frozen=True, slots=True)
class PathArgument:
    """A path inside the private folder."""

    name: str


@dataclass(frozen=True, slots=True)
class PolicyCommand:
    """A policy command. ``needs_secrets``: it reads the audit log or the registry in the database, or signs."""

    command: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    needs_secrets: bool = False
    actor: str = ""

    def encoded(self, folder: Path) -> bytes:
        """Return the JSON document that the command's process reads, with absolute paths."""
        parameters = {
            name: str(folder / value.name) if isinstance(value, PathArgument) else value
            for name, value in self.parameters.items()
        }
        return orjson.dumps(
            {"command": self.command, "parameters": parameters, "actor": self.actor, "folder": str(folder)}
        )


@dataclass(frozen=True, slots=True)
class CommandContext:
    """What a body does not contain: bundles by revision, the data document in force, and the actor."""

    bundles: Mapping[str, bytes]
    data: Mapping[str, Any]
    actor: str = ""
    database: bool = False  # whether the registry in force is in the database


def revisions(body: RequestModel) -> frozenset[str]:
    """Return the revisions that a body names."""
    return frozenset(value.revision for _, value in body if isinstance(value, Policies) and value.revision)


def plan(command: str, body: RequestModel, context: CommandContext) -> PolicyCommand:
    """Return the command that answers a body."""
    files: dict[str, bytes] = {}
    folders: list[str] = []
    parameters: dict[str, Any] = {}
    for name, value in body:
        if value is None or value is False or value == "":
            continue
        if isinstance(value, Folder | Policies):
            parameters[name] = _policies(name, value, context, files, folders)
        elif name in _FILES:
            parameters[body.parameter(name)] = _file(name, value, files)
        else:
            parameters[body.parameter(name)] = value
    own_data = any(isinstance(value, Policies) and _has_data(value) for _, value in body)
    if body.over_data and "data" not in parameters and not own_data:
        parameters["data"] = _file("data", dict(context.data), files)
    compiles = body.over_data and "data" not in parameters and context.database
    needs_secrets = body.signs or compiles or not _RECORDS.isdisjoint(name for name, value in body if value)
    return PolicyCommand(command, parameters, files, tuple(folders), needs_secrets, context.actor)


def _file(name: str, value: Any, files: dict[str, bytes]) -> PathArgument:
    path, write = _FILES[name]
    files[path] = write(value)
    return PathArgument(path)


def _policies(
    name: str, value: Folder | Policies, context: CommandContext, files: dict[str, bytes], folders: list[str]
) -> PathArgument:
    if value.files is not None:
        folders.append(name)
        files.update({f"{name}/{path}": text.encode() for path, text in value.files.items()})
        return PathArgument(name)
    packed = context.bundles[value.revision] if value.revision else base64.b64decode(value.bundle or "")
    files[f"{name}.tar.gz"] = packed
    return PathArgument(f"{name}.tar.gz")


def _has_data(policies: Policies) -> bool:
    """Whether policies come with their data, or with the law from which it is compiled."""
    return policies.files is None or _LAW in policies.files
