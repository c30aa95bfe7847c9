from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from proxy.audit.verification.row_file import RowFile

pq = pytest.importorskip("pyarrow.parquet", reason="the extra 'lake' is not installed")
COLUMNS = {"at": "timestamptz", "body": "text", "hash": "bytea", "codes": "text[]"}
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_rows_go_into_groups_and_come_back_with_their_types(tmp_path):
    file = RowFile(tmp_path / "rows.parquet", COLUMNS)
    rows = [(NOON, "{}", b"\x00\xff", ["a", "b"]), (None, None, None, None)]
    for _ in range(2):
        file.add(rows)
    made = file.end()
    assert made == (4, hashlib.sha256((tmp_path / "rows.parquet").read_bytes()).hexdigest())
    read = pq.ParquetFile(tmp_path / "rows.parquet")
    assert (read.metadata.num_row_groups, read.metadata.row_group(0).column(0).compression) == (2, "ZSTD")
    assert [tuple(row.values()) for row in read.read().to_pylist()] == rows * 2


def test_a_file_without_rows_has_its_columns(tmp_path):
    assert RowFile(tmp_path / "rows.parquet", COLUMNS).end().rows == 0
    assert pq.read_table(tmp_path / "rows.parquet").column_names == list(COLUMNS)


def test_a_file_that_is_there_stays_and_a_new_one_is_for_its_owner(tmp_path):
    RowFile(tmp_path / "rows.parquet", COLUMNS).close()
    assert (tmp_path / "rows.parquet").stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        RowFile(tmp_path / "rows.parquet", COLUMNS)
