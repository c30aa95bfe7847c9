"""``compliance-proxy detect --regress CASES.jsonl``: whether the corrections of the past still hold."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from proxy.detection.lists import ListFilter
    from proxy.detection.reading import TextReader
    from proxy.detection.regression import LabelledText

_BATCH = 16


def regress(path: Path, reader: TextReader, filters: Mapping[str, ListFilter]) -> None:
    """Run every case; exit with 1 where one does not hold, with 2 where a line is no case."""
    from proxy.detection.lists import filter_of
    from proxy.detection.regression import differences

    cases = _cases(path)
    held = failed = still_open = 0
    for first in range(0, len(cases), _BATCH):
        batch = cases[first : first + _BATCH]
        for case, segment in zip(batch, reader.read([case.text for case in batch]), strict=True):
            own = filter_of(filters, case.tenant)
            found = segment.findings if own is None else own.apply(case.text, segment.findings)
            told = differences(case, (*found, *segment.inside))
            held += not told
            failed += bool(told) and not case.open
            still_open += bool(told) and case.open
            for line in _said(case, told):
                sys.stdout.write(line + "\n")
    sys.stdout.write(f"{len(cases)} cases: {held} hold, {failed} do not, {still_open} are still open\n")
    if failed:
        raise typer.Exit(1)


def _cases(path: Path) -> list[LabelledText]:
    from proxy.detection.regression import parsed

    cases: list[LabelledText] = []
    for number, line in _lines(path):
        try:
            cases.append(parsed(line))
        except ValueError as error:
            typer.secho(f"{path}:{number}: {error}", fg="red", err=True)
            raise typer.Exit(2) from error
    return cases


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        typer.secho(f"{path} cannot be read ({type(error).__name__})", fg="red", err=True)
        raise typer.Exit(2) from error
    return ((number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip())


def _said(case: LabelledText, told: list[str]) -> Iterator[str]:
    if case.open and not told:
        yield f"{case.id}: open, and holds now: remove 'open' from it"
    state = "open" if case.open else "FAILED"
    for difference in told:
        yield f"{case.id}: {state}: {difference}"
