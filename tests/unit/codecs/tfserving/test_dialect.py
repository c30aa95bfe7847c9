from __future__ import annotations

import orjson

from proxy.codecs.tfserving.dialect import DIALECT


def test_errors_are_one_word_of_json():
    assert orjson.loads(DIALECT.error(403, "denied", "refused by policy", "x")) == {"error": "refused by policy"}
