from __future__ import annotations

from proxy.core.targets.access import ACCOUNTS, CALLERS
from proxy.schemes import SCHEMES
from proxy.schemes.scheme import Credential


def test_the_callers_credential_is_a_token_and_its_account_stands_in_a_header_that_is_named(present):
    call = present("caller_account", "sk-anns", name="chatgpt-account-id")
    assert call.headers["Authorization"] == "Bearer sk-anns"
    assert SCHEMES["caller_account"].account == "name"
    assert "chatgpt-account-id" in ACCOUNTS


def test_core_knows_the_schemes_that_present_a_callers_credential():
    assert {name for name, scheme in SCHEMES.items() if scheme.credential is Credential.CALLER} == CALLERS
