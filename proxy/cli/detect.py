"""``compliance-proxy detect``: what is found in files, printed, as JSON lines, or de-identified."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from proxy.detection.reading import Reader

_CHUNK = 1 << 16


def command(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Files to read; - is standard input.")],
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Read lines of {"id","text"}, write lines of findings.')
    ] = False,
    transform: Annotated[
        str, typer.Option(metavar="PROFILE", help="Write the text de-identified by this profile or operator.")
    ] = "",
    explain: Annotated[
        bool, typer.Option("--explain", help="Say which rule made each finding and how sure it is.")
    ] = False,
    batch: Annotated[int, typer.Option(min=1, max=256, help="Texts that the models read at once.")] = 16,
) -> None:
    """Find personal data, health content and secrets in files. Nothing leaves this machine."""
    from proxy.detection.worker import refuse_sockets

    refuse_sockets()
    try:
        if jsonl:
            _lines(files, batch)
        elif transform:
            _transformed(files, transform)
        else:
            _shown(files, explain)
    except BrokenPipeError:
        sys.stderr.close()


def _lines(files: Iterable[str], batch: int) -> None:
    """Answer line by line in order; a line that waits alone is answered at once."""
    from proxy.detection.reading import Reader

    reader = Reader()
    for group in _groups(files, batch):
        for answer in reader.answers(group):
            sys.stdout.write(answer + "\n")
            sys.stdout.flush()


def _groups(files: Iterable[str], batch: int) -> Iterator[list[str]]:
    """Yield groups of the lines at hand, at most ``batch``; never wait for more while one is unanswered."""
    for name in files:
        if name == "-":
            yield from _live(sys.stdin.buffer, batch)
        else:
            with Path(name).open("rb") as source:
                yield from _live(source, batch)


def _live(source: BinaryIO, batch: int) -> Iterator[list[str]]:
    descriptor = source.fileno()
    rest = b""
    waiting: list[str] = []
    while True:
        if waiting and (len(waiting) >= batch or not select.select([descriptor], [], [], 0)[0]):
            yield waiting[:batch]
            waiting = waiting[batch:]
            continue
        data = os.read(descriptor, _CHUNK)
        *lines, rest = (rest + data).split(b"\n") if data else [rest, b""]
        waiting.extend(line.decode("utf-8", "replace") for line in lines if line.strip())
        if not data:
            break
    while waiting:
        yield waiting[:batch]
        waiting = waiting[batch:]


def _texts(files: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in files:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        yield name, data.decode("utf-8", "replace")


def _transformed(files: Iterable[str], profile: str) -> None:
    import secrets

    from proxy.core.pseudonyms import Minter
    from proxy.detection.reading import Reader

    reader = Reader()
    minter = Minter(secrets.token_bytes(32))
    for _, text in _texts(files):
        try:
            sys.stdout.write(reader.deidentified(text, profile, minter))
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--transform") from error
        sys.stdout.flush()


def _shown(files: list[str], explain: bool) -> None:
    """Print each text with its findings highlighted, then a table of them."""
    from rich.console import Console
    from rich.progress import track

    from proxy.detection.reading import Reader

    reader = Reader()
    console = Console()
    several = len(files) > 1
    for name, text in track(
        _texts(files), total=len(files), description="reading", console=Console(stderr=True), disable=not several
    ):
        if several:
            console.rule(name)
        _show(console, reader, text, explain)


def _show(console: Console, reader: Reader, text: str, explain: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    from proxy.detection.explain import reason

    segment = reader.read([text])[0]
    shown = Text(text)
    table = Table("type", "from", "to", "score", "recognizer", *(["because"] if explain else []), box=None)
    for finding in segment.findings:
        kind = reader.entities.get(finding.entity_type, {}).get("kind", "")
        shown.stylize(_STYLES.get(kind, "bold yellow"), finding.start, finding.end)
        row = [finding.entity_type, str(finding.start), str(finding.end), f"{finding.score:.2f}", finding.recognizer]
        table.add_row(*row, *([reason(finding)] if explain else []))
    console.print(shown)
    console.print(table)
    categories = ", ".join(reader.categories(segment.findings)) or "none"
    console.print(
        f"language {segment.language} · coverage {segment.status.value} · categories {categories}", style="dim"
    )


_STYLES = {"attr": "magenta", "quasi": "cyan", "secret": "bold white on red", "sad": "bold white on red"}
