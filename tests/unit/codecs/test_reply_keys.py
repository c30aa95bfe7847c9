from __future__ import annotations

import re

from proxy.codecs.reply_keys import COUNTS, KEYS


def test_no_key_can_be_a_value():
    assert [key for key in KEYS if re.search(r"\d{4}|\s|.@", key) or len(key) > 48] == []
    assert COUNTS < KEYS
