"""Answers as files, written with their companion."""

from __future__ import annotations

from pathlib import Path

from proxy.errors import ConfigurationError
from proxy.reports import answer, render, statement
from proxy.reports.answer import Signed
from proxy.reports.checking import companion_of
from proxy.reports.render.languages import ENGLISH


def write(signed: Signed, kind: str, path: Path, language: str = ENGLISH) -> None:
    """Write an answer or a report in a format, and beside it the companion with its statement and signature.

    Raises:
        ConfigurationError: a file cannot be written, or the format needs what is not installed.

    """
    file = render.rendered(signed, kind, language)
    try:
        path.write_bytes(file)
        companion_of(path).write_bytes(statement.canonical(answer.companion(signed, kind, file)) + b"\n")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written ({type(error).__name__})") from error
