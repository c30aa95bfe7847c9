from __future__ import annotations

import os

from proxy.runtime.environment import environment


def test_it_is_the_one_that_children_get(monkeypatch):
    environment()["PLAIN_WORD"] = "one"
    try:
        assert os.environ["PLAIN_WORD"] == "one"
    finally:
        del environment()["PLAIN_WORD"]
    monkeypatch.setenv("PLAIN_WORD", "two")
    assert environment()["PLAIN_WORD"] == "two"
