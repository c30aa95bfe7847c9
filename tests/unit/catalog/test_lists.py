from __future__ import annotations

import pytest

from proxy.catalog import lists
from proxy.catalog.lists import ListEntry
from proxy.errors import ConfigurationError

TYPES = frozenset({"PERSON", "ORGANIZATION"})
DIGEST = "0123456789abcdef" * 2
SECRET = "Zebulon Quark"


def test_a_missing_file_holds_nothing(tmp_path):
    assert lists.read(tmp_path / "lists.yaml", TYPES) == ()


def test_entries_are_added_to_the_end_and_read_again(tmp_path):
    path = tmp_path / "lists.yaml"
    entries = [
        ListEntry(tenant="a", list="allow", value='ACME: "the" #1 Körp', type="ORGANIZATION", note="ours"),
        ListEntry(tenant="*", list="deny", digest=DIGEST, words=2, type="PERSON"),
    ]  # fmt: skip
    text = ""
    for entry in entries:
        text = lists.appended(text, entry)
    path.write_text(text.replace("lists:\n", "lists:  # mine\n"), encoding="utf-8")
    assert lists.read(path, TYPES) == tuple(entries)
    assert "# mine" in lists.appended(path.read_text(encoding="utf-8"), entries[0])


@pytest.mark.parametrize("text", ["", "lists:\n", "lists: []\n", "# nothing\n"])
def test_files_without_entries(text):
    assert lists.parsed(text, TYPES) == ()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (f"{{tenant: a, list: allow, value: {SECRET}, digest: {DIGEST}}}", "an entry has either a value or a digest"),
        ("{tenant: a, list: allow}", "an entry has either a value or a digest"),
        ("{tenant: a, list: allow, value: '+++'}", "at least one letter or digit"),
        (f"{{tenant: a, list: deny, value: {SECRET}}}", "`type` is required"),
        (f"{{tenant: a, list: deny, value: {SECRET}, type: PERSON, forced: true}}", "`forced` is not allowed"),
        (f"{{tenant: a, list: deny, digest: {DIGEST}, type: PERSON}}", "'words' belongs"),
        (f"{{tenant: a, list: allow, value: {SECRET}, type: NOBODY}}", "entry 1: there is no entity type"),
        (f"{{tenant: a, list: allow, value: {SECRET}, typ: PERSON}}", "typ"),
        (f"{{tenant: a, list: sometimes, value: {SECRET}}}", "list"),
        (f"{{tenant: a, list: allow, value: {SECRET}, value: x}}", "not valid YAML"),
        (f"{{tenant: a, list: allow, value: {SECRET}", "not valid YAML"),
        (f"{{tenant: a, list: allow, value: [{SECRET}]}}", "value"),
    ],
)
def test_wrong_entries_are_refused_without_being_quoted(row, message):
    with pytest.raises(ConfigurationError) as caught:
        lists.parsed(f"lists:\n  - {row}\n", TYPES)
    assert message in str(caught.value)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_message_says_where():
    for text, where in (
        ("lists: 5", "lists.yaml: lists: "),
        ("lists:\n  - {tenant: 5}", "lists.yaml: lists: entry 1: tenant: "),
    ):
        with pytest.raises(ConfigurationError, match=where):
            lists.parsed(text, TYPES)


def test_a_file_that_cannot_be_decoded_is_refused(tmp_path):
    (tmp_path / "lists.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError):
        lists.read(tmp_path / "lists.yaml", TYPES)
