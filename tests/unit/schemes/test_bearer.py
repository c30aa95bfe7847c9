from __future__ import annotations

from proxy.schemes.bearer import SCHEME
from proxy.schemes.scheme import Credential


def test_the_credential_is_a_token_and_may_be_missing(present):
    assert present("bearer", "sk-1").headers["Authorization"] == "Bearer sk-1"
    assert SCHEME.credential is Credential.OPTIONAL
