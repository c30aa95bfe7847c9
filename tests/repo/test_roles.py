from __future__ import annotations

import pytest

from docs import roles
from proxy.web.api import access, table


def rows():
    cells = (line.strip("| ").split("|") for line in roles.page().splitlines() if line.startswith("| `"))
    return {name.strip(" `"): [mark.strip() for mark in marks] for name, *marks in cells}


def needs(command):
    marks = rows()[command]
    return {name for name, mark in zip(roles._COLUMNS, [*marks, *[""] * 10], strict=False) if mark}


def test_every_operation_is_listed_with_the_roles_that_may_call_it():
    listed = rows()
    for operation in table.OPERATIONS:
        marks = listed[f"{operation.method} {operation.path}"]
        may = [bool(operation.roles & access.effective((role,))) for role in access.ROLES]
        assert [mark == "yes" for mark in [*marks, *[""] * len(may)][: len(may)]] == may


@pytest.mark.parametrize("command", ["audit show", "audit prove", "audit export", "audit tail", "oversight list"])
def test_who_reads_needs_the_readers_role_and_no_key(command):
    assert needs(command) == {"reader"}


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("audit erase", {"writer", "identity", "vault", "master key", "audit signing key"}),
        ("audit hold place", {"writer", "identity", "vault", "master key", "audit signing key"}),
        ("audit checkpoint", {"writer", "audit signing key"}),
        ("migrate", {"owner"}),
    ],
)
def test_what_a_command_opens_is_found_through_the_functions_that_it_calls(command, wanted):
    assert needs(command) == wanted
