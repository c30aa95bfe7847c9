"""``compliance-proxy detect``: findings in files, printed, as JSON lines, or de-identified."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import typer

from proxy.cli.detect import options
from proxy.cli.installation import Ray, Workers, fail, run_bulk
from proxy.detection.models import arithmetic
from proxy.runtime import process

if TYPE_CHECKING:
    from rich.console import Console

    from proxy.detection.lists import ListFilter
    from proxy.detection.reading import TextReader

_CHUNK = 1 << 16


def command(
    files: options.Files = None,
    jsonl: options.Jsonl = False,
    body: options.Body = "",
    transform: options.Transform = "",
    explain: options.Explain = False,
    batch: options.Batch = 16,
    tenant: options.Tenant = "",
    lists: options.Lists = None,
    false: options.Alarm = "",
    missed: options.Missed = "",
    entity_type: options.EntityType = "",
    near: options.Near = "",
    note: options.Note = "",
    forced: options.Forced = False,
    clear: options.Clear = False,
    cases: options.Cases = None,
    keep_text: options.KeepText = False,
    unrecorded: options.Unrecorded = False,
    out: options.Out = "",
    ray: Ray = "",
    ray_workers: Workers = 0,
    regress: options.Regress = None,
) -> None:
    """Find personal data, health content and secrets in files. Nothing leaves this machine."""
    arithmetic.pin()
    process.pause_collection()
    arithmetic.skip_meta_registrations()
    if false or missed:
        from proxy.cli.detect.correct import Marked, correct

        correct(
            Marked(
                file=_one_file(files), tenant=_tenant(tenant), false=false, missed=missed, type=entity_type, near=near,
                note=note, forced=forced, clear=clear, lists=lists, cases=cases, keep_text=keep_text,
                unrecorded=unrecorded,
            )
        )  # fmt: skip
        return
    filters = _filters(lists) if tenant or regress else {}
    if out or ray:
        _many(_files(files), filters, tenant, batch, (out, ray, ray_workers))
        return
    from proxy.detection.lists import filter_of
    from proxy.detection.pool.worker import refuse_sockets

    refuse_sockets()
    try:
        if regress is not None:
            _regress(regress, filters)
        else:
            chosen = filter_of(filters, tenant)
            named = _files(files)
            if body:
                _bodies(named, body, chosen)
            else:
                _read(named, chosen, jsonl=jsonl, transform=transform, explain=explain, batch=batch)
    except BrokenPipeError:
        sys.stderr.close()


def _read(
    files: list[str], chosen: ListFilter | None, *, jsonl: bool, transform: str, explain: bool, batch: int
) -> None:
    from proxy.detection.reading import TextReader

    reader = TextReader(chosen, _cache())
    if jsonl:
        _lines(reader, files, batch)
    elif transform:
        _transformed(reader, files, transform)
    else:
        _print_findings(reader, files, explain)


def _bodies(files: list[str], path: str, chosen: ListFilter | None) -> None:
    """Write a JSON line for each text of a request in which something is found, with its place in the body."""
    import json
    from dataclasses import asdict

    from proxy.detection.reading import TextReader
    from proxy.errors import ProxyError

    reader = TextReader(chosen, _cache())
    for name in files:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        try:
            texts = reader.read_body(data, path)
        except ProxyError as error:
            raise fail(f"{name}: {error}", 2) from error
        for span, segment in texts:
            if segment.findings or segment.inside:
                findings = [asdict(finding) for finding in (*segment.findings, *segment.inside)]
                row = {"pointer": span.pointer, "findings": findings, "coverage": segment.status.value}
                sys.stdout.write(json.dumps(row) + "\n")


def _many(
    files: list[str], filters: Mapping[str, ListFilter], tenant: str, batch: int, where: tuple[str, str, int]
) -> None:
    """Read very many texts into a folder, here or on a Ray cluster."""
    from proxy.detection.bulk import DetectionWork
    from proxy.detection.lists import filter_of

    if not where[0]:
        raise typer.BadParameter("name the folder for the answers", param_hint="--out")
    if not where[1]:
        from proxy.detection.pool.worker import refuse_sockets

        if not any("://" in name for name in (*files, where[0])):
            refuse_sockets()
    run_bulk(DetectionWork(filter_of(filters, tenant), _cache(), batch), files, *where)


def _regress(path: Path, filters: Mapping[str, ListFilter]) -> None:
    from proxy.cli.detect.regress import regress
    from proxy.detection.reading import TextReader

    regress(path, TextReader(cache=_cache()), filters)


def _files(files: list[str] | None) -> list[str]:
    if not files:
        raise typer.BadParameter("name a file; - is standard input", param_hint="FILE")
    return files


def _one_file(files: list[str] | None) -> str:
    if not files or len(files) > 1 or files[0] == "-":
        raise typer.BadParameter("name the one file with the finding", param_hint="FILE")
    return files[0]


def _tenant(tenant: str) -> str:
    if not tenant:
        raise typer.BadParameter("name the tenant whose list to change, * for all", param_hint="--tenant")
    return tenant


def _cache() -> Path | None:
    """Return where this installation caches compiled rules, None if there is no installation."""
    from proxy.runtime.private import folder_if_possible
    from proxy.settings import Settings

    state_dir = Settings().state_dir
    return folder_if_possible(state_dir / "cache") if state_dir.is_dir() else None


def _filters(where: Path | None) -> dict[str, ListFilter]:
    """Return the tenants' lists; digests only apply with this installation's key."""
    import secrets

    from proxy.catalog.load import legal_data
    from proxy.cli.installation import keyring
    from proxy.errors import ConfigurationError
    from proxy.runtime.resources import shipped
    from proxy.service import tenant_lists
    from proxy.settings import Settings

    types = legal_data(shipped("policies"))["entity_map"]
    path = where or tenant_lists.path(Settings())
    try:
        keyed = tenant_lists.keyed(path, types)
        return tenant_lists.read(path, types, *(tenant_lists.keys(keyring()) if keyed else (secrets.token_bytes(32),)))
    except ConfigurationError as error:
        raise fail(str(error), 2) from error


def _lines(reader: TextReader, files: Iterable[str], batch: int) -> None:
    """Answer line by line, in order; a line that waits alone is answered at once."""
    for group in _groups(files, batch):
        for answer in reader.answers(group):
            sys.stdout.write(answer + "\n")
            sys.stdout.flush()


def _groups(files: Iterable[str], batch: int) -> Iterator[list[str]]:
    """Yield groups of available lines, at most ``batch``; never wait for more while one is unanswered."""
    for name in files:
        if name == "-":
            yield from _live(sys.stdin.buffer, batch)
        else:
            with Path(name).open("rb") as source:
                yield from _live(source, batch)


def _live(source: BinaryIO, batch: int) -> Iterator[list[str]]:
    descriptor = source.fileno()
    partial_line = b""
    waiting: list[str] = []
    while True:
        if waiting and (len(waiting) >= batch or not select.select([descriptor], [], [], 0)[0]):
            yield waiting[:batch]
            waiting = waiting[batch:]
            continue
        data = os.read(descriptor, _CHUNK)
        *lines, partial_line = (partial_line + data).split(b"\n") if data else [partial_line, b""]
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


def _transformed(reader: TextReader, files: Iterable[str], profile: str) -> None:
    import secrets

    from proxy.core.deidentification.pseudonyms import Minter

    minter = Minter(secrets.token_bytes(32))
    for _, text in _texts(files):
        try:
            sys.stdout.write(reader.deidentified(text, profile, minter))
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--transform") from error
        sys.stdout.flush()


def _print_findings(reader: TextReader, files: list[str], explain: bool) -> None:
    """Print each text with its findings highlighted, then a table of them."""
    from rich.console import Console
    from rich.progress import track

    console = Console()
    several = len(files) > 1
    for name, text in track(
        _texts(files), total=len(files), description="reading", console=Console(stderr=True), disable=not several
    ):
        if several:
            console.rule(name)
        _show(console, reader, text, explain)


def _show(console: Console, reader: TextReader, text: str, explain: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    from proxy.detection.explain import reason

    segment = reader.read([text])[0]
    marked = Text(text)
    table = Table(
        "no.", "type", "from", "to", "score", "recognizer", *(["role", "because"] if explain else []), box=None
    )
    for number, finding in enumerate(segment.findings, 1):
        kind = reader.entities.get(finding.entity_type, {}).get("kind", "")
        marked.stylize(_STYLES.get(kind, "bold yellow"), finding.start, finding.end)
        row = [finding.entity_type, str(finding.start), str(finding.end), f"{finding.score:.2f}", finding.recognizer]
        role = "" if finding.subject_role == "data_subject" else finding.subject_role
        table.add_row(str(number), *row, *([role, reason(finding)] if explain else []))
    console.print(marked)
    console.print(table)
    categories = ", ".join(reader.categories(segment)) or "none"
    console.print(
        f"language {segment.language} · coverage {segment.status.value} · categories {categories}", style="dim"
    )


_STYLES = {"attr": "magenta", "quasi": "cyan", "secret": "bold white on red", "sad": "bold white on red"}
