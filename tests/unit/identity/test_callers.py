from __future__ import annotations

import pytest

from proxy.identity.callers import Callers
from testing.fakes import PRINCIPAL


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
