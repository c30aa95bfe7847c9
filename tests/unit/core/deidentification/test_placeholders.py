from __future__ import annotations

import json

import pytest

from proxy.core.deidentification.placeholders import Placeholders, unescaped


def test_labels_are_numbered_by_value():
    made = Placeholders(["x"])
    assert [made.of("[CREDENTIAL]", "a"), made.of("[US_SSN]", "b"), made.of("[CREDENTIAL]", "c")] == [
        "[CREDENTIAL_1]",
        "[US_SSN_1]",
        "[CREDENTIAL_2]",
    ]
    assert made.originals == {"[CREDENTIAL_1]": "a", "[US_SSN_1]": "b", "[CREDENTIAL_2]": "c"}


def test_a_mask_gets_an_index_where_it_is_not_unique():
    made = Placeholders(["x"])
    assert [made.of("411111******1111", "a"), made.of("411111******1111", "b")] == [
        "411111******1111",
        "411111******1111-2",
    ]


def test_what_the_caller_wrote_is_never_a_stand_in():
    made = Placeholders(["see [credential_1] and 411111******1111", "[CREDENTIAL_2]"])
    assert made.of("[CREDENTIAL]", "a") == "[CREDENTIAL_3]"
    assert made.of("411111******1111", "b") == "411111******1111-2"


@pytest.mark.parametrize(
    ("before", "value", "said"),
    [
        ("password is ", r"C:\new", r"C:\new"), ('{"password": "', json.dumps('a"b\\c')[1:-1], 'a"b\\c'), ("", "plain", "plain"),
        ('{"call": "{\\"p\\": \\"', json.dumps(json.dumps('a"b')[1:-1])[1:-1], 'a"b'), ('{"p": "', "\\q\\", "\\q\\"),
    ],
)  # fmt: skip
def test_a_value_inside_json_is_kept_as_it_is_said(before, value, said):
    assert unescaped(before + value, len(before), value) == said
