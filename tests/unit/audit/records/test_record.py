from __future__ import annotations

import hashlib

import orjson
import pytest

from proxy.audit.records.record import Columns, beginning, genesis, is_name, link, make

COLUMNS = Columns(at=1, kind="event", action="writer_started", tenant="acme", codes=("A", "B"))


def test_body_is_canonical_whatever_the_order_of_facts():
    one = make(COLUMNS, {"b": 1, "a": {"y": [1], "x": True}})
    two = make(COLUMNS, {"a": {"x": True, "y": [1]}, "b": 1})
    assert one.body == two.body
    assert b" " not in one.body


def test_body_begins_with_the_columns():
    record = make(COLUMNS, {"a": 1})
    assert record.body == beginning(COLUMNS) + b'{"a":1}}'
    assert record[:13] == COLUMNS


def test_body_with_nul_or_surrogates_becomes_storable():
    record = make(
        COLUMNS._replace(tenant="a\x00b"), {"one": "\x00", "two": ["\ud800", {"k\x00": 1}], "three": object()}
    )
    assert b"\\u0000" not in record.body
    assert record.tenant == "a\ufffdb"
    facts = orjson.loads(record.body)["facts"]
    assert facts == {"one": "\ufffd", "two": ["\ufffd", {"k\ufffd": 1}], "three": "object"}


@pytest.mark.parametrize("text", ["gpt-4o", "meta/llama-3.1:8b", "", "a" * 128])
def test_is_name_accepts_names(text):
    assert is_name(text)


@pytest.mark.parametrize("text", ["Ada Lovelace", "ada@example.com", "a" * 129, "x\ny", "naïve", "a\x00"])
def test_is_name_refuses_free_text(text):
    assert not is_name(text)


def test_genesis_differs_between_writers():
    assert genesis("a").seq == 0
    assert genesis("a").hash != genesis("b").hash
    assert len(genesis("a").hash) == 32


def test_link_is_sha256_of_leaf_byte_previous_and_body():
    assert link(b"p" * 32, b"body") == hashlib.sha256(b"\x00" + b"p" * 32 + b"body").digest()


def test_link_depends_on_previous_and_body():
    assert len({link(b"p" * 32, b"a"), link(b"q" * 32, b"a"), link(b"p" * 32, b"b")}) == 3
