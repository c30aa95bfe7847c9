from __future__ import annotations

import base64

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from proxy.codecs.base import PRESENTED, SIGNED
from proxy.web import credentials
from proxy.web.credentials import beside, presented, repeated


def basic(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


def parts(request):
    return request.headers, request.rel_url


def found(path="/", places=PRESENTED, **headers):
    request = make_mocked_request("POST", path, {n.replace("_", "-"): v for n, v in headers.items()})
    return presented(*parts(request), places)


@pytest.mark.parametrize(
    ("headers", "credential"),
    [
        ({"Authorization": "Bearer k"}, "k"), ({"Authorization": "bearer   k "}, "k"),
        ({"Authorization": basic("user:k")}, "k"), ({"Authorization": basic("k:")}, "k"),
        ({"Authorization": basic("user:a:b")}, "a:b"), ({"x_api_key": "k"}, "k"), ({"api_key": "k"}, "k"),
        ({"Authorization": "Bearer k", "x_api_key": "other"}, "k"), ({"x_api_key": "k", "api_key": "other"}, "k"),
        ({"Authorization": "Digest k", "api_key": "k"}, "k"),
        ({}, ""), ({"Authorization": "k"}, ""), ({"Authorization": "Bearer "}, ""), ({"Authorization": "Bearer"}, ""),
        ({"Authorization": "Basic ***"}, ""), ({"Authorization": "Basic /w=="}, ""), ({"x_goog_api_key": "k"}, ""),
    ],
)  # fmt: skip
def test_a_credential_stands_at_the_first_place_that_holds_one(headers, credential):
    assert found(**headers) == credential


def test_other_places_count_only_where_a_dialect_names_them():
    places = (*PRESENTED, "x-goog-api-key", "?key")
    assert found("/?key=k") == ""
    assert found("/?key=k", places) == "k"
    assert found("/?key=other", places, x_goog_api_key="k") == "k"


SIGNATURE = "AWS4-HMAC-SHA256 Credential=cp_k-_.1/20261126/eu/bedrock/aws4_request, SignedHeaders=host, Signature=0a"


@pytest.mark.parametrize(
    ("said", "credential"),
    [
        (SIGNATURE, "cp_k-_.1"), (SIGNATURE.replace("Credential=cp_k-_.1/20261126/eu/bedrock/aws4_request, ", ""), ""),
        ("AWS4-HMAC-SHA256 SignedHeaders=host,Credential=k/x,Signature=0a", "k"), ("AWS4-HMAC-SHA256", ""),
        ("AWS4-HMAC-SHA256 NoCredential=k/x", ""), ("Bearer k", "k"),
    ],
)  # fmt: skip
def test_a_key_stands_in_an_aws_signature_where_a_dialect_says_so(said, credential):
    assert found(places=(SIGNED, *PRESENTED), Authorization=said) == credential
    assert found(Authorization=SIGNATURE) == ""


def test_an_aws_signature_that_comes_twice_is_repeated():
    request = make_mocked_request("POST", "/", CIMultiDict([("Authorization", SIGNATURE)] * 2))
    assert repeated(*parts(request), (SIGNED, *PRESENTED))


@pytest.mark.parametrize("path", ["/?key=a&key=b", "/?x=1"])
def test_a_parameter_that_comes_twice_is_repeated_where_it_counts(path):
    request = make_mocked_request("POST", path, {})
    assert repeated(*parts(request), ("?key",)) is ("key=b" in path)
    assert not repeated(*parts(request), PRESENTED)


@pytest.mark.parametrize(
    ("headers", "path", "credential", "token"),
    [
        ({"Authorization": "Bearer sub", "x_compliance_key": "cp_a"}, "/", "cp_a", "sub"),
        ({"Authorization": "Bearer sub", "x_compliance_key": "an.oidc.token"}, "/", "an.oidc.token", "sub"),
        ({"Authorization": "Bearer sub", "x_api_key": "cp_a"}, "/", "cp_a", "sub"),
        ({"Authorization": "Bearer sub"}, "/key/cp_a/v1/messages", "cp_a", "sub"),
        ({"Authorization": "Bearer cp_a", "x_api_key": "sub"}, "/", "cp_a", ""),
        ({"Authorization": "Bearer cp_a", "x_api_key": "cp_b"}, "/", "cp_a", ""),
        ({"Authorization": "Bearer org", "x_api_key": "other"}, "/", "org", ""),
        ({"Authorization": "Bearer cp_a", "x_compliance_key": "cp_a"}, "/", "cp_a", ""),
        ({"x_compliance_key": "cp_a"}, "/", "cp_a", ""),
        ({}, "/key/cp_a/v1/messages", "cp_a", ""),
        ({"Authorization": "Bearer sub"}, "/key/other/v1/messages", "sub", ""),
        ({}, "/v1/key/cp_a/messages", "", ""),
    ],
)
def test_a_token_for_the_target_may_stand_beside_the_key(headers, path, credential, token):
    request = make_mocked_request("POST", path, {name.replace("_", "-"): value for name, value in headers.items()})
    assert (presented(*parts(request), PRESENTED), beside(*parts(request), PRESENTED)) == (credential, token)


def test_the_key_is_no_part_of_the_path():
    at = {path: credentials.path(make_mocked_request("POST", path, {}).rel_url) for path in PATHS}
    assert at == PATHS


PATHS = {
    "/key/cp_a-_1/v1/messages": "/v1/messages",
    "/key/cp_a/key/cp_b/v1": "/key/cp_b/v1",
    "/key/cp_a": "/key/cp_a",
    "/v1/messages": "/v1/messages",
}
