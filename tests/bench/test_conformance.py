from __future__ import annotations

import sys

from bench.conformance import __main__ as conformance

CHAT, KEPT = {"operationId": "chat"}, {"operationId": "kept"}


def test_only_what_the_proxy_serves_is_tried():
    document = {
        "info": {"version": "1"},
        "webhooks": {"x": {}},
        "paths": {
            "/chat/completions": {"post": CHAT, "get": KEPT},
            "/uploads": {"post": KEPT},
            "/models": {"get": KEPT},
        },
    }
    assert conformance.served(document) == {"info": {"version": "1"}, "paths": {"/chat/completions": {"post": CHAT}}}


def test_where_the_document_is_not_there_it_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["conformance", "--data-dir", str(tmp_path)])
    assert conformance.main() == 0
    assert "SKIPPED" in capsys.readouterr().out


def test_the_page_names_what_is_worse():
    made = {"path": "/x", "method": "POST", "cases": 2, "alone": 2, "through": 1, "refused": {"a: b": 1}}
    assert "Nothing was worse." in conformance.page([made | {"worse": {}}], "1", 2)
    page = conformance.page([made | {"worse": {"response_schema_conformance": 1}}], "1", 2)
    assert "- `/x`: response_schema_conformance, 1" in page
    assert "| `POST /v1/x` | 2 | 2 | 1 | 1 | 1 |" in page
