"""``compliance-proxy detect --regress CASES.jsonl``: whether past corrections still hold."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from proxy.cli.installation import fail

if TYPE_CHECKING:
    from proxy.detection.lists import ListFilter
    from proxy.detection.reading import TextReader
    from proxy.detection.regression import LabelledText

_BATCH = 16


def regress(path: Path, reader: TextReader, filters: Mapping[str, ListFilter]) -> None:
    """Run every case; exit with 1 if one does not hold, with 2 if a line is not a case."""
    from proxy.detection.lists import filter_of
    from proxy.detection.regression import differences

    cases = _cases(path)
    holding = failed = still_open = 0
    for first in range(0, len(cases), _BATCH):
        batch = cases[first : first + _BATCH]
        for case, segment in zip(batch, reader.read([case.text for case in batch]), strict=True):
            tenant_filter = filter_of(filters, case.tenant)
            findings = segment.findings if tenant_filter is None else tenant_filter.apply(case.text, segment.findings)
            problems = differences(case, (*findings, *segment.inside))
            holding += not problems
            failed += bool(problems) and not case.open
            still_open += bool(problems) and case.open
            for line in _report(case, problems):
                sys.stdout.write(line + "\n")
    sys.stdout.write(f"{len(cases)} cases: {holding} hold, {failed} do not, {still_open} are still open\n")
    if failed:
        raise typer.Exit(1)


def _cases(path: Path) -> list[LabelledText]:
    from proxy.detection.regression import parsed

    cases: list[LabelledText] = []
    for number, line in _lines(path):
        try:
            cases.append(parsed(line))
        except ValueError as error:
            raise fail(f"{path}:{number}: {error}", 2) from error
    return cases


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise fail(f"{path} cannot be read ({type(error).__name__})", 2) from error
    return ((number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip())


def _report(case: LabelledText, problems: list[str]) -> Iterator[str]:
    if case.open and not problems:
        yield f"{case.id}: open, but holds now: remove 'open' from it"
    state = "open" if case.open else "FAILED"
    for problem in problems:
        yield f"{case.id}: {state}: {problem}"
