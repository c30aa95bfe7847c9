from __future__ import annotations

import hashlib

from proxy.reports.render import lines


def test_the_file_has_the_digest_that_the_statement_says_of_the_rows(answer):
    found = answer({"b": 1, "a": "x"}, {"b": None, "a": "=1"})
    file = lines.rendered(found)
    assert file == b'{"a":"x","b":1}\n{"a":"=1","b":null}\n'
    assert hashlib.sha256(file).hexdigest() == found.statement["rows_sha256"]
