"""The tables, the figures as JSON, and the bars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.outbound.judge import IN_PART, NOT_FOUND, SPREAD, STAYS
from bench.outbound.measure import AGENTS, CLEAN, CODE, LABELLED, PERSONAL, RESULTS, Figures, Tally
from bench.outbound.persons import KINDS, LANGUAGES

PARTS = (PERSONAL, CLEAN, RESULTS, CODE, AGENTS, LABELLED)
REASONS = (NOT_FOUND, STAYS, SPREAD, IN_PART)
_SHOWN = 60


def together(tallies: Iterable[Tally]) -> Tally:
    """Add tallies up."""
    whole = Tally()
    for tally in tallies:
        for name, value in vars(tally).items():
            setattr(whole, name, getattr(whole, name) + value)
    return whole


def part(figures: Figures, name: str, half: str = "") -> Tally:
    """Return the tally of a part, of both halves or of one."""
    return together(tally for (one, other), tally in figures.tallies.items() if one == name and half in {"", other})


def numbers(figures: Figures) -> dict[str, float]:
    """Return the figures that bars are set on."""
    personal, clean, results = (part(figures, name) for name in (PERSONAL, CLEAN, RESULTS))
    code, agents = part(figures, CODE), part(figures, AGENTS)
    everything = together(tally for (name, _), tally in figures.tallies.items() if name != LABELLED)
    return {
        "values left": _share(len(personal.left), personal.values),
        "names left": _share(sum(one.value.kind == "name" for _, _, one in personal.left), personal.of_kind["name"]),
        "found under a type that stays": _share(_because(personal, STAYS), personal.values),
        "clean texts changed": _share(clean.changed_texts, clean.texts),
        "tool results changed": _share(results.changed_texts, results.texts),
        "code lines changed per 1000": _share(code.changed_lines, code.lines, 1000),
        "agents' lines changed per 1000": _share(agents.changed_lines, agents.lines, 1000),
        "structure broken": _share(len(everything.broken), everything.texts),
        "false pins": _share(everything.false_pins, everything.texts),
        "false special categories": _share(everything.false_special, everything.texts),
    }


def _share(count: float, total: float, scale: int = 100) -> float:
    return round(scale * count / total, 2) if total else 0.0


def _because(tally: Tally, reason: str) -> int:
    return sum(one.reason == reason for _, _, one in tally.left)


def document(systems: Mapping[str, Figures]) -> dict[str, Any]:
    """Return everything that was counted, without a text."""
    return {name: {"figures": numbers(figures), "parts": _parts(figures)} for name, figures in systems.items()}


def _parts(figures: Figures) -> dict[str, Any]:
    return {
        f"{name}, {half}": {**_row(tally), "reasons": {reason: _because(tally, reason) for reason in REASONS}}
        for (name, half), tally in sorted(figures.tallies.items())
    }


def _row(tally: Tally) -> dict[str, int]:
    """Return the counts of a tally by their columns."""
    return {
        "texts": tally.texts,
        "values": tally.values,
        "left": len(tally.left),
        "whole": sum(one.whole for _, _, one in tally.left),
        "lines": tally.lines,
        "changed": tally.changed_lines,
        "elsewhere": sum(elsewhere for _, _, elsewhere in tally.changes),
        "texts changed": tally.changed_texts,
        "rewritten": tally.rewritten,
        "broken": len(tally.broken),
        "pins": tally.false_pins,
        "special": tally.false_special,
        "kept": tally.kept,
    }


def show(systems: Mapping[str, Figures], console: Console) -> None:
    """Print the tables."""
    _summary(systems, console)
    _halves(systems, console)
    _grid(systems, console, "values left by kind", KINDS, lambda tally: tally.of_kind, lambda _, one: one.value.kind)
    _grid(
        systems,
        console,
        "values left by language",
        LANGUAGES,
        lambda tally: tally.of_language,
        lambda language, _: language,
    )
    _reasons(systems, console)


def _table(title: str, columns: Iterable[str]) -> Table:
    table = Table(title=title, title_justify="left")
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number else "left")
    return table


def _summary(systems: Mapping[str, Figures], console: Console) -> None:
    rows = {name: numbers(figures) for name, figures in systems.items()}
    table = _table("what left, in % unless said", ("", *rows))
    for figure in next(iter(rows.values())):
        table.add_row(figure, *(f"{row[figure]:.2f}" for row in rows.values()))
    console.print(table)


def _halves(systems: Mapping[str, Figures], console: Console) -> None:
    table = _table("by part and half", ("", *_row(Tally())))
    for name, figures in systems.items():
        for (one, half), tally in sorted(figures.tallies.items(), key=lambda item: (PARTS.index(item[0][0]), item[0])):
            table.add_row(f"{name}: {one}, {half}", *map(str, _row(tally).values()))
    console.print(table)


def _grid(
    systems: Mapping[str, Figures], console: Console, title: str, rows: Iterable[str], total: Any, label: Any
) -> None:
    table = _table(title, ("", "values", *systems))
    tallies = {name: part(figures, PERSONAL) for name, figures in systems.items()}
    counts = {name: Counter(label(language, one) for _, language, one in tally.left) for name, tally in tallies.items()}
    for row in rows:
        values = total(next(iter(tallies.values())))[row]
        table.add_row(row, str(values), *(str(count[row]) for count in counts.values()))
    console.print(table)


def _reasons(systems: Mapping[str, Figures], console: Console) -> None:
    table = _table("values left by reason", ("", *REASONS, "types that stay"))
    for name, figures in systems.items():
        tally = part(figures, PERSONAL)
        types = Counter(kind for _, _, one in tally.left if one.reason == STAYS for kind in one.types)
        table.add_row(
            name,
            *(str(_because(tally, reason)) for reason in REASONS),
            ", ".join(f"{k} {n}" for k, n in types.most_common(5)),
        )
    console.print(table)


def details(figures: Figures, console: Console) -> None:
    """Print values, lines, pins and structures that went wrong. They are of invented people and of files at hand."""
    for (name, half), tally in figures.tallies.items():
        for text, _, one in tally.left[: _SHOWN * 10]:
            console.print(
                f"LEFT    {text}: {one.value.kind} {one.value.text!r}, {'whole' if one.whole else 'in part'}, {one.reason} {one.types or ''}",
                markup=False,
            )
        for text, change, elsewhere in tally.changes[:_SHOWN]:
            console.print(
                f"CHANGED {name}, {half} {text}: {'elsewhere ' if elsewhere else ''}{change.before[:120]!r} -> {change.after[:120]!r}",
                markup=False,
            )
        for text, what in tally.broken[:_SHOWN]:
            console.print(f"BROKEN  {text}: {what}", markup=False)
        for text, codes in tally.pins[:_SHOWN]:
            console.print(f"PINNED  {text}: {', '.join(codes)}", markup=False)
