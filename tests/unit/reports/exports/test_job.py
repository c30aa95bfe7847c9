from __future__ import annotations

from datetime import UTC, datetime

from proxy.reports.exports.job import MEANINGS, ExportJob, ExportKind, ExportState, NewExport

ABOUT = NewExport(
    ExportKind.QUESTION, "AQ-10", {"tenant": "acme", "subject": ["hmac-sha256:k:aa"]}, "pdf", "jane (k1)", "jane", "acme",
    None, "access request",
)  # fmt: skip


def test_an_export_that_names_a_person_is_told_without_the_person():
    told = ExportJob("ex_aaaaaaaaaaaa", ABOUT, ExportState.PENDING, datetime(2026, 7, 1, tzinfo=UTC)).document()
    assert (told["of_subject"], told["parameters"], told["state"]) == (True, {"tenant": "acme"}, "pending")
    assert "hmac" not in str(told)


def test_the_log_is_told_who_asked_for_what_and_why():
    facts = ExportJob("ex_aaaaaaaaaaaa", ABOUT, ExportState.DONE, datetime(2026, 7, 1, tzinfo=UTC)).facts()
    assert (facts["by"], facts["purpose"], facts["name"]) == ("jane (k1)", "access request", "AQ-10")
    assert "hmac" not in str(facts)


def test_every_state_has_a_meaning():
    assert MEANINGS.keys() == set(ExportState)
