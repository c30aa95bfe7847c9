"""The filter of the exchanges behind a row. That numbers are those of its exchanges: ``test_catalogue``."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxy.reports import behind, catalogue
from proxy.reports.parameters import InvalidParameterError

REFUSALS = catalogue.named("AQ-14")
ROW = {"code": "NO_BAA", "tenant": "acme", "activity": "support", "service": "", "refused": 3, "sample": "x1"}
NOW = datetime(2026, 9, 21, tzinfo=UTC)


def test_a_filter_holds_what_its_condition_reads_and_nothing_else():
    text = behind.written(REFUSALS, "refused", ROW)
    assert text == '{"of":"AQ-14.refused","code":"NO_BAA","tenant":"acme","activity":"support","service":""}'
    assert behind.condition(text).count("{behind}") == 4
    assert "{code}" not in behind.condition(text)
    assert behind.title(text) == "AQ-14: NO_BAA, acme, support"
    assert behind.written(catalogue.named("AQ-09"), "records", {}) == ""


def test_a_number_of_a_row_has_a_condition_of_its_own():
    business = catalogue.named("AQ-16")
    assert "denial_codes" in behind.condition(behind.written(business, "rerouted", {}))
    assert "denial_codes" not in behind.condition(behind.written(business, "refused", {}))


@pytest.mark.parametrize(
    "wrong",
    [
        "", "[]", "x", '{"of": "AQ-14"}', '{"of": "AQ-99.n"}', '{"of": "AQ-14.refused", "code": "x"}', '{"of": 1}',
        '{"of": "AQ-14.no_column"}',
    ],
)  # fmt: skip
def test_what_is_no_such_filter_is_refused(wrong):
    with pytest.raises(InvalidParameterError, match="behind"):
        behind.condition(wrong)


def test_the_exchanges_of_a_row_are_between_its_first_and_last_one():
    row = {"first_at": "2026-09-01T10:00:00.25Z", "last_at": "2026-09-02T00:00:00Z"}
    whole = {"since": "2026-09-01T10:00:00Z", "until": "2026-09-02T00:00:01Z"}
    assert behind.period(row, {"since": "2026-01-01", "until": "2027-01-01"}, NOW) == whole
    assert behind.period({}, {"since": "2026-01-01"}, NOW) == {"since": "2026-01-01"}
    assert behind.period({}, {}, NOW) == {"since": "2016-09-20T00:00:00Z"}
    assert behind.period({"last_at": "2026-09-02"}, {}, NOW)["since"] == "2016-09-01T00:00:01Z"


def test_what_is_not_a_filter_is_its_own_title():
    assert behind.title("x") == "x"
