"""A run over many inputs, shown on a terminal: what ``detect --out`` and ``policy replay-many`` share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from proxy.bulk.parts import InputPart
    from proxy.bulk.running import Answers, Work

LOCAL = "local"
Ray = Annotated[
    str,
    typer.Option("--ray", metavar="ADDRESS", help=f"Work on this Ray cluster; '{LOCAL}' starts one on this machine."),
]
Workers = Annotated[int, typer.Option("--ray-workers", min=0, help="Processes, a core each (0: one for each core).")]


def run(work: Work, inputs: Sequence[str], out: str, ray: str, workers: int) -> tuple[Answers, list[InputPart]]:
    """Answer the inputs into a folder, or go on with it; return its answers and the plan.

    Raises:
        ConfigurationError: the inputs or the folder cannot be used, or Ray is missing.

    """
    from proxy.bulk import parts
    from proxy.bulk.running import Answers, here, on_ray

    planned = parts.plan(inputs)
    answers = Answers(out)
    waiting = answers.begin(planned, work)
    typer.echo(f"{len(planned)} parts, {len(planned) - len(waiting)} of them answered before", err=True)
    if waiting:
        address = "" if ray == LOCAL else ray
        running = on_ray(work, waiting, answers, address, workers) if ray else here(work, waiting, answers)
        typer.echo(f"{_counted(running, len(waiting)):,} lines answered into {out}", err=True)
    return answers, planned


def _counted(running: Iterator[int], count: int) -> int:
    from rich.console import Console
    from rich.progress import track

    return sum(track(running, "answering", count, console=Console(stderr=True), transient=True))
