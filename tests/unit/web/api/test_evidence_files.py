from __future__ import annotations

import base64
import gzip

import orjson
import pytest

from proxy.reports import statement
from testing import evidence

pytestmark = pytest.mark.heavy  # a PDF is made in a process of its own


def companion(response):
    return orjson.loads(gzip.decompress(base64.b64decode(response.headers["x-compliance-statement"])))


@pytest.mark.parametrize(
    ("accept", "kind", "begins"),
    [
        ("text/csv", "csv", b"code,rules,tenant,"),
        ("application/x-ndjson", "jsonl", b'{"activity":1,'),
        ("application/vnd.apache.parquet", "parquet", b"PAR1"),
        ("text/html", "html", b"<!doctype html>"),
        ("application/pdf", "pdf", b"%PDF-"),
    ],
)
async def test_an_answer_in_any_format_is_checked_by_the_statement_beside_it(desk, accept, kind, begins):
    needed = {"parquet": "pyarrow", "html": "jinja2", "pdf": "typst"}
    if kind in needed:
        pytest.importorskip(needed[kind], reason="an extra is not installed")
    body = {"purpose": "quarterly review"}
    async with desk.running.ask(
        "POST", "audit/questions/AQ-14", "auditor", json=body, headers={"Accept": accept}
    ) as response:
        content = await response.read()
        assert response.status == 200, content
        assert response.headers["Content-Type"].startswith(accept)
        assert response.headers["Content-Disposition"] == f'attachment; filename="AQ-14.{kind}"'
        assert content.startswith(begins)
        assert statement.flaw(companion(response), evidence.SIGNING.verifier, content) is None
        assert statement.flaw(companion(response), evidence.SIGNING.verifier, content + b" ") is statement.Flaw.FILE
    facts = desk.running.evidence.named("admin_call")[-1]
    assert (facts["question"], facts["format"], facts["outcome"]) == ("AQ-14", kind, "ok")
