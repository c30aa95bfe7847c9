"""Inputs as parts: byte ranges of files of JSON lines, rows of Parquet files, whole files of text.

Names are paths, folders, or addresses of object stores that Arrow knows (``s3://``, ``gs://``, ``abfs://``, ``hdfs://``).
A part is planned without reading what is in it, and is the same whoever reads it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from proxy.errors import ConfigurationError

#: About how many bytes of lines, and rows of a table, are a part.
PART_BYTES: Final = 1 << 18
PART_ROWS: Final = 2_000
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
        ConfigurationError: an input does not exist, or is no file that can be read.

    """
    parts: list[InputPart] = []
    for name in names:
        for file, size in _files(name):
            kind = _kind(file)
            step = part_bytes if kind == "lines" else part_rows
            end = size if kind == "lines" else _rows(file) if kind == "table" else 1
            parts += [
                InputPart(len(parts) + number, file, kind, start, min(start + step, end), size)
                for number, start in enumerate(range(0, end, step))
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


def _files(name: str) -> Iterator[tuple[str, int]]:
    from pyarrow import fs  # noqa: PLC0415

    system, path = opened(name)
    try:
        info = system.get_file_info(path)
        if info.type == fs.FileType.NotFound:
            raise ConfigurationError(f"{name}: there is no such file or folder")
        if info.type == fs.FileType.File:
            yield name, info.size
            return
        inside = system.get_file_info(fs.FileSelector(path, recursive=True))
    except OSError as error:
        raise ConfigurationError(f"{name}: {type(error).__name__}") from error
    for file in sorted(inside, key=lambda one: one.path):
        hidden = any(word.startswith(".") for word in PurePosixPath(file.path[len(path) :]).parts)
        if file.type == fs.FileType.File and not hidden:
            yield f"{name.rstrip('/')}/{file.path[len(path) :].lstrip('/')}", file.size


def _kind(name: str) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    return "lines" if suffix in _LINES else "table" if suffix in _TABLES else "text"


def _rows(name: str) -> int:
    import pyarrow.parquet as pq  # noqa: PLC0415

    system, path = opened(name)
    try:
        with system.open_input_file(path) as source:
            table = pq.ParquetFile(source)
            if missing := set(_COLUMNS) - set(table.schema_arrow.names):
                raise ConfigurationError(f"{name}: no column {', '.join(sorted(missing))}")
            return int(table.metadata.num_rows)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{name}: no Parquet file ({type(error).__name__})") from error


def _table_lines(system: Any, path: str, part: InputPart) -> Iterator[str]:
    import pyarrow.parquet as pq  # noqa: PLC0415

    with system.open_input_file(path) as source:
        table = pq.ParquetFile(source)
        first = 0
        for group in range(table.metadata.num_row_groups):
            count = table.metadata.row_group(group).num_rows
            if first < part.stop and part.start < first + count:
                rows = table.read_row_group(group, columns=_COLUMNS)
                begin = max(part.start - first, 0)
                for row in rows.slice(begin, min(part.stop - first, count) - begin).to_pylist():
                    yield json.dumps({"id": row["id"], "text": row["text"]}, default=str)
            first += count


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
