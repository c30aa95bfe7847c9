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


@pytest.mark.parametrize("code", [*range(0x20), 0x7F])
def test_a_control_character_is_refused_with_its_place_unless_it_is_a_blank(code):
    new = registered.new_list("acme", "patients", columns("name"), "patient")
    value = f"Jan K{chr(code)}owalski"
    rows = registered.rows(new, ["no,name\n", "1,Ilka Lind\n", f'2,"{value}"\n'], ",")
    assert next(rows)["name"] == "Ilka Lind"
    if chr(code).isspace():
        assert next(rows)["name"] == value
    else:
        with pytest.raises(ConfigurationError, match=rf"line 3 of the file .* U\+{code:04X} in column 2"):
            next(rows)


def test_a_control_character_in_the_header_is_refused():
    new = registered.new_list("acme", "patients", columns("name"), "patient")
    with pytest.raises(ConfigurationError, match=r"line 1 .* column 2"):
        registered.rows(new, ["no,na\0me\n"], ",")


def test_the_mark_of_unicode_before_a_header_is_no_part_of_it():
    new = registered.new_list("acme", "patients", columns("name"), "patient")
    assert [*registered.rows(new, ["\ufeffname\n", "Ilka Lind\n"], ",")] == [{"name": "Ilka Lind"}]


def test_lines_are_read_in_utf_8_and_the_one_that_is_not_is_named():
    lines = registered.lines_of([b"name\r\n", b"Zo\xc3\xab\rJ\xc3\xb6rg\n", b"M\xfcller\n"])
    assert [next(lines), next(lines), next(lines)] == ["name\r\n", "Zoë\r", "Jörg\n"]
    with pytest.raises(ConfigurationError, match=r"^line 3 of the file is not UTF-8$"):
        next(lines)
