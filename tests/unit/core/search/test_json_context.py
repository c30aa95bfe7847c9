from __future__ import annotations

import json

import pytest

from proxy.core.replies.restore import Restorer
from proxy.core.search.json_context import JsonContext, json_escape

NAME = "Name_BCDFGHJKLM"
VALUE = 'O"Neil", "admin": true, "x\\": "\n'


def restored(text: str, *, document: bool = False) -> str:
    return Restorer({NAME: VALUE}, document=document).whole(text)


DOCUMENTS = [
    {"who": NAME}, [NAME], [1, NAME], [[1.5e3, -2], {"a": [None, True, False, NAME]}], {NAME: {NAME: [NAME]}},
    {"a": 'said "hi" to ' + NAME}, {"path": "C:\\" + NAME}, {"call": json.dumps({"who": NAME})},
    [json.dumps([json.dumps({"n": json.dumps([NAME])})])], {"note": "see: " + json.dumps({"who": NAME}) + " or " + NAME},
]  # fmt: skip
AROUND = [
    ("", ""), ("Here you are: ", " Done."), ('He said "so [x]: ', '"'), ("```json\n", "\n```"), ("It's [1]; f(x) = {y}\n", ""),
    ('{"half": ', ""), ('as ["parts", ', ""), ('type {" and then: ', ""), ("{{", "}}"), ("- [ ] todo\n- [x] ", ""),
    ('[{"a": 1}, {b: 2}, ', "]"), ("12 ", ""), ('"quoted" ', ""), ("[link](https://a.de) ", ""),
]  # fmt: skip


def put_back(node):
    """Replace the name in a document, in JSON inside its strings too."""
    if isinstance(node, dict):
        return {put_back(key): put_back(value) for key, value in node.items()}
    if isinstance(node, list):
        return list(map(put_back, node))
    if not isinstance(node, str):
        return node
    for start in range(len(node)):
        if node[start] in "[{":
            try:
                inner, end = json.JSONDecoder().raw_decode(node, start)
            except ValueError:
                continue
            return put_back(node[:start]) + json.dumps(put_back(inner), ensure_ascii=False) + put_back(node[end:])
    return node.replace(NAME, VALUE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
@pytest.mark.parametrize("around", AROUND, ids=str)
def test_json_stays_the_same_json_wherever_it_stands(document, around):
    before, after = around
    text = restored(before + json.dumps(document) + after)
    assert text.startswith(before)
    assert json.JSONDecoder().raw_decode(text, len(before))[0] == put_back(document)


@pytest.mark.parametrize(
    "text",
    [
        f'He said "{NAME} is here" and left.', f"It's {NAME}'s turn", f'"{NAME}"', f"[{NAME}](https://a.de)", f'("{NAME}")',
        f'[note: "{NAME}"]', f'{{name: "{NAME}"}}', f"{{{NAME}}}", f'["parts\n"{NAME}"', f'[1] "{NAME}"', f'{{}} "{NAME}"',
        f'x = [1, 2]; y = "{NAME}"', f'[01-x "{NAME}"', f'[nul "{NAME}"', f'{{"a" "{NAME}', f'[}} "{NAME}"', f'[1 2 "{NAME}"',
    ],
)  # fmt: skip
def test_prose_is_never_escaped(text):
    assert restored(text) == text.replace(NAME, VALUE)


@pytest.mark.parametrize("text", [f'{{"a": {NAME}}}', f"{NAME}", f'"{NAME}"', f"{{'a': '{NAME}'}}", f'oh no "{NAME}"'])
def test_a_document_is_escaped_everywhere(text):
    assert restored(text, document=True) == text.replace(NAME, json_escape(VALUE))


def test_half_an_escape_sequence_eats_no_quotation_mark_of_the_value():
    text = restored('{"a": "\\' + NAME + '", "b": "\\u00' + NAME + '"}')
    assert '"admin": true' not in text.replace(json_escape('"admin": true'), "")
    assert restored('{"a": "\\' + NAME + '"}') == '{"a": "\\\\' + json_escape(VALUE) + '"}'


def test_a_bracket_that_is_written_as_an_escape_sequence_begins_json_too():
    text = '{"call": "\\u007b\\"who\\": \\"' + NAME + '\\"}"}'
    assert json.loads(json.loads(restored(text))["call"]) == {"who": VALUE}


@pytest.mark.parametrize(
    "text", ["[" * 5_000, '{"a":' * 5_000, '["' + "[" * 5_000, '{"a": "' + "\\" * 5_000, "[" + "1" * 5_000]
)
def test_what_is_remembered_is_bounded(text):
    context = JsonContext()
    for at in range(0, len(text), 7):
        context.feed(text[at : at + 7])
    assert all(
        len(str(getattr(one, name))) < 1_000
        for one in (context._main,)
        if one
        for name in ("_stack", "_atom", "_escape")
    )
