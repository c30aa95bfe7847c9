"""A Parquet file in the making: rows of the database go into it some thousands at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from proxy.audit.verification import columnar
from proxy.runtime import private

#: A body takes a tenth less than at the usual level.
_LEVEL = 9


class WrittenFile(NamedTuple):
    """How many rows a file has, and its SHA-256 in hex."""

    rows: int
    sha256: str


class RowFile:
    """A file that is new and for its owner alone; compressed with Zstandard. Blocks: call it in a thread."""

    def __init__(self, path: Path, columns: Mapping[str, str]) -> None:
        """``columns``: the names of the database's types.

        Raises:
            OSError: the file exists, or cannot be made.

        """
        self._arrow = columnar.arrow()
        self._path, self._schema, self._rows = path, columnar.schema(columns), 0
        self._file = private.opened(path, "xb")
        alike = [name for name, of in columns.items() if of != "bytea" and name != "body"]
        self._writer = self._arrow.parquet.ParquetWriter(
            self._file, self._schema, compression="zstd", compression_level=_LEVEL, use_dictionary=alike
        )

    def add(self, rows: Sequence[Any]) -> None:
        """Write rows as a group of their own."""
        values = zip(*rows, strict=True)
        arrays = [self._arrow.array(value, field.type) for value, field in zip(values, self._schema, strict=True)]
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))
        self._rows += len(rows)

    def end(self) -> WrittenFile:
        """Close the file and say what was written."""
        self.close()
        with self._path.open("rb") as file:
            return WrittenFile(self._rows, hashlib.file_digest(file, "sha256").hexdigest())

    def close(self) -> None:
        """Close the file, whole or not."""
        self._writer.close()
        self._file.close()
