from __future__ import annotations

import pytest

from proxy.core.keyring import Keyring
from proxy.identity import keys
from proxy.identity.keys import Callers
from testing import evidence
from testing.fakes import PRINCIPAL


def test_minted_key_round_trips_and_matches_its_hash():
    key = keys.mint()
    assert keys.parse(keys.text(key)) == key
    hashing = keys.hashing_key(evidence.KEYRING)
    stored = keys.hashed(key, hashing)
    assert keys.matches(key, stored, hashing)
    assert not keys.matches(keys.mint(), stored, hashing)
    assert not keys.matches(key, stored, keys.hashing_key(Keyring(b"z" * 32)))


def test_minted_keys_differ_and_hold_256_bits():
    minted = {keys.mint() for _ in range(100)}
    assert len({key.id for key in minted}) == 100
    assert all(len(key.secret) == 43 for key in minted)


@pytest.mark.parametrize(
    "presented",
    ["", "cp_", "sk-abc", "cp_short_secret", "cp_" + "a" * 12 + "_" + "b" * 42, "cp_" + "A" * 12 + "_" + "b" * 43,
     "cp_" + "a" * 12 + "_" + "b" * 43 + "\n", "cp_" + "a" * 12 + "_" + "ü" * 43],
)  # fmt: skip
def test_what_is_not_a_key_is_not_parsed(presented):
    assert keys.parse(presented) is None


class Finder:
    def __init__(self):
        self.asked = []

    async def find(self, presented):
        self.asked.append(presented)
        return PRINCIPAL


@pytest.mark.parametrize(
    ("presented", "which"), [("cp_abc", "keys"), ("eyJ.x.y", "tokens"), ("CP_abc", "tokens"), ("", "tokens")]
)
async def test_keys_and_tokens_are_told_apart(presented, which):
    keys, tokens = Finder(), Finder()
    assert await Callers(keys, tokens).find(presented) is PRINCIPAL
    assert (keys.asked, tokens.asked) == (([presented], []) if which == "keys" else ([], [presented]))


async def test_without_an_issuer_no_token_is_valid():
    assert await Callers(Finder()).find("eyJ.x.y") is None
