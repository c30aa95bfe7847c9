from __future__ import annotations

import pytest

from proxy.codecs import checks
from proxy.errors import MalformedRequestError


@pytest.mark.parametrize("given", ["", "a", ["a", ""]])
def test_a_text_or_a_list_of_texts_is_taken(given):
    checks.texts("say")({"say": given})


@pytest.mark.parametrize("given", [None, [], [1], ["a", 1], 1, {"a": 1}, [["a"]]])
def test_what_is_neither_a_text_nor_a_list_of_texts_is_refused(given):
    with pytest.raises(MalformedRequestError, match="'say' must be a string or a list of strings; no ids"):
        checks.texts("say", "; no ids")({"say": given})


@pytest.mark.parametrize("given", [None, 1, ["a"], {}])
def test_what_is_no_text_is_refused(given):
    checks.text("say")({"say": ""})
    with pytest.raises(MalformedRequestError, match="'say' must be a string; no ids"):
        checks.text("say", "; no ids")({"say": given})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "'say' must be a non-empty list"), ({}, "'say' must be a non-empty list"),
        ([], "'say' must be a non-empty list"), (["a"], "every word must be an object"),
        ([{}, None], "every word must be an object"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_objects_is_refused(given, message):
    checks.objects("say", "word")({"say": [{}]})
    with pytest.raises(MalformedRequestError, match=message):
        checks.objects("say", "word")({"say": given})
