"""From a validated body to the command that answers it: its words, the files it reads, what it needs. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from proxy.web.api import requests
from proxy.web.api.requests import Folder, Policies

#: The law, inside a library's folder; a candidate that has it gets the data document compiled anew.
_LAW = "data/legal.json"


@dataclass(frozen=True, slots=True)
class PathArgument:
    """A path inside the private folder, as the value of an option or alone."""

    name: str
    option: str = ""

    def word(self, folder: Path) -> str:
        """Return the word of the command line."""
        path = str(folder / self.name)
        return f"{self.option}={path}" if self.option else path


@dataclass(frozen=True, slots=True)
class PolicyCommand:
    """A command below ``policy``. ``needs_secrets``: it reads the audit log or the database's registry, or signs."""

    words: tuple[str | PathArgument, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    needs_secrets: bool = False

    def argv(self, folder: Path) -> list[str]:
        """Return the words with their paths."""
        return [word if isinstance(word, str) else word.word(folder) for word in self.words]


@dataclass(frozen=True, slots=True)
class CommandContext:
    """What a body leaves open: bundles by revision, the data document in force, and who asks."""

    kept: Mapping[str, bytes]
    data: Mapping[str, Any]
    asker: str = ""
    database: bool = False  # whether the registry in force lies in the database


class _Writer:
    """Gathers words and files."""

    def __init__(self, context: CommandContext, command: str) -> None:
        self.context = context
        self.words: list[str | PathArgument] = [f"--on-behalf-of={context.asker}", command, "--json"]
        self.files: dict[str, bytes] = {}
        self.folders: list[str] = []
        self.needs_secrets = False
        self._own_data = False

    def flag(self, option: str, value: str | float | bool) -> None:
        if value is True:
            self.words.append(option)
        elif value:
            self.words.append(f"{option}={value}")

    def folder(self, name: str, given: Folder | None, option: str = "") -> None:
        if given is not None:
            self._tree(name, given.files)
            self.words.append(PathArgument(name, option or f"--{name}"))

    def policies(self, name: str, given: Policies | None, option: str) -> None:
        """Add policies; ``option`` "" makes their path an argument."""
        if given is None:
            return
        if given.files is not None:
            self._tree(name, given.files)
            self._own_data |= _LAW in given.files
        else:
            packed = self.context.kept[given.revision] if given.revision else base64.b64decode(given.bundle or "")
            name = f"{name}.tar.gz"
            self.files[name] = packed
            self._own_data = True
        self.words.append(PathArgument(name, option))

    def document(self, name: str, value: Any, option: str = "") -> None:
        self.files[name] = orjson.dumps(value)
        self.words.append(PathArgument(name, option))

    def data(self, given: Mapping[str, Any] | None) -> None:
        """Add the data document: the given one, else the one in force, unless the policies bring their own."""
        if given is None and self._own_data:
            self.needs_secrets |= self.context.database
            return
        self.document("data.json", dict(self.context.data if given is None else given), "--data")

    def recorded(self, inputs: list[dict[str, Any]] | None, since: str | None) -> None:
        if inputs is not None:
            self.files["inputs.jsonl"] = b"\n".join(map(orjson.dumps, inputs))
            self.words.append(PathArgument("inputs.jsonl", "--inputs"))
        else:
            self.flag("--since", since or "")
            self.needs_secrets = True

    def _tree(self, name: str, files: Mapping[str, str]) -> None:
        self.folders.append(name)
        self.files |= {f"{name}/{path}": text.encode() for path, text in files.items()}

    def plan(self) -> PolicyCommand:
        return PolicyCommand(tuple(self.words), self.files, tuple(self.folders), self.needs_secrets)


def revisions(body: requests.RequestModel) -> frozenset[str]:
    """Return the revisions a body names."""
    trees = (getattr(body, name, None) for name in ("policies", "before", "after", "candidate"))
    return frozenset(tree.revision for tree in trees if isinstance(tree, Policies) and tree.revision)


def check(body: requests.Check, context: CommandContext) -> PolicyCommand:
    """``policy check``."""
    writer = _Writer(context, "check")
    writer.folder("policies", body.policies)
    writer.folder("overlay", body.overlay)
    return writer.plan()


def test(body: requests.Test, context: CommandContext) -> PolicyCommand:
    """``policy test``."""
    writer = _Writer(context, "test")
    writer.folder("policies", body.policies)
    writer.folder("overlay", body.overlay)
    writer.flag("--coverage", body.coverage)
    writer.words.append(f"--floor={body.floor}")
    writer.flag("--match", body.match)
    return writer.plan()


def evaluate(body: requests.Eval, context: CommandContext) -> PolicyCommand:
    """``policy eval``."""
    writer = _decided(body, context, "eval")
    if body.input is not None:
        writer.document("input.json", body.input)
    else:
        writer.document("cases.json", {"cases": body.cases}, "--cases")
    return writer.plan()


def explain(body: requests.Explain, context: CommandContext) -> PolicyCommand:
    """``policy explain``; a recorded request meets what decided it unless the body says otherwise."""
    if body.input is not None:
        writer = _decided(body, context, "explain")
        writer.document("input.json", body.input)
        return writer.plan()
    others = body.today or body.policies or body.overlay or body.data is not None
    writer = _decided(body, context, "explain") if others else _Writer(context, "explain")
    writer.flag("--today", body.today)
    writer.words.append(body.request_id or "")
    writer.needs_secrets = True
    return writer.plan()


def _decided(body: requests.Eval | requests.Explain, context: CommandContext, command: str) -> _Writer:
    writer = _Writer(context, command)
    writer.policies("policies", body.policies, "--policies")
    writer.folder("overlay", body.overlay)
    writer.data(body.data)
    return writer


def diff(body: requests.Diff, context: CommandContext) -> PolicyCommand:
    """``policy diff``."""
    writer = _Writer(context, "diff")
    writer.policies("before", body.before, "")
    writer.policies("after", body.after, "")
    writer.folder("overlay", body.overlay)
    writer.data(body.data)
    writer.recorded(body.inputs, body.since)
    writer.flag("--fail-on-change", body.fail_on_change)
    return writer.plan()


def replay(body: requests.Replay, context: CommandContext, policies_dir: Path) -> PolicyCommand:
    """``policy replay``; without a candidate the configured library at ``policies_dir`` is replayed."""
    writer = _Writer(context, "replay")
    if body.candidate is None:
        writer.flag("--candidate", str(policies_dir))
    writer.policies("candidate", body.candidate, "--candidate")
    writer.folder("overlay", body.overlay)
    if body.at_recorded_data:
        writer.flag("--at-recorded-data", True)
        writer.needs_secrets = True
    else:
        writer.data(body.data)
    writer.recorded(body.inputs, body.since)
    writer.flag("--fail-on-change", body.fail_on_change)
    return writer.plan()


def what_if(body: requests.WhatIf, context: CommandContext) -> PolicyCommand:
    """``policy what-if``."""
    writer = _Writer(context, "what-if")
    writer.policies("policies", body.policies, "--policies")
    writer.folder("overlay", body.overlay)
    writer.data(body.data)
    writer.recorded(body.inputs, body.since)
    for option, value in (
        ("--cut-off", body.cut_off),
        ("--dpf-falls", body.dpf_falls),
        ("--baa-lapses", body.baa_lapses),
    ):
        writer.flag(option, value)
    return writer.plan()


def shadow(body: requests.Shadow, context: CommandContext) -> PolicyCommand:
    """``policy shadow``."""
    writer = _Writer(context, "shadow")
    writer.recorded(None, body.since)
    writer.flag("--fail-on-change", body.fail_on_change)
    return writer.plan()


def activate(body: requests.Activate, context: CommandContext) -> PolicyCommand:
    """``policy activate``."""
    writer = _Writer(context, "activate")
    writer.needs_secrets = True
    if body.bundle is not None:
        writer.files["bundle.tar.gz"] = base64.b64decode(body.bundle)
        writer.words.append(PathArgument("bundle.tar.gz", "--bundle"))
    return writer.plan()
