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


async def test_a_page_is_in_the_language_that_was_asked_for_and_its_statement_the_same(desk):
    pytest.importorskip("jinja2", reason="an extra is not installed")
    pages = {}
    for language in ("en", "de"):
        body = {"purpose": "quarterly review", "language": language}
        async with desk.running.ask(
            "POST", "audit/questions/AQ-14", "auditor", json=body, headers={"Accept": "text/html"}
        ) as response:
            pages[language] = content = await response.read()
            assert f'<html lang="{language}"'.encode() in content
            assert statement.flaw(companion(response), evidence.SIGNING.verifier, content) is None
    assert "prüft sie:" in pages["de"].decode()
    assert "prüft sie:" not in pages["en"].decode()


async def test_a_language_that_there_is_not_is_refused(desk):
    body = {"purpose": "quarterly review", "language": "xx"}
    status, answer = await desk.running.answered("POST", "audit/questions/AQ-14", "auditor", json=body)
    assert (status, answer["error"]["code"]) == (400, "invalid_request")
