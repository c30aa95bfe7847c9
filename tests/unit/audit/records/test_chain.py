from __future__ import annotations

import hashlib

from proxy.audit.records.chain import genesis, link


def test_genesis_differs_between_writers():
    assert genesis("a").seq == 0
    assert genesis("a").hash != genesis("b").hash
    assert len(genesis("a").hash) == 32


def test_link_is_sha256_of_leaf_byte_previous_and_body():
    assert link(b"p" * 32, b"body") == hashlib.sha256(b"\x00" + b"p" * 32 + b"body").digest()


def test_link_depends_on_previous_and_body():
    assert len({link(b"p" * 32, b"a"), link(b"q" * 32, b"a"), link(b"p" * 32, b"b")}) == 3
