from __future__ import annotations

from dataclasses import replace

import pytest

from proxy.reports import catalogue, statement
from proxy.reports.answer import SignedAnswer
from testing import evidence


@pytest.fixture
def answer():
    """Return an answer with these rows; their columns are the question's."""

    def make(*rows, key=evidence.SIGNING, complete=True, **columns) -> SignedAnswer:
        found = catalogue.named("AQ-24")
        described = found.description.model_copy(update={"columns": columns or {name: name for name in rows[0]}})
        about = {
            "question": "AQ-24", "columns": list(described.columns), "rows": len(rows), "complete": complete,
            "rows_sha256": statement.digest_of_rows(rows), "log": None, "at": "2026-07-01T00:00:00Z", "asked_by": "officer",
        }  # fmt: skip
        return SignedAnswer(replace(found, description=described), rows, about, key)

    return make
