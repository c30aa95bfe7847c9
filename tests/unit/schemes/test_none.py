from __future__ import annotations

from proxy.schemes.none import SCHEME
from proxy.schemes.scheme import Credential


def test_nothing_is_sent(present):
    assert present("none", "").headers == {"Content-Type": "application/json"}
    assert SCHEME.credential is Credential.NONE
