from __future__ import annotations

import pytest

from proxy.web.api import formats
from proxy.web.api.faults import NotAcceptableError

ALL = ("json", "csv", "jsonl", "parquet", "html", "pdf")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("text/csv", "csv"),
        ("TEXT/CSV; charset=utf-8", "csv"),
        ("application/x-ndjson", "jsonl"),
        ("application/vnd.apache.parquet", "parquet"),
        ("text/html;q=0.8, application/pdf", "pdf"),
        ("text/html;q=0.8, application/pdf;q=0.3", "html"),
        ("text/*", "csv"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "html"),
        ("application/json;q=0, */*;q=0.1", "csv"),
        ("application/xml, */*;q=0.1", "json"),
    ],
)
def test_the_format_is_the_one_that_is_preferred(accept, chosen):
    assert formats.preferred(accept, ALL) == chosen


@pytest.mark.parametrize("accept", ["text/csv", "application/json;q=0", "application/xml, text/html;q=0"])
def test_what_accepts_none_is_refused_with_those_that_there_are(accept):
    with pytest.raises(NotAcceptableError, match=r"answers as application/json$"):
        formats.preferred(accept, ("json",))


def test_a_page_runs_nothing_where_it_is_shown():
    headers = formats.AnswerFile("html", b"", "AQ-14").headers
    assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert headers["Content-Disposition"] == 'attachment; filename="AQ-14.html"'
