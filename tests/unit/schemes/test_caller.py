from __future__ import annotations

from proxy.schemes.caller import SCHEME
from proxy.schemes.scheme import Credential


def test_the_callers_credential_is_a_token(present):
    assert present("caller", "sk-anns").headers["Authorization"] == "Bearer sk-anns"
    assert SCHEME.credential is Credential.CALLER
