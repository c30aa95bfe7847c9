"""Answers as files: written with their companion, and checked offline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from proxy.audit.sealing.keys import VerifierKey
from proxy.errors import ConfigurationError
from proxy.reports import answer, render, statement
from proxy.reports.answer import Signed


def write(signed: Signed, kind: str, path: Path) -> None:
    """Write an answer or a report in a format, and beside it the companion with its statement and signature.

    Raises:
        ConfigurationError: a file cannot be written, or the format needs what is not installed.

    """
    file = render.rendered(signed, kind)
    try:
        path.write_bytes(file)
        _companion(path).write_bytes(statement.canonical(answer.companion(signed, kind, file)) + b"\n")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written ({type(error).__name__})") from error


def checked(path: Path, key: VerifierKey) -> tuple[str | None, Mapping[str, Any]]:
    """Return what is wrong with a file (None: nothing), and the statement where there is one.

    The file is a whole answer, as ``audit ask --json`` and the admin API give it, or one with a companion.

    Raises:
        ConfigurationError: it cannot be read, or it neither is an answer nor has a companion.

    """
    try:
        content = path.read_bytes()
        companion = _companion(path).read_bytes() if _companion(path).is_file() else None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read ({type(error).__name__})") from error
    document = _opened(content if companion is None else companion)
    if not statement.is_answer(document):
        raise ConfigurationError(
            f"{path} is no answer, and no {_companion(path).name} that says what it is lies beside it"
        )
    flaw = statement.flaw(document, key, None if companion is None else content)
    return flaw, document["statement"]


def _companion(path: Path) -> Path:
    return path.with_name(f"{path.name}{statement.SIDECAR}")


def _opened(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
