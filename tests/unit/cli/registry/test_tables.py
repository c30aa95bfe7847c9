from __future__ import annotations

import pytest

from proxy.cli.registry import tables
from proxy.registry.edit import DocumentChange
from proxy.registry.expiry import Expiring


def cells(table, column):
    return [str(cell) for cell in table.columns[column].cells]


@pytest.mark.parametrize(
    ("days", "said"), [(None, "over, by its status"), (-3, "over for 3 d"), (0, "last day"), (12, "12 d left")]
)
def test_how_long_something_holds(days, said):
    assert tables.days_left(Expiring("p", "", "2026-01-01", days, ())) == said


def test_changes_show_both_values_and_no_markup_of_theirs():
    made = tables.changes(
        [DocumentChange("a", None, {"b": 1}), DocumentChange("c", "[bold]x", None), DocumentChange("d", 1, True)]
    )
    assert cells(made, 1) == ["added", "removed", "changed"]
    assert cells(made, 2) == ["", "[bold]x", "1"]
    assert cells(made, 3) == ['{"b":1}', "", "true"]


def test_who_depends_is_listed_line_by_line():
    made = tables.expiring([Expiring("p", "R", "2026-01-01", 1, ("tenant a", "tenant b"))])
    assert cells(made, 4) == ["tenant a\ntenant b"]
