"""What the scripted model of a coding agent does next, by what it has seen so far.

A script is a list of steps. Which one comes next is the number of tool results in the request, so a request that lost or gained one
goes astray visibly. Templates hold values that the model has to have read in a tool's result: ``{mail}``, ``{name}``.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

READING = ("Read", "read_file", "read", "view")
EDITING = ("Edit", "replace", "edit", "str_replace")
SHELL = ("Bash", "run_shell_command", "bash", "shell_command", "exec_command", "shell", "local_shell")
PATCHING = "apply_patch"
#: A free-form tool that runs a program, which calls the others.
PROGRAMMING = "exec"
_PATHS = ("file_path", "absolute_path", "filepath", "path", "file")
_LABELS = {
    "name": r"Customer: *([^\n\\]+?) *(?:\\n|\n|$)",
    "mail": r"E-mail: *(\S+?)(?:\\n|\s|$)",
    "phone": r"Phone: *([^\n\\]+?) *(?:\\n|\n|$)",
    "iban": r"IBAN: *([^\n\\]+?) *(?:\\n|\n|$)",
}


@dataclass(frozen=True, slots=True)
class Step:
    """``kind``: read, edit, shell or say. ``file`` is a name in the working folder, ``text`` what to run, say or put there."""

    kind: str
    file: str = ""
    text: str = ""
    old: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """What the model answers: text, or a call of a tool whose arguments are an object, or a text for a free-form tool."""

    text: str = ""
    tool: str = ""
    arguments: Mapping[str, Any] | str = field(default_factory=dict)


@dataclass(slots=True)
class History:
    """A request as the model sees it: texts by role, the results of tools, the schemas of tools by name."""

    texts: list[tuple[str, str]] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    tools: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def values(self) -> dict[str, str]:
        """Return what the labels stand before, as the model has read it."""
        everything = "\n".join([*self.results, *(text for _, text in self.texts)])
        return {
            name: match[1] if (match := re.search(pattern, everything)) else f"no {name}"
            for name, pattern in _LABELS.items()
        }


def next_action(history: History, steps: Sequence[Step], folder: str) -> Action:
    """Return the model's answer to a request. Without tools it is a title, or for aider the edit as a block of text."""
    if not history.tools:
        return _without_tools(history, steps)
    step = steps[min(len(history.results), len(steps) - 1)]
    values = history.values()
    text, old, path = _filled(step.text, values), _filled(step.old, values), f"{folder}/{step.file}"
    if step.kind == "say":
        return Action(f"{text} Last result: {history.results[-1][-200:] if history.results else ''}")
    if PROGRAMMING in history.tools:
        return Action(tool=PROGRAMMING, arguments=_program(step.kind, path, old, text))
    return _call(history.tools, step.kind, path, old, text)


def _call(tools: Mapping[str, Mapping[str, Any]], kind: str, path: str, old: str, new: str) -> Action:
    """Return the call of the tool for a step, of the shell where there is none."""
    reader, editor, shell = (_offered(tools, names) for names in (READING, EDITING, SHELL))
    if kind == "read" and reader:
        return Action(tool=reader, arguments=_arguments(tools[reader], path=path))
    if kind == "edit" and editor:
        return Action(tool=editor, arguments=_arguments(tools[editor], path=path, old=old, new=new))
    if kind == "edit" and PATCHING in tools:
        schema, patch = tools[PATCHING], _patch(path, old, new)
        return Action(tool=PATCHING, arguments=_arguments(schema, patch=patch) if "properties" in schema else patch)
    command = {"read": f"cat {path}", "edit": _replacement(path, old, new), "shell": new}[kind]
    if not shell:
        return Action(f"There is no tool to {kind} with among {', '.join(tools)}.")
    return Action(tool=shell, arguments=_arguments(tools[shell], command=command))


def _without_tools(history: History, steps: Sequence[Step]) -> Action:
    edit = next((step for step in steps if step.kind == "edit"), None)
    if edit is None or not any("SEARCH/REPLACE" in text for _, text in history.texts):
        return Action(json.dumps({"title": "A working session"}))
    values = history.values()
    old, new = _filled(edit.old, values), _filled(edit.text, values)
    return Action(f"{edit.file}\n```\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n```\n")


def _filled(template: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), template)


def _offered(tools: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((name for name in names if name in tools), "")


def _arguments(schema: Mapping[str, Any], **wanted: str) -> dict[str, Any]:
    """Return arguments by the tool's own schema: what is wanted under its names, something for all else that it requires."""
    arguments: dict[str, Any] = {}
    required = set(schema.get("required", ()))
    for key, member in schema.get("properties", {}).items():
        value = _wanted(key.lower(), wanted)
        if value is not None:
            arguments[key] = ["bash", "-lc", value] if member.get("type") == "array" else value
        elif key in required:
            arguments[key] = {"boolean": False, "integer": 1, "number": 1}.get(member.get("type"), "do this step")
    return arguments


def _wanted(key: str, wanted: Mapping[str, str]) -> str | None:
    if key in _PATHS:
        return wanted.get("path")
    if key in {"command", "cmd"}:
        return wanted.get("command")
    return next((value for name, value in wanted.items() if key.startswith(name)), None)


def _patch(path: str, old: str, new: str) -> str:
    lines = [*(f"-{line}" for line in old.split("\n")), *(f"+{line}" for line in new.split("\n"))]
    return "\n".join(["*** Begin Patch", f"*** Update File: {path}", "@@", *lines, "*** End Patch", ""])


def _program(kind: str, path: str, old: str, new: str) -> str:
    """Return JavaScript that does a step with the tools inside."""
    if kind == "edit":
        return f"text(await tools.apply_patch({json.dumps(_patch(path, old, new), ensure_ascii=False)}));\n"
    command = json.dumps(f"cat {path}" if kind == "read" else new, ensure_ascii=False)
    return f"const r = await tools.exec_command({{cmd: {command}}});\ntext(r.output);\n"


def _replacement(path: str, old: str, new: str) -> str:
    """Return a command that edits a file, for programs that have a shell alone."""
    program = (
        "import sys; p, a, b = sys.argv[1:]; t = open(p).read(); assert a in t; open(p, 'w').write(t.replace(a, b))"
    )
    return " ".join(shlex.quote(word) for word in ("python3", "-c", program, path, old, new))
