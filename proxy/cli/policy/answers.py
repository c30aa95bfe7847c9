"""The answer of a ``policy`` command, for its two callers: a person at a terminal, and the admin API.

A command is a function from its options to an ``Answer``. ``terminal`` makes it a command of the command line, with
``--json`` and exit statuses; ``answered`` calls it with the request that the admin API's child process received.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import typer

from proxy.cli.installation import fail, print_json, reason
from proxy.cli.policy import options
from proxy.cli.policy.options import AsJson

_NO, _REFUSED = 1, 2


@dataclass(frozen=True, slots=True)
class Answer:
    """``document`` for machines, ``show`` for a terminal; not ``ok`` is exit status 1, explained by ``failure``."""

    document: Any
    show: Callable[[], None]
    ok: bool = True
    failure: str = ""


Command = Callable[..., Answer]


def terminal(command: Command) -> Callable[..., None]:
    """Return the typer command: an unreadable file or a refused bundle is one line and exit status 2."""

    def run(*, as_json: bool = False, **arguments: Any) -> None:
        try:
            answer = command(**arguments)
        except options.refusals() as error:
            raise fail(reason(error), _REFUSED) from error
        if as_json:
            print_json(answer.document)
        else:
            answer.show()
        if not answer.ok:
            raise typer.Exit(_NO) if as_json or not answer.failure else fail(answer.failure, _NO)

    hints = get_type_hints(command, include_extras=True)
    parameters = [item.replace(annotation=hints[item.name]) for item in inspect.signature(command).parameters.values()]
    last = inspect.Parameter("as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=AsJson)
    run.__doc__ = command.__doc__
    run.__annotations__ = {item.name: item.annotation for item in (*parameters, last)}
    run.__signature__ = inspect.Signature([*parameters, last])  # type: ignore[attr-defined]
    return run


def answered(command: Command, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``{"ok", "result", "remarks"}`` of a command, or ``{"refused"}`` with the reason if it could not run.

    ``arguments`` are its parameters by name, paths as text.
    """
    kinds = get_type_hints(command)
    remarks: list[str] = []
    former = options.REMARK.set(remarks.append)
    try:
        answer = command(**{name: _read(kinds[name], value) for name, value in arguments.items()})
    except options.refusals() as error:
        return {"refused": reason(error)}
    finally:
        options.REMARK.reset(former)
    return {"ok": answer.ok, "result": answer.document, "remarks": remarks}


def _read(kind: Any, value: Any) -> Any:
    return Path(value) if kind is Path or Path in get_args(kind) else value
