from __future__ import annotations

import threading

import pytest

from proxy.catalog import lists
from proxy.catalog.lists import ListEntry
from proxy.errors import ConfigurationError
from proxy.service import corrections

KINDS = {"PERSON": "direct"}


def row(number=0, note=""):
    return ListEntry(tenant="acme", list="allow", type="PERSON", value=f"Zorblax {number}", note=note)


def test_an_entry_is_added_once_whatever_its_note(tmp_path):
    where = tmp_path / "lists.yaml"
    assert corrections.add(where, row(), KINDS)
    assert not corrections.add(where, row(note="again"), KINDS)
    assert lists.read(where, KINDS) == (row(),)


def test_those_who_add_at_once_lose_no_entry(tmp_path):
    where, many = tmp_path / "lists.yaml", 12
    adding = [threading.Thread(target=corrections.add, args=(where, row(number), KINDS)) for number in range(many)]
    for thread in adding:
        thread.start()
    for thread in adding:
        thread.join()
    assert {entry.value for entry in lists.read(where, KINDS)} == {f"Zorblax {number}" for number in range(many)}


@pytest.mark.parametrize("content", ["lists: 5\n", "lists: [{tenant: a, list: allow, value: x}]\n"])
def test_a_file_that_takes_no_entry_stays_as_it_is(tmp_path, content):
    where = tmp_path / "lists.yaml"
    where.write_text(content)
    with pytest.raises(ConfigurationError):
        corrections.add(where, row(), KINDS)
    assert where.read_text() == content


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be written"):
        corrections.add(tmp_path / "none" / "lists.yaml", row(), KINDS)
