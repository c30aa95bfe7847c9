from __future__ import annotations

import base64

import pytest

from proxy.audit.records.record import Columns, instant, link, make
from proxy.audit.verification import columnar, export
from proxy.audit.verification.export import ExportError, PurgedRecord
from proxy.audit.verification.export_files import LineFiles, RowFiles
from proxy.audit.verification.row_file import RowFile

RECORD = make(Columns(1_777_000_000_000_001, "event", tenant="acme", action="served", codes=("A",)), {"n": 1})
PREV, HASH = b"p" * 32, link(b"p" * 32, RECORD.body)
ROW = {
    "writer": "w", "seq": 7, "recorded_at": instant(RECORD.at), "exchange": "", "prev": PREV, "hash": HASH,
    "body": RECORD.body.decode(), "purge": None, "kind": "event", "attempt": 0, "tenant": "acme", "activity": "",
    "action": "served", "target": "",
}  # fmt: skip
GONE = dict.fromkeys(ROW) | {"writer": "w", "seq": 8, "hash": HASH, "purge": "p1"}


def rows(folder, *given) -> RowFiles:
    file = RowFile(folder / export.RECORD_ROWS, columnar.RECORDS)
    file.add([tuple(one[name] for name in columnar.RECORDS) for one in given])
    file.end()
    return RowFiles(folder, {export.RECORD_ROWS: len(given)})


def text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def test_both_forms_tell_the_same_records(tmp_path):
    written = [
        {"writer": "w", "seq": 7, "prev": text(PREV), "body": RECORD.body.decode(), "path": []},
        {"writer": "w", "seq": 8, "hash": text(HASH), "purge": "p1"},
    ]
    (tmp_path / export.RECORDS).write_bytes(b"".join(export.line(one) for one in written))
    of_lines, of_rows = list(LineFiles(tmp_path).records()), list(rows(tmp_path, ROW, GONE).records())
    assert of_lines == of_rows
    assert of_rows[1] == PurgedRecord("w", 8, HASH, "p1")
    assert (of_rows[0].at, of_rows[0].writer, of_rows[0].shared.columns.action) == (RECORD.at, "w", "served")


@pytest.mark.parametrize(
    ("given", "number"),
    [((ROW | {"body": None},), 1), ((ROW,), 2)],
    ids=["a record without a body", "another number of rows"],
)
def test_what_is_no_record_is_refused(tmp_path, given, number):
    files = rows(tmp_path, *given)
    with pytest.raises(ExportError):
        list(RowFiles(tmp_path, {export.RECORD_ROWS: number}).records())
    assert files is not None


@pytest.mark.parametrize("line", [b"{", b"[1]\n", b"7\n"])
def test_a_line_that_is_no_object_is_refused(tmp_path, line):
    (tmp_path / export.RECORDS).write_bytes(line)
    with pytest.raises(ExportError):
        list(LineFiles(tmp_path).records())
