"""Parts cover every line once, whatever their size."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.bulk import parts
from proxy.errors import ConfigurationError

CONTENT = st.lists(
    st.sampled_from([b"", b" ", b"\r", b"{}", b"abc", "ü漢".encode(), b"\xff", b"x" * 70_000]), max_size=12
)


@given(content=CONTENT, size=st.integers(1, 40), ends=st.booleans())
def test_lines_of_all_parts_are_the_lines_of_the_file(tmp_path_factory, content, size, ends):
    data = b"\n".join(content) + (b"\n" if ends else b"")
    file = tmp_path_factory.mktemp("lines") / "a.jsonl"
    file.write_bytes(data)
    size = size if len(data) < 1000 else size * 5_000
    planned = parts.plan([str(file)], part_bytes=size)
    plain = [line.decode("utf-8", "replace") for line in data.split(b"\n") if line.strip()]
    assert [line for part in planned for line in parts.lines(part)] == plain


@pytest.mark.parametrize("rows", [1, 7, 100])
def test_rows_of_all_parts_are_those_of_the_table(tmp_path, rows):
    table = pa.table({"text": [f"t{n}" for n in range(50)], "other": [0] * 50, "id": list(range(50))})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=9)
    planned = parts.plan([str(tmp_path)], part_rows=rows)
    read = [json.loads(line) for part in planned for line in parts.lines(part)]
    assert read == [{"id": n, "text": f"t{n}"} for n in range(50)]
    pq.write_table(table.drop_columns(["id"]), tmp_path / "u.parquet")
    with pytest.raises(ConfigurationError, match="no column id"):
        parts.plan([str(tmp_path)])


def test_what_is_decoded_grows_with_the_rows(tmp_path, monkeypatch):
    rows, decoded = 20_000, []
    pq.write_table(pa.table({"id": range(rows), "text": ["t"] * rows}), tmp_path / "t.parquet", row_group_size=10_000)

    def batches(table, _size, groups, columns):
        for batch in read(table, 100, groups, columns):
            decoded.append(len(batch))
            yield batch

    def group(table, number, columns):
        decoded.append(table.metadata.row_group(number).num_rows)
        return whole(table, number, columns=columns)

    read, whole = pq.ParquetFile.iter_batches, pq.ParquetFile.read_row_group
    monkeypatch.setattr(pq.ParquetFile, "iter_batches", batches)
    monkeypatch.setattr(pq.ParquetFile, "read_row_group", group)
    planned = parts.plan([str(tmp_path)], part_rows=100)
    assert sum(len(parts.lines(part)) for part in planned) == rows
    assert sum(decoded) <= 10 * rows


def test_a_folder_is_all_its_files_by_name_and_an_address_is_read_alike(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "note.txt").write_text("Dear Ann")
    (tmp_path / "a.jsonl").write_text('{"id": 1, "text": "x"}\n')
    (tmp_path / ".hidden").write_text("no")
    for name in (str(tmp_path), tmp_path.as_uri()):
        planned = parts.plan([name])
        assert [part.kind for part in planned] == ["lines", "text"]
        assert json.loads(parts.lines(planned[1])[0]) == {"id": f"{name}/b/note.txt", "text": "Dear Ann"}


@pytest.mark.parametrize("name", ["/nowhere/at/all.jsonl", "gopher://x/y"])
def test_what_is_not_there_is_refused(name):
    with pytest.raises(ConfigurationError):
        parts.plan([name])
