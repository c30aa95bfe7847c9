from __future__ import annotations

import hashlib

import orjson

from proxy.audit.records.record import genesis
from proxy.reports.siem.formats import record


def test_the_record_stands_in_the_line_byte_for_byte_under_its_hash(every):
    first = every[0]
    line = record.line(first)
    assert first.body in line
    said = orjson.loads(line)
    assert said["log_hash"] == hashlib.sha256(b"\0" + genesis(first.position.writer).hash + first.body).hexdigest()
    assert said["record"]["columns"]["exchange"] == "x1"
