"""What a list may be called, and what is said of a finding."""

from __future__ import annotations

import pytest

from proxy.detection.registered.rows import columns
from proxy.errors import ConfigurationError
from proxy.service import registered
from testing.registered_lists import COLUMNS, JAN, listed


@pytest.mark.parametrize(
    ("name", "role"), [("", "patient"), ("Patients", "patient"), ("a" * 41, "patient"), ("a", "king")]
)
def test_a_list_has_a_plain_name_and_a_role_of_people(name, role):
    with pytest.raises(ConfigurationError):
        registered.new_list("acme", name, columns(COLUMNS), role)


def test_a_location_says_no_value():
    [finding] = listed([JAN]).find("to Jan Kowalski")
    assert registered.location(finding) == {"start": 3, "end": 15, "type": "PERSON", "list": "patients"}


@pytest.mark.parametrize("delimiter", ["\n", "\r", '"'])
def test_a_sign_that_cannot_delimit_columns_is_refused_in_any_python(delimiter):
    new = registered.new_list("acme", "patients", columns("name"), "patient")
    with pytest.raises(ConfigurationError, match="does not delimit"):
        registered.rows(new, ["name"], delimiter)
