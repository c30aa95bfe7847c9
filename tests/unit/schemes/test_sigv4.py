from __future__ import annotations

import pytest


@pytest.mark.parametrize("secret", ["AKID:secret", '{"AccessKeyId": "AKID", "SecretAccessKey": "secret"}'])
def test_what_leaves_is_signed_with_the_key(present, secret):
    headers = present("sigv4", secret, service="bedrock", region="eu-central-1").headers
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
    assert "/eu-central-1/bedrock/aws4_request" in headers["Authorization"]
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("secret", ["AKID", "{broken", '{"AccessKeyId": 5}'])
def test_what_is_no_access_key_is_refused_without_being_told(present, secret):
    with pytest.raises(ValueError, match=r"^is not an AWS access key$"):
        present("sigv4", secret, service="bedrock", region="eu-central-1")
