"""Inputs as parts: byte ranges of files of JSON lines, row groups of Parquet files, whole files of text.

Names are paths, folders, or addresses of object stores that Arrow knows (``s3://``, ``gs://``, ``abfs://``, ``hdfs://``).
A part is planned without reading what is in it, and is the same whoever reads it.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path, PurePosixPath
from typing import Any, Final

from proxy.errors import ConfigurationError

#: About how many bytes of lines, and rows of a table, are a part.
PART_BYTES: Final = 1 << 18
PART_ROWS: Final = 2_000
#: Into how many parts a row group is cut at most: each decodes the rows before its own.
_PIECES: Final = 16
_LINES, _TABLES = {".jsonl", ".ndjson"}, {".parquet", ".pq"}
_COLUMNS = ["id", "text"]
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class InputPart:
    """The lines that begin in bytes ``start`` to ``stop`` of a file, those rows of a table, or a whole text."""

    number: int
    name: str
    kind: str  # lines, table, text
    start: int
    stop: int
    size: int  # of the file, bytes
    changed: int | None  # when, nanoseconds of the epoch, where the store says so

    @property
    def answers(self) -> str:
        """The name of the file with its answers."""
        return f"part-{self.number:08d}.jsonl"


def opened(name: str) -> tuple[Any, str]:
    """Return the file system of a name, and the path in it.

    Raises:
        ConfigurationError: nothing is known of its scheme.

    """
    from pyarrow import fs  # noqa: PLC0415 - starts threads, which a process that forks must not have

    try:
        return fs.FileSystem.from_uri(name) if "://" in name else (fs.LocalFileSystem(), str(Path(name).absolute()))
    except (OSError, ValueError, NotImplementedError) as error:
        raise ConfigurationError(f"{name}: {type(error).__name__}: {str(error)[:200]}") from error


def plan(names: Sequence[str], part_bytes: int = PART_BYTES, part_rows: int = PART_ROWS) -> list[InputPart]:
    """Return the parts of all inputs, in order; of a folder all files, by name.

    Raises:
        ConfigurationError: an input does not exist, or is not a file that can be read.

    """
    parts: list[InputPart] = []
    for name in names:
        for file, size, changed in _files(name):
            kind = _kind(file)
            if kind == "table":
                ranges = _row_ranges(_group_rows(file), part_rows)
            else:
                ranges = _pieces(0, size, part_bytes) if kind == "lines" else [(0, 1)]
            parts += [
                InputPart(number, file, kind, start, stop, size, changed)
                for number, (start, stop) in enumerate(ranges, len(parts))
            ]
    return parts


def lines(part: InputPart) -> list[str]:
    """Return the JSON lines of a part; blank ones are left out.

    Raises:
        ConfigurationError, OSError: it cannot be read, or has no such columns.

    """
    system, path = opened(part.name)
    if part.kind == "table":
        return list(_table_lines(system, path, part))
    with system.open_input_file(path) as source:
        if part.kind == "text":
            return [json.dumps({"id": part.name, "text": source.read().decode("utf-8", "replace")})]
        return [line.decode("utf-8", "replace") for line in _beginning_in(source, part) if line.strip()]


def as_document(part: InputPart) -> dict[str, Any]:
    """Return a part as plain values."""
    return asdict(part)


def _files(name: str) -> Iterator[tuple[str, int, int | None]]:
    """Yield each file with its size in bytes and its time of change."""
    from pyarrow import fs  # noqa: PLC0415

    system, path = opened(name)
    try:
        info = system.get_file_info(path)
        if info.type == fs.FileType.NotFound:
            raise ConfigurationError(f"{name}: there is no such file or folder")
        if info.type == fs.FileType.File:
            yield name, info.size, info.mtime_ns
            return
        inside = system.get_file_info(fs.FileSelector(path, recursive=True))
    except OSError as error:
        raise ConfigurationError(f"{name}: {type(error).__name__}") from error
    for file in sorted(inside, key=lambda file: file.path):
        hidden = any(word.startswith(".") for word in PurePosixPath(file.path[len(path) :]).parts)
        if file.type == fs.FileType.File and not hidden:
            yield f"{name.rstrip('/')}/{file.path[len(path) :].lstrip('/')}", file.size, file.mtime_ns


def _kind(name: str) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    return "lines" if suffix in _LINES else "table" if suffix in _TABLES else "text"


def _pieces(start: int, stop: int, step: int) -> list[tuple[int, int]]:
    return [(at, min(at + step, stop)) for at in range(start, stop, step)]


def _row_ranges(groups: Sequence[int], part_rows: int) -> list[tuple[int, int]]:
    """Return the first row and the end of each part: several small row groups, one, or a piece of a large one."""
    ranges: list[tuple[int, int]] = []
    start = stop = 0
    for rows in [*groups, part_rows]:
        if stop - start + rows > part_rows:
            ranges += _pieces(start, stop, max(part_rows, -(-(stop - start) // _PIECES)))
            start = stop
        stop += rows
    return ranges


def _group_rows(name: str) -> list[int]:
    """Return how many rows each row group has."""
    import pyarrow.parquet as pq  # noqa: PLC0415

    system, path = opened(name)
    try:
        with system.open_input_file(path) as source:
            table = pq.ParquetFile(source)
            if missing := set(_COLUMNS) - set(table.schema_arrow.names):
                raise ConfigurationError(f"{name}: no column {', '.join(sorted(missing))}")
            return [table.metadata.row_group(group).num_rows for group in range(table.num_row_groups)]
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{name}: no Parquet file ({type(error).__name__})") from error


def _table_lines(system: Any, path: str, part: InputPart) -> Iterator[str]:
    import pyarrow.parquet as pq  # noqa: PLC0415

    with system.open_input_file(path) as source:
        table = pq.ParquetFile(source)
        ends = list(accumulate(table.metadata.row_group(group).num_rows for group in range(table.num_row_groups)))
        groups = range(bisect_right(ends, part.start), bisect_left(ends, part.stop) + 1)
        first = ends[groups[0] - 1] if groups[0] else 0
        for batch in table.iter_batches(PART_ROWS, groups, _COLUMNS):
            begin, end = max(part.start - first, 0), min(part.stop - first, len(batch))
            for row in batch.slice(begin, end - begin).to_pylist() if begin < end else ():
                yield json.dumps({"id": row["id"], "text": row["text"]}, default=str)
            first += len(batch)
            if first >= part.stop:
                return


def _beginning_in(source: Any, part: InputPart) -> list[bytes]:
    """Return the lines that begin in the range; the last may end behind it."""
    at = part.start
    if at:
        source.seek(at - 1)
        at += len(_line_end(source)) - 1  # the end of a line that began before, or the line break before ours
    if at >= part.stop:
        return []
    source.seek(at)
    data: bytes = source.read(part.stop - at)
    if not data.endswith(b"\n"):
        data += _line_end(source)
    return data.split(b"\n")


def _line_end(source: Any) -> bytes:
    """Return what is left of a line, with its break."""
    pieces: list[bytes] = []
    while data := source.read(_CHUNK):
        end, newline, _ = data.partition(b"\n")
        pieces.append(end + newline)
        if newline:
            break
    return b"".join(pieces)
