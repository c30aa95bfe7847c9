from __future__ import annotations

from proxy.schemes.oauth import SCHEME


def test_the_token_that_the_credential_was_exchanged_for_is_presented(present):
    assert present("oauth", "ya29.token", scope="s").headers["Authorization"] == "Bearer ya29.token"
    assert SCHEME.exchange_scope == "scope"
