"""``policy moves`` asks about what there is, and says so where a name is wrong."""

from __future__ import annotations

import pytest

from proxy.cli.policy.commands import moves


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"old": "standin/us"}, r"there is no target 'standin/us'; did you mean standin/eu\?"),
        ({"new": ""}, "there is no target ''"),
        ({"tenant": "demo-us"}, r"there is no tenant 'demo-us'; did you mean demo-eu\?"),
        ({"tenant": "nope"}, "there is no tenant 'nope'$"),
        ({"operation": "chatt"}, r"there is no operation 'chatt'; did you mean chat\?"),
    ],
)
def test_a_name_that_there_is_not_is_refused(asked, message):
    with pytest.raises(ValueError, match=message):
        moves.command(**{"old": "standin/eu", "new": "region/eu", **asked})


@pytest.mark.parametrize(("operation", "stays"), [("chat", set()), ("", {"support-chat", "hr-assist"})])
def test_what_would_stay_is_no(operation, stays):
    answer = moves.command("standin/eu", "region/eu", "demo-eu", operation)
    assert answer.ok is not bool(stays)
    assert {row["activity"] for row in answer.document["stays"]} == stays
