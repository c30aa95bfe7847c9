from __future__ import annotations

import pytest

from proxy.core.explanation import pointer
from proxy.core.records import TextSpan


@pytest.mark.parametrize(
    ("address", "path", "shown"),
    [
        ("/messages/0/content", "messages[*].content", "/messages/0/content"),
        ("/messages/0/content/1/text", "messages[*].content[*].text", "/messages/0/content/1/text"),
        ("/metadata/Anna Schmidt", "metadata.*", "/metadata/*"),
        ("/metadata/Anna Schmidt~key", "metadata.*", "/metadata/*"),
        ("/metadata/4111111111111111/0", "metadata.*[*]", "/metadata/*/0"),
        ("/metadata/a~1b~0c/x", "metadata.*.*", "/metadata/*/*"),
        ("/input/0/arguments#/who", "input[*].arguments.*", "/input/0/arguments#/*"),
        ("/place~list", "place", "/place"),
        ("/place~pair/lat", "place.*", ""),
        ("@header/x-said", "@header.x-said", "@header/x-said"),
    ],
)
def test_an_address_shows_no_key_that_the_caller_chose(address, path, shown):
    assert pointer(TextSpan(address, path, "")) == shown
