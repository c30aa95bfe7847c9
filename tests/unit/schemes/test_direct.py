from __future__ import annotations

import pytest

from proxy.core.targets.access import ACCOUNTS, CALLERS
from proxy.schemes import SCHEMES
from proxy.schemes.scheme import Credential


def test_user_and_password_are_encoded(present):
    assert present("basic", "ann:p w").headers["Authorization"] == "Basic YW5uOnAgdw=="


def test_without_a_password_it_is_refused(present):
    with pytest.raises(ValueError, match="user:password"):
        present("basic", "ann")


def test_the_credential_is_a_token_and_may_be_missing(present):
    assert present("bearer", "sk-1").headers["Authorization"] == "Bearer sk-1"
    assert SCHEMES["bearer"].credential is Credential.OPTIONAL


def test_the_callers_credential_is_a_token(present):
    assert present("caller", "sk-anns").headers["Authorization"] == "Bearer sk-anns"
    assert SCHEMES["caller"].credential is Credential.CALLER


def test_the_callers_credential_is_a_token_and_its_account_stands_in_a_header_that_is_named(present):
    call = present("caller_account", "sk-anns", name="chatgpt-account-id")
    assert call.headers["Authorization"] == "Bearer sk-anns"
    assert SCHEMES["caller_account"].account == "name"
    assert "chatgpt-account-id" in ACCOUNTS


def test_core_knows_the_schemes_that_present_a_callers_credential():
    assert {name for name, scheme in SCHEMES.items() if scheme.credential is Credential.CALLER} == CALLERS


def test_the_credential_stands_in_the_header_that_is_named(present):
    assert present("header", "sk-1", name="api-key").headers["api-key"] == "sk-1"


def test_headers_of_the_connection_are_not_to_be_had():
    assert {"host", "cookie", "content-length"} <= SCHEMES["header"].parameters["name"].refused


def test_nothing_is_sent(present):
    assert present("none", "").headers == {"Content-Type": "application/json"}
    assert SCHEMES["none"].credential is Credential.NONE


def test_the_token_that_the_credential_was_exchanged_for_is_presented(present):
    assert present("oauth", "ya29.token", scope="s").headers["Authorization"] == "Bearer ya29.token"
    assert SCHEMES["oauth"].exchange_scope == "scope"


def test_the_credential_is_encoded_beside_what_is_there(present):
    assert present("query", "a+b &", name="key").url.raw_query_string == "a=1&key=a%2Bb%20%26"
