"""A statement that cannot be asked again here says so; that one can is shown by the command (``test_evidence_commands``)."""

from __future__ import annotations

import pytest

from proxy.reports import catalogue, recomputing, relations
from proxy.reports.recomputing import NotRecomputableError
from testing import evidence

QUESTION = catalogue.named("AQ-10")
SIGNED = {
    "question": "AQ-10", "name": "data-subject", "query_sha256": QUESTION.query_digest, "views_sha256": relations.DIGEST,
    "log": {"size": 3}, "coverage": {"unsealed": 0}, "parameters": {"subject": ["read:00"], "limit": 10},
    "tenants": ["acme"], "at": "2026-11-24T10:00:00Z", "rows": 0, "rows_sha256": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "references", "reason"),
    [
        ({"views_sha256": "0"}, ("read:00",), "another release"),
        ({"log": None}, ("read:00",), "before any note"),
        ({"query_sha256": "0"}, ("read:00",), "another one in this release"),
        ({"question": "AQ-99"}, ("read:00",), "another one in this release"),
        ({}, None, "name the one"),
        ({}, ("hmac-sha256:s-1:00", "read:01"), "name the one"),
    ],
)
async def test_what_cannot_be_asked_again_is_refused(reader, change, references, reason):
    with pytest.raises(NotRecomputableError, match=reason):
        await recomputing.recomputed(reader, SIGNED | change, evidence.SIGNING.verifier, references)


async def test_a_log_that_lost_its_notes_makes_no_rows(reader):
    found = await recomputing.recomputed(reader, SIGNED, evidence.SIGNING.verifier, ("read:00",))
    assert (found.same, found.size) == (False, 0)
